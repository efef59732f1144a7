import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dailyBalances } from "../../../src/commands/accounts/daily-balances.ts";
import { decimal, sumOf, toUnits, wholeNumber, ZERO } from "../../../src/core/money.ts";
import { type Instant, instantFromMs } from "../../../src/core/time.ts";
import type { Transaction } from "../../../src/core/transaction.ts";

const DAY_MS = 86_400_000;
const FIRST_MS = Date.parse("2026-02-26T00:00:00Z");
const at = (day: number, ms = 0): Instant => instantFromMs(FIRST_MS + day * DAY_MS + ms);

function change(time: Instant, amount: number, balance: string | null = null): Transaction {
  return {
    id: "1",
    time,
    type: "fill",
    brokerType: "ORDER_FILL",
    instrument: null,
    side: null,
    units: null,
    price: null,
    realizedPl: ZERO,
    commission: ZERO,
    financing: ZERO,
    amount: wholeNumber(amount),
    balance: balance === null ? null : decimal(balance),
    orderId: null,
    tradeId: null,
    clientOrderId: null,
    signalId: null,
    agent: null,
    trades: [],
  };
}

/** A trade is open all the time, and nobody has looked. */
const OPEN = { openTrades: ["9"], snapshots: [] };

function fill(time: Instant, action: "opened" | "closed" | "reduced", amount = 0): Transaction {
  const trade = { tradeId: "9", action, units: toUnits(decimal("1")), realizedPl: ZERO };
  return { ...change(time, amount), trades: [trade] };
}

const shown = (rows: ReturnType<typeof dailyBalances>) =>
  rows.map(({ date, balance, equity }) => `${date} ${balance} ${equity}`);

describe("the balances of days", () => {
  const account = { balance: decimal("1050"), equity: decimal("1042") };

  it("are those at the end of each day, with today's equity, over a leap-less February's end", () => {
    const transactions = [change(at(1, 5), 100), change(at(2, DAY_MS - 1), -70), change(at(3), 20)];
    const rows = dailyBalances({ ...OPEN, account, transactions, from: at(0), to: at(4, 1_000) });
    expect(shown(rows)).toEqual([
      "2026-02-26 1000 null",
      "2026-02-27 1100 null",
      "2026-02-28 1030 null",
      "2026-03-01 1050 null",
      "2026-03-02 1050 1042",
    ]);
  });

  it("stay the same without a transaction", () => {
    const rows = dailyBalances({ ...OPEN, account, transactions: [], from: at(0), to: at(1) });
    expect(shown(rows)).toEqual(["2026-02-26 1050 null", "2026-02-27 1050 1042"]);
  });

  it("begin with the day on which the account was given its money", () => {
    const transactions = [change(at(2, 1), 1_050)];
    const rows = dailyBalances({ ...OPEN, account, transactions, from: at(0), to: at(3) });
    expect(rows.map(({ date }) => date)).toEqual(["2026-02-28", "2026-03-01"]);
  });

  it("have the equity that was last read on each day, and none where nobody looked", () => {
    const snapshots = [
      { time: at(0, 10), equity: decimal("990.123456789012345678") },
      { time: at(2, 5), equity: decimal("1001") },
    ];
    const rows = dailyBalances({
      ...{ ...OPEN, account, snapshots },
      transactions: [],
      from: at(0),
      to: at(3),
    });
    expect(rows.map(({ equity, equityIs }) => `${equity} ${equityIs}`)).toEqual([
      "990.123456789012345678 measured",
      "null unknown",
      "1001 measured",
      "1042 measured",
    ]);
  });

  it("have the balance as equity where the day ended without an open trade, whatever was read on it", () => {
    const transactions = [
      fill(at(1, 1), "opened"),
      fill(at(2, 1), "reduced", 10),
      fill(at(3, 9), "closed", 40),
    ];
    const snapshots = [0, 1, 2, 3].map((day) => ({ time: at(day, 5), equity: decimal("7") }));
    const sources = { account, transactions, snapshots, from: at(0), to: at(4, 1) };
    const equities = (openTrades: readonly string[]) =>
      dailyBalances({ ...sources, openTrades }).map(
        ({ equity, equityIs }) => `${equity} ${equityIs}`,
      );
    expect(equities([])).toEqual([
      "1000 derived",
      "7 measured",
      "7 measured",
      "1050 derived",
      "1042 measured",
    ]);
    expect(equities(["another"])[0]).toBe("7 measured");
  });

  it("derive nothing from before a fill that doesn't say what it did to trades", () => {
    const transactions = [change(at(2, 1), 5)];
    const rows = dailyBalances({
      ...{ account, transactions, openTrades: [], snapshots: [] },
      from: at(0),
      to: at(3),
    });
    expect(rows.map(({ equityIs }) => equityIs)).toEqual([
      "unknown",
      "unknown",
      "derived",
      "measured",
    ]);
  });

  it("for all histories add up: a day's balance is the first one and all changes since", () => {
    const amounts = fc.array(
      fc.record({
        day: fc.integer({ min: 0, max: 9 }),
        amount: fc.integer({ min: -500, max: 500 }),
      }),
    );
    fc.assert(
      fc.property(amounts, (given) => {
        const sorted = given.toSorted((left, right) => left.day - right.day);
        const transactions = sorted.map(({ day, amount }) => change(at(day, 7), amount));
        const balance = decimal("100000").plus(
          sumOf(sorted.map(({ amount }) => wholeNumber(amount))),
        );
        const rows = dailyBalances({
          ...OPEN,
          account: { balance, equity: balance },
          transactions,
          from: at(0),
          to: at(9, 9),
        });
        expect(rows).toHaveLength(10);
        for (const [day, row] of rows.entries()) {
          const until = sorted
            .filter((one) => one.day <= day)
            .map(({ amount }) => wholeNumber(amount));
          expect(row.balance.equals(decimal("100000").plus(sumOf(until)))).toBe(true);
        }
      }),
    );
  });
});
