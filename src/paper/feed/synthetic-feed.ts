import type { Instrument } from "../../core/instrument.ts";
import { Decimal, toPrice } from "../../core/money.ts";
import { instantFromMs } from "../../core/time.ts";
import type { VenueHours } from "../venue-profile.ts";
import { type Listing, listedNames, listingOf } from "./catalogue.ts";
import { type Currency, currencyOf } from "./currencies.ts";
import { type CurrencyPath, mix, openCurrencyPath } from "./currency-path.ts";
import type { Feed, QuoteRange, VenueQuote } from "./feed.ts";
import { closedSince } from "./market-hours.ts";
import { type Question, rememberEach, rememberLast } from "./remember.ts";

export type SyntheticFeedOptions = {
  /** The same seed always gives the same prices. */
  readonly seed: number;
  readonly hours: VenueHours;
};

/** One instrument's prices while it is tradeable. */
type Market = {
  readonly quoteAt: Question<VenueQuote>;
  readonly rangeOf: Question<QuoteRange>;
};

/** The mid price in multiples of the last decimal of the instrument's price. */
type Mid = {
  at(second: number): bigint;
  boundsOf(first: number, last: number): { readonly low: bigint; readonly high: bigint };
};

const TICK_MS = 1000;
const BILLION = 1_000_000_000;
/** Seconds between two changes of the spread. */
const SPREAD_SECONDS = 16;

/** Prices made from a seed: a random walk that comes back to plausible levels, one tick a second. */
export function openSyntheticFeed(options: SyntheticFeedOptions): Feed {
  const pathOf = rememberEach((currency) => pathOfCurrency(options.seed, listedCurrency(currency)));
  const listed = rememberEach(listingOf);
  const marketOf = rememberEach((name) => {
    const listing = listed(name);
    return listing && openMarket(listing, pathOf, mix(options.seed, textSeed(name)));
  });
  const closeOf = (ms: number) => (options.hours === "always" ? null : closedSince(ms));
  return {
    resolutionMs: TICK_MS,
    instruments: () => listedNames().flatMap((name) => listed(name)?.instrument ?? []),
    instrument: (name) => listed(name)?.instrument ?? null,
    quoteAt(name, atMs) {
      const market = marketOf(name);
      if (!market) return null;
      const close = closeOf(atMs);
      return during(market.quoteAt(secondOf(atMs, close)), close === null);
    },
    rangeOf(name, fromMs, toMs) {
      const market = marketOf(name);
      if (!market || toMs <= fromMs) return null;
      const [firstClose, lastClose] = [closeOf(fromMs + 1), closeOf(toMs)];
      const range = market.rangeOf(secondOf(fromMs + 1, firstClose), secondOf(toMs, lastClose));
      return during(range, firstClose === null || firstClose !== lastClose);
    },
  };
}

/** The same prices at a time when the instrument is tradeable, or isn't. */
function during<T extends { readonly tradeable: boolean }>(prices: T, tradeable: boolean): T {
  return prices.tradeable === tradeable ? prices : { ...prices, tradeable };
}

/** The second whose prices are in force: while closed, the last one before the close. */
function secondOf(ms: number, close: number | null): number {
  return Math.floor((close === null ? ms : close - 1) / TICK_MS);
}

function openMarket(
  listing: Listing,
  pathOf: (currency: string) => CurrencyPath,
  seed: number,
): Market {
  const { instrument, spreadLow, spreadHigh } = listing;
  const mid = openMid(instrument, pathOf);
  const quoteAt = rememberLast((second): VenueQuote => {
    const choice = mix(seed, Math.floor(second / SPREAD_SECONDS));
    const spread = spreadLow + (choice % (spreadHigh - spreadLow + 1));
    const bid = mid.at(second) - BigInt(Math.floor(spread / 2));
    return {
      bid: priceOf(bid, instrument),
      ask: priceOf(bid + BigInt(spread), instrument),
      time: instantFromMs(second * TICK_MS),
      tradeable: true,
    };
  });
  const rangeOf = rememberLast((first, last): QuoteRange => {
    if (first === last) {
      const { bid, ask } = quoteAt(first);
      return { bidLow: bid, bidHigh: bid, askLow: ask, askHigh: ask, tradeable: true };
    }
    const { low, high } = mid.boundsOf(first, last);
    return {
      bidLow: priceOf(low - BigInt(Math.floor(spreadHigh / 2)), instrument),
      bidHigh: priceOf(high - BigInt(Math.floor(spreadLow / 2)), instrument),
      askLow: priceOf(low + BigInt(Math.ceil(spreadLow / 2)), instrument),
      askHigh: priceOf(high + BigInt(Math.ceil(spreadHigh / 2)), instrument),
      tradeable: true,
    };
  });
  return { quoteAt, rangeOf };
}

function openMid(
  { baseCurrency, quoteCurrency, pricePrecision }: Instrument,
  pathOf: (currency: string) => CurrencyPath,
): Mid {
  const base = listedCurrency(baseCurrency);
  const quote = listedCurrency(quoteCurrency);
  const basePath = pathOf(baseCurrency);
  const quotePath = pathOf(quoteCurrency);
  const numerator = base.usdBillionths * 10n ** BigInt(pricePrecision);
  const midOf = (baseDeviation: number, quoteDeviation: number) =>
    (numerator * BigInt(BILLION + baseDeviation)) /
    (quote.usdBillionths * BigInt(BILLION + quoteDeviation));
  return {
    at: (second) => midOf(basePath.valueAt(second), quotePath.valueAt(second)),
    boundsOf(first, last) {
      const bases = basePath.boundsOf(first, last);
      const quotes = quotePath.boundsOf(first, last);
      return { low: midOf(bases.low, quotes.high), high: midOf(bases.high, quotes.low) };
    },
  };
}

const STILL: CurrencyPath = { valueAt: () => 0, boundsOf: () => ({ low: 0, high: 0 }) };

function pathOfCurrency(seed: number, { code, volatility }: Currency): CurrencyPath {
  return volatility === 0 ? STILL : openCurrencyPath(mix(seed, textSeed(code)), volatility);
}

function listedCurrency(code: string): Currency {
  const currency = currencyOf(code);
  if (!currency) throw new RangeError(`no currency ${code} in the synthetic market`);
  return currency;
}

function priceOf(points: bigint, instrument: Instrument) {
  return toPrice(new Decimal(points, instrument.pricePrecision));
}

function textSeed(text: string): number {
  return [...text].reduce((seed, letter) => mix(seed, letter.charCodeAt(0)), 0x746d74);
}
