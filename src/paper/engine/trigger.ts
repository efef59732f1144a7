import type { Decimal, Price } from "../../core/money.ts";
import type { QuoteRange, VenueQuote } from "../feed/feed.ts";
import { type Interval, midOf } from "./conversion.ts";
import { midOfQuote } from "./figures.ts";
import type {
  EntryOrder,
  ExitOrder,
  TrailingStopOrder,
  TriggerCondition,
  VenueTrade,
} from "./types.ts";

/** Which of a quote's prices is looked at. */
export type PriceSide = "bid" | "ask" | "mid";

/** A waiting order's moment: the first at which its instrument trades and that price is at or beyond `price`. */
export type Trigger = {
  readonly side: PriceSide;
  readonly isRise: boolean;
  readonly price: Decimal;
};

/** The price that sets off an order with that condition. */
export function triggerSide(condition: TriggerCondition, isBuy: boolean): PriceSide {
  switch (condition) {
    case "BID":
      return "bid";
    case "ASK":
      return "ask";
    case "MID":
      return "mid";
    case "DEFAULT":
      return isBuy ? "ask" : "bid";
    case "INVERSE":
      return isBuy ? "bid" : "ask";
  }
}

/**
 * When an entry order's price has come. A limit is never filled at a worse price than its own, so that whatever its
 * condition, it waits for the price at which it would be filled.
 */
export function entryTrigger(order: EntryOrder): Trigger {
  const { price, triggerCondition } = order;
  const isBuy = !order.units.isNegative();
  const side = triggerSide(triggerCondition, isBuy);
  switch (order.type) {
    case "limit":
      return { side: triggerSide("DEFAULT", isBuy), isRise: !isBuy, price };
    case "stop":
      return { side, isRise: isBuy, price };
    case "market_if_touched":
      return { side, isRise: !order.initialMarketPrice?.isGreaterThan(price), price };
  }
}

/** When the price of an exit with a fixed price has come. */
export function exitTrigger(
  order: Exclude<ExitOrder, TrailingStopOrder>,
  trade: Pick<VenueTrade, "currentUnits">,
): Trigger {
  const isShort = trade.currentUnits.isNegative();
  return {
    side: triggerSide(order.triggerCondition, isShort),
    isRise: (order.type === "take_profit") !== isShort,
    price: order.price,
  };
}

export function isTriggered({ side, isRise, price }: Trigger, quote: VenueQuote): boolean {
  if (!quote.tradeable) return false;
  const distance = sidePrice(quote, side).compare(price);
  return isRise ? distance >= 0 : distance <= 0;
}

/** Whether the bounds leave it possible that the trigger's price comes. */
export function mayTrigger({ side, isRise, price }: Trigger, range: QuoteRange): boolean {
  if (!range.tradeable) return false;
  const { low, high } = sideBounds(range, side);
  return isRise ? high.compare(price) >= 0 : low.compare(price) <= 0;
}

export function sidePrice(quote: Pick<VenueQuote, "bid" | "ask">, side: PriceSide): Decimal {
  return side === "mid" ? midOfQuote(quote) : quote[side];
}

export function sideBounds(range: QuoteRange, side: PriceSide): Interval {
  if (side === "mid") return midOf(range);
  return side === "bid"
    ? { low: range.bidLow, high: range.bidHigh }
    : { low: range.askLow, high: range.askHigh };
}

/** The price at which an order is filled at the market. */
export function marketPrice(quote: Pick<VenueQuote, "bid" | "ask">, isBuy: boolean): Price {
  return isBuy ? quote.ask : quote.bid;
}
