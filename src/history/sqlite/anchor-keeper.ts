import { Failure } from "../../core/failures.ts";
import { isOutOfFiles } from "../../core/open-files.ts";
import type { Anchored, AuditAnchor, AuditHead } from "../../ports/audit-anchor.ts";
import type { ChainTail } from "../../ports/journal.ts";
import { type AnchorFault, anchorFailure, anchorFault } from "../anchor-fault.ts";
import { type LocalDatabase, lazy } from "./database.ts";
import { outOfFilesFailure } from "./storage-failure.ts";

export type AnchorOptions = {
  readonly anchor: AuditAnchor;
  /** Told once when the anchor and the log don't fit each other, or the anchor can't be written. */
  readonly onFault: (failure: Failure) => void;
};

const ON_WITHOUT = "Orders go on without it.";
/** How far the anchor may be behind in a process that lives. */
const FOLLOW_AFTER_MS = 250;

/**
 * Keeps the anchor beside the audit log: behind what is committed, never before it, and never while an order waits.
 * An anchor that the log doesn't fit is left as it is: it is the evidence.
 */
export class AnchorKeeper {
  readonly #anchor: AuditAnchor;
  readonly #onFault: (failure: Failure) => void;
  readonly #hash;
  readonly #last;
  /** null: they fit each other. undefined: nobody looked yet. */
  #fault: AnchorFault | null | undefined;
  #following: NodeJS.Timeout | null = null;
  #isToldAbout = false;

  constructor({ connection }: LocalDatabase, { anchor, onFault }: AnchorOptions) {
    this.#anchor = anchor;
    this.#onFault = onFault;
    this.#hash = lazy(() =>
      connection.prepare<[number], string>("SELECT hash FROM audit WHERE sequence = ?").pluck(),
    );
    this.#last = lazy(() =>
      connection.prepare<[], Omit<AuditHead, "chain">>(
        "SELECT sequence, hash, at FROM audit ORDER BY sequence DESC LIMIT 1",
      ),
    );
  }

  /** Why no new order may join the log that ends with `tail`; null when one may. Only inside a transaction. */
  refusal(tail: ChainTail, meaning: string): Failure | null {
    this.#look(tail);
    return this.#fault?.isLogAtFault ? anchorFailure(this.#fault, meaning) : null;
  }

  /** Entries are added after `tail`, inside a transaction: the anchor follows in a while. */
  follow(tail: ChainTail): void {
    this.#look(tail);
    this.#following ??= setTimeout(() => this.settle()(), FOLLOW_AFTER_MS).unref();
  }

  /**
   * Reads what the anchor is to say, and gives the step that says it. It is to be taken after the database is closed,
   * so that no flush of the database waits for the anchor as well. It says what is committed, so it never leads.
   */
  settle(): () => void {
    if (this.#following === null) return () => undefined;
    clearTimeout(this.#following);
    this.#following = null;
    let head: AuditHead | null = null;
    this.#tellOf(() => {
      this.#fault = this.fault(this.reading());
      if (this.#fault) throw anchorFailure(this.#fault);
      head = this.head();
    });
    return () => {
      if (head) this.#tellOf(() => head && this.#anchor.advance(head));
    };
  }

  /** What the anchor says now. */
  reading(): Anchored {
    return { place: this.#anchor.place, reading: this.#anchor.read() };
  }

  fault(anchored: Anchored): AnchorFault | null {
    return this.#faultOf(anchored, this.#last().get() ?? null);
  }

  head(): AuditHead | null {
    const last = this.#last().get();
    const chain = this.#hash().get(1);
    return last && chain !== undefined ? { chain, ...last } : null;
  }

  /** Anchors the log as it is now, whatever the anchor said. */
  replace(): AuditHead | null {
    const head = this.head();
    this.#anchor.replace(head);
    this.#fault = null;
    return head;
  }

  /** Once, before this process's first entry. */
  #look(tail: ChainTail): void {
    if (this.#fault !== undefined) return;
    const anchored = this.#readingOrNone();
    if (!anchored) return;
    this.#fault = this.#faultOf(anchored, tail);
    const { kind } = anchored.reading;
    if (kind === "none" && !this.#fault) this.#tellOf(() => this.#anchor.replace(null));
  }

  /** null where it can't be read for no fault of its own: that is told, and it is read again with the next entry. */
  #readingOrNone(): Anchored | null {
    let anchored: Anchored | null = null;
    this.#tellOf(() => {
      anchored = this.reading();
    });
    return anchored;
  }

  #faultOf(anchored: Anchored, last: ChainTail): AnchorFault | null {
    return anchorFault(anchored, { last, hashAt: (sequence) => this.#hash().get(sequence) });
  }

  /** Nothing about the anchor may fail an order. */
  #tellOf(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (this.#isToldAbout) return;
      this.#isToldAbout = true;
      this.#onFault(error instanceof Failure ? error : unwritable(this.#anchor.place, error));
    }
  }
}

function unwritable(place: string, error: unknown): Failure {
  if (error instanceof Error && "code" in error && isOutOfFiles(error.code)) {
    return outOfFilesFailure(`The audit log's anchor ${place}`, ON_WITHOUT, error);
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new Failure(
    "STORAGE_FULL",
    `The audit log's anchor ${place} can't be written (${reason}). ${ON_WITHOUT}`,
    { hint: "Check that you may write to it and its folder.", cause: error },
  );
}
