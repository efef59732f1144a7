import { describe, expect, it } from "vitest";
import { decimal } from "../../../src/core/money.ts";
import type { MarketOrderCommand, TradeOrdersCommand } from "../../../src/paper/engine/commands.ts";
import type { VenueAccount } from "../../../src/paper/engine/types.ts";
import { placeMarketOrder, setTradeOrders } from "../../../src/paper/engine/venue.ts";
import {
  labels,
  newAccount,
  onlyEntry,
  order,
  START,
  scriptedVenue,
  secondsIn,
  stopAt,
  stopAway,
  targetAt,
  text,
  trailing,
  types,
} from "./scene.ts";

const venue = scriptedVenue({
  EUR_USD: [
    [0, "1.10000", "1.10010"],
    [10, "1.10500", "1.10510"],
    [9000, "1.10500", "1.10510"],
  ],
});

/** An account with the trade 4, long, opened at 1.1001. */
function open(changes: Partial<MarketOrderCommand> = {}) {
  return placeMarketOrder(venue, newAccount(), order(changes)).account;
}

function set(account: VenueAccount, changes: Partial<TradeOrdersCommand>) {
  return setTradeOrders(venue, account, { at: START, tradeId: 4, requestId: "3", ...changes });
}

const price = (value: string) => ({ price: decimal(value) });

describe("the orders of a trade", () => {
  it("are made where there are none, in one batch", () => {
    const { own, account } = set(open(), {
      takeProfit: price("1.2"),
      stopLoss: { distance: decimal("0.01") },
      trailingStop: { distance: decimal("0.02"), timeInForce: "DAY" },
    });
    expect(types(own)).toEqual([
      "TAKE_PROFIT_ORDER",
      "STOP_LOSS_ORDER",
      "TRAILING_STOP_LOSS_ORDER",
    ]);
    expect(own).toMatchObject(
      [5, 6, 7].map((id) => ({ id, batchId: 5, requestId: "3", reason: "CLIENT_ORDER" })),
    );
    expect(account.trades).toMatchObject([
      { takeProfitOrderId: 5, stopLossOrderId: 6, trailingStopOrderId: 7 },
    ]);
    // Measured from the trade's open price.
    expect(text(onlyEntry(own, "STOP_LOSS_ORDER").price)).toBe("1.0901");
  });

  const guarded = open({
    takeProfitOnFill: { ...targetAt("1.2"), clientExtensions: labels("tp") },
    stopLossOnFill: { ...stopAway("0.01"), triggerCondition: "MID" },
  });

  it("stay where they aren't named, and go where null is", () => {
    const { own, account } = set(guarded, { stopLoss: null });
    expect(own).toMatchObject([{ type: "ORDER_CANCEL", orderId: 6, reason: "CLIENT_REQUEST" }]);
    expect(account.orders.map((each) => each.id)).toEqual([5]);
    expect(set(guarded, {}).own).toEqual([]);
    expect(set(open(), { stopLoss: null }).own).toEqual([]);
  });

  it("are replaced where there is one, taking over what isn't named", () => {
    const { own, account } = set(guarded, {
      takeProfit: price("1.3"),
      stopLoss: { clientExtensions: labels("sl") },
    });
    expect(types(own)).toEqual([
      "ORDER_CANCEL",
      "TAKE_PROFIT_ORDER",
      "ORDER_CANCEL",
      "STOP_LOSS_ORDER",
    ]);
    expect(own).toMatchObject([
      { orderId: 5, reason: "CLIENT_REQUEST_REPLACED", replacedByOrderId: 8 },
      { id: 8, reason: "REPLACEMENT", replacesOrderId: 5, cancellingTransactionId: 7 },
      { orderId: 6, replacedByOrderId: 10 },
      { id: 10, replacesOrderId: 6 },
    ]);
    expect(account.orders).toMatchObject([
      { id: 8, price: decimal("1.3"), clientExtensions: labels("tp") },
      {
        id: 10,
        price: decimal("1.09010"),
        distance: decimal("0.01"),
        triggerCondition: "MID",
        clientExtensions: labels("sl"),
      },
    ]);
    expect(account.trades).toMatchObject([{ takeProfitOrderId: 8, stopLossOrderId: 10 }]);
  });

  it("change from a distance to a price, and back", () => {
    const priced = set(guarded, { stopLoss: price("1.05") });
    expect(onlyEntry(priced.own, "STOP_LOSS_ORDER")).toMatchObject({
      price: decimal("1.05"),
      distance: null,
    });
    const back = set(priced.account, { stopLoss: { distance: decimal("0.02") } });
    expect(text(onlyEntry(back.own, "STOP_LOSS_ORDER").price)).toBe("1.0801");
  });

  it("keep a trailing stop's distance where only its labels change", () => {
    const held = open({ trailingStopOnFill: trailing("0.02") });
    const { account } = set(held, { trailingStop: { clientExtensions: labels("ts") } });
    expect(account.orders).toMatchObject([
      { distance: decimal("0.02"), clientExtensions: labels("ts") },
    ]);
  });

  it("whose price is passed close the trade in the same step, and take the others with them", () => {
    const { own, account } = set(guarded, { at: secondsIn(12), takeProfit: price("1.10500") });
    expect(types(own)).toEqual(["ORDER_CANCEL", "TAKE_PROFIT_ORDER", "ORDER_FILL", "ORDER_CANCEL"]);
    expect(own[3]).toMatchObject({ reason: "LINKED_TRADE_CLOSED", orderId: 6 });
    expect(account.trades).toEqual([]);
  });

  it("as two whose prices are passed close it once", () => {
    const { own } = set(open(), {
      at: secondsIn(12),
      takeProfit: price("1.10500"),
      stopLoss: price("1.2"),
    });
    expect(types(own)).toEqual([
      "TAKE_PROFIT_ORDER",
      "STOP_LOSS_ORDER",
      "ORDER_FILL",
      "ORDER_CANCEL",
    ]);
  });

  it("leave the trade open where the target would lose", () => {
    const { own, account } = set(open(), { takeProfit: price("1.05") });
    expect(own).toMatchObject([{ type: "TAKE_PROFIT_ORDER" }, { reason: "LOSING_TAKE_PROFIT" }]);
    expect(account.trades).toHaveLength(1);
  });

  it.each<readonly [string, string, Partial<TradeOrdersCommand>]>([
    [
      "STOP_LOSS_ORDER_REJECT",
      "PRICE_INVALID",
      { takeProfit: price("1.3"), stopLoss: price("-1") },
    ],
    [
      "TRAILING_STOP_LOSS_ORDER_REJECT",
      "PRICE_DISTANCE_MISSING",
      { stopLoss: null, trailingStop: {} },
    ],
    [
      "STOP_LOSS_ORDER_REJECT",
      "STOP_LOSS_ORDER_PRICE_AND_DISTANCE_BOTH_SPECIFIED",
      { takeProfit: null, stopLoss: { ...price("1"), distance: decimal("1") } },
    ],
    ["STOP_LOSS_ORDER_REJECT", "TRADE_DOESNT_EXIST", { tradeId: 99, stopLoss: price("1") }],
    ["ORDER_CANCEL_REJECT", "TRADE_DOESNT_EXIST", { tradeId: 99, stopLoss: null }],
    [
      "STOP_LOSS_ORDER_REJECT",
      "CLIENT_ORDER_ID_ALREADY_EXISTS",
      { stopLoss: { clientExtensions: labels("tp") } },
    ],
  ])("are left as they are by a %s for %s", (type, rejectReason, changes) => {
    const { own, account, endedOrders } = set(guarded, changes);
    expect(own).toMatchObject([{ type, rejectReason, id: 7, batchId: 7 }]);
    expect(account).toEqual({ ...guarded, lastTransactionId: 7 });
    expect(endedOrders).toEqual([]);
  });

  it("tell which order a refused one was to replace", () => {
    expect(set(guarded, { stopLoss: price("0") }).own).toMatchObject([
      { reason: "REPLACEMENT", intendedReplacesOrderId: 6, tradeId: 4, price: decimal("0") },
    ]);
    expect(set(open(), { stopLoss: stopAt("0") }).own).toMatchObject([
      { reason: "CLIENT_ORDER", intendedReplacesOrderId: null },
    ]);
  });
});
