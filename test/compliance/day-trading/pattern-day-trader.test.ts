import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPattern } from "../../../src/compliance/day-trading/pattern-day-trader.ts";
import { decimal, toPrice } from "../../../src/core/money.ts";
import { closeOrder, entryOrder, exitsChange, marketOrder } from "../../support/clear-order.ts";
import { units } from "../regional/book.ts";
import { ask, found, held, judge } from "./stock-orders.ts";
import { executions } from "./trading-days.ts";

const PATTERN_TERMS = {
  source: "the rule",
  dayTrades: 4,
  windowDays: 5,
  shareOfTrades: decimal("0.06"),
  minimumEquity: decimal("25000"),
  buyingPowerMultiple: decimal("4"),
};

/** Three day trades, on 2026-05-20, 21 and 26; Memorial Day lies between. */
const THREE_DAY_TRADES = [
  ...executions("2026-05-20", "ABC B100", "ABC S100"),
  ...executions("2026-05-21", "ABC B100", "ABC S100"),
  ...executions("2026-05-26", "ABC B100", "ABC S100"),
];
const OPENED = executions("2026-05-27", "XYZ B100");

describe("the pattern-day-trader rule, asked of an order", () => {
  it("blocks the fourth day trade under 25,000 USD, and says what would be allowed", () => {
    const judgement = judge("XYZ S100", "2026-05-27", {
      executions: [...THREE_DAY_TRADES, ...OPENED],
      positions: held({ XYZ: "100" }),
    });
    expect(found(judgement, "us-pdt")).toMatchObject({
      word: "block",
      message:
        "This sell of XYZ would be day trade number 4 within 5 trading days (2026-05-20 to 2026-05-27), more than 6 % of 8 trades; with an equity of 24999.99 USD, less than 25000, 3 are allowed (FINRA Rule 4210(f)(8)(B)). Nothing was sent.",
      hint: "Hold XYZ until 2026-05-28, when it is no day trade, or deposit 0.01 USD. Without another one, the next day trade is allowed on 2026-05-28.",
    });
  });

  it("counts the day of the order and the four before it, without holidays", () => {
    const account = { executions: [...THREE_DAY_TRADES], positions: held({ XYZ: "100" }) };
    const next = executions("2026-05-28", "XYZ B100");
    const judgement = judge("XYZ S100", "2026-05-28", {
      ...account,
      executions: [...account.executions, ...next],
    });
    expect(found(judgement, "us-pdt")).toMatchObject({
      word: "pass",
      detail:
        "2 day trades from 2026-05-21 to 2026-05-28, equity 24999.99 USD: this makes 3 of 3 allowed",
    });
  });

  it.each([
    { now: "24999.99", closing: null, outcome: "block" },
    { now: "25000", closing: null, outcome: "pass" },
    { now: "25000", closing: "24999.99", outcome: "block" },
    { now: "24999.99", closing: "25000", outcome: "block" },
    { now: "25000", closing: "25000", outcome: "pass" },
  ])("with an equity of $now now and $closing at the last close: $outcome", (given) => {
    const judgement = judge("XYZ S100", "2026-05-27", {
      executions: [...THREE_DAY_TRADES, ...OPENED],
      positions: held({ XYZ: "100" }),
      equity: decimal(given.now),
      equityAtLastClose: given.closing === null ? null : decimal(given.closing),
    });
    expect(found(judgement, "us-pdt")?.word).toBe(given.outcome);
  });

  it.each([
    { dayTrades: 3, trades: 3, is: false },
    { dayTrades: 4, trades: 4, is: true },
    { dayTrades: 4, trades: 66, is: true },
    { dayTrades: 4, trades: 67, is: false },
    { dayTrades: 6, trades: 100, is: false },
    { dayTrades: 6, trades: 99, is: true },
  ])("$dayTrades day trades of $trades trades make a pattern: $is", ({ is, ...counts }) => {
    expect(isPattern(counts, PATTERN_TERMS)).toBe(is);
  });

  it("lets what was held overnight go (P4)", () => {
    const judgement = judge("XYZ S100", "2026-05-27", {
      executions: THREE_DAY_TRADES,
      positions: held({ XYZ: "100" }),
    });
    expect(found(judgement, "us-pdt")?.word).toBe("pass");
  });

  it("warns before a position that couldn't be closed on the same day, also by its own exits", () => {
    const judgement = judge("XYZ B100", "2026-05-27", {
      executions: THREE_DAY_TRADES,
      order: { takeProfit: toPrice(decimal("11")) },
    });
    expect(found(judgement, "us-pdt")).toMatchObject({
      word: "warn",
      detail:
        "warning: No day trade is left (3 day trades since 2026-05-20): closing XYZ before 2026-05-28, also by its stop loss or take profit, would be one too many (FINRA Rule 4210(f)(8)(B)). Keep it until 2026-05-28, or raise the account's equity to 25000 USD.",
    });
  });

  it("holds a flag against the account until the broker lifts it, also with an empty window", () => {
    const account = { executions: OPENED, positions: held({ XYZ: "100" }) };
    const flagged = judge("XYZ S100", "2026-05-27", { ...account, isPatternDayTrader: true });
    expect(found(flagged, "us-pdt")).toMatchObject({
      word: "block",
      hint: expect.stringContaining("The flag stays until the broker lifts it."),
    });
    const free = judge("XYZ S100", "2026-05-27", { ...account, isPatternDayTrader: false });
    expect(found(free, "us-pdt")?.word).toBe("pass");
  });

  it("counts a longer window, and says so, where holidays aren't known", () => {
    const judgement = judge("XYZ B100", "2023-05-31", {
      executions: executions("2023-05-22", "ABC B1", "ABC S1"),
    });
    expect(found(judgement, "us-pdt")?.detail).toContain(
      "0 day trades from 2023-05-23 to 2023-05-31",
    );
    expect(found(judgement, "us-pdt")?.detail).toContain("holidays are not known");
  });

  it.each([
    { buys: "7200", word: "pass" },
    { buys: "7201", word: "warn" },
  ])(
    "lets a flagged account open four times its excess of the last close: $buys at 10",
    (given) => {
      const judgement = judge(`XYZ B${given.buys}`, "2026-05-27", {
        isPatternDayTrader: true,
        equity: decimal("30000"),
        equityAtLastClose: decimal("30000"),
        maintenanceAtLastClose: decimal("12000"),
      });
      expect(found(judgement, "us-pdt")?.word).toBe(given.word);
    },
  );

  it("for all windows, one more unrelated trade never turns a pass into a block", () => {
    fc.assert(
      fc.property(fc.nat({ max: 12 }), fc.nat({ max: 300 }), (dayTrades, others) => {
        const trades = dayTrades * 2 + others;
        if (isPattern({ dayTrades, trades }, PATTERN_TERMS)) return;
        expect(isPattern({ dayTrades, trades: trades + 1 }, PATTERN_TERMS)).toBe(false);
      }),
    );
  });

  it("never blocks an exit, and warns of one that may fill on the same day", () => {
    const account = {
      executions: [...THREE_DAY_TRADES, ...OPENED],
      positions: held({ XYZ: "100" }),
    };
    const target = { set: toPrice(decimal("11")) };
    const exits = exitsChange({ instrument: "XYZ", units: units("100"), takeProfit: target });
    const results = ask(exits, "2026-05-27T15:00:00", account);
    expect(found(results, "us-pdt")?.word).toBe("warn");
  });

  it("tells of a protective stop that waits, and never blocks it", () => {
    const terms = { type: "stop", price: toPrice(decimal("9")) } as const;
    const order = entryOrder({ instrument: "XYZ", side: "sell", units: units("100"), ...terms });
    const results = ask(order, "2026-05-27T15:00:00", {
      executions: [...THREE_DAY_TRADES, ...OPENED],
      positions: held({ XYZ: "100" }),
    });
    expect(found(results, "us-pdt")?.word).toBe("warn");
    expect(found(results, "us-pdt")?.detail).toContain("if it fills today");
  });

  it("judges a close as the sale that it is, and no more of it than is held", () => {
    const close = closeOrder({ instrument: "XYZ", units: units("500") });
    const bought = ask(close, "2026-05-27T15:00:00", {
      executions: [...THREE_DAY_TRADES, ...OPENED],
      positions: held({ XYZ: "100" }),
    });
    expect(found(bought, "us-pdt")?.word).toBe("block");
    const overnight = ask(close, "2026-05-27T15:00:00", {
      executions: THREE_DAY_TRADES,
      positions: held({ XYZ: "100" }),
    });
    expect(found(overnight, "us-pdt")?.word).toBe("pass");
  });

  it("takes the user's numbers before its own", () => {
    const results = judge("XYZ S100", "2026-05-27", {
      executions: [...THREE_DAY_TRADES, ...OPENED],
      positions: held({ XYZ: "100" }),
      changes: "us-pdt.minimumEquity=20000",
    });
    expect(found(results, "us-pdt")?.word).toBe("pass");
  });

  it("says that it wasn't checked where the broker tells nothing", () => {
    const results = ask(marketOrder({ instrument: "XYZ" }), "2026-05-27T15:00:00", null);
    expect(found(results, "us-pdt")?.word).toBe("warn");
  });
});
