import type { Instrument } from "../../core/instrument.ts";
import { Decimal, toPrice } from "../../core/money.ts";
import { instantFromMs } from "../../core/time.ts";
import type { VenueHours } from "../venue-profile.ts";
import { type Listing, listedNames, listingOf } from "./catalogue.ts";
import { type Currency, currencyOf } from "./currencies.ts";
import { type CurrencyPath, mix, openCurrencyPath } from "./currency-path.ts";
import type { Feed, QuoteRange, VenueQuote } from "./feed.ts";
import { closedSince } from "./market-hours.ts";

export type SyntheticFeedOptions = {
  /** The same seed always gives the same prices. */
  readonly seed: number;
  readonly hours: VenueHours;
};

/** One instrument's prices; `points` are multiples of the last decimal of its price. */
type Market = Listing & {
  readonly seed: number;
  midAt(second: number): bigint;
  midBounds(first: number, last: number): { readonly low: bigint; readonly high: bigint };
};

const TICK_MS = 1000;
const BILLION = 1_000_000_000;
/** Seconds between two changes of the spread. */
const SPREAD_SECONDS = 16;

/** Prices made from a seed: a random walk that comes back to plausible levels, one tick a second. */
export function openSyntheticFeed(options: SyntheticFeedOptions): Feed {
  const markets = new Map<string, Market | null>();
  const pathOf = pathsBy(options.seed);
  const marketOf = (name: string): Market | null => {
    const known = markets.get(name);
    if (known !== undefined) return known;
    const listing = listingOf(name);
    const market = listing ? openMarket(listing, pathOf, mix(options.seed, textSeed(name))) : null;
    markets.set(name, market);
    return market;
  };
  const closeOf = (ms: number) => (options.hours === "always" ? null : closedSince(ms));
  return {
    resolutionMs: TICK_MS,
    instruments: () => listedNames().flatMap((name) => marketOf(name)?.instrument ?? []),
    instrument: (name) => marketOf(name)?.instrument ?? null,
    quoteAt(name, atMs) {
      const market = marketOf(name);
      if (!market) return null;
      const close = closeOf(atMs);
      return quoteOf(market, secondOf(atMs, close), close === null);
    },
    rangeOf(name, fromMs, toMs) {
      const market = marketOf(name);
      if (!market || toMs <= fromMs) return null;
      const [firstClose, lastClose] = [closeOf(fromMs + 1), closeOf(toMs)];
      const tradeable = firstClose === null || firstClose !== lastClose;
      const span = [secondOf(fromMs + 1, firstClose), secondOf(toMs, lastClose)] as const;
      return rangeOfMarket(market, span, tradeable);
    },
  };
}

/** The second whose prices are in force: while closed, the last one before the close. */
function secondOf(ms: number, close: number | null): number {
  return Math.floor((close === null ? ms : close - 1) / TICK_MS);
}

function quoteOf(market: Market, second: number, tradeable: boolean): VenueQuote {
  const { instrument, spreadLow, spreadHigh } = market;
  const choice = mix(market.seed, Math.floor(second / SPREAD_SECONDS));
  const spread = spreadLow + (choice % (spreadHigh - spreadLow + 1));
  const bid = market.midAt(second) - BigInt(Math.floor(spread / 2));
  return {
    bid: priceOf(bid, instrument),
    ask: priceOf(bid + BigInt(spread), instrument),
    time: instantFromMs(second * TICK_MS),
    tradeable,
  };
}

function rangeOfMarket(
  market: Market,
  [first, last]: readonly [number, number],
  tradeable: boolean,
): QuoteRange {
  if (first === last) {
    const { bid, ask } = quoteOf(market, first, tradeable);
    return { bidLow: bid, bidHigh: bid, askLow: ask, askHigh: ask, tradeable };
  }
  const { instrument, spreadLow, spreadHigh } = market;
  const { low, high } = market.midBounds(first, last);
  return {
    bidLow: priceOf(low - BigInt(Math.floor(spreadHigh / 2)), instrument),
    bidHigh: priceOf(high - BigInt(Math.floor(spreadLow / 2)), instrument),
    askLow: priceOf(low + BigInt(Math.ceil(spreadLow / 2)), instrument),
    askHigh: priceOf(high + BigInt(Math.ceil(spreadHigh / 2)), instrument),
    tradeable,
  };
}

function openMarket(
  listing: Listing,
  pathOf: (currency: Currency) => CurrencyPath,
  seed: number,
): Market {
  const { baseCurrency, quoteCurrency, pricePrecision } = listing.instrument;
  const base = listedCurrency(baseCurrency);
  const quote = listedCurrency(quoteCurrency);
  const basePath = pathOf(base);
  const quotePath = pathOf(quote);
  const numerator = base.usdBillionths * 10n ** BigInt(pricePrecision);
  const midOf = (baseDeviation: number, quoteDeviation: number) =>
    (numerator * BigInt(BILLION + baseDeviation)) /
    (quote.usdBillionths * BigInt(BILLION + quoteDeviation));
  return {
    ...listing,
    seed,
    midAt: (second) => midOf(basePath.valueAt(second), quotePath.valueAt(second)),
    midBounds(first, last) {
      const bases = basePath.boundsOf(first, last);
      const quotes = quotePath.boundsOf(first, last);
      return { low: midOf(bases.low, quotes.high), high: midOf(bases.high, quotes.low) };
    },
  };
}

function pathsBy(seed: number): (currency: Currency) => CurrencyPath {
  const paths = new Map<string, CurrencyPath>();
  return ({ code, volatility }) => {
    const known = paths.get(code);
    if (known) return known;
    const path = volatility === 0 ? STILL : openCurrencyPath(mix(seed, textSeed(code)), volatility);
    paths.set(code, path);
    return path;
  };
}

const STILL: CurrencyPath = { valueAt: () => 0, boundsOf: () => ({ low: 0, high: 0 }) };

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
