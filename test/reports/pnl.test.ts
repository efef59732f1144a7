import { describe, expect, it } from "vitest";
import { tradingCalendar, zoneCalendar } from "../../src/core/calendar.ts";
import { decimal } from "../../src/core/money.ts";
import type { BookedSum } from "../../src/ports/history.ts";
import { pnlByPeriod } from "../../src/reports/pnl.ts";
import { instant } from "../support/history-rows.ts";

const trading = tradingCalendar();

function sum(
  from: string,
  realizedPl: string,
  given: { commission?: string; financing?: string; amount?: string; currency?: string } = {},
): BookedSum {
  const { commission = "0", financing = "0", amount = realizedPl, currency = "USD" } = given;
  return {
    from: instant(from),
    currency,
    realizedPl: decimal(realizedPl),
    commission: decimal(commission),
    financing: decimal(financing),
    amount: decimal(amount),
    fills: 1,
  };
}

function plain(rows: unknown): unknown {
  return JSON.parse(JSON.stringify(rows));
}

describe("profit and loss", () => {
  it("is cut at 17:00 New York, on both sides of a clock's change (TM-02)", () => {
    const sums = [
      sum("2026-03-06T21:00:00Z", "1"),
      sum("2026-03-06T22:00:00Z", "10"),
      sum("2026-03-08T20:00:00Z", "100"),
      sum("2026-03-08T21:00:00Z", "1000"),
    ];
    const days = pnlByPeriod(sums, "day", trading).map(({ period, net }) => [period, String(net)]);
    expect(days).toEqual([
      ["2026-03-06", "1"],
      ["2026-03-07", "10"],
      ["2026-03-08", "100"],
      ["2026-03-09", "1000"],
    ]);
  });

  it("counts weeks and months by the trading day, over a year's end too (TM-03)", () => {
    const sums = [
      sum("2026-12-31T21:00:00Z", "1"),
      sum("2026-12-31T22:00:00Z", "10"),
      sum("2027-01-03T22:00:00Z", "100"),
    ];
    const by = (period: "week" | "month") =>
      pnlByPeriod(sums, period, trading).map((row) => [row.period, String(row.net)]);
    expect(by("week")).toEqual([
      ["2026-W53", "11"],
      ["2027-W01", "100"],
    ]);
    expect(by("month")).toEqual([
      ["2026-12", "1"],
      ["2027-01", "110"],
    ]);
  });

  it("is cut at midnight of a zone where that is asked", () => {
    const calendar = zoneCalendar("Asia/Kolkata");
    if (!calendar) throw new RangeError("no zone");
    const sums = [sum("2026-03-06T18:29:00Z", "1"), sum("2026-03-06T18:30:00Z", "10")];
    expect(pnlByPeriod(sums, "day", calendar).map(({ period }) => period)).toEqual([
      "2026-03-06",
      "2026-03-07",
    ]);
  });

  it("keeps currencies apart, and every digit", () => {
    const sums = [
      sum("2026-03-06T10:00:00Z", "0.1", { commission: "0.35", amount: "-0.25" }),
      sum("2026-03-06T11:00:00Z", "0.2", { financing: "-0.0001", amount: "0.1999" }),
      sum("2026-03-06T11:00:00Z", "99999999999999999999.01", { currency: "EUR" }),
    ];
    expect(plain(pnlByPeriod(sums, "day", trading))).toEqual([
      {
        period: "2026-03-06",
        realizedPl: "99999999999999999999.01",
        commission: "0",
        financing: "0",
        net: "99999999999999999999.01",
        fills: 1,
        currency: "EUR",
      },
      {
        period: "2026-03-06",
        realizedPl: "0.3",
        commission: "0.35",
        financing: "-0.0001",
        net: "-0.0501",
        fills: 2,
        currency: "USD",
      },
    ]);
  });
});
