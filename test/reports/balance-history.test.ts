import { describe, expect, it } from "vitest";
import { tradingCalendar } from "../../src/core/calendar.ts";
import { decimal } from "../../src/core/money.ts";
import { dailyBalances } from "../../src/reports/balance-history.ts";
import { aRow, instant } from "../support/history-rows.ts";

const OPTIONS = {
  calendar: tradingCalendar(),
  now: instant("2026-03-09T12:00:00Z"),
  days: 4,
  equityOf: () => null,
};

async function balances(
  rows: readonly [time: string, amount: string, balance: string | null][],
  options: Partial<typeof OPTIONS> = {},
) {
  async function* batches() {
    for (const [time, amount, balance] of rows)
      yield [aRow({ time: instant(time), amount, balance })];
  }
  const days = await dailyBalances(batches(), { ...OPTIONS, ...options });
  return days.map(({ date, balance }) => [date, String(balance)]);
}

describe("an account's balance by day", () => {
  it("is the last one of each trading day, and stands until it changes", async () => {
    const rows: [string, string, string | null][] = [
      ["2026-03-01T10:00:00Z", "1000", "1000"],
      ["2026-03-06T21:59:59Z", "5", "1005"],
      ["2026-03-06T22:00:00Z", "1", "1006"],
      ["2026-03-07T10:00:00Z", "0", null],
      ["2026-03-08T21:00:00Z", "-2.5", "1003.5"],
    ];
    expect(await balances(rows)).toEqual([
      ["2026-03-06", "1005"],
      ["2026-03-07", "1006"],
      ["2026-03-08", "1006"],
      ["2026-03-09", "1003.5"],
    ]);
  });

  it("adds up what was booked where the broker tells no balance", async () => {
    const rows: [string, string, string | null][] = [
      ["2026-03-07T10:00:00Z", "0.1", null],
      ["2026-03-08T10:00:00Z", "0.2", null],
    ];
    expect(await balances(rows)).toEqual([
      ["2026-03-07", "0.1"],
      ["2026-03-08", "0.3"],
      ["2026-03-09", "0.3"],
    ]);
  });

  it("is none before the account's first booking", async () => {
    expect(await balances([])).toEqual([]);
  });

  it("has the equity of the days that it is known of", async () => {
    async function* batches() {
      yield [aRow({ time: instant("2026-03-01T00:00:00Z"), balance: "10" })];
    }
    const equityOf = (date: string) => (date === "2026-03-08" ? decimal("12") : null);
    const days = await dailyBalances(batches(), { ...OPTIONS, equityOf });
    expect(days.map(({ equity }) => equity && String(equity))).toEqual([null, null, "12", null]);
  });
});
