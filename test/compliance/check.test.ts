import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isReducing, openingUnits } from "../../src/compliance/check.ts";
import { decimal, sumOf, toUnits } from "../../src/core/money.ts";
import { closeOrder, marketOrder } from "../support/clear-order.ts";
import { aTrade } from "../support/market.ts";
import { circumstances } from "./circumstances.ts";

const units = (text: string) => toUnits(decimal(text));
const long = (size: string, id = "1") => aTrade({ id, units: units(size) });
const short = (size: string) => aTrade({ direction: "short", units: units(size) });

function opening(side: "buy" | "sell", size: string, trades: ReturnType<typeof aTrade>[]): string {
  const request = marketOrder({ side, units: units(size) });
  return openingUnits(circumstances({ request, trades })).toString();
}

describe("what an order opens", () => {
  it.each([
    ["buy", "1000", [], "1000"],
    ["sell", "1000", [], "1000"],
    ["buy", "1000", [long("500")], "1000"],
    ["sell", "1000", [long("999")], "1"],
    ["sell", "1000", [long("1000")], "0"],
    ["sell", "1000", [long("1001")], "0"],
    ["sell", "1000", [long("400"), long("500", "2")], "100"],
    ["buy", "1000", [short("300")], "700"],
    ["buy", "1000", [aTrade({ instrument: "GBP_USD", direction: "short" })], "1000"],
  ] as const)("a %s of %s against %j opens %s", (...row) => {
    const [side, size, trades, expected] = row;
    expect(opening(side, size, [...trades])).toBe(expected);
  });

  it("a close and a reduce-only order open nothing", () => {
    expect(isReducing(circumstances({ request: closeOrder() }))).toBe(true);
    expect(isReducing(circumstances({ request: marketOrder({ reduceOnly: true }) }))).toBe(true);
    expect(isReducing(circumstances())).toBe(false);
  });

  it("for all positions, what opens is what the opposite trades don't cover", () => {
    const size = fc.integer({ min: 1, max: 10_000 });
    fc.assert(
      fc.property(size, fc.array(size), (asked, held) => {
        const trades = held.map((each, index) => long(String(each), String(index)));
        const covered = sumOf(trades.map((trade) => trade.units));
        const left = decimal(String(asked)).minus(covered);
        const expected = left.isPositive() ? left.toString() : "0";
        expect(opening("sell", String(asked), trades)).toBe(expected);
      }),
    );
  });
});
