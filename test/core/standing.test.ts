import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimal, toPrice, toUnits } from "../../src/core/money.ts";
import { firstStopDistance, netStanding, standingOf } from "../../src/core/standing.ts";
import { NO_ORIGIN } from "../support/clear-order.ts";
import { EUR_USD } from "../support/instruments.ts";
import { aTrade } from "../support/market.ts";

const price = (text: string) => toPrice(decimal(text));
const trailing = (at: string | null) => ({
  distance: decimal("0.002"),
  price: at === null ? null : price(at),
});

function standing(changes: Parameters<typeof aTrade>[0], currentPrice: string | null = "1.08500") {
  const at = currentPrice === null ? null : price(currentPrice);
  const held = { trade: aTrade(changes), currentPrice: at, firstStop: decimal("0.002") };
  return JSON.parse(JSON.stringify(standingOf(held, EUR_USD)));
}

describe("where a trade stands", () => {
  it.each([
    ["a long with both ends", { stopLoss: price("1.08"), takeProfit: price("1.09") }, "50", "50"],
    [
      "a short with both ends",
      { direction: "short", stopLoss: price("1.09"), takeProfit: price("1.07") } as const,
      "50",
      "150",
    ],
    ["a price beyond its stop", { stopLoss: price("1.0860") }, "-10", null],
    [
      "the nearer of two stops",
      { stopLoss: price("1.08"), trailingStop: trailing("1.083") },
      "20",
      null,
    ],
    [
      "a trailing stop that lies behind",
      { stopLoss: price("1.084"), trailingStop: trailing("1.083") },
      "10",
      null,
    ],
    ["a stop that trails at a place nobody knows", { trailingStop: trailing(null) }, null, null],
  ])("%s", (...[, changes, stopPips, targetPips]) => {
    expect(standing(changes)).toMatchObject({ hasStop: true, stopPips, targetPips });
  });

  it("without a stop, and without a price", () => {
    expect(standing({})).toMatchObject({ hasStop: false, stopPips: null, r: "2.5" });
    const blind = standing({ stopLoss: price("1.08") }, null);
    expect(blind).toEqual({ hasStop: true, stopPips: null, targetPips: null, r: null });
  });

  it("R is the price's way over the first stop's, for all directions, distances and ways", () => {
    const steps = fc.integer({ min: 1, max: 5000 });
    const way = fc.integer({ min: -9000, max: 9000 });
    fc.assert(
      fc.property(fc.constantFrom("long", "short"), steps, way, (direction, risk, gained) => {
        const step = decimal("0.00001");
        const moved = step.times(decimal(String(direction === "long" ? gained : -gained)));
        const trade = aTrade({ direction });
        const currentPrice = trade.openPrice.plus(moved);
        const firstStop = step.times(decimal(String(risk)));
        const { r } = standingOf({ trade, currentPrice, firstStop }, EUR_USD);
        const expected = decimal(String(gained)).dividedBy(decimal(String(risk)), 2);
        expect(r?.toString()).toBe(expected.toString());
      }),
    );
  });
});

describe("where a position stands", () => {
  const held = (changes: Parameters<typeof aTrade>[0], firstStop: string | null) => ({
    trade: aTrade(changes),
    currentPrice: price("1.08500"),
    firstStop: firstStop === null ? null : decimal(firstStop),
  });

  it("is its nearest ends, the units without a stop, and R weighted by units", () => {
    const trades = [
      held({ stopLoss: price("1.08") }, "0.005"),
      held({ id: "8", units: toUnits(decimal("3000")), openPrice: price("1.084") }, "0.001"),
    ];
    // Gained 1000 × 0.005 + 3000 × 0.001 = 8 of 1000 × 0.005 + 3000 × 0.001 = 8 that were at risk.
    expect(JSON.parse(JSON.stringify(netStanding(trades, EUR_USD)))).toEqual({
      hasStop: false,
      unitsWithoutStop: "3000",
      stopPips: "50",
      targetPips: null,
      r: "1",
    });
  });

  it("has no R where the first stop of one of its trades isn't known", () => {
    expect(netStanding([held({}, "0.005"), held({}, null)], EUR_USD).r).toBeNull();
  });
});

describe("the first stop of a trade", () => {
  const order = (changes: object) =>
    ({
      kind: "market",
      clientOrderId: "mine",
      account: "001",
      instrument: "EUR_USD",
      side: "buy",
      units: toUnits(decimal("1000")),
      origin: NO_ORIGIN,
      timeInForce: "FOK",
      stopLoss: null,
      takeProfit: null,
      trailingStop: null,
      priceBound: null,
      reduceOnly: false,
      ...changes,
    }) as Parameters<typeof firstStopDistance>[0];

  it.each([
    [{ stopLoss: { kind: "distance", distance: decimal("0.002") } }, "0.002"],
    [{ stopLoss: { kind: "price", price: price("1.07") } }, "0.01"],
    [{ side: "sell", stopLoss: { kind: "price", price: price("1.09") } }, "0.01"],
    [
      {
        stopLoss: { kind: "price", price: price("1.07") },
        trailingStop: decimal("0.003"),
      },
      "0.003",
    ],
    [{ trailingStop: decimal("0.003") }, "0.003"],
    [{}, undefined],
    [{ stopLoss: { kind: "price", price: price("1.09") } }, undefined],
  ])("%# is the nearer one that its order brought", (changes, expected) => {
    expect(firstStopDistance(order(changes), price("1.08"))?.toString()).toBe(expected);
  });
});
