import type { Instant } from "../../core/time.ts";
import { type NewAccount, openAccount } from "../engine/account.ts";
import type { VenueTransaction } from "../engine/transactions.ts";
import type { VenueAccount, VenueOrder, VenueTrade } from "../engine/types.ts";
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
  /** By number or `@client id`, pending before ended, newest first; undefined when there is none. */
  order(specifier: string): VenueOrder | undefined;
  /** By number or `@client id`, open before closed, newest first; undefined when there is none. */
  trade(specifier: string): VenueTrade | undefined;
  orderById(id: number): VenueOrder | undefined;
  tradeById(id: number): VenueTrade | undefined;
  /** Every order, pending and ended, newest first. */
  orders(): readonly VenueOrder[];
  /** Every trade, open and closed, newest first. */
  trades(): readonly VenueTrade[];
  /** Calls `listener` after each step that made transactions, until the returned function is called. */
  onTransactions(listener: () => void): () => void;
}

type Labelled = VenueOrder | VenueTrade;

export function openLedger(venue: Venue, terms: NewAccount): Ledger {
  const first = openAccount(terms);
  const log: VenueTransaction[] = [...first.transactions];
  const ended = new Map<number, VenueOrder>();
  const closed = new Map<number, VenueTrade>();
  const listeners = new Set<() => void>();
  let account = first.account;

  const run: Ledger["run"] = (take) => {
    const step = take(venue, account);
    account = step.account;
    log.push(...step.transactions);
    for (const order of step.endedOrders) ended.set(order.id, order);
    for (const trade of step.closedTrades) closed.set(trade.id, trade);
    if (step.transactions.length > 0) for (const tell of listeners) tell();
    return step;
  };
  const orderById = (id: number) =>
    account.orders.find((order) => order.id === id) ?? ended.get(id);
  const tradeById = (id: number) =>
    account.trades.find((trade) => trade.id === id) ?? closed.get(id);

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
      run((_venue, state) => advance(venue, state, now));
    },
    order: (specifier) =>
      specifier.startsWith("@")
        ? newestWithLabel(specifier.slice(1), [account.orders, ended.values()])
        : byNumber(specifier, orderById),
    trade: (specifier) =>
      specifier.startsWith("@")
        ? newestWithLabel(specifier.slice(1), [account.trades, closed.values()])
        : byNumber(specifier, tradeById),
    orders: () => newestFirst([...account.orders, ...ended.values()]),
    trades: () => newestFirst([...account.trades, ...closed.values()]),
    onTransactions: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function byNumber<T>(specifier: string, find: (id: number) => T | undefined): T | undefined {
  return /^\d{1,15}$/.test(specifier) ? find(Number(specifier)) : undefined;
}

/** The newest of the first group that has one: a client id may be used again once its owner has ended. */
function newestWithLabel<T extends Labelled>(
  label: string,
  groups: readonly Iterable<T>[],
): T | undefined {
  for (const group of groups) {
    const found = [...group].filter((entry) => entry.clientExtensions?.id === label);
    if (found.length > 0) return newestFirst(found)[0];
  }
  return undefined;
}

function newestFirst<T extends Labelled>(entries: readonly T[]): readonly T[] {
  return entries.toSorted((left, right) => right.id - left.id);
}
