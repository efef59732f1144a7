import { describe, expect, it } from "vitest";
import { decimal } from "../../src/core/money.ts";
import { closeOrder, exitsChange, marketOrder } from "../support/clear-order.ts";
import { found, held, judge } from "./day-trading/stock-orders.ts";
import { executions } from "./day-trading/trading-days.ts";
import { aBook, STOP, TARGET, tradeOf, units, verdictOn, wordOf } from "./regional/book.ts";

/**
 * Cases of others: official examples, and the kinds of cases that other programs are tested with, each with its source.
 * FINRA's six examples of counting are in day-trading/day-trades.test.ts.
 */

const OANDA = { hedging: false, fifoSafeguard: true };

describe("FIFO, in the cases of others (BR-02)", () => {
  it("NFA Notice I-09-10: the same size may go first although older trades of another size are open", () => {
    const trades = [tradeOf(1, "30000"), tradeOf(2, "10000")];
    expect(closing(2, trades)).toBe("pass");
  });

  it("NFA Compliance Rule 2-43(b): of that size it is the oldest", () => {
    const trades = [tradeOf(1, "30000"), tradeOf(2, "10000"), tradeOf(3, "10000")];
    expect([2, 3].map((id) => closing(id, trades))).toEqual(["pass", "block"]);
  });

  it("OANDA's help of 2011, closing trades with FIFO: the lower ticket of a size goes first", () => {
    const trades = [tradeOf(1001, "1000"), tradeOf(1002, "1000"), tradeOf(1003, "500")];
    expect([1001, 1002, 1003].map((id) => closing(id, trades))).toEqual(["pass", "block", "pass"]);
  });

  it("hootnot/oanda-api-v20#199: of many short trades of one unit, the one with the lowest id can be closed", () => {
    const trades = [266, 148, 150, 99].map((id) => tradeOf(id, "1", { direction: "short" }));
    const open = trades.filter(({ id }) => closing(Number(id), trades, "buy") === "pass");
    expect(open.map(({ id }) => id)).toEqual(["99"]);
  });

  it("a recorded flattening that OANDA cancelled twice: oldest first, each is let through", () => {
    let left = [2691, 2687, 2689].map((id) => tradeOf(id, "1000"));
    expect(closing(2691, left)).toBe("block");
    for (const id of [2687, 2689, 2691]) {
      expect(closing(id, left)).toBe("pass");
      left = left.filter((trade) => trade.id !== String(id));
    }
  });

  it.each([
    {
      case: "example 1: 1,000 and 1,000, both with a stop",
      first: STOP,
      size: "1000",
      word: "block",
    },
    { case: "the way out: 1,001", first: STOP, size: "1001", word: "pass" },
    { case: "neither has one", first: {}, size: "1000", second: {}, word: "pass" },
    { case: "only the first has a target", first: TARGET, size: "1000", second: {}, word: "warn" },
  ])("OANDA's FIFO FAQ, $case: $word", ({ first, size, second, word }) => {
    const stop = { stopLoss: { kind: "price", price: STOP.stopLoss } } as const;
    const order = marketOrder({ units: units(size), ...(second ?? stop) });
    const book = aBook({ trades: [tradeOf(1, "1000", first)], venue: OANDA });
    expect(wordOf(verdictOn("us-fifo-safeguard", order, book))).toBe(word);
  });

  it("OANDA's FIFO FAQ: a stop may not be put to one of two equal trades", () => {
    const order = exitsChange({
      tradeId: "2",
      stopLoss: { set: { kind: "price", price: STOP.stopLoss } },
    });
    const book = aBook({ trades: [tradeOf(1, "1000"), tradeOf(2, "1000")], venue: OANDA });
    expect(wordOf(verdictOn("us-fifo-safeguard", order, book))).toBe("warn");
  });
});

describe("day trades, in the kinds of cases that others test", () => {
  const round = (day: string, ...stocks: readonly string[]) =>
    executions(day, ...stocks.flatMap((stock) => [`${stock} B10`, `${stock} S10`]));

  /** What a sale of ten TSLA on 2025-06-13, a Friday, meets; they were bought on that day unless told. */
  it.each([
    {
      source: "a Java broker's PDTProtectionTest: three in one day, then a fourth",
      before: round("2025-06-13", "AAPL", "GOOGL", "MSFT"),
      word: "block",
    },
    {
      source: "the same: two of the three in one stock",
      before: round("2025-06-13", "AAPL", "AAPL", "GOOGL"),
      word: "block",
    },
    {
      source: "MattBoxes/AlpacaMockup: two so far, the third is the last one",
      before: [...round("2025-06-12", "AAPL"), ...round("2025-06-13", "MSFT")],
      word: "pass",
    },
    {
      source: "MattBoxes/AlpacaMockup: those of more than five days ago",
      before: round("2025-06-06", "AAPL", "GOOGL", "MSFT"),
      word: "pass",
    },
    {
      source: "predictivelabsai/alpatrade: the fifth day back still counts",
      before: round("2025-06-09", "AAPL", "GOOGL", "MSFT"),
      word: "block",
    },
    {
      source: "MattBoxes/AlpacaMockup: 30,000 USD",
      before: round("2025-06-13", "AAPL", "GOOGL", "MSFT", "NVDA"),
      equity: "30000",
      word: "pass",
    },
    {
      source: "a Java broker's PDTProtectionTest: held overnight",
      before: round("2025-06-13", "AAPL", "GOOGL", "MSFT"),
      isOvernight: true,
      word: "pass",
    },
  ])("$source: $word", ({ before, equity = "20000", isOvernight = false, word }) => {
    const bought = isOvernight ? [] : executions("2025-06-13", "TSLA B10");
    const results = judge("TSLA S10", "2025-06-13", {
      equity: decimal(equity),
      executions: [...before, ...bought],
      positions: held({ TSLA: "10" }),
    });
    expect(found(results, "us-pdt")?.word).toBe(word);
  });

  it("both: a purchase is never held back, though none could be sold again on that day", () => {
    const results = judge("TSLA B10", "2025-06-13", {
      equity: decimal("20000"),
      executions: round("2025-06-13", "AAPL", "GOOGL", "MSFT"),
    });
    expect(found(results, "us-pdt")?.word).toBe("warn");
  });

  it("Alpaca since 2026-06-04: what would make a deficit is refused before it is sent, an exit never is", () => {
    const given = {
      equity: decimal("3000"),
      maintenance: decimal("2900"),
      positions: held({ ABC: "100" }),
    };
    expect(found(judge("ABC B110", "2026-07-06", given), "us-intraday-margin")?.word).toBe("block");
    expect(found(judge("ABC S100", "2026-07-06", given), "us-intraday-margin")?.word).toBe("pass");
  });
});

function closing(
  id: number,
  trades: ReturnType<typeof tradeOf>[],
  side: "buy" | "sell" = "sell",
): string {
  const whole = trades.find((each) => each.id === String(id))?.units ?? units("1");
  const order = closeOrder({ side, tradeId: String(id), units: whole });
  return wordOf(verdictOn("us-fifo", order, aBook({ trades })));
}
