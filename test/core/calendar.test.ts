import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addDays,
  isDay,
  isoWeekOf,
  tradingCalendar,
  zoneCalendar,
} from "../../src/core/calendar.ts";
import { addMs, instantFromMs, parseInstant } from "../../src/core/time.ts";
import { momentsAt, zoneClock } from "../../src/core/zone-time.ts";

function instant(text: string) {
  const parsed = parseInstant(text);
  if (!parsed) throw new RangeError(text);
  return parsed;
}

const trading = tradingCalendar();

describe("a trading day", () => {
  it.each([
    // 17:00 New York is 22:00 UTC in winter and 21:00 in summer.
    ["2026-03-06T21:59:59.999999999Z", "2026-03-06"],
    ["2026-03-06T22:00:00Z", "2026-03-07"],
    ["2026-03-08T20:59:59.999999999Z", "2026-03-08"],
    ["2026-03-08T21:00:00Z", "2026-03-09"],
    ["2026-10-31T20:59:59.999999999Z", "2026-10-31"],
    ["2026-10-31T21:00:00Z", "2026-11-01"],
    ["2026-11-01T21:59:59.999999999Z", "2026-11-01"],
    ["2026-11-01T22:00:00Z", "2026-11-02"],
    ["2028-02-28T22:00:00Z", "2028-02-29"],
    ["2026-12-31T22:00:00Z", "2027-01-01"],
  ])("that holds %s is %s (TM-02, TM-03)", (moment, day) => {
    expect(trading.dayOf(instant(moment))).toBe(day);
  });

  it.each([
    ["2026-03-08", 23],
    ["2026-11-01", 25],
    ["2026-03-09", 24],
  ])("%s lasts %i hours (TM-02)", (day, hours) => {
    const [start, end] = [trading.startOf(day), trading.startOf(addDays(day, 1))];
    expect((Date.parse(end) - Date.parse(start)) / 3_600_000).toBe(hours);
  });
});

describe("a calendar day", () => {
  it.each([
    ["Europe/London", "2026-03-29", "2026-03-29T00:00:00.000000000Z", 23],
    ["Europe/London", "2026-10-25", "2026-10-24T23:00:00.000000000Z", 25],
    ["America/New_York", "2026-03-08", "2026-03-08T05:00:00.000000000Z", 23],
    ["Asia/Kathmandu", "2026-11-22", "2026-11-21T18:15:00.000000000Z", 24],
    // Chile's clocks go from Saturday 24:00 to Sunday 01:00: that Sunday has no midnight.
    ["America/Santiago", "2026-09-06", "2026-09-06T04:00:00.000000000Z", 23],
  ])("of %s, %s, begins at %s and lasts %i hours (TM-02)", (...[zone, day, start, hours]) => {
    const calendar = zoneCalendar(zone);
    expect(calendar?.startOf(day)).toBe(start);
    expect(Date.parse(String(calendar?.startOf(addDays(day, 1))))).toBe(
      Date.parse(start) + hours * 3_600_000,
    );
  });

  it("needs a zone that exists", () => {
    expect(zoneCalendar("Mars/Olympus")).toBeUndefined();
  });
});

describe("days", () => {
  it("begin in themselves and end before the next, for all days of many zones", () => {
    const zones = [
      "UTC",
      "Europe/London",
      "America/New_York",
      "Australia/Lord_Howe",
      "Asia/Kolkata",
    ];
    const days = fc.integer({ min: 0, max: 25_000 }).map((count) => addDays("1990-01-01", count));
    fc.assert(
      fc.property(fc.constantFrom(...zones, "trading"), days, (zone, day) => {
        const calendar = zone === "trading" ? trading : zoneCalendar(zone);
        if (!calendar) throw new RangeError(zone);
        const start = calendar.startOf(day);
        expect([calendar.dayOf(start), calendar.dayOf(addMs(start, -1))]).toEqual([
          day,
          addDays(day, -1),
        ]);
      }),
    );
  });

  it("begin at one of their calendar's cuts, for all days of many zones", () => {
    const zones = ["UTC", "Europe/London", "America/New_York", "Asia/Kathmandu", "America/Caracas"];
    const days = fc
      .integer({ min: 9_000, max: 13_000 })
      .map((count) => addDays("1980-01-01", count));
    fc.assert(
      fc.property(fc.constantFrom(...zones, "trading"), days, (zone, day) => {
        const calendar = zone === "trading" ? trading : zoneCalendar(zone);
        if (!calendar) throw new RangeError(zone);
        const span = { from: calendar.startOf(addDays(day, -300)), to: calendar.startOf(day) };
        const cuts = ["00:00", ...calendar.cuts(span)];
        expect(cuts).toContain(span.to.slice(11, 16));
        expect(cuts).toContain(span.from.slice(11, 16));
        expect(cuts.length).toBeLessThanOrEqual(4);
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ["2026-12-31", "2026-W53"],
    ["2027-01-03", "2026-W53"],
    ["2027-01-04", "2027-W01"],
    ["2024-12-30", "2025-W01"],
    ["2021-01-03", "2020-W53"],
    ["2028-02-29", "2028-W09"],
  ])("%s is in week %s (TM-03)", (day, week) => {
    expect(isoWeekOf(day)).toBe(week);
  });

  it.each([
    ["2028-02-29", true],
    ["2026-02-29", false],
    ["2026-13-01", false],
    ["2026-1-1", false],
    ["2026", false],
  ])("%s is in the calendar: %s (CI-14)", (text, is) => {
    expect(isDay(text)).toBe(is);
  });
});

describe("what a clock shows", () => {
  it("is no moment where it is skipped, and two where it comes twice (CI-14)", () => {
    const clock = zoneClock("America/New_York");
    if (!clock) throw new RangeError("no zone");
    const at = (text: string) => momentsAt(clock, Date.parse(`${text}Z`)).map(instantFromMs);
    expect(at("2026-03-08T02:30:00")).toEqual([]);
    expect(at("2026-11-01T01:30:00")).toEqual([
      "2026-11-01T05:30:00.000000000Z",
      "2026-11-01T06:30:00.000000000Z",
    ]);
    expect(at("2026-07-01T12:00:00")).toEqual(["2026-07-01T16:00:00.000000000Z"]);
  });
});
