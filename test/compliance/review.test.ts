import { describe, expect, it } from "vitest";
import { type Circumstances, hintText } from "../../src/compliance/check.ts";
import { review } from "../../src/compliance/review.ts";
import { decimal, toPrice, toUnits } from "../../src/core/money.ts";
import { addMs } from "../../src/core/time.ts";
import { closeOrder, marketOrder } from "../support/clear-order.ts";
import { anAccount, aQuote, aTrade, NOON } from "../support/market.ts";
import { circumstances, HERE, LIMITS } from "./circumstances.ts";

const units = (text: string) => toUnits(decimal(text));
const HALT = { since: NOON, reason: "enough for today" };

/** Everything that is a limit of ours is broken at once. */
const WORST: Partial<Circumstances> = {
  halt: HALT,
  quote: aQuote("1.00000", "1.10000"),
  now: addMs(NOON, 3_600_000),
  limits: { ...LIMITS, maxUnits: decimal("1"), maxNotional: decimal("1") },
  ordersInLastMinute: 10_000,
  equityAtDayStart: decimal("1000000"),
};
const NO_MARGIN = anAccount({ marginAvailable: decimal("0") });

describe("review", () => {
  it("clears the very request it was asked about when no rule blocks", () => {
    const asked = circumstances();
    const verdict = review(asked, "verdict-1");
    expect(verdict.id).toBe("verdict-1");
    expect(verdict.blocks).toEqual([]);
    expect(verdict.cleared).toBe(asked.request);
  });

  it("clears nothing when one rule blocks, and says which", () => {
    const verdict = review(circumstances({ halt: HALT }), "v");
    expect(verdict.cleared).toBeNull();
    expect(verdict.blocks.map((block) => block.rule)).toEqual(["halt"]);
  });

  it("asks every rule, and every one explains itself, also after a block", () => {
    const verdict = review(circumstances({ ...WORST }), "v");
    expect(verdict.checks.map((check) => check.rule)).toEqual([
      "halt",
      "market.tradeable",
      "market.quote-sane",
      "market.quote-age",
      "risk.maxSpreadPips",
      "risk.maxUnits",
      "risk.maxNotional",
      "risk.priceCollar",
      "risk.maxOrdersPerMinute",
      "risk.maxDailyLoss",
      "margin",
    ]);
    expect(verdict.checks.every((check) => check.detail.length > 0)).toBe(true);
    expect(verdict.blocks.length).toBeGreaterThan(5);
  });

  it("every block says in numbers why, that nothing was sent, and what to do", () => {
    const state = { account: NO_MARGIN, trades: [], pendingOrders: [] };
    const request = marketOrder({ takeProfit: toPrice(decimal("9")) });
    const { blocks } = review(circumstances({ ...WORST, state, request }), "v");
    expect(blocks.map((block) => block.rule)).toContain("margin");
    for (const block of blocks) {
      expect(block.message).toContain("Nothing was sent.");
      expect(block.message).toMatch(/\d/);
      expect(hintText(block.hint, HERE)).not.toBe("");
    }
  });

  it.each([
    ["a close", closeOrder()],
    ["a reduce-only order", marketOrder({ side: "sell", reduceOnly: true })],
    ["an order against the position", marketOrder({ side: "sell", units: units("1000") })],
  ])("no limit and no halt blocks %s", (_, request) => {
    const state = { account: NO_MARGIN, trades: [aTrade()], pendingOrders: [] };
    const verdict = review(circumstances({ ...WORST, state, request }), "v");
    expect(verdict.blocks).toEqual([]);
    const bound = request.kind === "market" ? { ...request, reduceOnly: true } : request;
    expect(verdict.cleared).toEqual(bound);
  });

  it("clears an order as it is while trading isn't halted", () => {
    const request = marketOrder();
    expect(review(circumstances({ request }), "v").cleared).toBe(request);
  });

  it("one unit more than the position is new risk, and blocked", () => {
    const state = { account: anAccount(), trades: [aTrade()], pendingOrders: [] };
    const request = marketOrder({ side: "sell", units: units("1001") });
    const verdict = review(circumstances({ halt: HALT, state, request }), "v");
    expect(verdict.cleared).toBeNull();
  });
});
