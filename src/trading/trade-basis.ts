import type { Price } from "../core/money.ts";
import { oppositeSide, type Side } from "../core/order.ts";
import { entryPrice } from "../core/quote.ts";
import { type Desk, defaultExits } from "./desk.ts";
import type { ExitBasis } from "./exit-levels.ts";
import type { MarketView } from "./market-view.ts";

/**
 * Exits of an open trade, opened by an order of `side`: measured from its open price, and beyond what it could be closed
 * at now, or they would trigger at once.
 */
export function tradeBasis(
  desk: Desk,
  trade: { readonly id: string; readonly side: Side; readonly openPrice: Price },
  { instrument, quote }: MarketView,
): ExitBasis {
  const closing = entryPrice(quote, oppositeSide(trade.side));
  return {
    instrument,
    side: trade.side,
    entry: trade.openPrice,
    stopLimit: closing,
    targetLimit: closing,
    subject: `${trade.side === "buy" ? "long" : "short"} trade ${trade.id}`,
    limitName: "the market",
    isWaiting: false,
    defaults: defaultExits(desk, instrument),
  };
}
