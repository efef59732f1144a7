import { describe, expect, it } from "vitest";
import { dailyLossRule, ordersPerMinuteRule } from "../../../src/compliance/rules/pace.ts";
import { decimal } from "../../../src/core/money.ts";
import { closeOrder } from "../../support/clear-order.ts";
import { anAccount } from "../../support/market.ts";
import { circumstances, LIMITS } from "../circumstances.ts";

describe("orders a minute", () => {
  it.each([
    [58, "pass"],
    [59, "pass"],
    [60, "block"],
    [61, "block"],
  ])("P5 after %i orders with 60 allowed: %s", (ordersInLastMinute, outcome) => {
    const result = ordersPerMinuteRule.review(circumstances({ ordersInLastMinute }));
    expect(result.outcome).toBe(outcome);
    expect(result.detail).toBe(`${ordersInLastMinute} orders in the last minute, allowed 60`);
  });

  it("never keeps a position open", () => {
    const busy = circumstances({ ordersInLastMinute: 99, request: closeOrder() });
    expect(ordersPerMinuteRule.review(busy).outcome).toBe("not_applicable");
  });
});

function lossCase(equity: string, changes: Parameters<typeof circumstances>[0] = {}) {
  const account = anAccount({ equity: decimal(equity) });
  return circumstances({ state: { account, trades: [], pendingOrders: [] }, ...changes });
}

describe("the day's loss", () => {
  it.each([
    ["9500.01", "pass"],
    ["9500.00", "block"],
    ["9499.99", "block"],
    ["12000", "pass"],
  ])("an equity of %s after 10000 with 500 allowed: %s", (equity, outcome) => {
    expect(dailyLossRule.review(lossCase(equity)).outcome).toBe(outcome);
  });

  it.each([
    ["9000.01", "pass"],
    ["9000", "block"],
  ])("an equity of %s after 10000 with 10 %% allowed: %s", (equity, outcome) => {
    const limits = { ...LIMITS, maxDailyLoss: { kind: "share", share: decimal("0.1") } as const };
    const result = dailyLossRule.review(lossCase(equity, { limits }));
    expect(result.outcome).toBe(outcome);
    expect(result.detail).toContain("allowed loss 1000.00");
  });

  it("names loss and limit when it blocks", () => {
    const result = dailyLossRule.review(lossCase("9400"));
    expect(result).toMatchObject({ outcome: "block", code: "TRADING_HALTED" });
    expect(JSON.stringify(result)).toContain(
      "loss of 600.00 USD has reached risk.maxDailyLoss (500.00)",
    );
  });

  it("can't be told before the day was looked at, and never keeps a position open", () => {
    expect(dailyLossRule.review(lossCase("1", { equityAtDayStart: null })).outcome).toBe("pass");
    const closing = lossCase("1", { request: closeOrder() });
    expect(dailyLossRule.review(closing).outcome).toBe("not_applicable");
  });
});
