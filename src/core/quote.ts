import { type Decimal, decimal, type Price, toPrice } from "./money.ts";
import type { Side } from "./order.ts";
import { type Instant, msBetween } from "./time.ts";

/** One moment's two prices of an instrument. */
export type Quote = {
  readonly instrument: string;
  readonly bid: Price;
  readonly ask: Price;
  /** Whether the broker takes orders in it now. */
  readonly tradeable: boolean;
  /** The venue's time of the prices. */
  readonly time: Instant;
  /** Our time when they arrived. */
  readonly receivedAt: Instant;
};

const HALF = decimal("0.5");

export function midOf(quote: Pick<Quote, "bid" | "ask">): Price {
  return toPrice(quote.bid.plus(quote.ask).times(HALF));
}

export function spreadOf(quote: Pick<Quote, "bid" | "ask">): Decimal {
  return quote.ask.minus(quote.bid);
}

/** The price an order of that side trades at: a buy pays the ask, a sell gets the bid. */
export function entryPrice(quote: Quote, side: Side): Price {
  return side === "buy" ? quote.ask : quote.bid;
}

/** Age of the prices at `now`, in milliseconds, never below zero. */
export function quoteAgeMs(quote: Quote, now: Instant): number {
  return Math.max(0, msBetween(quote.time, now));
}
