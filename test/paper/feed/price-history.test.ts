import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Instant, instantFromMs } from "../../../src/core/time.ts";
import type { Bar, Extent, PriceHistory } from "../../../src/paper/feed/price-history.ts";
import { openRecordedFeed } from "../../../src/paper/feed/recorded-feed.ts";
import { openSyntheticFeed } from "../../../src/paper/feed/synthetic-feed.ts";

const START: Instant = instantFromMs(Date.UTC(2026, 10, 17, 15));
const START_MS = Date.parse(START);
const HISTORY_START_MS = Date.UTC(2005, 0, 2, 22);
const FRIDAY_CLOSE = Date.UTC(2026, 10, 20, 22);
const SUNDAY_OPEN = Date.UTC(2026, 10, 22, 22);
const HOUR_MS = 3_600_000;

const always = openSyntheticFeed({ seed: 1, hours: "always" });
const weekly = openSyntheticFeed({ seed: 1, hours: "market" });
const names = always.instruments().map((instrument) => instrument.name);

/** The bar of what `quoteAt` says at every moment of a grid, one after the other. */
function barByLooking(feed: PriceHistory, name: string, moments: readonly number[]): Bar | null {
  const quotes = moments.flatMap((ms) => {
    const quote = feed.quoteAt(name, ms);
    return quote?.tradeable ? [quote] : [];
  });
  if (quotes.length === 0) return null;
  const bids = quotes.map(({ bid }) => Number(bid.digits));
  const asks = quotes.map(({ ask }) => Number(ask.digits));
  return {
    bid: extentOf(bids),
    ask: extentOf(asks),
    mid: extentOf(bids.map((bid, index) => bid + (asks[index] ?? 0))),
    ticks: quotes.length,
  };
}

function extentOf(prices: readonly number[]): Extent {
  return {
    open: prices[0] ?? 0,
    high: prices.reduce((left, right) => Math.max(left, right)),
    low: prices.reduce((left, right) => Math.min(left, right)),
    close: prices.at(-1) ?? 0,
  };
}

function secondsOf(fromMs: number, toMs: number): readonly number[] {
  const first = Math.ceil(fromMs / 1000);
  const count = Math.max(0, Math.ceil(toMs / 1000) - first);
  return Array.from({ length: count }, (_, index) => (first + index) * 1000);
}

describe("the history of the synthetic market", () => {
  it("for all stretches tells exactly what looking at every second tells", () => {
    const moments = fc.integer({ min: Date.UTC(2010, 0, 1), max: Date.UTC(2032, 0, 1) });
    const lengths = fc.oneof(
      fc.integer({ min: 1, max: 10_000 }),
      fc.integer({ min: 1, max: 900_000 }),
    );
    const feeds = fc.constantFrom(always, weekly);
    fc.assert(
      fc.property(feeds, fc.constantFrom(...names), moments, lengths, (...drawn) => {
        const [feed, name, fromMs, length] = drawn;
        const looked = barByLooking(feed, name, secondsOf(fromMs, fromMs + length));
        expect(feed.barOf(name, fromMs, fromMs + length)).toEqual(looked);
      }),
      { numRuns: 100 },
    );
  });

  it.each(["USD_HKD", "GBP_JPY"])(
    "tells hours of %s exactly, asked once and again",
    (name) => {
      const fromMs = FRIDAY_CLOSE - 8 * HOUR_MS;
      const looked = barByLooking(weekly, name, secondsOf(fromMs, FRIDAY_CLOSE));
      expect(looked?.ticks).toBe(8 * 3600);
      expect(weekly.barOf(name, fromMs, FRIDAY_CLOSE + HOUR_MS)).toEqual(looked);
      expect(weekly.barOf(name, fromMs, FRIDAY_CLOSE + HOUR_MS)).toEqual(looked);
    },
    20_000,
  );

  it("for all stretches is the same in one piece and in two", () => {
    const length = fc.integer({ min: 2, max: 40 * 24 * 3600 });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.constantFrom(...names), length, share, (name, seconds, part) => {
        const [fromMs, toMs] = [START_MS, START_MS + seconds * 1000];
        const middle = START_MS + Math.max(1, Math.floor(seconds * part)) * 1000;
        const whole = always.barOf(name, fromMs, toMs);
        const [first, second] = [
          always.barOf(name, fromMs, middle),
          always.barOf(name, middle, toMs),
        ];
        expect(whole?.ticks).toBe((first?.ticks ?? 0) + (second?.ticks ?? 0));
        const high = Math.max(first?.bid.high ?? 0, second?.bid.high ?? 0);
        const low = Math.min(first?.ask.low ?? Infinity, second?.ask.low ?? Infinity);
        expect([whole?.bid.high, whole?.ask.low]).toEqual([high, low]);
      }),
      { numRuns: 60 },
    );
  });

  it("has no prices while the market is closed", () => {
    expect(weekly.barOf("EUR_USD", FRIDAY_CLOSE, SUNDAY_OPEN)).toBeNull();
    expect(weekly.barOf("EUR_USD", FRIDAY_CLOSE - 2000, SUNDAY_OPEN + 1000)?.ticks).toBe(3);
    expect(weekly.firstTickFrom("EUR_USD", FRIDAY_CLOSE)).toBe(SUNDAY_OPEN);
    expect(weekly.firstTickFrom("EUR_USD", FRIDAY_CLOSE - 1000)).toBe(FRIDAY_CLOSE - 1000);
    expect(weekly.lastTickBefore("EUR_USD", SUNDAY_OPEN)).toBe(FRIDAY_CLOSE - 1000);
    expect(weekly.lastTickBefore("EUR_USD", SUNDAY_OPEN + 1)).toBe(SUNDAY_OPEN);
  });

  it("begins in 2005, and knows only what is listed", () => {
    expect(always.firstTickFrom("EUR_USD", 0)).toBe(HISTORY_START_MS);
    expect(weekly.firstTickFrom("EUR_USD", 0)).toBe(HISTORY_START_MS);
    expect(always.lastTickBefore("EUR_USD", HISTORY_START_MS)).toBeNull();
    expect(always.lastTickBefore("EUR_USD", HISTORY_START_MS + 1)).toBe(HISTORY_START_MS);
    expect(always.barOf("EUR_USD", 0, HISTORY_START_MS)).toBeNull();
    expect(always.firstTickFrom("EUR_XXX", START_MS)).toBeNull();
    expect(always.lastTickBefore("EUR_XXX", START_MS)).toBeNull();
    expect(always.barOf("EUR_XXX", START_MS, START_MS + 1000)).toBeNull();
  });
});

describe("the history of a recording", () => {
  it("for all recordings and stretches tells exactly what its ticks tell", () => {
    const points = fc.array(fc.integer({ min: 100_000, max: 140_000 }), {
      minLength: 1,
      maxLength: 1500,
      size: "max",
    });
    const share = fc.double({ min: -0.1, max: 1.1, noNaN: true });
    fc.assert(
      fc.property(points, share, share, (prices, first, second) => {
        const ticks = prices.map((price, index) => ({
          timeMs: index * 10,
          instrument: "EUR_USD",
          bid: `1.${String(price).slice(1)}`,
          ask: `1.${String(price + (index % 7)).slice(1)}`,
        }));
        const feed = openRecordedFeed(ticks, { start: START, speed: 1 });
        const moment = (part: number) => START_MS + Math.floor(part * prices.length * 10);
        const [fromMs = 0, toMs = 0] = [moment(first), moment(second)].toSorted((a, b) => a - b);
        const inside = ticks
          .map((tick) => START_MS + tick.timeMs)
          .filter((ms) => ms >= fromMs && ms < toMs);
        expect(feed.barOf("EUR_USD", fromMs, toMs)).toEqual(barByLooking(feed, "EUR_USD", inside));
        const times = ticks.map((tick) => START_MS + tick.timeMs);
        expect(feed.firstTickFrom("EUR_USD", fromMs)).toBe(
          times.find((ms) => ms >= fromMs) ?? null,
        );
        expect(feed.lastTickBefore("EUR_USD", toMs)).toBe(
          times.findLast((ms) => ms < toMs) ?? null,
        );
      }),
    );
  });

  it("knows nothing of an instrument that it doesn't hold", () => {
    const tick = { timeMs: 0, instrument: "EUR_USD", bid: "1.1", ask: "1.2" };
    const feed = openRecordedFeed([tick], { start: START, speed: 1 });
    expect(feed.barOf("GBP_USD", START_MS, START_MS + 1)).toBeNull();
    expect(feed.firstTickFrom("GBP_USD", START_MS)).toBeNull();
    expect(feed.lastTickBefore("GBP_USD", START_MS)).toBeNull();
  });
});
