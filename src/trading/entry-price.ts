import { isReached } from "../core/entry-order.ts";
import { Failure } from "../core/failures.ts";
import { formatPrice } from "../core/instrument.ts";
import type { Price } from "../core/money.ts";
import { oppositeSide, type Side } from "../core/order.ts";
import type { EntryTerms } from "../core/order-request.ts";
import { entryPrice } from "../core/quote.ts";
import { requirePrecision } from "./check-price.ts";
import { type DefaultExits, type Desk, defaultExits } from "./desk.ts";
import type { ExitBasis } from "./exit-levels.ts";
import type { MarketView } from "./market-view.ts";

type Entry = Pick<EntryTerms, "type" | "price">;

/**
 * The price that an order of these terms is expected to fill at: its own, or the market's where a limit is there
 * already. @throws Failure INVALID_PRICE for a price with too many decimals, and for a stop that the market has passed.
 */
export function expectedEntry(entry: Entry, side: Side, { quote, instrument }: MarketView): Price {
  requirePrecision("price", entry.price, instrument);
  if (!isReached(entry, side, quote)) return entry.price;
  const market = entryPrice(quote, side);
  if (entry.type !== "stop") return market;
  const where = side === "buy" ? "above" : "below";
  throw new Failure(
    "INVALID_PRICE",
    `A ${side} stop must be ${where} the market, which is at ${formatPrice(market, instrument)}; ${formatPrice(entry.price, instrument)} would execute at once. Nothing was sent.`,
    {
      hint: `To ${side} at ${formatPrice(entry.price, instrument)} or better use --type limit; to ${side} now leave out --type and --price.`,
    },
  );
}

/** Exits of a market order: beyond the prices that a trade opened now could be closed at. */
export function marketBasis(desk: Desk, side: Side, view: MarketView): ExitBasis {
  const { instrument, quote } = view;
  const entry = entryPrice(quote, side);
  return {
    ...shared(side, view, defaultExits(desk, instrument)),
    entry,
    stopLimit: entryPrice(quote, oppositeSide(side)),
    targetLimit: entry,
    limitName: "the market",
    isWaiting: false,
  };
}

/** Exits of an order that waits: beyond the price it is expected to fill at. */
export function entryBasis(
  desk: Desk,
  { side, entry }: { readonly side: Side; readonly entry: Price },
  view: MarketView,
): ExitBasis {
  return {
    ...shared(side, view, defaultExits(desk, view.instrument)),
    entry,
    stopLimit: entry,
    targetLimit: entry,
    limitName: "the order's price",
    isWaiting: true,
  };
}

function shared(side: Side, { instrument }: MarketView, defaults: DefaultExits) {
  return { instrument, side, subject: `a ${side}`, defaults };
}
