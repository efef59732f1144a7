import { type Instant, instantToMs } from "../../core/time.ts";
import type { Feed } from "../feed/feed.ts";
import type { VenueProfile } from "../venue-profile.ts";
import type { VenueTransaction } from "./transactions.ts";
import type { VenueAccount, VenueOrder, VenueTrade } from "./types.ts";

/** Where accounts trade: prices and house rules. */
export type Venue = { readonly feed: Feed; readonly profile: VenueProfile };

/** What one step made of an account. The account given to it is unchanged. */
export type VenueStep = {
  readonly account: VenueAccount;
  /** Everything new in the log, in order of id: first what time brought about, then the command's batch. */
  readonly transactions: readonly VenueTransaction[];
  /** The command's own batch, the end of `transactions`; empty for `advance`. */
  readonly own: readonly VenueTransaction[];
  /** Orders that ended and trades that closed, as they are to be kept. */
  readonly endedOrders: readonly VenueOrder[];
  readonly closedTrades: readonly VenueTrade[];
};

/** A step while it is taken: the account so far, and what was written. */
export type Work = {
  readonly venue: Venue;
  account: VenueAccount;
  readonly transactions: VenueTransaction[];
  readonly endedOrders: VenueOrder[];
  readonly closedTrades: VenueTrade[];
};

/** Transactions that happen all at once, at `time`. */
export type Batch = {
  readonly time: Instant;
  readonly id: number;
  readonly requestId: string | null;
};

export function startWork(venue: Venue, account: VenueAccount): Work {
  return { venue, account, transactions: [], endedOrders: [], closedTrades: [] };
}

/** The step that `work` made; what was written after `ownFrom` entries is the command's own. */
export function finishWork(work: Work, ownFrom: number): VenueStep {
  const { account, transactions, endedOrders, closedTrades } = work;
  return { account, transactions, own: transactions.slice(ownFrom), endedOrders, closedTrades };
}

/** A point of a step's work to which it can go back. */
export type Mark = {
  readonly account: VenueAccount;
  readonly written: number;
  readonly ended: number;
};

/** Where the work is now. */
export function markOf({ account, transactions, endedOrders }: Work): Mark {
  return { account, written: transactions.length, ended: endedOrders.length };
}

/** Takes back what was done since the mark; trades must not have been closed. */
export function undoTo(work: Work, mark: Mark): void {
  work.account = mark.account;
  work.transactions.length = mark.written;
  work.endedOrders.length = mark.ended;
}

/** A batch that begins with the next transaction, at the moment the account has reached. */
export function openBatch(work: Work, requestId: string | null = null): Batch {
  const { processedTo, lastTransactionId } = work.account;
  return { time: processedTo, id: lastTransactionId + 1, requestId };
}

/** What the next transaction of `batch` begins with. */
export function stamp(work: Work, batch: Batch) {
  return {
    id: work.account.lastTransactionId + 1,
    time: batch.time,
    batchId: batch.id,
    requestId: batch.requestId,
  };
}

/** Writes one transaction, made with `stamp`. */
export function write<T extends VenueTransaction>(work: Work, transaction: T): T {
  work.transactions.push(transaction);
  work.account = { ...work.account, lastTransactionId: transaction.id };
  return transaction;
}

/** The moment the account has reached, in milliseconds since 1970. */
export function reachedMs(account: VenueAccount): number {
  return instantToMs(account.processedTo);
}
