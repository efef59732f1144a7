import { describe, expect, it } from "vitest";
import { priceCollarRule } from "../../../src/compliance/rules/collar.ts";
import { decimal, toPrice } from "../../../src/core/money.ts";
import { closeOrder, marketOrder } from "../../support/clear-order.ts";
import { aQuote } from "../../support/market.ts";
import { circumstances } from "../circumstances.ts";

const price = (text: string) => toPrice(decimal(text));
/** The middle is exactly 1, so a price's distance is its share. */
const quote = aQuote("0.99990", "1.00010");

describe("an order's own prices", () => {
  it.each([
    ["0.95001", "pass"],
    ["0.95000", "pass"],
    ["0.94999", "block"],
  ])("a stop at %s with the market at 1 and 5 %% allowed: %s", (stop, outcome) => {
    const request = marketOrder({ stopLoss: { kind: "price", price: price(stop) } });
    const result = priceCollarRule.review(circumstances({ request, quote }));
    expect(result.outcome).toBe(outcome);
    expect(result.detail).toContain("allowed 5 %");
  });

  it.each([
    ["stop loss", { stopLoss: { kind: "price", price: price("0.1") } as const }],
    ["take profit", { takeProfit: price("10.5") }],
    ["price bound", { priceBound: price("10.5") }],
  ])("a slipped digit in the %s is caught and named", (name, part) => {
    const request = marketOrder(part);
    const result = priceCollarRule.review(circumstances({ request, quote }));
    expect(result).toMatchObject({ outcome: "block", code: "RISK_LIMIT" });
    expect(JSON.stringify(result)).toMatch(new RegExp(`The ${name} \\d+\\.\\d is more than 5 %`));
  });

  it("the farthest of several is named", () => {
    const request = marketOrder({
      stopLoss: { kind: "price", price: price("0.94") },
      takeProfit: price("2"),
    });
    const result = priceCollarRule.review(circumstances({ request, quote }));
    expect(JSON.stringify(result)).toContain(
      "The take profit 2 is more than 5 % from the market (1)",
    );
    expect(result.detail).toContain("100.00 %");
  });

  it("a hair beyond is beyond, however little", () => {
    const request = marketOrder({ takeProfit: price("1.0500000001") });
    expect(priceCollarRule.review(circumstances({ request, quote })).outcome).toBe("block");
  });

  it("ST-06 a market at zero is beyond every price, and no crash", () => {
    const request = marketOrder({ takeProfit: price("1.05") });
    const result = priceCollarRule.review(circumstances({ request, quote: aQuote("0", "0") }));
    expect(result.outcome).toBe("block");
  });

  it.each([
    ["an order without prices", marketOrder()],
    [
      "a stop at a distance",
      marketOrder({ stopLoss: { kind: "distance", distance: decimal("9") } }),
    ],
    ["a close", closeOrder()],
  ])("%s has none to check", (_, request) => {
    const result = priceCollarRule.review(circumstances({ request, quote }));
    expect(result.outcome).toBe("not_applicable");
  });
});
