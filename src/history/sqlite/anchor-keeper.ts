import { Failure } from "../../core/failures.ts";
import type { Anchored, AuditAnchor, AuditHead } from "../../ports/audit-anchor.ts";
import { type AnchoredLog, type AnchorFault, anchorFailure, anchorFault } from "../anchor-fault.ts";
import { type LocalDatabase, lazy } from "./database.ts";

export type AnchorOptions = {
  readonly anchor: AuditAnchor;
  /** Told once when the anchor and the log don't fit each other, or the anchor can't be written. */
  readonly onFault: (failure: Failure) => void;
};

/**
 * Keeps the anchor beside the audit log: behind every commit, never before it, and never while an order waits. An
 * anchor that the log doesn't fit is left as it is: it is the evidence.
 */
export class AnchorKeeper {
  readonly #anchor: AuditAnchor;
  readonly #onFault: (failure: Failure) => void;
  readonly #hash;
  readonly #last;
  /** null: they fit each other. undefined: nobody looked yet. */
  #fault: AnchorFault | null | undefined;
  #following: NodeJS.Immediate | null = null;
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

  /**
   * Why no new order may join the log; null when one may. Only inside a transaction, and before this process's
   * first entry.
   */
  refusal(meaning: string): Failure | null {
    if (this.#fault === undefined) this.#look();
    return this.#fault?.isLogAtFault ? anchorFailure(this.#fault, meaning) : null;
  }

  /** Entries were added inside a transaction: the anchor follows when the turn is over. */
  follow(): void {
    if (this.#fault === undefined) this.#look();
    this.#following ??= setImmediate(() => this.flush());
  }

  /** Lets the anchor follow now. It follows what is committed, so it never leads. */
  flush(): void {
    if (this.#following === null) return;
    clearImmediate(this.#following);
    this.#following = null;
    this.#tellOf(() => {
      const head = this.head();
      this.#fault = this.fault(this.reading());
      if (this.#fault) throw anchorFailure(this.#fault);
      if (head) this.#anchor.advance(head);
    });
  }

  /** What the anchor says now. */
  reading(): Anchored {
    return { place: this.#anchor.place, reading: this.#anchor.read() };
  }

  fault(anchored: Anchored): AnchorFault | null {
    return anchorFault(anchored, this.#log());
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

  #look(): void {
    const anchored = this.reading();
    this.#fault = this.fault(anchored);
    const { kind } = anchored.reading;
    if (kind === "none" && !this.#fault) this.#tellOf(() => this.#anchor.replace(null));
  }

  #log(): AnchoredLog {
    return {
      last: this.#last().get() ?? null,
      hashAt: (sequence) => this.#hash().get(sequence),
    };
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
  const reason = error instanceof Error ? error.message : String(error);
  return new Failure(
    "STORAGE_FULL",
    `The audit log's anchor ${place} can't be written (${reason}). Orders go on without it.`,
    { hint: "Check that you may write to it and its folder.", cause: error },
  );
}
