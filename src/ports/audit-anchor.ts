import type { Instant } from "../core/time.ts";

/** The newest entry of an audit log, as it is remembered outside the database. */
export type AuditHead = {
  /** The hash of the log's first entry: tells one log from another. */
  readonly chain: string;
  readonly sequence: number;
  readonly hash: string;
  readonly at: Instant;
};

/** `begun`: it was made for a log without entries. `none`: there is no anchor. */
export type AnchorReading =
  | { readonly kind: "head"; readonly head: AuditHead }
  | { readonly kind: "begun" }
  | { readonly kind: "none" }
  | { readonly kind: "unreadable"; readonly reason: string };

/** What a place outside the database says the log's head is. */
export type Anchored = { readonly place: string; readonly reading: AnchorReading };

/**
 * A small file outside the database that remembers the head of its audit log: entries cut off at the log's end
 * show against it. It may lag behind the log, and never leads it.
 */
export interface AuditAnchor {
  readonly place: string;
  /** What can't be read is `unreadable`. @throws Failure STORAGE_BUSY where no file at all can be opened now. */
  read(): AnchorReading;
  /** Moves on to `head` unless it is there already. Quick, and not flushed to the disk. */
  advance(head: AuditHead): void;
  /** Says `head` from now on, whatever it said before; null for a log without entries. Flushed to the disk. */
  replace(head: AuditHead | null): void;
}

/** A slow second place, such as the OS keychain: written now and then, never while an order waits. */
export interface AnchorVault {
  readonly place: string;
  read(): Promise<AnchorReading>;
  write(head: AuditHead): Promise<void>;
}
