import {
  type Book,
  isExit,
  type Pending,
  type PendingExit,
  type Quote,
  quoteOf,
  type Trigger,
  tradeOf,
} from "./book.ts";

/** Twice the price that sets an order off which trades `units`: a mid price is a half point. */
export function triggerPrice(quote: Quote, units: number, trigger: Trigger): number {
  const isBuy = units > 0;
  if (trigger === "MID") return quote.bid + quote.ask;
  if (trigger === "BID") return 2 * quote.bid;
  if (trigger === "ASK") return 2 * quote.ask;
  const isAsk = trigger === "DEFAULT" ? isBuy : !isBuy;
  return 2 * (isAsk ? quote.ask : quote.bid);
}

/** What an order trades at now: a buy pays the ask, a sell gets the bid, whatever its trigger. */
export function naturalPrice(quote: Quote, units: number): number {
  return units > 0 ? quote.ask : quote.bid;
}

/** The instrument that an order waits for. */
export function instrumentOf(book: Book, order: Pending): string {
  return isExit(order) ? ownTrade(book, order).instrument : order.instrument;
}

/** The units that it would trade: an exit's close its trade. */
export function unitsOf(book: Book, order: Pending): number {
  return isExit(order) ? -ownTrade(book, order).units : order.units;
}

function ownTrade(book: Book, order: PendingExit) {
  const trade = tradeOf(book, order.tradeId);
  if (!trade) throw new Error(`exit ${order.id} has no open trade`);
  return trade;
}

/** Whether the market of now sets a pending order off. */
export function isReached(book: Book, order: Pending): boolean {
  const quote = quoteOf(book, instrumentOf(book, order));
  const units = unitsOf(book, order);
  const price = triggerPrice(quote, units, order.trigger);
  const level = isExit(order) ? order.level : 2 * order.price;
  switch (order.kind) {
    case "limit":
    case "target":
      // Whatever sets it off, its fill is never worse than its price.
      return (
        isBetter(units, price, level) && isBetter(units, 2 * naturalPrice(quote, units), level)
      );
    case "stop":
    case "guaranteed":
    case "trail":
      return isWorse(units, price, level);
    case "mit":
      return order.initial > level ? price <= level : price >= level;
  }
}

/** Equal or better than the level for whoever trades `units`. */
function isBetter(units: number, price: number, level: number): boolean {
  return units > 0 ? price <= level : price >= level;
}

function isWorse(units: number, price: number, level: number): boolean {
  return units > 0 ? price >= level : price <= level;
}

/** A trailing stop follows its trigger's price in the winning direction, never back. */
export function trail(book: Book, order: PendingExit): void {
  if (order.kind !== "trail") return;
  order.level = trailedLevel(book, order);
}

function trailedLevel(book: Book, order: PendingExit): number {
  const { instrument, units } = ownTrade(book, order);
  const price = triggerPrice(quoteOf(book, instrument), -units, order.trigger);
  const away = 2 * (order.distance ?? 0);
  return units > 0 ? Math.max(order.level, price - away) : Math.min(order.level, price + away);
}
