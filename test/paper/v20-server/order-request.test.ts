import { describe, expect, it } from "vitest";
import { parseOrderRequest } from "../../../src/paper/v20-server/order-request.ts";

const MARKET = { type: "MARKET", instrument: "EUR_USD", units: "100" };
const LIMIT = { ...MARKET, type: "LIMIT", price: "1.1" };

/** The request as plain data: decimals as text. */
function plain(order: object) {
  return JSON.parse(JSON.stringify(parseOrderRequest({ order })));
}

describe("a market order's request", () => {
  it("is filled or killed and takes the default position handling unless told", () => {
    const { kind, order } = plain(MARKET);
    expect(kind).toBe("market");
    expect(order).toMatchObject({ timeInForce: "FOK", positionFill: "DEFAULT" });
    expect(order.stopLossOnFill).toBeNull();
  });

  it("is read whole, and what it doesn't know is ignored", () => {
    const { order } = plain({
      ...MARKET,
      units: -100,
      timeInForce: "IOC",
      priceBound: "1.1000",
      positionFill: "REDUCE_ONLY",
      takeProfitOnFill: { price: "1.2", timeInForce: "GFD", unheardOf: 1, distance: "9" },
      stopLossOnFill: { distance: "0.01", guaranteed: false, triggerCondition: "MID" },
      guaranteedStopLossOnFill: { price: 1.05 },
      trailingStopLossOnFill: { distance: "0.005", timeInForce: "GTD", gtdTime: "1800000000" },
      clientExtensions: { id: "mine", tag: "t" },
      tradeClientExtensions: { comment: "c" },
      unheardOf: { deep: true },
    });
    const timing = { timeInForce: "GTC", gtdTime: null, clientExtensions: null };
    expect(order).toEqual({
      instrument: "EUR_USD",
      units: "-100",
      timeInForce: "IOC",
      priceBound: "1.1",
      positionFill: "REDUCE_ONLY",
      takeProfitOnFill: { ...timing, price: "1.2", timeInForce: "DAY" },
      stopLossOnFill: { ...timing, price: null, distance: "0.01", triggerCondition: "MID" },
      guaranteedStopLossOnFill: { ...timing, price: "1.05", distance: null },
      trailingStopOnFill: {
        ...timing,
        distance: "0.005",
        timeInForce: "GTD",
        gtdTime: "2027-01-15T08:00:00.000000000Z",
      },
      clientExtensions: { id: "mine", tag: "t", comment: null },
      tradeClientExtensions: { id: null, tag: null, comment: "c" },
    });
  });

  it("asks for a guaranteed stop in the older way too", () => {
    const stopLossOnFill = { price: "1", guaranteed: "True" };
    const { order } = plain({ ...MARKET, stopLossOnFill });
    expect(order.stopLossOnFill).toBeNull();
    expect(order.guaranteedStopLossOnFill).toMatchObject({ price: "1" });
  });

  it.each<[string, unknown, string]>([
    ["no order", {}, "missing required data"],
    ["an order that is none", { order: [] }, "missing required data"],
    ["no type", { order: { units: "1" } }, "missing required data"],
    ["no instrument", { order: { type: "MARKET", units: "1" } }, "missing required data"],
    ["no units", { order: { type: "MARKET", instrument: "EUR_USD" } }, "missing required data"],
    ["an unknown type", { order: { ...MARKET, type: "WISH" } }, "'order.type'"],
    ["a type of another object", { order: { ...MARKET, type: "toString" } }, "'order.type'"],
    ["units in words", { order: { ...MARKET, units: "ten" } }, "'order.units'"],
    ["units as a list", { order: { ...MARKET, units: ["1"] } }, "'order.units'"],
    ["units with an exponent", { order: { ...MARKET, units: 1e-7 } }, "'order.units'"],
    ["a numeric instrument", { order: { ...MARKET, instrument: 5 } }, "'order.instrument'"],
    ["an unknown duration", { order: { ...MARKET, timeInForce: "X" } }, "'order.timeInForce'"],
    ["a wrong positionFill", { order: { ...MARKET, positionFill: 1 } }, "'order.positionFill'"],
    [
      "a stop that is text",
      { order: { ...MARKET, stopLossOnFill: "1" } },
      "'order.stopLossOnFill'",
    ],
    [
      "a broken expiry",
      { order: { ...MARKET, stopLossOnFill: { price: "1", gtdTime: "soon" } } },
      "'order.stopLossOnFill.gtdTime'",
    ],
    [
      "labels that are none",
      { order: { ...MARKET, clientExtensions: "mine" } },
      "'order.clientExtensions'",
    ],
  ])("is refused with %s", (_what, body, words) => {
    expect(() => parseOrderRequest(JSON.parse(JSON.stringify(body)))).toThrow(words);
  });
});

describe("a waiting order's request", () => {
  it.each([
    ["LIMIT", "limit"],
    ["STOP", "stop"],
    ["MARKET_IF_TOUCHED", "market_if_touched"],
  ])("of type %s waits until cancelled unless told", (type, known) => {
    const { kind, order } = plain({ ...LIMIT, type });
    expect(kind).toBe("entry");
    expect(order).toMatchObject({
      type: known,
      price: "1.1",
      timeInForce: "GTC",
      gtdTime: null,
      triggerCondition: "DEFAULT",
    });
  });

  it("is refused without a price, and with a trigger that isn't one", () => {
    expect(() => plain({ ...LIMIT, price: null })).toThrow("missing required data");
    expect(() => plain({ ...LIMIT, triggerCondition: "SOME" })).toThrow("triggerCondition");
  });
});

describe("an exit's request", () => {
  it.each([
    ["TAKE_PROFIT", "take_profit"],
    ["STOP_LOSS", "stop_loss"],
    ["GUARANTEED_STOP_LOSS", "guaranteed_stop_loss"],
    ["TRAILING_STOP_LOSS", "trailing_stop"],
  ])("of type %s names its trade by number or by the client's id", (type, known) => {
    const byNumber = plain({ type, tradeID: 5, price: "1.1" });
    expect(byNumber).toMatchObject({ kind: "exit", order: { type: known, tradeSpecifier: "5" } });
    expect(plain({ type, tradeID: "5" }).order.tradeSpecifier).toBe("5");
    expect(plain({ type, clientTradeID: "mine" }).order.tradeSpecifier).toBe("@mine");
    expect(plain({ type }).order.tradeSpecifier).toBeNull();
  });

  it("asks for a guaranteed stop in the older way too", () => {
    const order = { type: "STOP_LOSS", tradeID: "5", guaranteed: true };
    expect(plain(order).order.type).toBe("guaranteed_stop_loss");
  });
});
