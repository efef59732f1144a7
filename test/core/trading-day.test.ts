import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Instant, instantFromMs, instantToMs, parseInstant } from "../../src/core/time.ts";
import {
  isMarketWeek,
  newYorkOffsetHours,
  newYorkWeekday,
  nextRollover,
  tradingDayStart,
} from "../../src/core/trading-day.ts";

const HOUR_MS = 3_600_000;
const moment = fc
  .integer({ min: Date.UTC(1987, 0, 1), max: Date.UTC(2100, 0, 1) })
  .map(instantFromMs);

function instant(text: string): Instant {
  const value = parseInstant(text);
  if (!value) throw new Error(`the test's own instant is wrong: ${text}`);
  return value;
}

const NEW_YORK = new Intl.DateTimeFormat("en-US", {
  timeZone: "America/New_York",
  weekday: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

/** What the time zone database says, the oracle of our own rule. */
function newYork(when: Instant): { weekday: string; time: string } {
  const parts = Object.fromEntries(
    NEW_YORK.formatToParts(instantToMs(when)).map(({ type, value }) => [type, value]),
  );
  const { weekday = "", hour, minute, second } = parts;
  return { weekday, time: `${hour}:${minute}:${second}` };
}

describe("the trading day of a moment", () => {
  it("for all moments begins with the last rollover that isn't after it", () => {
    fc.assert(
      fc.property(moment, (when) => {
        const start = tradingDayStart(when);
        expect(start <= when).toBe(true);
        expect(newYork(start).time).toBe("17:00:00");
        expect(nextRollover(start)).toBe(nextRollover(when));
      }),
    );
  });

  it("at a rollover begins with it", () => {
    expect(tradingDayStart(instant("2026-11-18T22:00:00Z"))).toBe(instant("2026-11-18T22:00:00Z"));
  });
});

describe("New York's clock", () => {
  it.each([
    ["2026-03-08T06:59:59Z", -5],
    ["2026-03-08T07:00:00Z", -4],
    ["2026-11-01T05:59:59Z", -4],
    ["2026-11-01T06:00:00Z", -5],
    ["2027-03-14T06:59:59Z", -5],
    ["2027-03-14T07:00:00Z", -4],
    ["2027-11-07T06:00:00Z", -5],
    ["2009-03-08T07:00:00Z", -4],
    ["2015-11-01T06:00:00Z", -5],
    ["2026-01-01T00:00:00Z", -5],
    ["2026-07-01T00:00:00Z", -4],
  ])("TM-02 at %s it is %i hours from UTC", (text, offset) => {
    expect(newYorkOffsetHours(instantToMs(instant(text)))).toBe(offset);
  });

  it("for all moments since 1987, TM-02 weekday and rollover are those of the time zone database", () => {
    const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    fc.assert(
      fc.property(moment, (when) => {
        expect(days[newYorkWeekday(when)]).toBe(newYork(when).weekday);
        expect(newYork(nextRollover(when)).time).toBe("17:00:00");
      }),
      { numRuns: 300 },
    );
  });
});

describe("the end of a trading day", () => {
  it("for all moments, it is strictly later, and less than 25 hours away", () => {
    fc.assert(
      fc.property(moment, (when) => {
        const distance = instantToMs(nextRollover(when)) - instantToMs(when);
        expect(distance).toBeGreaterThan(0);
        expect(distance).toBeLessThanOrEqual(25 * HOUR_MS);
      }),
    );
  });

  it.each([
    ["2026-11-20T21:59:59.999Z", "2026-11-20T22:00:00.000000000Z"],
    ["2026-11-20T22:00:00Z", "2026-11-21T22:00:00.000000000Z"],
    ["2026-03-07T22:00:00Z", "2026-03-08T21:00:00.000000000Z"],
    ["2026-03-08T07:00:00Z", "2026-03-08T21:00:00.000000000Z"],
    ["2026-10-31T21:00:00Z", "2026-11-01T22:00:00.000000000Z"],
    ["2026-11-01T05:30:00Z", "2026-11-01T22:00:00.000000000Z"],
    ["2026-12-31T23:30:00Z", "2027-01-01T22:00:00.000000000Z"],
    ["2026-07-01T03:00:00Z", "2026-07-01T21:00:00.000000000Z"],
  ])("TM-02 after %s it is %s", (text, expected) => {
    expect(nextRollover(instant(text))).toBe(expected);
  });
});

describe("the market's week", () => {
  it.each([
    ["2026-11-22T21:59:59.999Z", false, "Sunday before 17:00"],
    ["2026-11-22T22:00:00Z", true, "Sunday 17:00 in winter"],
    ["2026-03-08T20:59:59Z", false, "the Sunday summer time begins, before 17:00"],
    ["2026-03-08T21:00:00Z", true, "the Sunday summer time begins, 17:00"],
    ["2026-11-01T21:59:59Z", false, "the Sunday it ends, before 17:00"],
    ["2026-11-01T22:00:00Z", true, "the Sunday it ends, 17:00"],
    ["2026-11-18T12:00:00Z", true, "a Wednesday"],
    ["2026-11-20T21:59:59Z", true, "Friday before 17:00"],
    ["2026-11-20T22:00:00Z", false, "Friday 17:00"],
    ["2026-11-21T12:00:00Z", false, "Saturday"],
  ])("TM-02 at %s open is %s: %s", (text, isOpen) => {
    expect(isMarketWeek(instant(text))).toBe(isOpen);
  });
});
