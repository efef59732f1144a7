import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CostBasis, commissionOn, expectedCosts } from "../../src/core/costs.ts";
import { decimal, ONE, toPrice, ZERO } from "../../src/core/money.ts";

const price = (text: string) => toPrice(decimal(text));
const EUR_HOME = { currency: "USD", gain: decimal("0.9"), loss: decimal("0.92"), value: ONE };

function costs(changes: Partial<CostBasis> = {}) {
  const basis: CostBasis = {
    side: "buy",
    opening: decimal("10000"),
    entry: price("1.08510"),
    stop: decimal("1.08310"),
    quote: { bid: price("1.08500"), ask: price("1.08510") },
    instrument: {
      financing: { longRate: decimal("-0.0365"), shortRate: decimal("0.0073") },
    },
    value: decimal("10000"),
    conversion: { currency: "USD", gain: ONE, loss: ONE, value: ONE },
    ...changes,
  };
  return JSON.parse(JSON.stringify(expectedCosts(basis)));
}

describe("what an order costs", () => {
  it.each([
    ["a buy", {}, { spread: "1", financingPerDay: "-1", lossAtStop: "20" }],
    [
      "a sell",
      { side: "sell", entry: price("1.085"), stop: decimal("1.087") } as const,
      { spread: "1", financingPerDay: "0.2", lossAtStop: "20" },
    ],
    [
      "an account in another currency: losses are converted as losses",
      { conversion: EUR_HOME },
      { spread: "0.92", lossAtStop: "18.4" },
    ],
    ["an order without a stop", { stop: null }, { lossAtStop: null }],
    ["no financing known", { instrument: { financing: null } }, { financingPerDay: null }],
    [
      "an order that only reduces",
      { opening: ZERO, value: ZERO },
      { spread: "0", financingPerDay: "0", lossAtStop: "0" },
    ],
  ])("%s", (_, changes, expected) => {
    expect(costs(changes)).toMatchObject(expected);
  });

  it("for all sizes and stops, the worst case is exactly units times distance", () => {
    const whole = fc.integer({ min: 1, max: 1_000_000 });
    fc.assert(
      fc.property(whole, fc.integer({ min: 1, max: 100_000 }), (units, steps) => {
        const distance = decimal("0.00001").times(decimal(String(steps)));
        const entry = price("1.08510");
        const opening = decimal(String(units));
        const { lossAtStop } = costs({ opening, stop: entry.minus(distance) });
        expect(lossAtStop).toBe(opening.times(distance).rounded(4, "half_even").toString());
      }),
    );
  });
});

describe("a commission", () => {
  it.each([
    ["100000", "5"],
    ["50000", "2.5"],
    ["1", "0.1"],
    ["33333", "1.6666"],
  ])("on %s units at 5 for each 100,000, at the least 0.1, is %s", (units, expected) => {
    const terms = { amount: decimal("5"), perUnits: decimal("100000"), minimum: decimal("0.1") };
    expect(commissionOn(decimal(units), terms).toString()).toBe(expected);
  });
});
