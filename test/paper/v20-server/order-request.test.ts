import { describe, expect, it } from "vitest";
import { parseOrderRequest } from "../../../src/paper/v20-server/order-request.ts";

const MARKET = { type: "MARKET", instrument: "EUR_USD", units: "100" };

describe("a market order's request", () => {
  it("is filled or killed and takes the default position handling unless told", () => {
    const order = parseOrderRequest({ order: MARKET });
    expect(order.timeInForce).toBe("FOK");
    expect(order.positionFill).toBe("DEFAULT");
    expect(order.stopLossOnFill).toBeNull();
  });

  it("is read whole, and what it doesn't know is ignored", () => {
    const order = parseOrderRequest({
      order: {
        ...MARKET,
        units: -100,
        timeInForce: "IOC",
        priceBound: "1.1000",
        positionFill: "REDUCE_ONLY",
        takeProfitOnFill: { price: "1.2", timeInForce: "GFD", unheardOf: 1 },
        stopLossOnFill: { distance: "0.01", guaranteed: false, triggerCondition: "DEFAULT" },
        trailingStopLossOnFill: { distance: "0.005", timeInForce: "GTD", gtdTime: "1800000000" },
        clientExtensions: { id: "mine", tag: "t" },
        tradeClientExtensions: { comment: "c" },
        unheardOf: { deep: true },
      },
    });
    expect(JSON.parse(JSON.stringify(order))).toEqual({
      instrument: "EUR_USD",
      units: "-100",
      timeInForce: "IOC",
      priceBound: "1.1",
      positionFill: "REDUCE_ONLY",
      takeProfitOnFill: { price: "1.2", timeInForce: "DAY", gtdTime: null, clientExtensions: null },
      stopLossOnFill: {
        price: null,
        distance: "0.01",
        timeInForce: "GTC",
        gtdTime: null,
        clientExtensions: null,
      },
      trailingStopOnFill: {
        distance: "0.005",
        timeInForce: "GTD",
        gtdTime: "2027-01-15T08:00:00.000000000Z",
        clientExtensions: null,
      },
      clientExtensions: { id: "mine", tag: "t", comment: null },
      tradeClientExtensions: { id: null, tag: null, comment: "c" },
    });
  });

  it.each<[string, unknown, string]>([
    ["no order", {}, "missing required data"],
    ["an order that is none", { order: [] }, "missing required data"],
    ["no type", { order: { units: "1" } }, "missing required data"],
    ["no instrument", { order: { type: "MARKET", units: "1" } }, "missing required data"],
    ["no units", { order: { type: "MARKET", instrument: "EUR_USD" } }, "missing required data"],
    ["an unknown type", { order: { ...MARKET, type: "WISH" } }, "'order.type'"],
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

  it.each([
    "LIMIT",
    "STOP",
    "MARKET_IF_TOUCHED",
    "TAKE_PROFIT",
    "STOP_LOSS",
    "GUARANTEED_STOP_LOSS",
    "TRAILING_STOP_LOSS",
  ])("says of a %s order that it isn't offered", (type) => {
    expect(() => parseOrderRequest({ order: { ...MARKET, type } })).toThrow("not offered");
  });

  it.each<[string, object]>([
    ["a guaranteed stop", { guaranteedStopLossOnFill: { price: "1" } }],
    ["a stop that asks for a guarantee", { stopLossOnFill: { price: "1", guaranteed: "True" } }],
    ["another trigger", { stopLossOnFill: { price: "1", triggerCondition: "MID" } }],
    ["a take profit by distance", { takeProfitOnFill: { distance: "0.01" } }],
  ])("is refused, not stripped, when it carries %s", (_what, more) => {
    expect(() => parseOrderRequest({ order: { ...MARKET, ...more } })).toThrow("not offered");
  });
});
