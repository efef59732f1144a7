import type { Instant } from "../core/time.ts";
import type { AccountKey } from "./day-book.ts";
import type { AuditRecord } from "./journal.ts";

/** Kinds of records that are held, in the order that they are shown in. */
export const HELD_KINDS = ["transactions", "balances", "orders", "signals", "audit"] as const;
export type HeldKind = (typeof HELD_KINDS)[number];

/** What is held of one kind; transactions and balances of each account for themselves. */
export type Held = {
  readonly kind: HeldKind;
  readonly connection: string | null;
  readonly account: string | null;
  readonly count: number;
  /** When the oldest and the newest are of; null where there are none, or they have no time. */
  readonly firstAt: Instant | null;
  readonly lastAt: Instant | null;
  /** How many may be taken away. */
  readonly prunable: number;
  /** How many are older than the cut, and are kept because something of after it depends on them. */
  readonly needed: number;
};

/** What was taken away of one account. */
export type Pruned = AccountKey & {
  readonly transactions: number;
  readonly needed: number;
  readonly balances: number;
  readonly firstAt: Instant | null;
  readonly lastAt: Instant | null;
  /** SHA-256 of the lines taken away, each as JSON and ended by LF, in order; null where there were none. */
  readonly digest: string | null;
};

/**
 * The transactions that are held on a server, and what of them is taken away; under the same rules.
 * @throws Failure as the history there does.
 */
export interface ServerRetention {
  /** The newest moment that a transaction there is of; null where there is none. */
  newest(): Promise<Instant | null>;
  held(cut: Instant | null): Promise<readonly Held[]>;
  /**
   * Takes away what may go of all accounts, as one step. `record` is awaited when all of it is known and before any of it
   * counts as gone: where it fails, everything stays. It isn't called where there is nothing.
   */
  prune(
    cut: Instant,
    record: (pruned: readonly Pruned[]) => Promise<void>,
  ): Promise<readonly Pruned[]>;
}

/**
 * What is held, and what is taken away once nobody must keep it any more. Orders, signals and the audit trail are never
 * taken away: they are what keeps an order from being made twice, and what proves the rest.
 * @throws Failure STORAGE_BUSY, STORAGE_FULL or STORAGE_CORRUPT.
 */
export interface Retention {
  /** The newest moment that anything held is of, where this computer's clock is not asked; null where nothing is held. */
  newest(): Promise<Instant | null>;
  /** Everything that is held, and what of it is older than `cut` and needed by nothing after it. */
  held(cut: Instant | null): Promise<readonly Held[]>;
  /**
   * Takes away what may go of all accounts, together with the audit entry that `recordOf` makes of it; all of it or nothing,
   * and no entry where there was nothing.
   */
  prune(
    cut: Instant,
    recordOf: (pruned: readonly Pruned[]) => AuditRecord,
  ): Promise<readonly Pruned[]>;
}
