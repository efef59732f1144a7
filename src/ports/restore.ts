import type { Instant } from "../core/time.ts";
import type { AnchorReading } from "./audit-anchor.ts";
import type { AuditRecord } from "./journal.ts";

/** What a database holds, as far as a person has to know it to choose between two. */
export type DatabaseState = {
  readonly entries: number;
  /** The newest audit entry. */
  readonly lastAt: Instant | null;
  readonly head: string | null;
  readonly transactions: number;
  readonly orders: number;
};

/** The database that is in place now: `unreadable` says why nothing can be told of it, and taken over from it. */
export type PresentDatabase =
  | ({ readonly kind: "sound" } & DatabaseState)
  | { readonly kind: "none" }
  | { readonly kind: "unreadable"; readonly reason: string };

/** What was recorded after the backup and is taken over, because forgetting it could cost money. */
export type CarriedOver = {
  /** Orders and their signals: what was sent must never be sent again. */
  readonly orders: number;
  readonly signals: number;
  /** A kill switch stays thrown. */
  readonly halts: number;
  /** The equities that days' losses are measured from. */
  readonly dayStarts: number;
};

export type Replacement = {
  readonly before: PresentDatabase;
  /** What the file beside the database vouched for. */
  readonly anchor: AnchorReading;
  readonly carried: CarriedOver;
  /** Where the database that was in place is kept; null where there was none. */
  readonly aside: string | null;
};

/** A backup that was found sound, on its way into the database's place. */
export interface Restoration {
  readonly file: string;
  readonly backup: DatabaseState;
  readonly present: PresentDatabase;
  /**
   * Puts the backup in the database's place, with the audit entry that `recordOf` makes of it: a process that is killed
   * meanwhile leaves the one or the other, whole. What was there is kept aside.
   * @throws Failure STORAGE_BUSY while another process uses the database; STORAGE_FULL. Nothing was changed then.
   */
  replace(recordOf: (replacement: Replacement) => AuditRecord): Promise<Replacement>;
  /** Removes what was prepared. */
  discard(): void;
}
