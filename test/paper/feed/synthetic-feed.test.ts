import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimal } from "../../../src/core/money.ts";
import { instantFromMs } from "../../../src/core/time.ts";
import { listingOf } from "../../../src/paper/feed/catalogue.ts";
import type { Feed } from "../../../src/paper/feed/feed.ts";
import { openSyntheticFeed } from "../../../src/paper/feed/synthetic-feed.ts";

const DAY_MS = 86_400_000;
const TUESDAY = Date.UTC(2026, 10, 17, 15);
const FRIDAY_CLOSE = Date.UTC(2026, 10, 20, 22);
const SUNDAY_OPEN = Date.UTC(2026, 10, 22, 22);

const feed = openSyntheticFeed({ seed: 1, hours: "always" });
const weekly = openSyntheticFeed({ seed: 1, hours: "market" });
const names = feed.instruments().map((instrument) => instrument.name);

const anyName = fc.constantFrom(...names);
const anyMoment = fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2032, 0, 1) });

function quoteAt(of: Feed, name: string, ms: number) {
  const quote = of.quoteAt(name, ms);
  if (!quote) throw new Error(`no quote of ${name}`);
  return quote;
}

function approximateMid(name: string, ms: number): number {
  const { bid, ask } = quoteAt(feed, name, ms);
  return bid.plus(ask).toApproximateNumber() / 2;
}

describe("the synthetic market", () => {
  it("has the crosses of the eight majors, minors and gold, sorted by name", () => {
    const majors = ["EUR", "GBP", "AUD", "NZD", "USD", "CAD", "CHF", "JPY"];
    const isCross = (name: string) => name.split("_").every((part) => majors.includes(part));
    expect(names.filter(isCross)).toHaveLength(28);
    expect(names.length).toBeGreaterThanOrEqual(39);
    expect(names).toEqual(names.toSorted((left, right) => (left < right ? -1 : 1)));
    expect(names).toContain("XAU_USD");
    expect(feed.instrument("USD_JPY")).toMatchObject({
      pricePrecision: 3,
      pipSize: decimal("0.01"),
      marginRate: decimal("0.02"),
      type: "forex",
      displayName: "USD/JPY",
    });
    expect(feed.instrument("XAU_USD")).toMatchObject({ type: "metal", pricePrecision: 3 });
  });

  it("knows nothing of an instrument that isn't listed", () => {
    expect(feed.instrument("XXX_YYY")).toBeNull();
    expect(feed.quoteAt("XXX_YYY", TUESDAY)).toBeNull();
    expect(feed.rangeOf("XXX_YYY", TUESDAY, TUESDAY + 1)).toBeNull();
    expect(feed.rangeOf("EUR_USD", TUESDAY, TUESDAY)).toBeNull();
  });

  it("for all moments gives the same prices for the same seed, asked in any order", () => {
    fc.assert(
      fc.property(anyName, anyMoment, fc.integer(), (name, ms, seed) => {
        const first = openSyntheticFeed({ seed, hours: "always" });
        const second = openSyntheticFeed({ seed, hours: "always" });
        second.rangeOf(name, ms - 5000, ms + 5000);
        expect(first.quoteAt(name, ms)).toEqual(second.quoteAt(name, ms));
      }),
    );
    const other = openSyntheticFeed({ seed: 2, hours: "always" });
    expect(other.quoteAt("EUR_USD", TUESDAY)).not.toEqual(feed.quoteAt("EUR_USD", TUESDAY));
  });

  it("pins the prices of seed 1: a change of them would change every account's past", () => {
    const pinned = ["EUR_USD", "USD_JPY", "XAU_USD"].map((name) => {
      const { bid, ask } = quoteAt(feed, name, TUESDAY);
      return [name, bid.toString(), ask.toString()];
    });
    expect(pinned).toMatchInlineSnapshot(`
      [
        [
          "EUR_USD",
          "1.16285",
          "1.16299",
        ],
        [
          "USD_JPY",
          "158.401",
          "158.412",
        ],
        [
          "XAU_USD",
          "4217.279",
          "4217.692",
        ],
      ]
    `);
  });

  it("for all moments quotes legal prices with a usual spread, of the second's beginning", () => {
    fc.assert(
      fc.property(anyName, anyMoment, (name, ms) => {
        const { bid, ask, time, tradeable } = quoteAt(feed, name, ms);
        const listing = listingOf(name);
        const precision = listing?.instrument.pricePrecision ?? 0;
        expect(bid.scale).toBe(precision);
        const spread = Number(ask.minus(bid).digits);
        expect(spread).toBeGreaterThanOrEqual(listing?.spreadLow ?? 0);
        expect(spread).toBeLessThanOrEqual(listing?.spreadHigh ?? 0);
        expect(time).toBe(instantFromMs(Math.floor(ms / 1000) * 1000));
        expect(tradeable).toBe(true);
      }),
    );
  });

  it("for all stretches gives bounds that hold at every second of them", () => {
    const lengths = fc.oneof(
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 1, max: 900_000 }),
    );
    fc.assert(
      fc.property(anyName, anyMoment, lengths, (name, fromMs, lengthMs) => {
        const range = feed.rangeOf(name, fromMs, fromMs + lengthMs);
        if (!range) throw new Error("no range");
        for (let ms = fromMs + 1; ms <= fromMs + lengthMs; ms += 1000) {
          const { bid, ask } = quoteAt(feed, name, ms);
          expect(bid.isLessThan(range.bidLow) || bid.isGreaterThan(range.bidHigh)).toBe(false);
          expect(ask.isLessThan(range.askLow) || ask.isGreaterThan(range.askHigh)).toBe(false);
        }
        expect(range.tradeable).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it("for all days gives bounds near enough to be of use", () => {
    fc.assert(
      fc.property(anyName, anyMoment, (name, fromMs) => {
        const range = feed.rangeOf(name, fromMs, fromMs + DAY_MS);
        const width = range?.bidHigh.minus(range.bidLow) ?? decimal("9");
        const limit = quoteAt(feed, name, fromMs).bid.times(decimal("0.08"));
        expect(width.isLessThan(limit)).toBe(true);
      }),
    );
  });

  it("prices a cross as the ratio of its legs", () => {
    for (let hour = 0; hour < 500; hour += 1) {
      const ms = TUESDAY + hour * 3_600_000;
      const ratio = approximateMid("EUR_USD", ms) / approximateMid("GBP_USD", ms);
      expect(Math.abs(approximateMid("EUR_GBP", ms) / ratio - 1)).toBeLessThan(0.0001);
    }
  });

  it("moves as a currency pair does: about half a per cent a day, and comes back over the years", () => {
    let [squares, low, high] = [0, Number.POSITIVE_INFINITY, 0];
    let before = approximateMid("EUR_USD", TUESDAY);
    const days = 3650;
    for (let day = 1; day <= days; day += 1) {
      const mid = approximateMid("EUR_USD", TUESDAY + day * DAY_MS);
      squares += Math.log(mid / before) ** 2;
      [low, high] = [Math.min(low, mid), Math.max(high, mid)];
      before = mid;
    }
    const dailyMove = Math.sqrt(squares / days);
    expect(dailyMove).toBeGreaterThan(0.004);
    expect(dailyMove).toBeLessThan(0.0075);
    expect(low).toBeGreaterThan(0.95);
    expect(high).toBeLessThan(1.4);
  });
});

describe("market hours", () => {
  it.each([
    ["a second before Friday's close", FRIDAY_CLOSE - 1000, true],
    ["at Friday's close", FRIDAY_CLOSE, false],
    ["on Saturday", FRIDAY_CLOSE + DAY_MS, false],
    ["a millisecond before Sunday's open", SUNDAY_OPEN - 1, false],
    ["at Sunday's open", SUNDAY_OPEN, true],
  ])("%s", (_name, ms, tradeable) => {
    const quote = quoteAt(weekly, "EUR_USD", ms);
    expect(quote.tradeable).toBe(tradeable);
    const expected = tradeable ? ms : FRIDAY_CLOSE - 1000;
    expect(quote.time).toBe(instantFromMs(expected));
    expect(quote.bid).toEqual(quoteAt(feed, "EUR_USD", expected).bid);
  });

  it("keep Friday's last price over the weekend, whatever part of it is asked for", () => {
    const last = quoteAt(weekly, "EUR_USD", FRIDAY_CLOSE - 1);
    const range = weekly.rangeOf("EUR_USD", FRIDAY_CLOSE + 5, SUNDAY_OPEN - 1);
    expect(range).toEqual({
      bidLow: last.bid,
      bidHigh: last.bid,
      askLow: last.ask,
      askHigh: last.ask,
      tradeable: false,
    });
  });

  it.each([
    ["ends in the weekend", FRIDAY_CLOSE - 5000, SUNDAY_OPEN - 1],
    ["begins in the weekend", FRIDAY_CLOSE, SUNDAY_OPEN + 5000],
    ["spans it", FRIDAY_CLOSE - 5000, SUNDAY_OPEN + 5000],
    ["begins in one weekend and ends in the next", FRIDAY_CLOSE, FRIDAY_CLOSE + 7 * DAY_MS],
  ])("a stretch that %s is tradeable somewhere", (_name, fromMs, toMs) => {
    expect(weekly.rangeOf("EUR_USD", fromMs, toMs)?.tradeable).toBe(true);
  });

  it("for all stretches gives bounds that hold over weekends too", () => {
    const around = fc.integer({ min: -20_000, max: 20_000 });
    const edge = fc.constantFrom(FRIDAY_CLOSE, SUNDAY_OPEN);
    fc.assert(
      fc.property(edge, around, fc.integer({ min: 1, max: 30_000 }), (at, shift, length) => {
        const fromMs = at + shift;
        const range = weekly.rangeOf("GBP_JPY", fromMs, fromMs + length);
        if (!range) throw new Error("no range");
        for (let ms = fromMs + 1; ms <= fromMs + length; ms += 500) {
          const { bid, ask, tradeable } = quoteAt(weekly, "GBP_JPY", ms);
          expect(bid.isLessThan(range.bidLow) || bid.isGreaterThan(range.bidHigh)).toBe(false);
          expect(ask.isLessThan(range.askLow) || ask.isGreaterThan(range.askHigh)).toBe(false);
          expect(tradeable && !range.tradeable).toBe(false);
        }
      }),
    );
  });
});
