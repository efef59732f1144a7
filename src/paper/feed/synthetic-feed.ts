import type { Instrument } from "../../core/instrument.ts";
import { closedSince, closesAfter, opensAfter } from "../../core/market-hours.ts";
import { Decimal, toPrice } from "../../core/money.ts";
import { instantFromMs } from "../../core/time.ts";
import type { VenueHours } from "../venue-profile.ts";
import { type Listing, listedNames, listingOf } from "./catalogue.ts";
import { type Currency, currencyOf } from "./currencies.ts";
import { type CurrencyPath, mix, openCurrencyPath, STILL } from "./currency-path.ts";
import type { QuoteRange, VenueQuote } from "./feed.ts";
import { type Bar, joinBars, type PriceHistory } from "./price-history.ts";
import { type Question, rememberEach, rememberLast, rememberLong } from "./remember.ts";
import { type BarMarket, barFinder } from "./synthetic-bars.ts";

export type SyntheticFeedOptions = {
  /** The same seed always gives the same prices. */
  readonly seed: number;
  readonly hours: VenueHours;
};

/** One instrument's prices while it is tradeable. */
type Market = {
  readonly quoteAt: Question<VenueQuote>;
  readonly rangeOf: Question<QuoteRange>;
  readonly barOf: (first: number, last: number) => Bar;
};

/** The mid price in multiples of the last decimal of the instrument's price. */
type Mid = {
  at(second: number): bigint;
  boundsOf(first: number, last: number): { readonly low: bigint; readonly high: bigint };
  readonly ofBars: Pick<BarMarket, "base" | "quote" | "midOf" | "usualMid">;
};

const TICK_MS = 1000;
const BILLION = 1_000_000_000;
/** The spread changes every 2^this seconds. */
const SPREAD_LEVEL = 4;
/** A week's beginning: candles go back to here, as the broker's do. */
export const HISTORY_START_MS = Date.UTC(2005, 0, 2, 22);
/** Which bars of each instrument are kept: those that take time to find, for some requests. */
const BARS_KEPT = { worth: 600, limit: 20_000 };

/** Prices made from a seed: a random walk that comes back to plausible levels, one tick a second. */
export function openSyntheticFeed(options: SyntheticFeedOptions): PriceHistory {
  const pathOf = rememberEach((currency) => pathOfCurrency(options.seed, listedCurrency(currency)));
  const listed = rememberEach(listingOf);
  const marketOf = rememberEach((name) => {
    const listing = listed(name);
    return listing && openMarket(listing, pathOf, mix(options.seed, textSeed(name)));
  });
  const isAlways = options.hours === "always";
  const closeOf = (ms: number) => (isAlways ? null : closedSince(ms));
  const endAfter = (ms: number) => (isAlways ? Infinity : closesAfter(ms));
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
    ...historyOf(marketOf, { closeOf, endAfter }),
  };
}

type Sessions = {
  /** When the market closed that is closed at `ms`; null while it is open. */
  closeOf(ms: number): number | null;
  /** When the market that is open at `ms` closes. */
  endAfter(ms: number): number;
};

/** The prices of the past; there are none while the market is closed. */
function historyOf(
  marketOf: (name: string) => Market | undefined,
  { closeOf, endAfter }: Sessions,
): Pick<PriceHistory, "firstTickFrom" | "lastTickBefore" | "barOf"> {
  return {
    firstTickFrom(name, ms) {
      if (!marketOf(name)) return null;
      const tick = Math.max(HISTORY_START_MS, Math.ceil(ms / TICK_MS) * TICK_MS);
      const close = closeOf(tick);
      return close === null ? tick : opensAfter(close);
    },
    lastTickBefore(name, ms) {
      const tick = Math.ceil(ms / TICK_MS) * TICK_MS - TICK_MS;
      const close = closeOf(tick);
      const last = close === null ? tick : close - TICK_MS;
      return marketOf(name) && last >= HISTORY_START_MS ? last : null;
    },
    barOf(name, fromMs, toMs) {
      const market = marketOf(name);
      let bar: Bar | null = null;
      let tick = this.firstTickFrom(name, fromMs);
      while (market && tick !== null && tick < toMs) {
        const end = Math.min(toMs, endAfter(tick));
        const last = Math.ceil(end / TICK_MS) - 1;
        bar = joinBars(bar, market.barOf(tick / TICK_MS, last));
        tick = this.firstTickFrom(name, end);
      }
      return bar;
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
  const spreadAt = (second: number) => {
    const choice = mix(seed, Math.floor(second / 2 ** SPREAD_LEVEL));
    return spreadLow + (choice % (spreadHigh - spreadLow + 1));
  };
  const quoteAt = rememberLast((second): VenueQuote => {
    const spread = spreadAt(second);
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
  const terms = { ...mid.ofBars, spreadAt, spreadLow, spreadHigh, spreadLevel: SPREAD_LEVEL };
  const barOf = rememberLong(barFinder(terms), BARS_KEPT);
  return { quoteAt, rangeOf, barOf };
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
    ofBars: {
      base: basePath,
      quote: quotePath,
      usualMid: Number(numerator) / Number(quote.usdBillionths),
      midOf: (baseDeviation, quoteDeviation) => Number(midOf(baseDeviation, quoteDeviation)),
    },
  };
}

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
