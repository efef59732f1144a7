import { describe, expect, it } from "vitest";
import { decimal } from "../../../src/core/money.ts";
import { addMs, type Instant } from "../../../src/core/time.ts";
import type { BalanceSnapshot } from "../../../src/ports/balance-book.ts";
import { aStore } from "./support.ts";

const ACCOUNT = { connection: "oanda", account: "001" };
const NOON = "2026-03-02T12:00:00.000000000Z" as Instant;

function at(time: Instant, equity = "1"): BalanceSnapshot {
  const amounts = { balance: decimal("0.00000000000000000001"), equity: decimal(equity) };
  return { time, ...amounts, currency: "USD", through: "9007199254740993" };
}

const WIDE = { from: "2020-01-01T00:00:00Z" as Instant, to: "2030-01-01T00:00:00Z" as Instant };

describe("what accounts were worth", () => {
  it("is kept to the last digit, each account for itself, and found by a later command", async () => {
    const { balances, path } = aStore();
    await balances.keep(ACCOUNT, at(NOON, "12345678901234567890.123"), 0);
    await balances.keep({ ...ACCOUNT, account: "002" }, at(NOON), 0);
    const [found, ...more] = await aStore(path).balances.lastOfDays(ACCOUNT, WIDE);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ time: NOON, currency: "USD", through: "9007199254740993" });
    expect(`${found?.balance} ${found?.equity}`).toBe(
      "0.00000000000000000001 12345678901234567890.123",
    );
  });

  it.each([
    [899_999, 1],
    [900_000, 2],
    [-899_999, 1],
    [-900_000, 2],
  ])(
    "is kept at most once in a quarter of an hour: after %i ms there are %i",
    async (ms, count) => {
      const { balances } = aStore();
      // One of the day before and one of the next, so that each shows as its day's last.
      const first = addMs("2026-03-03T00:00:00.000000000Z" as Instant, ms < 0 ? 0 : -1);
      await balances.keep(ACCOUNT, at(first), 900_000);
      await balances.keep(ACCOUNT, at(addMs(first, ms)), 900_000);
      expect(await balances.lastOfDays(ACCOUNT, WIDE)).toHaveLength(count);
    },
  );

  it("is the last one of each day in UTC, within the span, oldest first", async () => {
    const { balances } = aStore();
    for (const [hours, equity] of [
      [30, "4"],
      [0, "1"],
      [11, "2"],
      [12, "3"],
      [60, "5"],
    ] as const) {
      await balances.keep(ACCOUNT, at(addMs(NOON, hours * 3_600_000), equity), 0);
    }
    const equities = async (from: Instant, to: Instant) =>
      (await balances.lastOfDays(ACCOUNT, { from, to })).map(({ equity }) => `${equity}`);
    expect(await equities(WIDE.from, WIDE.to)).toEqual(["2", "4", "5"]);
    expect(await equities(addMs(NOON, 11 * 3_600_000), addMs(NOON, 30 * 3_600_000))).toEqual([
      "2",
      "4",
    ]);
    expect(await equities(addMs(NOON, 1), addMs(NOON, 30 * 3_600_000 - 1))).toEqual(["2", "3"]);
  });
});
