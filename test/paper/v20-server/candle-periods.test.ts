import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { zoneClock } from "../../../src/core/zone-time.ts";
import {
  type Granularity,
  granularityOf,
  periodFinder,
} from "../../../src/paper/v20-server/candle-periods.ts";

const GRANULARITIES = [
  ..."S5 S10 S15 S30 M1 M2 M4 M5 M10 M15 M30".split(" "),
  ..."H1 H2 H3 H4 H6 H8 H12 D W M".split(" "),
] as Granularity[];
const FRIDAY = 5;

function finder(granularity: Granularity, zone = "America/New_York", dailyHour = 17) {
  const clock = zoneClock(zone);
  if (!clock) throw new Error(`no zone ${zone}`);
  return periodFinder(granularity, { dailyHour, zone: clock, weekday: FRIDAY });
}

function periodAt(find: ReturnType<typeof finder>, moment: string) {
  const { startMs, endMs } = find(Date.parse(moment));
  return [new Date(startMs).toISOString(), new Date(endMs).toISOString()];
}

describe("the periods of candles", () => {
  it("have OANDA's names", () => {
    expect(GRANULARITIES.map(granularityOf)).toEqual(GRANULARITIES);
    expect(granularityOf("M3")).toBeUndefined();
    expect(granularityOf("toString")).toBeUndefined();
  });

  it.each<[Granularity, string, string, string]>([
    ["S5", "2026-11-18T14:00:07Z", "2026-11-18T14:00:05.000Z", "2026-11-18T14:00:10.000Z"],
    ["M10", "2026-11-18T14:09:59Z", "2026-11-18T14:00:00.000Z", "2026-11-18T14:10:00.000Z"],
    ["H1", "2026-11-18T14:00:00Z", "2026-11-18T14:00:00.000Z", "2026-11-18T15:00:00.000Z"],
    ["H4", "2026-11-18T14:00:00Z", "2026-11-18T14:00:00.000Z", "2026-11-18T18:00:00.000Z"],
    ["H12", "2026-11-18T14:00:00Z", "2026-11-18T10:00:00.000Z", "2026-11-18T22:00:00.000Z"],
    ["D", "2026-11-18T21:59:59Z", "2026-11-17T22:00:00.000Z", "2026-11-18T22:00:00.000Z"],
    ["D", "2026-11-18T22:00:00Z", "2026-11-18T22:00:00.000Z", "2026-11-19T22:00:00.000Z"],
    ["W", "2026-11-18T14:00:00Z", "2026-11-13T22:00:00.000Z", "2026-11-20T22:00:00.000Z"],
    ["M", "2026-11-18T14:00:00Z", "2026-10-31T21:00:00.000Z", "2026-11-30T22:00:00.000Z"],
    ["M", "2026-11-30T22:00:00Z", "2026-11-30T22:00:00.000Z", "2026-12-31T22:00:00.000Z"],
  ])("%s at %s begin with the trading day of New York", (...row) => {
    const [granularity, moment, start, end] = row;
    expect(periodAt(finder(granularity), moment)).toEqual([start, end]);
  });

  it.each<[Granularity, string, string, string]>([
    ["H2", "2026-11-18T14:30:00Z", "2026-11-18T14:00:00.000Z", "2026-11-18T16:00:00.000Z"],
    ["D", "2026-06-18T14:30:00Z", "2026-06-17T23:00:00.000Z", "2026-06-18T23:00:00.000Z"],
    ["M", "2026-06-18T14:30:00Z", "2026-05-31T23:00:00.000Z", "2026-06-30T23:00:00.000Z"],
  ])("%s at %s begin at midnight in London when asked so", (...row) => {
    const [granularity, moment, start, end] = row;
    const find = finder(granularity, "Europe/London", 0);
    expect(periodAt(find, moment)).toEqual([start, end]);
  });

  it("TM-02 have 23 and 25 hours on the days of the clock's changes", () => {
    const hours = (moment: string) => {
      const { startMs, endMs } = finder("D")(Date.parse(moment));
      return (endMs - startMs) / 3_600_000;
    };
    expect(hours("2026-03-08T12:00:00Z")).toBe(23);
    expect(hours("2026-11-01T12:00:00Z")).toBe(25);
    // The hours that are left over make one more, shorter candle.
    const last = periodAt(finder("H4"), "2026-11-01T21:30:00Z");
    expect(last).toEqual(["2026-11-01T21:00:00.000Z", "2026-11-01T22:00:00.000Z"]);
  });

  it("for all moments, zones and hours: hold their moment, and follow each other without a gap", () => {
    const zones = fc.constantFrom(
      "America/New_York",
      "Europe/London",
      "Asia/Tokyo",
      "Asia/Kolkata",
      "Australia/Lord_Howe",
      "Pacific/Auckland",
      "America/St_Johns",
      "UTC",
    );
    const moments = fc.integer({ min: Date.UTC(2007, 0, 1), max: Date.UTC(2035, 0, 1) });
    const hours = fc.integer({ min: 0, max: 23 });
    fc.assert(
      fc.property(fc.constantFrom(...GRANULARITIES), zones, hours, moments, (...drawn) => {
        const [granularity, zone, hour, ms] = drawn;
        const find = finder(granularity, zone, hour);
        const period = find(ms);
        expect(period.startMs).toBeLessThanOrEqual(ms);
        expect(period.endMs).toBeGreaterThan(ms);
        expect(find(period.startMs)).toEqual(period);
        expect(find(period.endMs - 1)).toEqual(period);
        expect(find(period.endMs).startMs).toBe(period.endMs);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("a zone's clock", () => {
  it("knows IANA zones, and no others", () => {
    expect(zoneClock("Europe/London")).toBeDefined();
    expect(zoneClock("Middle/Earth")).toBeUndefined();
    expect(zoneClock("")).toBeUndefined();
  });

  it("shows the same of New York as the calendar of the operating system does", () => {
    const format = new Intl.DateTimeFormat("en-GB", {
      timeZone: "America/New_York",
      dateStyle: "short",
      timeStyle: "medium",
    });
    const utc = new Intl.DateTimeFormat("en-GB", {
      timeZone: "UTC",
      dateStyle: "short",
      timeStyle: "medium",
    });
    const clock = zoneClock("America/New_York");
    for (let day = 0; day < 1500; day += 1) {
      const ms = Date.UTC(2024, 0, 1, day % 24) + day * 86_400_000;
      expect(utc.format(clock?.localOf(ms))).toBe(format.format(ms));
    }
  });
});
