import { describe, expect, it } from "vitest";
import type { Circumstances } from "../../../src/compliance/check.ts";
import { review, reviewCancel } from "../../../src/compliance/review.ts";
import { NO_RULES } from "../../../src/compliance/rule-set.ts";
import { decimal, toPrice, toUnits } from "../../../src/core/money.ts";
import type { OrderRequest } from "../../../src/core/order-request.ts";
import { addMs } from "../../../src/core/time.ts";
import {
  cancelOrder,
  changeOrder,
  entryOrder,
  entryTerms,
  exitsChange,
  exitTerms,
} from "../../support/clear-order.ts";
import { anAccount, anOrder, aQuote, aTrade, NOON } from "../../support/market.ts";
import { circumstances, LIMITS } from "../circumstances.ts";

const price = (text: string) => toPrice(decimal(text));
const units = (text: string) => toUnits(decimal(text));
const HALT = { since: NOON, reason: "enough for today" };
/** The market is at 1.08000/1.08010: a buy at 1.07 waits, one at 1.09 acts at once. */
const WAITING = entryOrder({ price: price("1.07000") });
const AT_ONCE = entryOrder({ price: price("1.09000") });

type Changes = Parameters<typeof circumstances>[0];

function outcomes(request: OrderRequest, changes: Changes = {}): ReadonlyMap<string, string> {
  const { checks } = review(circumstances({ request, ...changes }), "v");
  return new Map(checks.map(({ rule, outcome }) => [rule, outcome]));
}

function detail(request: OrderRequest, rule: string, changes: Changes = {}): string {
  const { checks } = review(circumstances({ request, ...changes }), "v");
  return checks.find((check) => check.rule === rule)?.detail ?? "";
}

describe("an order that waits for its price", () => {
  it("isn't decided on the quote of now, so the market may be closed, wide and old", () => {
    const quote = aQuote("1.00000", "1.10000", { tradeable: false });
    const found = outcomes(WAITING, { quote, now: addMs(NOON, 3_600_000) });
    for (const rule of ["market.tradeable", "market.quote-sane", "market.quote-age"]) {
      expect([rule, found.get(rule)]).toEqual([rule, "not_applicable"]);
    }
    expect(found.get("risk.maxSpreadPips")).toBe("not_applicable");
    expect(detail(WAITING, "market.tradeable", { quote })).toBe("waits for its price");
  });

  it.each<[string, Changes, string]>([
    ["market.tradeable", {}, "pass"],
    ["market.quote-age", { now: addMs(NOON, 60_001) }, "block"],
    ["risk.maxSpreadPips", { quote: aQuote("1.08000", "1.08031") }, "block"],
    ["margin", { state: stateOf({ marginAvailable: decimal("0") }) }, "block"],
  ])("%s binds it where it acts at once", (rule, changes, expected) => {
    expect(outcomes(AT_ONCE, changes).get(rule)).toBe(expected);
    expect(outcomes(changeOrder(entryTerms({ price: price("1.09") })), changes).get(rule)).toBe(
      expected,
    );
  });

  it("that must fill at once needs an open market", () => {
    const quote = aQuote("1.08000", "1.08010", { tradeable: false });
    const now = { ...WAITING, timeInForce: "FOK" as const };
    expect(outcomes(now, { quote }).get("market.tradeable")).toBe("block");
  });

  it("tells the margin it will need and is never blocked for it", () => {
    const changes = { state: stateOf({ marginAvailable: decimal("0") }) };
    expect(outcomes(WAITING, changes).get("margin")).toBe("pass");
    expect(detail(WAITING, "margin", changes)).toBe(
      "needs 21.40 USD at 0.02, free 0.00; checked by the broker when it fills",
    );
  });

  it.each([
    ["99.99", "block"],
    ["1070", "pass"],
    ["1069.99", "block"],
  ])("is worth its units at its own price: with %s allowed, %s", (allowed, expected) => {
    const limits = { ...LIMITS, maxNotional: decimal(allowed) };
    expect(outcomes(WAITING, { limits }).get("risk.maxNotional")).toBe(expected);
  });

  it.each<[string, Partial<Circumstances>, string]>([
    ["risk.maxUnits", { limits: { ...LIMITS, maxUnits: decimal("999") } }, "allowed 999"],
    ["risk.maxOrdersPerMinute", { ordersInLastMinute: 60 }, "60 orders in the last minute"],
    ["risk.maxDailyLoss", { equityAtDayStart: decimal("10500") }, "allowed loss 500.00"],
  ])("%s binds it, and the change of another into it", (rule, changes, numbers) => {
    for (const request of [WAITING, changeOrder(entryTerms())]) {
      expect(outcomes(request, changes).get(rule)).toBe("block");
      expect(detail(request, rule, changes)).toContain(numbers);
    }
  });

  it.each([
    ["its price", { price: price("1.02598") }, "block"],
    ["its price", { price: price("1.02605") }, "pass"],
    ["its stop", { stopLoss: { kind: "price" as const, price: price("0.9") } }, "block"],
    ["its target", { takeProfit: price("1.2") }, "block"],
    ["its bound", { priceBound: price("1.2") }, "block"],
  ])("lies within the collar of 5 %% with %s %j: %s", (_, changes, expected) => {
    expect(outcomes(entryOrder(changes)).get("risk.priceCollar")).toBe(expected);
    expect(outcomes(changeOrder(entryTerms(changes))).get("risk.priceCollar")).toBe(expected);
  });
});

describe("exits of an open trade", () => {
  const state = { trades: [aTrade()] };

  it("lie within the collar too: a slipped digit is no protection", () => {
    const stop = (text: string) => ({ set: { kind: "price" as const, price: price(text) } });
    const rule = "risk.priceCollar";
    expect(outcomes(exitsChange({ stopLoss: stop("0.1078") }), state).get(rule)).toBe("block");
    expect(outcomes(exitsChange({ takeProfit: { set: price("10.9") } }), state).get(rule)).toBe(
      "block",
    );
    expect(outcomes(changeOrder(exitTerms({ price: price("0.1") })), state).get(rule)).toBe(
      "block",
    );
    expect(outcomes(exitsChange({ stopLoss: stop("1.078") }), state).get(rule)).toBe("pass");
    expect(outcomes(exitsChange({ stopLoss: "remove" }), state).get(rule)).toBe("not_applicable");
  });

  it("are bound by no other limit", () => {
    const found = outcomes(exitsChange({ stopLoss: "remove" }), {
      trades: [aTrade()],
      limits: { ...LIMITS, maxUnits: decimal("1"), maxNotional: decimal("1") },
      ordersInLastMinute: 10_000,
      equityAtDayStart: decimal("1000000"),
      quote: aQuote("1.00000", "1.10000", { tradeable: false }),
    });
    expect([...found.values()].filter((outcome) => outcome === "block")).toEqual([]);
  });
});

describe("while trading is halted", () => {
  const state = {
    account: anAccount(),
    trades: [aTrade({ stopLoss: price("1.07") })],
    pendingOrders: [anOrder(), anOrder({ orderId: "6", type: "stop_loss", tradeId: "7" })],
  };
  const set = { set: { kind: "price" as const, price: price("1.075") } };

  it.each<[string, OrderRequest, boolean]>([
    ["an entry", WAITING, false],
    ["an entry that may only reduce", { ...WAITING, reduceOnly: true }, true],
    ["the change of an entry", changeOrder(entryTerms()), false],
    [
      "a smaller entry in another's place",
      { ...changeOrder(entryTerms()), units: units("1") },
      false,
    ],
    ["a stop that is moved nearer", exitsChange({ stopLoss: set }), true],
    ["a stop that is removed", exitsChange({ stopLoss: "remove" }), false],
    ["a target that is removed", exitsChange({ takeProfit: "remove" }), true],
    [
      "a sale that waits against a position",
      entryOrder({ side: "sell", price: price("1.09") }),
      false,
    ],
  ])("P6 %s passes: %s", (_, request, isCleared) => {
    const { cleared, blocks } = review(circumstances({ request, state, halt: HALT }), "v");
    expect(cleared !== null).toBe(isCleared);
    if (!isCleared) expect(blocks[0]).toMatchObject({ rule: "halt", code: "TRADING_HALTED" });
  });

  it("P6 what reduces now is bound to reduce only, also when it fills later", () => {
    const request = entryOrder({ side: "sell", price: price("1.07") });
    const { cleared } = review(circumstances({ request, state, halt: HALT }), "v");
    expect(cleared).toMatchObject({ kind: "entry", reduceOnly: true });
    const terms = entryTerms({ price: price("1.07") });
    const replaced = { ...changeOrder(terms), side: "sell" as const };
    expect(review(circumstances({ request: replaced, state, halt: HALT }), "v").cleared).toBeNull();
  });

  it("P6 an entry is taken back, a stop isn't", () => {
    const ask = (orderId: string) =>
      reviewCancel(
        {
          request: cancelOrder({ orderId }),
          state,
          halt: HALT,
          quote: null,
          ruleSet: NO_RULES,
        },
        "v",
      );
    expect(ask("5").cleared).not.toBeNull();
    expect(ask("6")).toMatchObject({ cleared: null, blocks: [{ code: "TRADING_HALTED" }] });
    expect(ask("6").blocks[0]?.message).toContain("left without a stop");
    expect(ask("5").checks).toEqual([
      {
        rule: "halt",
        outcome: "not_applicable",
        detail: "halted, but this only takes an order back",
      },
    ]);
  });
});

function stateOf(account: Parameters<typeof anAccount>[0]) {
  return { account: anAccount(account), trades: [], pendingOrders: [] };
}
