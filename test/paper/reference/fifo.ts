import { type Book, isExit, type OnFill, type Trade } from "./book.ts";

/** What a fill would do to an instrument's trades. */
type Deed = {
  readonly instrument: string;
  /** Set where one trade is to be closed, not the oldest. */
  readonly tradeId: number | null;
  readonly opening: number;
  readonly onFill: OnFill | null;
  readonly parts: readonly { readonly trade: Trade; readonly units: number }[];
};

/**
 * The US rules: of trades of one size the oldest is closed first, and a trade with an exit has a size that no other
 * trade of its instrument has.
 */
export function fifoProblem(book: Book, deed: Deed): string | null {
  if (isOutOfOrder(book, deed)) return "FIFO_VIOLATION";
  const after = sizesAfter(book, deed);
  for (const [id, { size, hasExit }] of after) {
    const isTwin = [...after].some(
      ([other, each]) => other !== id && each.size === size && (each.hasExit || hasExit),
    );
    if (!isTwin) continue;
    if (id === NEW) return "FIFO_VIOLATION_SAFEGUARD_VIOLATION";
    const isReduced = deed.parts.some(({ trade }) => trade.id === id);
    if (isReduced) return "FIFO_VIOLATION_SAFEGUARD_PARTIAL_CLOSE_VIOLATION";
  }
  return null;
}

/** Whether another trade of the instrument has the same size as the trade. */
export function hasTwinNow(book: Book, tradeId: number): boolean {
  const own = book.trades.find((trade) => trade.id === tradeId);
  return book.trades.some(
    (trade) =>
      own !== undefined &&
      trade.id !== own.id &&
      trade.instrument === own.instrument &&
      Math.abs(trade.units) === Math.abs(own.units),
  );
}

const NEW = 0;

function isOutOfOrder(book: Book, { tradeId }: Deed): boolean {
  const closed = book.trades.find((trade) => trade.id === tradeId);
  return book.trades.some(
    (trade) =>
      closed !== undefined &&
      trade.id < closed.id &&
      trade.instrument === closed.instrument &&
      trade.units === closed.units,
  );
}

function sizesAfter(book: Book, { instrument, opening, onFill, parts }: Deed) {
  const sizes = new Map<number, { readonly size: number; readonly hasExit: boolean }>();
  for (const { id, units, ...trade } of book.trades) {
    if (trade.instrument !== instrument) continue;
    const part = parts.find((each) => each.trade.id === id)?.units ?? 0;
    const hasExit = book.orders.some((order) => isExit(order) && order.tradeId === id);
    const size = Math.abs(units + part);
    if (size > 0) sizes.set(id, { size, hasExit });
  }
  const hasExit = onFill !== null && Object.values(onFill).some((exit) => exit !== null);
  if (opening !== 0) sizes.set(NEW, { size: Math.abs(opening), hasExit });
  return sizes;
}
