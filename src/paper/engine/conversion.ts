import { type Decimal, decimal, ONE } from "../../core/money.ts";
import type { Feed, QuoteRange } from "../feed/feed.ts";
import type { Venue } from "./step.ts";
import type { ConversionFactors } from "./transactions.ts";

/** Prices of one moment or of a stretch of time: a moment's are a range of one. */
export type Prices = (instrument: string) => QuoteRange | null;

/** Bounds of a number. */
export type Interval = { readonly low: Decimal; readonly high: Decimal };

/** One pair on the way from a currency to another. */
type Hop = { readonly instrument: string; readonly isInverse: boolean };

const HALF = decimal("0.5");
const BRIDGE = "USD";
/** Decimals of a rate that is one divided by a price. */
const RATE_PLACES = 12;

/** The prices of one moment. */
export function pricesAt(feed: Feed, ms: number): Prices {
  return (instrument) => {
    const quote = feed.quoteAt(instrument, ms);
    if (!quote) return null;
    const { bid, ask, tradeable } = quote;
    return { bidLow: bid, bidHigh: bid, askLow: ask, askHigh: ask, tradeable };
  };
}

/** Bounds of the mid price. */
export function midOf(range: QuoteRange): Interval {
  return {
    low: range.bidLow.plus(range.askLow).times(HALF),
    high: range.bidHigh.plus(range.askHigh).times(HALF),
  };
}

/** Bounds of what one unit of `currency` is worth in `home` at mid; null when the feed has no prices for it. */
export function rateBounds(
  feed: Feed,
  [currency, home]: readonly [string, string],
  prices: Prices,
): Interval | null {
  let rate: Interval = { low: ONE, high: ONE };
  const hops = hopsBetween(feed, currency, home);
  if (!hops) return null;
  for (const { instrument, isInverse } of hops) {
    const range = prices(instrument);
    if (!range) return null;
    const { low, high } = midOf(range);
    rate = isInverse
      ? {
          low: rate.low.dividedBy(high, RATE_PLACES, "down"),
          high: rate.high.dividedBy(low, RATE_PLACES, "up"),
        }
      : { low: rate.low.times(low), high: rate.high.times(high) };
  }
  return rate;
}

/** The factors from `currency` into `home` at one moment; null when the feed has no prices for it. */
export function factorsAt(
  { feed, profile }: Venue,
  [currency, home]: readonly [string, string],
  ms: number,
): ConversionFactors | null {
  if (currency === home) return { gain: ONE, loss: ONE, value: ONE };
  const value = rateBounds(feed, [currency, home], pricesAt(feed, ms))?.low;
  if (!value) return null;
  return {
    gain: value.times(ONE.minus(profile.conversionMarkup)),
    loss: value.times(ONE.plus(profile.conversionMarkup)),
    value,
  };
}

function hopsBetween(feed: Feed, from: string, to: string): readonly Hop[] | null {
  if (from === to) return [];
  const direct = hopOf(feed, from, to);
  if (direct) return [direct];
  const first = hopOf(feed, from, BRIDGE);
  const second = hopOf(feed, BRIDGE, to);
  return first && second ? [first, second] : null;
}

function hopOf(feed: Feed, from: string, to: string): Hop | null {
  if (feed.instrument(`${from}_${to}`)) return { instrument: `${from}_${to}`, isInverse: false };
  if (feed.instrument(`${to}_${from}`)) return { instrument: `${to}_${from}`, isInverse: true };
  return null;
}
