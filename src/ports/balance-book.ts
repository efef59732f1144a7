import type { Account } from "../core/account.ts";
import type { Decimal } from "../core/money.ts";
import type { Instant } from "../core/time.ts";
import type { AccountKey } from "./day-book.ts";

/** What an account was worth at one moment, as its broker told it. */
export type BalanceSnapshot = {
  readonly time: Instant;
  readonly balance: Decimal;
  readonly equity: Decimal;
  readonly currency: string;
  /** The account's newest transaction then. */
  readonly through: string;
};

/**
 * What accounts were worth each time that they were read: no broker tells what an account's equity was earlier.
 * @throws Failure STORAGE_BUSY, STORAGE_FULL or STORAGE_CORRUPT.
 */
export interface BalanceBook {
  /** Keeps a snapshot, unless the account has one that is less than `apartMs` older or newer. */
  keep(account: AccountKey, snapshot: BalanceSnapshot, apartMs: number): Promise<void>;
  /** The last one of each day in UTC that has one, from `from` up to and including `to`, oldest first. */
  lastOfDays(
    account: AccountKey,
    span: { readonly from: Instant; readonly to: Instant },
  ): Promise<readonly BalanceSnapshot[]>;
}

/** What is to be kept of an account that was just read. */
export function snapshotOf(account: Account): BalanceSnapshot {
  const { asOf, balance, equity, currency, lastTransactionId } = account;
  return { time: asOf, balance, equity, currency, through: lastTransactionId };
}
