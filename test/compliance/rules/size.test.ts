import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hintText } from "../../../src/compliance/check.ts";
import { homeValue, marginRateOf } from "../../../src/compliance/margin.ts";
import { marginRule, maxNotionalRule, maxUnitsRule } from "../../../src/compliance/rules/size.ts";
import { type Decimal, decimal, toUnits } from "../../../src/core/money.ts";
import { closeOrder, marketOrder } from "../../support/clear-order.ts";
import { EUR_USD } from "../../support/instruments.ts";
import { anAccount, aQuote, aTrade } from "../../support/market.ts";
import { circumstances, HERE, LIMITS } from "../circumstances.ts";

const units = (text: string) => toUnits(decimal(text));
const order = (size: string) => marketOrder({ units: units(size) });
/** The middle is exactly 1.08. */
const quote = aQuote("1.07990", "1.08010");
const jpy = {
  currency: "JPY",
  gain: decimal("0.0066"),
  loss: decimal("0.0068"),
  value: decimal("0.0067"),
};

describe("the size of an order", () => {
  it.each([
    ["99999", "pass"],
    ["100000", "pass"],
    ["100001", "block"],
  ])("of %s units with 100000 allowed: %s", (size, outcome) => {
    const result = maxUnitsRule.review(circumstances({ request: order(size) }));
    expect(result.outcome).toBe(outcome);
    expect(result.detail).toBe(`${size} units, allowed 100000`);
  });

  it("never keeps a position open", () => {
    const request = closeOrder({ units: units("999999999") });
    expect(maxUnitsRule.review(circumstances({ request })).outcome).toBe("not_applicable");
    expect(maxNotionalRule.review(circumstances({ request })).outcome).toBe("not_applicable");
    expect(marginRule.review(circumstances({ request })).outcome).toBe("not_applicable");
  });
});

describe("the value of an order", () => {
  it.each([
    ["999", "pass"],
    ["1000", "pass"],
    ["1001", "block"],
  ])("of %s units at 1.08 with 1080 USD allowed: %s", (size, outcome) => {
    const limits = { ...LIMITS, maxNotional: decimal("1080") };
    const result = maxNotionalRule.review(circumstances({ request: order(size), quote, limits }));
    expect(result.outcome).toBe(outcome);
    expect(result.detail).toContain("allowed 1080");
  });

  it("is compared exactly, not as it is shown", () => {
    const limits = { ...LIMITS, maxNotional: decimal("1.085") };
    const fine = aQuote("1.084", "1.0842");
    const result = maxNotionalRule.review(
      circumstances({ request: order("1"), quote: fine, limits }),
    );
    expect(result.outcome).toBe("pass");
  });

  it("is measured in account currency", () => {
    const asked = circumstances({ request: order("1000"), quote, conversion: jpy });
    const value = homeValue(decimal("1000"), asked);
    expect(value.toString()).toBe("7.236");
  });

  it("counts only what opens", () => {
    const limits = { ...LIMITS, maxNotional: decimal("1080") };
    const trades = [aTrade({ direction: "short", units: units("5000") })];
    const request = order("6000");
    const result = maxNotionalRule.review(circumstances({ request, quote, limits, trades }));
    expect(result.outcome).toBe("pass");
  });
});

function marginCase(size: string, free: string, changes: Parameters<typeof circumstances>[0] = {}) {
  const account = anAccount({ marginAvailable: decimal(free) });
  const { trades = [], ...rest } = changes;
  const state = { account, trades, pendingOrders: [] };
  return circumstances({ request: order(size), quote, state, ...rest });
}

describe("margin", () => {
  it.each([
    ["21.61", "pass"],
    ["21.60", "pass"],
    ["21.59", "block"],
  ])("1000 units at 1.08 and 50:1 need 21.60; with %s free: %s", (free, outcome) => {
    const result = marginRule.review(marginCase("1000", free));
    expect(result.outcome).toBe(outcome);
    expect(result.detail).toBe(`needs 21.60 USD at 0.02, free ${free}`);
  });

  it("the stricter of the account's and the instrument's rate counts", () => {
    const own = (rate: string | null) => {
      const account = anAccount({ marginRate: rate === null ? null : decimal(rate) });
      return marginRateOf({
        instrument: EUR_USD,
        state: { account, trades: [], pendingOrders: [] },
      });
    };
    expect(own(null).toString()).toBe("0.02");
    expect(own("0.01").toString()).toBe("0.02");
    expect(own("0.1").toString()).toBe("0.1");
  });

  it("says how much would pass, the spread taken off that the broker counts as a loss at once", () => {
    const result = marginRule.review(marginCase("1000", "10.80"));
    expect(result).toMatchObject({
      outcome: "block",
      code: "INSUFFICIENT_MARGIN",
      hint: "At most 495 units of EUR_USD would pass now.",
    });
  });

  it("BR-03 turning a position round frees the margin of what it closes", () => {
    const trades = [
      aTrade({ direction: "short", units: units("1000"), marginUsed: decimal("21.60") }),
    ];
    expect(marginRule.review(marginCase("2000", "0", { trades })).outcome).toBe("pass");
    const result = marginRule.review(marginCase("2001", "0", { trades }));
    expect(result).toMatchObject({
      outcome: "block",
      hint: "At most 1990 units of EUR_USD would pass now.",
    });
  });

  it("an instrument without a price has no affordable size", () => {
    const free = quoteAt("0");
    const result = marginRule.review(marginCase("1000", "-1", { quote: free }));
    expect(result).toMatchObject({ outcome: "block", hint: expect.stringContaining("At most 0 ") });
  });

  it("for all accounts, the size it names passes and one unit more is blocked", () => {
    const cents = fc.integer({ min: 1, max: 100_000_000 });
    fc.assert(
      fc.property(cents, fc.integer({ min: 1, max: 99_999 }), (free, points) => {
        const amount = decimal(String(free)).times(decimal("0.0001")).toString();
        const price = quoteAt(`1.${String(points).padStart(5, "0")}`);
        const hint = hintOf(marginCase("100000000", amount, { quote: price }));
        if (!hint?.isPositive()) return;
        const at = (size: Decimal) => marginCase(size.toString(), amount, { quote: price });
        expect(marginRule.review(at(hint)).outcome).toBe("pass");
        expect(marginRule.review(at(hint.plus(decimal("1")))).outcome).toBe("block");
      }),
    );
  });
});

function quoteAt(price: string) {
  return aQuote(price, price);
}

function hintOf(asked: ReturnType<typeof marginCase>): Decimal | null {
  const result = marginRule.review(asked);
  const hint = result.outcome === "block" ? hintText(result.hint, HERE) : "";
  const size = /At most (\d+) /.exec(hint)?.[1];
  return size === undefined ? null : decimal(size);
}
