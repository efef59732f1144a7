import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { effectiveLeverage, marginAvailableOf } from "../../src/core/account.ts";
import { identityConversion, toHome } from "../../src/core/conversion.ts";
import { decimal } from "../../src/core/money.ts";
import { oppositeSide } from "../../src/core/order.ts";
import { entryPrice, midOf, quoteAgeMs, spreadOf } from "../../src/core/quote.ts";
import { addMs } from "../../src/core/time.ts";
import { aQuote, NOON } from "../support/market.ts";

describe("a quote", () => {
  const quote = aQuote("1.08510", "1.08523");

  it("a buy pays the ask and a sell gets the bid", () => {
    expect(entryPrice(quote, "buy").toString()).toBe("1.08523");
    expect(entryPrice(quote, "sell").toString()).toBe("1.0851");
    expect(oppositeSide("buy")).toBe("sell");
    expect(oppositeSide("sell")).toBe("buy");
  });

  it("has a middle and a spread that are exact", () => {
    expect(midOf(quote).toString()).toBe("1.085165");
    expect(spreadOf(quote).toString()).toBe("0.00013");
  });

  it("for all prices, the middle is as far from the bid as from the ask", () => {
    const price = fc.integer({ min: 1, max: 1e9 });
    fc.assert(
      fc.property(price, price, (bid, ask) => {
        const { bid: below, ask: above } = aQuote(`${bid}.5`, `${ask}.25`);
        const mid = midOf({ bid: below, ask: above });
        expect(mid.minus(below).equals(above.minus(mid))).toBe(true);
      }),
    );
  });

  it("TM-01 is never younger than new, also when a clock went back", () => {
    expect(quoteAgeMs(quote, addMs(NOON, 1500))).toBe(1500);
    expect(quoteAgeMs(quote, NOON)).toBe(0);
    expect(quoteAgeMs(quote, addMs(NOON, -5000))).toBe(0);
  });
});

describe("converting into account currency", () => {
  const conversion = {
    currency: "JPY",
    gain: decimal("0.0066"),
    loss: decimal("0.0068"),
    value: decimal("0.0067"),
  };

  it("a gain and a loss have a rate each", () => {
    expect(toHome(decimal("1000"), conversion).toString()).toBe("6.6");
    expect(toHome(decimal("-1000"), conversion).toString()).toBe("-6.8");
    expect(toHome(decimal("0"), conversion).toString()).toBe("0");
  });

  it("a currency converts into itself unchanged", () => {
    const same = identityConversion("USD");
    expect(toHome(decimal("-12.34"), same).toString()).toBe("-12.34");
    expect(same.value.toString()).toBe("1");
  });
});

describe("an account", () => {
  it("has no negative free margin", () => {
    expect(marginAvailableOf(decimal("100"), decimal("40")).toString()).toBe("60");
    expect(marginAvailableOf(decimal("40"), decimal("40")).toString()).toBe("0");
    expect(marginAvailableOf(decimal("30"), decimal("40")).toString()).toBe("0");
  });

  it.each([
    ["20000", "10000", "2"],
    ["12345", "10000", "1.23"],
    ["20000", "0", "0"],
    ["20000", "-5", "0"],
    ["0", "10000", "0"],
  ])("positions worth %s on an equity of %s are %s times it", (positionValue, equity, expected) => {
    const account = { positionValue: decimal(positionValue), equity: decimal(equity) };
    expect(effectiveLeverage(account).toString()).toBe(expected);
  });
});
