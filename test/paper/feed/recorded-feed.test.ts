import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimal, wholeNumber } from "../../../src/core/money.ts";
import { type Instant, instantFromMs } from "../../../src/core/time.ts";
import { openRecordedFeed, parseTickCsv } from "../../../src/paper/feed/recorded-feed.ts";
import type { RecordedTick } from "../../../src/paper/feed/recording.ts";

const HEADER = "time,instrument,bid,ask";
const START_MS = Date.UTC(2026, 10, 17, 15);
const START: Instant = instantFromMs(START_MS);
const REAL_DAY = "../shared/data/oanda-ticks-2014-05-08.csv.gz";

function rows(...lines: readonly string[]): readonly RecordedTick[] {
  return parseTickCsv([HEADER, ...lines]);
}

describe("a recording's rows", () => {
  it("are read with their prices as written", () => {
    const ticks = rows("2014-05-08T00:00:00.036Z,NZD_USD,0.86470,0.86503\r", "");
    expect(ticks).toEqual([
      { timeMs: 1_399_507_200_036, instrument: "NZD_USD", bid: "0.86470", ask: "0.86503" },
    ]);
  });

  it.each([
    ["line 2, time", `"noon" isn't a time`, "noon,EUR_USD,1,1"],
    ["line 2, instrument", `"€" isn't`, "2014-05-08T00:00:00Z,€,1,1"],
    ["line 2, bid", `"1e5" isn't a price`, "2014-05-08T00:00:00Z,EUR_USD,1e5,1"],
    ["line 2, bid", `"0" isn't a price`, "2014-05-08T00:00:00Z,EUR_USD,0,1"],
    ["line 2, ask", `"" isn't a price`, "2014-05-08T00:00:00Z,EUR_USD,1"],
    ["line 2, ask", "1.1 is below the bid 1.2", "2014-05-08T00:00:00Z,EUR_USD,1.2,1.1"],
    ["line 2, after ask", "there are more than four", "2014-05-08T00:00:00Z,EUR_USD,1,1,9"],
  ])("that can't be read are refused with %s", (place, problem, line) => {
    expect(() => rows(line)).toThrow(
      expect.objectContaining({
        code: "USAGE",
        message: expect.stringContaining(`${place}: ${problem}`),
      }),
    );
  });

  it("are refused when they aren't sorted by time, when the header differs, or when there are none", () => {
    const [later, earlier] = ["2014-05-08T00:00:01Z", "2014-05-08T00:00:00Z"];
    const price = "EUR_USD,1.1,1.2";
    expect(() => rows(`${later},${price}`, `${earlier},${price}`)).toThrow(
      /line 3, time: older than the line before/,
    );
    expect(() => parseTickCsv(["a,b", price])).toThrow(/line 1, header: "a,b" isn't/);
    expect(() => parseTickCsv([HEADER])).toThrow(/holds no quotes/);
  });
});

describe("a recorded feed", () => {
  const ticks = rows(
    "2014-05-08T00:00:00.000Z,EUR_USD,1.39000,1.39012",
    "2014-05-08T00:00:01.000Z,USD_JPY,101.8,101.82",
    "2014-05-08T00:00:02.000Z,EUR_USD,1.39010,1.39020",
    "2014-05-08T00:00:04.000Z,EUR_USD,1.38990,1.39001",
  );
  const feed = openRecordedFeed(ticks, { start: START, speed: 1 });

  it("presents the first tick at its start, and each at its distance from it", () => {
    expect(feed.quoteAt("EUR_USD", START_MS - 1)).toBeNull();
    expect(feed.quoteAt("EUR_USD", START_MS)?.bid.toFixed(5)).toBe("1.39000");
    expect(feed.quoteAt("USD_JPY", START_MS + 999)).toBeNull();
    expect(feed.quoteAt("USD_JPY", START_MS + 1000)?.ask.toFixed(3)).toBe("101.820");
    const quote = feed.quoteAt("EUR_USD", START_MS + 3999);
    expect(quote).toMatchObject({ tradeable: true, time: instantFromMs(START_MS + 2000) });
    expect(quote?.bid.toFixed(5)).toBe("1.39010");
  });

  it("isn't tradeable after its last tick, and keeps its price", () => {
    expect(feed.quoteAt("EUR_USD", START_MS + 4000)?.tradeable).toBe(true);
    const after = feed.quoteAt("EUR_USD", START_MS + 4001);
    expect(after?.tradeable).toBe(false);
    expect(after?.bid.toFixed(5)).toBe("1.38990");
    expect(feed.rangeOf("EUR_USD", START_MS + 3999, START_MS + 9000)?.tradeable).toBe(true);
    expect(feed.rangeOf("EUR_USD", START_MS + 4000, START_MS + 9000)?.tradeable).toBe(false);
  });

  it("replays as many times as fast as it is told", () => {
    const fast = openRecordedFeed(ticks, { start: START, speed: 4 });
    expect(fast.quoteAt("EUR_USD", START_MS + 499)?.bid.toFixed(5)).toBe("1.39000");
    expect(fast.quoteAt("EUR_USD", START_MS + 500)?.bid.toFixed(5)).toBe("1.39010");
    const slow = openRecordedFeed(ticks, { start: START, speed: 0.5 });
    expect(slow.quoteAt("EUR_USD", START_MS + 3999)?.bid.toFixed(5)).toBe("1.39000");
  });

  it("describes what it holds as listed, or by its prices", () => {
    expect(feed.instruments().map((each) => each.name)).toEqual(["EUR_USD", "USD_JPY"]);
    expect(feed.instrument("USD_JPY")).toMatchObject({ pricePrecision: 3 });
    expect(feed.instrument("GBP_USD")).toBeNull();
    expect(feed.quoteAt("GBP_USD", START_MS)).toBeNull();
    expect(feed.rangeOf("GBP_USD", START_MS, START_MS + 1)).toBeNull();
    const fine = openRecordedFeed(
      rows(
        "2014-05-08T00:00:00Z,EUR_USD,1.390001,1.390002",
        "2014-05-08T00:00:00Z,BTC_USD,40000,40001",
      ),
      { start: START, speed: 1 },
    );
    expect(fine.instrument("EUR_USD")).toMatchObject({
      pricePrecision: 6,
      marginRate: decimal("0.02"),
    });
    expect(fine.instrument("BTC_USD")).toMatchObject({
      pricePrecision: 0,
      pipSize: decimal("1"),
      marginRate: decimal("0.05"),
      financing: null,
    });
  });

  it("has no bounds before its first price, nor for no time at all", () => {
    expect(feed.rangeOf("EUR_USD", START_MS - 10, START_MS - 1)).toBeNull();
    expect(feed.rangeOf("EUR_USD", START_MS, START_MS)).toBeNull();
    expect(feed.rangeOf("EUR_USD", START_MS - 10, START_MS)?.bidLow.toFixed(5)).toBe("1.39000");
  });

  it("for all recordings and stretches gives the extremes of just that stretch", () => {
    const prices = fc.array(fc.integer({ min: 100_000, max: 140_000 }), {
      minLength: 1,
      maxLength: 1200,
      size: "max",
    });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(prices, share, share, (points, first, second) => {
        const script = points.map((point, index) => {
          const price = wholeNumber(point).times(decimal("0.00001")).toFixed(5);
          return { timeMs: index * 10, instrument: "EUR_USD", bid: price, ask: price };
        });
        const recorded = openRecordedFeed(script, { start: START, speed: 1 });
        const moment = (part: number) => START_MS + Math.floor(part * points.length * 10);
        const [fromMs, toMs] = [moment(first), moment(second) + 1].toSorted((a, b) => a - b);
        if (fromMs === undefined || toMs === undefined || fromMs === toMs) return;
        const from = Math.floor((fromMs + 1 - START_MS) / 10);
        const inside = points.slice(from, Math.floor((toMs - START_MS) / 10) + 1);
        const seen = inside.length > 0 ? inside : points.slice(-1);
        const range = recorded.rangeOf("EUR_USD", fromMs, toMs);
        expect(Number(range?.bidLow.digits)).toBe(Math.min(...seen));
        expect(Number(range?.askHigh.digits)).toBe(Math.max(...seen));
      }),
    );
  });

  it.skipIf(!existsSync(REAL_DAY))("replays a real day, loaded at once", () => {
    const csv = gunzipSync(readFileSync(REAL_DAY)).toString("utf8");
    const started = performance.now();
    const day = parseTickCsv(csv.split("\n"));
    const real = openRecordedFeed(day, { start: START, speed: 1 });
    expect(performance.now() - started).toBeLessThan(3000);
    expect(day).toHaveLength(137_707);
    const range = real.rangeOf("EUR_USD", START_MS, START_MS + 86_400_000);
    const width = range?.bidHigh.minus(range.bidLow);
    expect(width?.isGreaterThan(decimal("0.01"))).toBe(true);
  });

  it("refuses a price that is none", () => {
    const broken = [{ timeMs: 0, instrument: "EUR_USD", bid: "1.1", ask: "x" }];
    expect(() => openRecordedFeed(broken, { start: START, speed: 1 })).toThrow(/not a price: x/);
  });
});
