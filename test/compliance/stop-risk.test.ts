import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AccountCircumstances } from "../../src/compliance/check.ts";
import { haltRule } from "../../src/compliance/rules/halt.ts";
import { weakenedStop } from "../../src/compliance/stop-risk.ts";
import { decimal, toPrice } from "../../src/core/money.ts";
import type { Order } from "../../src/core/order.ts";
import type { ExitsChange, OrderRequest } from "../../src/core/order-request.ts";
import { addMs } from "../../src/core/time.ts";
import type { Trade } from "../../src/core/trade.ts";
import { cancelOrder, changeOrder, exitsChange, exitTerms } from "../support/clear-order.ts";

import { anAccount, anOrder, aQuote, aTrade, NOON } from "../support/market.ts";

const addDays = (days: number) => addMs(NOON, days * 86_400_000);
const price = (text: string) => toPrice(decimal(text));
const at = (text: string) => ({ set: { kind: "price" as const, price: price(text) } });
const away = (text: string) => ({ set: decimal(text) });
const trailing = (distance: string, stands: string | null) => ({
  trailingStop: { distance: decimal(distance), price: stands === null ? null : price(stands) },
});

type Case = {
  readonly request: OrderRequest;
  readonly trade?: Partial<Trade>;
  readonly order?: Partial<Order>;
};

/** Trade 7 is long from 1.08000, the market is at 1.08500/1.08510, and order 5 is an exit of it. */
function scene({ request, trade = {}, order = {} }: Case): AccountCircumstances {
  const pending = anOrder({ type: "stop_loss", side: "sell", tradeId: "7", ...order });
  return {
    request,
    state: { account: anAccount(), trades: [aTrade(trade)], pendingOrders: [pending] },
    halt: { since: NOON, reason: "enough" },
    quote: aQuote("1.08500", "1.08510"),
  };
}

const STOPPED = { stopLoss: price("1.07000") };

describe("a stop of an open trade", () => {
  it.each<[string, Partial<Trade>, Partial<ExitsChange>, string | null]>([
    ["is set", {}, { stopLoss: at("1.07") }, null],
    ["is moved nearer", STOPPED, { stopLoss: at("1.071") }, null],
    ["stays where it is", STOPPED, { stopLoss: at("1.07") }, null],
    ["is moved away", STOPPED, { stopLoss: at("1.06999") }, "from 1.07 away to 1.06999"],
    [
      "is moved away by a distance from the open price",
      STOPPED,
      { stopLoss: { set: { kind: "distance", distance: decimal("0.01001") } } },
      "away to 1.06999",
    ],
    ["is removed", STOPPED, { stopLoss: "remove" }, "left without a stop"],
    ["wasn't there and is removed", {}, { stopLoss: "remove" }, null],
    [
      "makes room for a trailing one that is nearer",
      STOPPED,
      { stopLoss: "remove", trailingStop: away("0.01") },
      null,
    ],
    [
      "makes room for a trailing one that is farther",
      STOPPED,
      { stopLoss: "remove", trailingStop: away("0.016") },
      "away to 1.069",
    ],
    ["trails nearer", trailing("0.01", "1.07500"), { trailingStop: away("0.009") }, null],
    [
      "trails from where the market is now, below where it stood",
      trailing("0.01", "1.08000"),
      { trailingStop: away("0.01") },
      "from 1.08 away to 1.075",
    ],
    [
      "trails nobody knows where, and farther",
      trailing("0.01", null),
      { trailingStop: away("0.011") },
      "away to 1.074",
    ],
    [
      "is the nearer of two",
      { ...STOPPED, ...trailing("0.01", "1.08") },
      { stopLoss: "remove" },
      null,
    ],
    ["gets company", trailing("0.01", "1.08"), { stopLoss: at("1.06") }, null],
    [
      "loses its guarantee",
      { ...STOPPED, isStopGuaranteed: true },
      { stopLoss: at("1.071") },
      "no longer be guaranteed",
    ],
    ["is left alone", STOPPED, { takeProfit: "remove" }, null],
  ])("that %s", (...row) => {
    const [, trade, change, expected] = row;
    const found = weakenedStop(scene({ request: exitsChange(change), trade }));
    if (expected === null) expect(found).toBeNull();
    else expect(found).toContain(expected);
  });

  it("of a short trade stands above: lower is nearer", () => {
    const trade = { direction: "short", stopLoss: price("1.09000") } as const;
    const move = (to: string) =>
      weakenedStop(scene({ request: exitsChange({ side: "buy", stopLoss: at(to) }), trade }));
    expect(move("1.08999")).toBeNull();
    expect(move("1.09001")).toContain("away to 1.09001");
  });

  it.each<[string, Case, string | null]>([
    ["moved nearer", { request: changeOrder(exitTerms({ price: price("1.08") })) }, null],
    ["moved away", { request: changeOrder(exitTerms({ price: price("1.06") })) }, "away to 1.06"],
    ["taken back", { request: cancelOrder() }, "left without a stop"],
    [
      "given an end",
      { request: changeOrder(exitTerms({ timeInForce: "GTD", expiresAt: addDays(1) })) },
      "would end by time",
    ],
    [
      "given a later end",
      {
        request: changeOrder(exitTerms({ timeInForce: "GTD", expiresAt: addDays(2) })),
        order: { timeInForce: "GTD", expiresAt: addDays(1) },
      },
      null,
    ],
    ["a target taken back", { request: cancelOrder(), order: { type: "take_profit" } }, null],
    [
      "a target moved",
      { request: changeOrder(exitTerms({ type: "take_profit", price: price("1.2") })) },
      null,
    ],
    [
      "a trailing one taken back",
      {
        request: cancelOrder(),
        order: { type: "trailing_stop" },
        trade: { stopLoss: null, ...trailing("0.01", "1.08") },
      },
      "left without a stop",
    ],
    [
      "a trailing one widened",
      {
        request: changeOrder(
          exitTerms({ type: "trailing_stop", price: null, distance: decimal("0.02") }),
        ),
        order: { type: "trailing_stop" },
        trade: { stopLoss: null, ...trailing("0.01", "1.08") },
      },
      "away to 1.065",
    ],
    [
      "an entry taken back",
      { request: cancelOrder(), order: { type: "limit", tradeId: null } },
      null,
    ],
  ])("as an order of its own, %s", (_, { trade = STOPPED, ...rest }, expected) => {
    const found = weakenedStop(scene({ ...rest, trade }));
    if (expected === null) expect(found).toBeNull();
    else expect(found).toContain(expected);
  });

  it("P6 for all moves while trading is halted: nearer passes, farther is blocked", () => {
    const points = fc
      .integer({ min: 100_000, max: 108_499 })
      .map((each) => `1.0${each}`.slice(0, 7));
    fc.assert(
      fc.property(points, points, (from, to) => {
        const trade = { stopLoss: price(from) };
        const request = exitsChange({ stopLoss: at(to) });
        const { outcome } = haltRule.review(scene({ request, trade }));
        expect(outcome === "block").toBe(decimal(to).isLessThan(decimal(from)));
      }),
    );
  });
});
