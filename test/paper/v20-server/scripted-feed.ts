import type { Instrument } from "../../../src/core/instrument.ts";
import { decimal, maximumOf, minimumOf, type Price, toPrice } from "../../../src/core/money.ts";
import { type Instant, instantFromMs, instantToMs } from "../../../src/core/time.ts";
import type { QuoteRange, VenueQuote } from "../../../src/paper/feed/feed.ts";
import type { Bar, Extent, PriceHistory } from "../../../src/paper/feed/price-history.ts";

type Step = { readonly atMs: number; readonly quote: VenueQuote };

/** A feed whose prices a test sets, each at a moment. */
export interface ScriptedFeed extends PriceHistory {
  set(name: string, at: Instant, prices: ScriptedPrices): void;
}

export type ScriptedPrices = {
  readonly bid: string;
  readonly ask: string;
  readonly tradeable?: boolean;
};

const BASE = {
  type: "forex",
  unitsPrecision: 0,
  minimumUnits: decimal("1"),
  maximumUnits: decimal("100000000"),
  marginRate: decimal("0.02"),
} as const;

const DOLLAR_PAIR = {
  ...BASE,
  quoteCurrency: "USD",
  pipSize: decimal("0.0001"),
  pricePrecision: 5,
  minimumTrailingDistance: decimal("0.0005"),
  maximumTrailingDistance: decimal("1"),
} as const;

const INSTRUMENTS: readonly Instrument[] = [
  {
    ...DOLLAR_PAIR,
    name: "EUR_USD",
    displayName: "EUR/USD",
    baseCurrency: "EUR",
    financing: { longRate: decimal("-0.0105"), shortRate: decimal("0.0031") },
  },
  {
    ...DOLLAR_PAIR,
    name: "GBP_USD",
    displayName: "GBP/USD",
    baseCurrency: "GBP",
    financing: null,
  },
  {
    ...BASE,
    name: "USD_JPY",
    displayName: "USD/JPY",
    baseCurrency: "USD",
    quoteCurrency: "JPY",
    pipSize: decimal("0.01"),
    pricePrecision: 3,
    maximumUnits: null,
    minimumTrailingDistance: decimal("0.05"),
    maximumTrailingDistance: decimal("100"),
    financing: null,
  },
];

export function openScriptedFeed(): ScriptedFeed {
  const steps = new Map<string, Step[]>();
  const byName = new Map(INSTRUMENTS.map((instrument) => [instrument.name, instrument]));
  const at = (name: string, atMs: number) =>
    steps.get(name)?.findLast((step) => step.atMs <= atMs)?.quote ?? null;
  return {
    resolutionMs: 1,
    instruments: () => INSTRUMENTS,
    instrument: (name) => byName.get(name) ?? null,
    quoteAt: at,
    rangeOf: (name, fromMs, toMs) => {
      const inside = (steps.get(name) ?? []).filter(
        (step) => step.atMs > fromMs && step.atMs <= toMs,
      );
      const standing = at(name, fromMs + 1);
      const quotes = [...(standing ? [standing] : []), ...inside.map((step) => step.quote)];
      return quotes.length === 0 ? null : rangeOf(quotes);
    },
    firstTickFrom: (name, ms) => steps.get(name)?.find((step) => step.atMs >= ms)?.atMs ?? null,
    lastTickBefore: (name, ms) => steps.get(name)?.findLast((step) => step.atMs < ms)?.atMs ?? null,
    barOf: (name, fromMs, toMs) => {
      const inside = (steps.get(name) ?? []).filter(
        (step) => step.atMs >= fromMs && step.atMs < toMs,
      );
      return inside.length === 0
        ? null
        : barOf(
            inside.map((step) => step.quote),
            byName.get(name)?.pricePrecision ?? 0,
          );
    },
    set: (name, moment, { bid, ask, tradeable = true }) => {
      const atMs = instantToMs(moment);
      const quote = {
        bid: toPrice(decimal(bid)),
        ask: toPrice(decimal(ask)),
        time: instantFromMs(atMs),
        tradeable,
      };
      steps.set(name, [...(steps.get(name) ?? []), { atMs, quote }]);
    },
  };
}

function rangeOf(quotes: readonly VenueQuote[]): QuoteRange {
  const lowest = (prices: readonly Price[]) => prices.reduce(minimumOf);
  const highest = (prices: readonly Price[]) => prices.reduce(maximumOf);
  const bids = quotes.map((quote) => quote.bid);
  const asks = quotes.map((quote) => quote.ask);
  return {
    bidLow: lowest(bids),
    bidHigh: highest(bids),
    askLow: lowest(asks),
    askHigh: highest(asks),
    tradeable: quotes.some((quote) => quote.tradeable),
  };
}

function barOf(quotes: readonly VenueQuote[], precision: number): Bar {
  const points = (price: Price) => Number(price.toFixed(precision).replace(".", ""));
  return {
    bid: extentOf(quotes.map(({ bid }) => points(bid))),
    ask: extentOf(quotes.map(({ ask }) => points(ask))),
    mid: extentOf(quotes.map(({ bid, ask }) => points(bid) + points(ask))),
    ticks: quotes.length,
  };
}

function extentOf(prices: readonly number[]): Extent {
  return {
    open: prices.at(0) ?? 0,
    high: Math.max(...prices),
    low: Math.min(...prices),
    close: prices.at(-1) ?? 0,
  };
}
