import { type Book, isExit, type Pending, write } from "./book.ts";
import { cancel, tryFill } from "./fills.ts";
import { financing, isStrained, marginUsed, midEquity } from "./money.ts";
import { instrumentOf, isReached, trail, unitsOf } from "./rules.ts";
import { dayEnd } from "./time.ts";

/** Lets everything happen up to and including `toMs`, moment by moment. */
export function advance(book: Book, toMs: number): void {
  let rollover = dayEnd(book.nowMs);
  for (;;) {
    const tick = book.market.ticks[book.nextTick];
    const next = Math.min(tick?.atMs ?? Infinity, nextExpiry(book), rollover);
    if (next > toMs) break;
    book.nowMs = next;
    takeTicks(book);
    expire(book);
    trigger(book);
    if (next === rollover) {
      payFinancing(book);
      rollover = dayEnd(next);
    }
    closeOut(book);
  }
  book.nowMs = toMs;
}

function nextExpiry(book: Book): number {
  return book.orders.reduce(
    (first, { expiresMs }) => Math.min(first, expiresMs ?? Infinity),
    Infinity,
  );
}

/** The prices of one moment: where there are several of an instrument, the last one is its price. */
function takeTicks(book: Book): void {
  const { ticks } = book.market;
  let tick = ticks[book.nextTick];
  while (tick && tick.atMs <= book.nowMs) {
    book.quotes.set(tick.instrument, { bid: tick.bid, ask: tick.ask });
    book.nextTick += 1;
    tick = ticks[book.nextTick];
  }
}

function expire(book: Book): void {
  for (const { id, expiresMs } of [...book.orders]) {
    if (expiresMs !== null && expiresMs <= book.nowMs) {
      cancel(book, book.lastId + 1, { id, reason: "TIME_IN_FORCE_EXPIRED" });
    }
  }
}

/** Sets off what the prices of now reach, the oldest order first, until nothing is reached any more. */
function trigger(book: Book): void {
  for (const order of book.orders) if (isExit(order)) trail(book, order);
  for (;;) {
    const order = book.orders.find((each) => isReached(book, each));
    if (!order) return;
    fire(book, order, book.lastId + 1);
  }
}

const FILL_REASONS = {
  limit: "LIMIT_ORDER",
  stop: "STOP_ORDER",
  mit: "MARKET_IF_TOUCHED_ORDER",
} as const;

const EXIT_REASONS = {
  target: "TAKE_PROFIT_ORDER",
  stop: "STOP_LOSS_ORDER",
  guaranteed: "GUARANTEED_STOP_LOSS_ORDER",
  trail: "TRAILING_STOP_LOSS_ORDER",
} as const;

/** Fills a pending order in a batch, or cancels it with the reason why it can't be. */
export function fire(book: Book, order: Pending, batch: number): void {
  const wanted = {
    orderId: order.id,
    batch,
    instrument: instrumentOf(book, order),
    units: unitsOf(book, order),
  };
  book.orders = book.orders.filter((each) => each.id !== order.id);
  const problem = isExit(order)
    ? tryFill(book, {
        ...wanted,
        reason: EXIT_REASONS[order.kind],
        bound: null,
        positionFill: "REDUCE_ONLY",
        onFill: null,
        tradeId: order.tradeId,
        at: order.kind === "guaranteed" ? order.level / 2 : null,
      })
    : tryFill(book, {
        ...order,
        ...wanted,
        reason: FILL_REASONS[order.kind],
        tradeId: null,
        at: null,
      });
  if (problem) cancel(book, batch, { id: order.id, reason: problem });
}

function payFinancing(book: Book): void {
  const parts = book.trades.flatMap((trade) => {
    const amount = financing(book, trade);
    return amount === null ? [] : [amount];
  });
  if (parts.length === 0 || book.rules.financingDays === 0) return;
  for (const amount of parts) book.balance = book.balance.plus(amount);
  write(book, book.lastId + 1, { type: "DAILY_FINANCING", balance: book.balance.toString() });
}

/** Everything is closed at the market once the equity at mid prices is half the margin used, or less. */
function closeOut(book: Book): void {
  if (book.trades.length === 0 || !isStrained(book)) return;
  const least = marginUsed(book).times(book.rules.closeoutShare);
  if (midEquity(book).gt(least)) return;
  const batch = book.lastId + 1;
  for (const instrument of new Set(book.trades.map((trade) => trade.instrument))) {
    const units = netOf(book, instrument);
    closeAtMarket(book, {
      type: "MARGIN_CLOSEOUT",
      instrument,
      tradeId: null,
      units: -units,
      batch,
    });
  }
}

function netOf(book: Book, instrument: string): number {
  const own = book.trades.filter((trade) => trade.instrument === instrument);
  return own.reduce((sum, trade) => sum + trade.units, 0);
}

type Closing = {
  readonly type: string;
  readonly instrument: string;
  /** The one trade to close; null closes the oldest first. */
  readonly tradeId: number | null;
  readonly units: number;
  readonly batch: number;
};

/** A market order, a trader's or the venue's own, that closes what is open. */
export function closeAtMarket(
  book: Book,
  { type, instrument, tradeId, units, batch }: Closing,
): void {
  const orderId = write(book, batch, { type: "MARKET_ORDER", units, reason: type });
  const problem = tryFill(book, {
    orderId,
    batch,
    reason: `MARKET_ORDER_${type}`,
    instrument,
    units,
    bound: null,
    positionFill: "REDUCE_ONLY",
    onFill: null,
    tradeId,
    at: null,
  });
  if (problem) cancel(book, batch, { id: orderId, reason: problem });
}
