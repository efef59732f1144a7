import { describe, expect, it } from "vitest";
import { hintText } from "../../../src/compliance/check.ts";
import { haltRule } from "../../../src/compliance/rules/halt.ts";
import {
  quoteAgeRule,
  quoteSaneRule,
  spreadRule,
  tradeableRule,
} from "../../../src/compliance/rules/market.ts";
import { decimal } from "../../../src/core/money.ts";
import { addMs } from "../../../src/core/time.ts";
import { closeOrder } from "../../support/clear-order.ts";
import { aQuote, NOON } from "../../support/market.ts";
import { circumstances, HERE, LIMITS } from "../circumstances.ts";

describe("halt", () => {
  it("P6 blocks new risk with its reason and its beginning", () => {
    const halt = { since: NOON, reason: "bad day" };
    const result = haltRule.review(circumstances({ halt }));
    expect(result).toMatchObject({ outcome: "block", code: "TRADING_HALTED" });
    expect(JSON.stringify(result)).toContain("bad day");
    expect(JSON.stringify(result)).toContain(NOON);
    const hint = result.outcome === "block" ? hintText(result.hint, HERE) : "";
    expect(hint).toContain("tmt-broker connect resume oanda.");
  });

  it("lets everything pass when there is none", () => {
    expect(haltRule.review(circumstances()).outcome).toBe("pass");
  });

  it("P6 leaves closing possible", () => {
    const halt = { since: NOON, reason: "bad day" };
    const result = haltRule.review(circumstances({ halt, request: closeOrder() }));
    expect(result.outcome).toBe("not_applicable");
  });
});

describe("a quote that can be right", () => {
  it("is recorded with all of its instrument's decimals", () => {
    const quote = aQuote("1.0800", "1.081");
    expect(quoteSaneRule.review(circumstances({ quote }))).toEqual({
      outcome: "pass",
      detail: "bid 1.08000, ask 1.08100",
    });
  });
});

describe("a closed market", () => {
  it("takes no order", () => {
    const quote = aQuote("1.08000", "1.08010", { tradeable: false });
    const result = tradeableRule.review(circumstances({ quote }));
    expect(result).toMatchObject({ outcome: "block", code: "MARKET_CLOSED" });
    expect(result.detail).toContain(NOON);
    expect(tradeableRule.review(circumstances()).outcome).toBe("pass");
  });
});

describe("the quote's age", () => {
  it.each([
    [59_999, "pass"],
    [60_000, "pass"],
    [60_001, "block"],
    [-5000, "pass"],
  ])("TM-04 a quote that is %i ms old: %s", (ageMs, outcome) => {
    const result = quoteAgeRule.review(circumstances({ now: addMs(NOON, ageMs) }));
    expect(result.outcome).toBe(outcome);
    expect(result.detail).toContain("allowed 60 s");
  });

  it("names both ages when it blocks", () => {
    const result = quoteAgeRule.review(circumstances({ now: addMs(NOON, 90_500) }));
    expect(result).toMatchObject({ outcome: "block", code: "RISK_LIMIT" });
    expect(JSON.stringify(result)).toContain("90.5 s old, more than order.maxQuoteAge (60 s)");
  });

  it("never keeps a position open", () => {
    const late = circumstances({ now: addMs(NOON, 3_600_000), request: closeOrder() });
    expect(quoteAgeRule.review(late).outcome).toBe("not_applicable");
  });
});

describe("a quote that can't be", () => {
  it.each([
    ["1.08000", "1.08000", "pass"],
    ["1.08000", "1.08001", "pass"],
    ["1.08001", "1.08000", "block"],
    ["0", "1.08000", "block"],
    ["0", "0", "block"],
  ])("ST-06 bid %s and ask %s: %s", (bid, ask, outcome) => {
    const quote = aQuote(bid, ask);
    const result = quoteSaneRule.review(circumstances({ quote }));
    expect(result.outcome).toBe(outcome);
    expect(result.detail).toContain(bid.replace(/0+$/, ""));
    const closing = quoteSaneRule.review(circumstances({ quote, request: closeOrder() }));
    expect(closing.outcome).toBe("not_applicable");
  });
});

describe("the spread", () => {
  it.each([
    ["1.08029", "pass"],
    ["1.08030", "pass"],
    ["1.080304", "block"],
    ["1.08031", "block"],
  ])("of 1.08000 to %s against 3 pips: %s", (ask, outcome) => {
    const result = spreadRule.review(circumstances({ quote: aQuote("1.08000", ask) }));
    expect(result.outcome).toBe(outcome);
    expect(result.detail).toContain("allowed 3");
  });

  it("names both spreads when it blocks", () => {
    const limits = { ...LIMITS, maxSpreadPips: decimal("0.9") };
    const result = spreadRule.review(circumstances({ limits }));
    expect(JSON.stringify(result)).toContain("is 1 pips, more than risk.maxSpreadPips (0.9)");
  });

  it("never keeps a position open", () => {
    const wide = circumstances({ quote: aQuote("1.0", "1.2"), request: closeOrder() });
    expect(spreadRule.review(wide).outcome).toBe("not_applicable");
  });
});
