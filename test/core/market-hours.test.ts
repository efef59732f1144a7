import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { closedSince, closesAfter, opensAfter } from "../../src/core/market-hours.ts";
import { instantFromMs } from "../../src/core/time.ts";
import { isMarketWeek } from "../../src/core/trading-day.ts";

const WEEKEND_MS = 2 * 86_400_000;

describe("the close of the week", () => {
  it.each([
    ["in winter", "2026-01-10T12:00:00Z", "2026-01-09T22:00:00Z"],
    ["in summer", "2026-07-12T12:00:00Z", "2026-07-10T21:00:00Z"],
    ["before the clocks go forward", "2026-03-08T20:00:00Z", "2026-03-06T22:00:00Z"],
    ["before the clocks go back", "2026-11-01T21:59:59Z", "2026-10-30T21:00:00Z"],
  ])("%s is at 17:00 New York", (_name, moment, close) => {
    expect(closedSince(Date.parse(moment))).toBe(Date.parse(close));
  });

  it("for all moments is there just while the market is closed, and not longer ago than a weekend", () => {
    const moments = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1) });
    fc.assert(
      fc.property(moments, (ms) => {
        const close = closedSince(ms);
        expect(close === null).toBe(isMarketWeek(instantFromMs(ms)));
        if (close === null) return;
        expect(isMarketWeek(instantFromMs(close))).toBe(false);
        expect(isMarketWeek(instantFromMs(close - 1))).toBe(true);
        expect(ms - close).toBeGreaterThanOrEqual(0);
        expect(ms - close).toBeLessThanOrEqual(WEEKEND_MS + 3_600_000);
        const open = opensAfter(close);
        expect(open).toBeGreaterThan(ms);
        expect(isMarketWeek(instantFromMs(open))).toBe(true);
        expect(isMarketWeek(instantFromMs(open - 1))).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it("for all moments of an open market is the next time that it isn't open", () => {
    const moments = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1) });
    fc.assert(
      fc.property(moments, (ms) => {
        fc.pre(closedSince(ms) === null);
        const close = closesAfter(ms);
        expect(close).toBeGreaterThan(ms);
        expect(close - ms).toBeLessThanOrEqual(5 * 86_400_000);
        expect(closedSince(close)).toBe(close);
        expect(closedSince(close - 1)).toBeNull();
      }),
      { numRuns: 500 },
    );
  });
});
