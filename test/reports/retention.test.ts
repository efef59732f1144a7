import { describe, expect, it } from "vitest";
import { tradingCalendar } from "../../src/core/calendar.ts";
import { keptUntil, retentionCut } from "../../src/reports/retention.ts";
import { instant } from "../support/history-rows.ts";

const calendar = tradingCalendar();

describe("how long records are kept", () => {
  // A trading year begins at 17:00 New York on 31 December.
  it.each([
    ["2026-11-25T12:00:00Z", 7, "2018-12-31T22:00:00.000000000Z"],
    ["2025-12-31T21:59:59.999999999Z", 7, "2017-12-31T22:00:00.000000000Z"],
    ["2025-12-31T22:00:00Z", 7, "2018-12-31T22:00:00.000000000Z"],
    ["2026-11-25T12:00:00Z", 30, "1995-12-31T22:00:00.000000000Z"],
    ["2024-02-29T12:00:00Z", 7, "2016-12-31T22:00:00.000000000Z"],
  ])("at %s, for %i years, what is of before %s may go (TM-03)", (now, years, cut) => {
    expect(retentionCut(instant(now), { years, calendar })).toBe(cut);
  });

  it("is never less than seven whole years: the last moment that may go is as old on the first day", () => {
    const cut = retentionCut(instant("2025-12-31T22:00:00Z"), { years: 7, calendar });
    expect(cut).toBe("2018-12-31T22:00:00.000000000Z");
  });

  it("is for ever where the user says so", () => {
    expect(retentionCut(instant("2026-11-25T12:00:00Z"), { years: null, calendar })).toBeNull();
    expect(keptUntil(instant("2026-11-25T12:00:00Z"), { years: null, calendar })).toBeNull();
  });

  it.each([
    ["2019-06-01T00:00:00Z", "2026-12-31"],
    ["2018-12-31T21:59:59Z", "2025-12-31"],
    ["2018-12-31T22:00:00Z", "2026-12-31"],
  ])("a record of %s until %s", (time, until) => {
    expect(keptUntil(instant(time), { years: 7, calendar })).toBe(until);
  });
});
