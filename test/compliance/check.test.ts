import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { actsAtOnce, exemption, openingUnits } from "../../src/compliance/check.ts";
import { decimal, sumOf, toPrice, toUnits } from "../../src/core/money.ts";
import {
  cancelOrder,
  changeOrder,
  closeOrder,
  entryOrder,
  entryTerms,
  exitsChange,
  exitTerms,
  marketOrder,
} from "../support/clear-order.ts";
import { aQuote, aTrade } from "../support/market.ts";
import { circumstances } from "./circumstances.ts";

const units = (text: string) => toUnits(decimal(text));
const price = (text: string) => toPrice(decimal(text));
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

  it.each([
    ["a close", closeOrder(), "only reduces what is open"],
    ["a reduce-only order", marketOrder({ reduceOnly: true }), "only reduces what is open"],
    ["a reduce-only entry", entryOrder({ reduceOnly: true }), "only reduces what is open"],
    ["a cancellation", cancelOrder(), "only takes an order back"],
    ["a change of exits", exitsChange(), "only concerns the exits of an open trade"],
    ["an exit's change", changeOrder(exitTerms()), "only concerns the exits of an open trade"],
    ["a market order", marketOrder(), null],
    ["an entry", entryOrder(), null],
    ["an entry's change", changeOrder(entryTerms()), null],
  ])("%s is exempt from limits on new risk: %s", (...row) => {
    const [, request, reason] = row;
    expect(exemption(circumstances({ request }))).toBe(reason);
  });

  it("P6 of an order that waits it is everything, also against a position that may be gone by then", () => {
    const trades = [long("1000")];
    const waiting = entryOrder({ side: "sell", type: "limit", price: price("1.09") });
    expect(openingUnits(circumstances({ request: waiting, trades })).toString()).toBe("1000");
    const atOnce = { ...waiting, price: price("1.08") };
    expect(openingUnits(circumstances({ request: atOnce, trades })).toString()).toBe("0");
    const replaced = changeOrder(entryTerms({ type: "limit", price: price("1.09") }));
    expect(openingUnits(circumstances({ request: replaced, trades })).toString()).toBe("1000");
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

describe("what acts at once", () => {
  it.each([
    ["limit", "buy", "1.08010", true],
    ["limit", "buy", "1.08500", true],
    ["limit", "buy", "1.08009", false],
    ["limit", "sell", "1.08000", true],
    ["limit", "sell", "1.07000", true],
    ["limit", "sell", "1.08001", false],
    ["stop", "buy", "1.08010", true],
    ["stop", "buy", "1.08011", false],
    ["stop", "sell", "1.08000", true],
    ["stop", "sell", "1.07999", false],
    ["mit", "buy", "1.08010", true],
    ["mit", "buy", "1.08011", false],
    ["mit", "sell", "1.07999", false],
  ] as const)("a %s %s at %s with the market at 1.08000/1.08010: %s", (...row) => {
    const [type, side, at, expected] = row;
    const request = entryOrder({ type, side, price: price(at) });
    expect(actsAtOnce(circumstances({ request }))).toBe(expected);
    const replaced = { ...changeOrder(entryTerms({ type, price: price(at) })), side };
    expect(actsAtOnce(circumstances({ request: replaced }))).toBe(expected);
  });

  it("is a market order and a close, and no entry while the market is closed", () => {
    expect(actsAtOnce(circumstances())).toBe(true);
    expect(actsAtOnce(circumstances({ request: closeOrder() }))).toBe(true);
    expect(actsAtOnce(circumstances({ request: cancelOrder() }))).toBe(false);
    const quote = aQuote("1.08000", "1.08010", { tradeable: false });
    const request = entryOrder({ type: "limit", price: price("1.2") });
    expect(actsAtOnce(circumstances({ request, quote }))).toBe(false);
  });
});
