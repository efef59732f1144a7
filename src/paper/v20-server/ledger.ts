import { type Instant, instantToMs } from "../../core/time.ts";
import { nextRollover } from "../../core/trading-day.ts";
import { type NewAccount, openAccount } from "../engine/account.ts";
import { findById } from "../engine/orders.ts";
import type { VenueTransaction } from "../engine/transactions.ts";
import type { PendingOrder, VenueAccount, VenueOrder, VenueTrade } from "../engine/types.ts";
import { advance, type Venue, type VenueStep } from "../engine/venue.ts";

/** One account and everything that ever happened to it, in memory. */
export interface Ledger {
  readonly id: string;
  readonly venue: Venue;
  readonly account: VenueAccount;
  /** The whole log: the transaction with id n is at n − 1. */
  readonly log: readonly VenueTransaction[];
  /** Takes a step of the engine, keeps what it made and tells the listeners. */
  run(step: (venue: Venue, account: VenueAccount) => VenueStep): VenueStep;
  advanceTo(now: Instant): void;
  /** By number, or a pending one by `@client id`: OANDA forgets the client ids of orders that have ended. */
  order(specifier: string): VenueOrder | undefined;
  /** By number or `@client id`, open before closed, newest first; undefined when there is none. */
  trade(specifier: string): VenueTrade | undefined;
  orderById(id: number): VenueOrder | undefined;
  tradeById(id: number): VenueTrade | undefined;
  /** Every order, pending and ended, newest first. */
  orders(): Iterable<VenueOrder>;
  /** Every trade, open and closed, newest first. */
  trades(): Iterable<VenueTrade>;
  /** Calls `listener` after each step that made transactions, until the returned function is called. */
  onTransactions(listener: () => void): () => void;
}

/** What a ledger remembers beside the account. */
type Records = {
  readonly log: VenueTransaction[];
  readonly ended: Map<number, VenueOrder>;
  readonly closed: Map<number, VenueTrade>;
  /** The newest closed trade of each client id. */
  readonly closedByLabel: Map<string, number>;
  /** Ids in order of time, so ascending. */
  readonly orderIds: number[];
  readonly tradeIds: number[];
};

export function openLedger(venue: Venue, terms: NewAccount): Ledger {
  const first = openAccount(terms);
  const records = newRecords(first.transactions);
  const { log, ended, closed, closedByLabel, orderIds, tradeIds } = records;
  const listeners = new Set<() => void>();
  const quiet = openQuiet(venue.feed.resolutionMs);
  let account = first.account;

  const run: Ledger["run"] = (take) => {
    const step = take(venue, account);
    account = step.account;
    keep(records, step);
    if (step.transactions.length > 0) for (const tell of listeners) tell();
    return step;
  };
  const orderById = (id: number) => findById(account.orders, id) ?? ended.get(id);
  const tradeById = (id: number) => findById(account.trades, id) ?? closed.get(id);

  return {
    id: terms.id,
    venue,
    log,
    run,
    orderById,
    tradeById,
    get account() {
      return account;
    },
    advanceTo: (now) => {
      if (quiet.lasts(account, now)) return;
      run((_venue, state) => advance(venue, state, now));
      quiet.begins(account, now);
    },
    order: (specifier) =>
      specifier.startsWith("@")
        ? newestLabelled(account.orders, specifier.slice(1))
        : byNumber(specifier, orderById),
    trade: (specifier) => {
      if (!specifier.startsWith("@")) return byNumber(specifier, tradeById);
      const label = specifier.slice(1);
      return newestLabelled(account.trades, label) ?? closed.get(closedByLabel.get(label) ?? 0);
    },
    orders: () => newestFirst(orderIds, orderById),
    trades: () => newestFirst(tradeIds, tradeById),
    onTransactions: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function newRecords(transactions: readonly VenueTransaction[]): Records {
  return {
    log: [...transactions],
    ended: new Map(),
    closed: new Map(),
    closedByLabel: new Map(),
    orderIds: [],
    tradeIds: [],
  };
}

function keep(records: Records, step: VenueStep): void {
  for (const transaction of step.transactions) {
    records.log.push(transaction);
    if (transaction.type.endsWith("_ORDER")) records.orderIds.push(transaction.id);
    else if (transaction.type === "ORDER_FILL" && transaction.tradeOpened) {
      records.tradeIds.push(transaction.id);
    }
  }
  for (const order of step.endedOrders) records.ended.set(order.id, order);
  for (const trade of step.closedTrades) {
    records.closed.set(trade.id, trade);
    const label = trade.clientExtensions?.id;
    if (label) records.closedByLabel.set(label, trade.id);
  }
}

/** Time in which nothing can happen to an account by itself. */
type Quiet = {
  /** Whether it has lasted from when it began until `now`. */
  lasts(account: VenueAccount, now: Instant): boolean;
  /** Everything up to `now` has happened to the account. */
  begins(account: VenueAccount, now: Instant): void;
};

/** Between two prices nothing happens, but that an order or a day ends: most requests come there. */
function openQuiet(resolutionMs: number): Quiet {
  let seen: VenueAccount | null = null;
  let tick = Number.NaN;
  let due = "";
  const tickOf = (now: Instant) => Math.floor(instantToMs(now) / resolutionMs);
  return {
    lasts: (account, now) => account === seen && now < due && tickOf(now) === tick,
    begins: (account, now) => {
      seen = account;
      tick = tickOf(now);
      due = dueAfter(account, now);
    },
  };
}

/** The next moment at which something ends by itself. */
function dueAfter({ orders }: VenueAccount, now: Instant): Instant {
  let due = nextRollover(now);
  for (const { expiresAt } of orders) if (expiresAt && expiresAt < due) due = expiresAt;
  return due;
}

function byNumber<T>(specifier: string, find: (id: number) => T | undefined): T | undefined {
  return /^\d{1,15}$/.test(specifier) ? find(Number(specifier)) : undefined;
}

function newestLabelled<T extends PendingOrder | VenueTrade>(
  entries: readonly T[],
  label: string,
): T | undefined {
  return entries.findLast((entry) => entry.clientExtensions?.id === label);
}

function* newestFirst<T>(
  ids: readonly number[],
  find: (id: number) => T | undefined,
): Generator<T> {
  for (let index = ids.length - 1; index >= 0; index -= 1) {
    const found = find(ids[index] ?? 0);
    if (found !== undefined) yield found;
  }
}
