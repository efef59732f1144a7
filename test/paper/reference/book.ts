import type { Decimal } from "decimal.js";

/**
 * A deliberately slow and simple model of an OANDA account, written from the documentation alone: plain arrays, every
 * tick looked at. Prices are whole points (the last decimal of a price), so that all comparisons are exact.
 */
export type Book = {
  readonly market: Market;
  readonly rules: Rules;
  balance: Decimal;
  lastId: number;
  /** Everything up to and including this moment has happened. */
  nowMs: number;
  /** Index of the first tick that hasn't happened yet. */
  nextTick: number;
  /** The newest prices by instrument. */
  readonly quotes: Map<string, Quote>;
  /** Open trades, oldest first. */
  trades: Trade[];
  /** Pending orders, oldest first. */
  orders: Pending[];
  readonly log: Entry[];
};

export type Market = {
  readonly pairs: ReadonlyMap<string, Pair>;
  readonly ticks: readonly Tick[];
};

export type Tick = {
  readonly atMs: number;
  readonly instrument: string;
  readonly bid: number;
  readonly ask: number;
};

export type Quote = { readonly bid: number; readonly ask: number };

export type Pair = {
  readonly name: string;
  readonly base: string;
  readonly quote: string;
  /** Decimals of a price. */
  readonly precision: number;
  readonly marginRate: Decimal;
  readonly financing: { readonly long: Decimal; readonly short: Decimal } | null;
  /** The least distance of a trailing stop, in points. */
  readonly leastTrail: number;
};

export type Rules = {
  readonly isUs: boolean;
  /** Share that a conversion costs. */
  readonly markup: Decimal;
  readonly closeoutShare: Decimal;
  /** Days charged at each 17:00 New York. */
  readonly financingDays: number;
  readonly commissionPerUnit: Decimal;
  /** What each unit of a guaranteed stop that fires costs, in points. */
  readonly premiumPoints: number;
  /** The least distance of a guaranteed stop from the market, in points. */
  readonly guaranteedPoints: number;
};

/** Units are signed. */
export type Trade = {
  readonly id: number;
  readonly instrument: string;
  readonly price: number;
  units: number;
};

export type Trigger = "DEFAULT" | "INVERSE" | "BID" | "ASK" | "MID";
export type Force = "GTC" | "GTD" | "DAY" | "FOK" | "IOC";
export type PositionFill = "DEFAULT" | "OPEN_ONLY" | "REDUCE_FIRST" | "REDUCE_ONLY";

export type Timing = {
  readonly force: Force;
  /** Only with GTD. */
  readonly gtdMs: number | null;
  readonly trigger: Trigger;
};

/** Exactly one of price and distance. */
export type StopAsk = Timing & { readonly price: number | null; readonly distance: number | null };
export type TargetAsk = Timing & { readonly price: number };
export type TrailAsk = Timing & { readonly distance: number };

export type OnFill = {
  readonly target: TargetAsk | null;
  readonly stop: StopAsk | null;
  readonly guaranteed: StopAsk | null;
  readonly trail: TrailAsk | null;
};

export type EntryAsk = Timing & {
  readonly kind: "limit" | "stop" | "mit";
  readonly instrument: string;
  readonly units: number;
  readonly price: number;
  readonly bound: number | null;
  readonly positionFill: PositionFill;
  readonly onFill: OnFill;
};

export type PendingEntry = EntryAsk & {
  readonly id: number;
  readonly expiresMs: number | null;
  /** Of an if-touched order: twice the trigger's price when it was made. */
  readonly initial: number;
};

export type ExitKind = "target" | "stop" | "guaranteed" | "trail";

export type PendingExit = Timing & {
  readonly kind: ExitKind;
  readonly id: number;
  readonly tradeId: number;
  readonly expiresMs: number | null;
  readonly distance: number | null;
  /** Twice the price that it waits for: a trailing stop's moves. */
  level: number;
};

export type Pending = PendingEntry | PendingExit;

/** One line of the log, as it is compared. */
export type Entry = {
  readonly id: number;
  readonly type: string;
  readonly atMs: number;
  readonly batch: number;
  readonly order: number | null;
  readonly trade: number | null;
  readonly price: number | null;
  readonly units: number | null;
  readonly reason: string | null;
  /** Trades closed or reduced, as `id:units`. */
  readonly closed: string;
  readonly balance: string | null;
};

const NOTHING = {
  order: null,
  trade: null,
  price: null,
  units: null,
  reason: null,
  closed: "",
  balance: null,
} as const;

/** Writes a line; the first of a batch names itself. */
export function write(
  book: Book,
  batch: number,
  line: Pick<Entry, "type"> & Partial<Entry>,
): number {
  book.lastId += 1;
  book.log.push({ ...NOTHING, ...line, id: book.lastId, batch, atMs: book.nowMs });
  return book.lastId;
}

export function isExit(order: Pending): order is PendingExit {
  return "tradeId" in order;
}

export function isEntry(order: Pending): order is PendingEntry {
  return !isExit(order);
}

export function quoteOf(book: Book, instrument: string): Quote {
  const quote = book.quotes.get(instrument);
  if (!quote) throw new Error(`no price of ${instrument} yet`);
  return quote;
}

export function pairOf(book: Book, instrument: string): Pair {
  const pair = book.market.pairs.get(instrument);
  if (!pair) throw new Error(`no pair ${instrument}`);
  return pair;
}

export function tradeOf(book: Book, id: number): Trade | undefined {
  return book.trades.find((trade) => trade.id === id);
}
