import { Failure } from "../core/failures.ts";
import type { Anchored, AuditHead } from "../ports/audit-anchor.ts";
import type { ChainTail } from "../ports/journal.ts";

/** What an anchor is compared with. */
export type AnchoredLog = {
  readonly last: ChainTail;
  hashAt(sequence: number): string | undefined;
};

export type AnchorFault = {
  /** The first entry that is missing or can't be trusted. */
  readonly sequence: number;
  readonly fault: string;
  /**
   * Whether the database lacks what was in it once, or holds something else: what was ordered before can't be told
   * from it. Otherwise only the anchor is at fault.
   */
  readonly isLogAtFault: boolean;
};

/** Why the log isn't the one that its anchor vouches for; null when it is, or nothing was ever anchored. */
export function anchorFault({ place, reading }: Anchored, log: AnchoredLog): AnchorFault | null {
  const sequence = log.last?.sequence ?? 0;
  switch (reading.kind) {
    case "head":
      return headFault(reading.head, { place, log });
    case "begun":
      return null;
    case "none":
      return sequence === 0 ? null : unanchored(sequence, `${place} is missing`);
    case "unreadable":
      return unanchored(sequence, `${place} can't be read (${reading.reason})`);
  }
}

function unanchored(sequence: number, problem: string): AnchorFault {
  const fault = `its anchor ${problem}, so entries cut off after it wouldn't show`;
  return { sequence, fault, isLogAtFault: false };
}

function headFault(
  { chain, sequence, hash, at }: AuditHead,
  { place, log }: { readonly place: string; readonly log: AnchoredLog },
): AnchorFault | null {
  const { last } = log;
  const end = last?.sequence ?? 0;
  // Each hash covers all that came before: nothing else need be compared.
  if (sequence === end && hash === last?.hash) return null;
  if (last && log.hashAt(1) !== chain) {
    const fault = `it begins another log than the one that ${place} vouches for: the database was replaced`;
    return { sequence: 1, fault, isLogAtFault: true };
  }
  if (sequence > end) {
    const which = sequence === end + 1 ? "it is" : `it and all up to entry ${sequence} are`;
    const fault = `${which} missing, the last of ${at}: cut off, or the database is an older copy`;
    return { sequence: end + 1, fault, isLogAtFault: true };
  }
  if (log.hashAt(sequence) === hash) return null;
  const fault = `it is not the entry that ${place} vouches for: the log was written anew up to here`;
  return { sequence, fault, isLogAtFault: true };
}

/** `meaning` says what it means for the money; nothing when it means nothing. */
export function anchorFailure(found: AnchorFault, meaning = ""): Failure {
  const { sequence, fault, isLogAtFault } = found;
  const message = `The audit log is broken at entry ${sequence}: ${fault}. ${meaning}`.trim();
  const hint = isLogAtFault ? RESTORED : UNANCHORED;
  return new Failure("AUDIT_BROKEN", message, { hint, details: { sequence, fault } });
}

const REANCHOR = "tmt-broker history verify --reanchor";
const RESTORED =
  "If you put an older copy of the database in place, or began a new one: check your orders and positions at the " +
  `broker, then ${REANCHOR}. If you didn't, keep the file as it is, and put your newest copy in its place.`;
const UNANCHORED =
  "If you know why (a new disk, an older version of tmt-broker): compare the last entries (tmt-broker history " +
  `audit) with what you know, then ${REANCHOR}.`;
