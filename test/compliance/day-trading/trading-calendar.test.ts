import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NYSE_DAYS } from "../../../src/compliance/day-trading/nyse-days.ts";
import {
  closeOf,
  isKnown,
  isTradingDay,
  tradingDayAfter,
  tradingDayOf,
} from "../../../src/compliance/day-trading/trading-calendar.ts";
import { newYork } from "./trading-days.ts";

describe("the exchange's days", () => {
  it.each([
    ["2026-05-26T04:00:00", "2026-05-26", "before the opening"],
    ["2026-05-26T19:59:59", "2026-05-26", "after hours"],
    ["2026-05-26T20:00:00", "2026-05-27", "the night session"],
    ["2026-05-27T00:30:00", "2026-05-27", "the night session after midnight"],
    ["2026-05-22T20:30:00", "2026-05-26", "a night before a weekend and Memorial Day"],
    ["2026-05-23T12:00:00", "2026-05-26", "a Saturday"],
    ["2026-11-26T12:00:00", "2026-11-27", "Thanksgiving"],
    ["2026-11-27T16:30:00", "2026-11-27", "after an early close"],
    ["2026-12-31T23:00:00", "2027-01-04", "the night before New Year"],
  ])("%s in New York is of %s: %s (TM-05)", (clock, day) => {
    expect(tradingDayOf(newYork(clock), NYSE_DAYS)).toBe(day);
  });

  it.each([
    ["2026-03-06T19:30:00", "2026-03-07T00:30:00", "2026-03-06"],
    ["2026-03-09T19:30:00", "2026-03-09T23:30:00", "2026-03-09"],
    ["2026-10-30T19:30:00", "2026-10-30T23:30:00", "2026-10-30"],
    ["2026-11-02T19:30:00", "2026-11-03T00:30:00", "2026-11-02"],
  ])(
    "19:30 on both sides of the clock's change is the same day's (TM-02): %s",
    (clock, utc, day) => {
      const instant = newYork(clock);
      expect(instant.slice(0, 19)).toBe(utc);
      expect(tradingDayOf(instant, NYSE_DAYS)).toBe(day);
    },
  );

  it("skips holidays and counts half days", () => {
    expect(tradingDayAfter("2026-11-24", 5, NYSE_DAYS)).toBe("2026-12-02");
    expect(tradingDayAfter("2026-11-30", -4, NYSE_DAYS)).toBe("2026-11-23");
    expect(tradingDayAfter("2026-11-24", 0, NYSE_DAYS)).toBe("2026-11-24");
    expect(closeOf("2026-11-27", NYSE_DAYS)).toBe("2026-11-27 13:00");
    expect(closeOf("2026-11-30", NYSE_DAYS)).toBe("2026-11-30 16:00");
  });

  it("says where it doesn't know holidays (TM-05)", () => {
    expect(isKnown("2028-12-29", "2028-12-29", NYSE_DAYS)).toBe(true);
    expect(isKnown("2028-12-29", "2029-01-02", NYSE_DAYS)).toBe(false);
    expect(isKnown("2023-12-29", "2024-01-02", NYSE_DAYS)).toBe(false);
  });

  it("has only weekdays among holidays and half days, and no day that is both", () => {
    const all = [...NYSE_DAYS.closed, ...NYSE_DAYS.early];
    const weekdays = all.map((day) => new Date(`${day}T00:00:00Z`).getUTCDay());
    expect(weekdays.every((weekday) => weekday >= 1 && weekday <= 5)).toBe(true);
    expect(new Set(all).size).toBe(all.length);
  });

  it("for all days and counts, going forth and back ends where it began", () => {
    const days = fc
      .integer({ min: 0, max: 1700 })
      .map((offset) => new Date(Date.UTC(2024, 0, 2) + offset * 86_400_000))
      .map((date) => date.toISOString().slice(0, 10))
      .filter((day) => isTradingDay(day, NYSE_DAYS));
    fc.assert(
      fc.property(days, fc.integer({ min: 1, max: 30 }), (day, count) => {
        const later = tradingDayAfter(day, count, NYSE_DAYS);
        expect(isTradingDay(later, NYSE_DAYS)).toBe(true);
        expect(later > day).toBe(true);
        expect(tradingDayAfter(later, -count, NYSE_DAYS)).toBe(day);
      }),
    );
  });
});
