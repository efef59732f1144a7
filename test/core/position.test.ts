import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Decimal, decimal, sumOf, toPrice, toUnits } from "../../src/core/money.ts";
import { positionsOf } from "../../src/core/position.ts";
import { instantFromMs } from "../../src/core/time.ts";
import { closingSide, type Trade } from "../../src/core/trade.ts";
import { aTrade } from "../support/market.ts";

const cents = fc.integer({ min: -1_000_000, max: 1_000_000 }).map((value) => hundredths(value));

function hundredths(value: number): Decimal {
  return decimal(String(value)).times(decimal("0.01"));
}

const trade: fc.Arbitrary<Trade> = fc.record({
  id: fc.uuid(),
  instrument: fc.constantFrom("EUR_USD", "GBP_USD"),
  direction: fc.constantFrom("long", "short"),
  units: fc.integer({ min: 1, max: 1e9 }).map((value) => toUnits(hundredths(value))),
  openPrice: fc.integer({ min: 1, max: 1e9 }).map((value) => toPrice(hundredths(value))),
  openedAt: fc.integer({ min: 0, max: 5 }).map((second) => instantFromMs(second * 1000)),
  unrealizedPl: cents,
  realizedPl: cents,
  financing: cents,
  marginUsed: cents,
  stopLoss: fc.constant(null),
  isStopGuaranteed: fc.constant(false),
  takeProfit: fc.constant(null),
  trailingStop: fc.constant(null),
  clientOrderId: fc.constant(null),
  signalId: fc.constant(null),
});

describe("positions", () => {
  it("for all trades, the positions add up to them and hold each exactly once", () => {
    fc.assert(
      fc.property(fc.array(trade), (trades) => {
        const positions = positionsOf(trades);
        for (const money of ["unrealizedPl", "realizedPl", "financing", "marginUsed"] as const) {
          const whole = sumOf(trades.map((each) => each[money]));
          expect(sumOf(positions.map((each) => each[money])).equals(whole)).toBe(true);
        }
        const units = sumOf(trades.map((each) => each.units));
        expect(sumOf(positions.map((each) => each.units)).equals(units)).toBe(true);
        const ids = positions.flatMap((each) => each.trades.map(({ id }) => id));
        expect(ids.toSorted()).toEqual(trades.map(({ id }) => id).toSorted());
      }),
    );
  });

  it("for all trades, the average price lies between the lowest and the highest", () => {
    fc.assert(
      fc.property(fc.array(trade, { minLength: 1 }), (trades) => {
        for (const position of positionsOf(trades)) {
          const prices = position.trades
            .map((each) => each.openPrice)
            .toSorted((a, b) => a.compare(b));
          expect(position.averagePrice.compare(prices[0] ?? decimal("0"))).toBeGreaterThanOrEqual(
            0,
          );
          expect(position.averagePrice.compare(prices.at(-1) ?? decimal("0"))).toBeLessThanOrEqual(
            0,
          );
        }
      }),
    );
  });

  it("for all trades, TM-06 positions and their trades are oldest first, ties in the order given", () => {
    fc.assert(
      fc.property(fc.array(trade, { maxLength: 60 }), (trades) => {
        const positions = positionsOf(trades);
        const openings = positions.map((each) => each.openedAt);
        expect(openings).toEqual(openings.toSorted());
        for (const position of positions) {
          expect(position.openedAt).toBe(position.trades[0]?.openedAt);
          const given = trades.filter((each) => position.trades.includes(each));
          const times = [...new Set(given.map((each) => each.openedAt))].toSorted();
          const expected = times.flatMap((time) => given.filter((each) => each.openedAt === time));
          expect(position.trades).toEqual(expected);
        }
      }),
    );
  });

  it("long and short trades of one instrument are two positions", () => {
    const trades = [aTrade({ id: "1" }), aTrade({ id: "2", direction: "short" })];
    expect(positionsOf(trades).map((each) => each.direction)).toEqual(["long", "short"]);
    expect(positionsOf([])).toEqual([]);
  });

  it("averages by size", () => {
    const trades = [
      aTrade({ units: toUnits(decimal("1000")), openPrice: toPrice(decimal("1.10000")) }),
      aTrade({ units: toUnits(decimal("3000")), openPrice: toPrice(decimal("1.10040")) }),
    ];
    expect(positionsOf(trades)[0]?.averagePrice.toString()).toBe("1.1003");
  });

  it("a long is closed by a sell, a short by a buy", () => {
    expect([closingSide("long"), closingSide("short")]).toEqual(["sell", "buy"]);
  });
});
