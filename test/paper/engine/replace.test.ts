import { describe, expect, it } from "vitest";
import { decimal } from "../../../src/core/money.ts";
import type { EntryOrderRequest, ExitOrderRequest } from "../../../src/paper/engine/commands.ts";
import type { VenueAccount } from "../../../src/paper/engine/types.ts";
import {
  advance,
  placeEntryOrder,
  placeMarketOrder,
  replaceOrder,
} from "../../../src/paper/engine/venue.ts";
import {
  labels,
  newAccount,
  onlyEntry,
  order,
  START,
  scriptedVenue,
  secondsIn,
  stopAt,
  targetAt,
  text,
  types,
  waiting,
} from "./scene.ts";

const venue = scriptedVenue({
  EUR_USD: [
    [0, "1.10000", "1.10010"],
    [9000, "1.10000", "1.10010"],
  ],
});

const limit = (price: string, changes: Partial<EntryOrderRequest> = {}): EntryOrderRequest => ({
  type: "limit",
  instrument: "EUR_USD",
  units: decimal("2000"),
  price: decimal(price),
  ...changes,
});

function replace(
  account: VenueAccount,
  orderId: number,
  request: EntryOrderRequest | ExitOrderRequest,
) {
  return replaceOrder(venue, account, { at: START, orderId, order: request, requestId: "8" });
}

/** The order 3 waits, named "mine". */
const waits = placeEntryOrder(
  venue,
  newAccount(),
  waiting("limit", "1.05", { clientExtensions: labels("mine", "t") }),
).account;

describe("replacing a waiting order", () => {
  it("cancels the old one and makes the new one in one batch, each naming the other", () => {
    const { own, account, endedOrders } = replace(waits, 3, limit("1.06"));
    expect(types(own)).toEqual(["ORDER_CANCEL", "LIMIT_ORDER"]);
    expect(own).toMatchObject([
      { id: 4, batchId: 4, requestId: "8", orderId: 3, reason: "CLIENT_REQUEST_REPLACED" },
      { id: 5, batchId: 4, reason: "REPLACEMENT", replacesOrderId: 3, cancellingTransactionId: 4 },
    ]);
    expect(onlyEntry(own, "ORDER_CANCEL")).toMatchObject({
      replacedByOrderId: 5,
      clientOrderId: "mine",
    });
    expect(account.orders).toMatchObject([
      { id: 5, price: decimal("1.06"), units: decimal("2000"), replacesOrderId: 3 },
    ]);
    expect(endedOrders).toMatchObject([{ id: 3, end: { replacedByOrderId: 5 } }]);
  });

  it("keeps the old client extensions where the new order names none", () => {
    const { account } = replace(waits, 3, limit("1.06"));
    expect(account.orders[0]?.clientExtensions).toEqual(labels("mine", "t"));
    const named = replace(waits, 3, limit("1.06", { clientExtensions: labels("other") }));
    expect(named.account.orders[0]?.clientExtensions).toEqual(labels("other"));
    const bare = replace(waits, 3, limit("1.06", { clientExtensions: null }));
    expect(bare.account.orders[0]?.clientExtensions).toBeNull();
  });

  it("fills the new one at once where its price is there", () => {
    const { own } = replace(waits, 3, limit("1.2"));
    expect(types(own)).toEqual(["ORDER_CANCEL", "LIMIT_ORDER", "ORDER_FILL"]);
    expect(own.every((entry) => entry.batchId === 4)).toBe(true);
    const unfilled = replace(waits, 3, limit("1.06", { timeInForce: "FOK" }));
    expect(types(unfilled.own)).toEqual(["ORDER_CANCEL", "LIMIT_ORDER", "ORDER_CANCEL"]);
    expect(unfilled.account.orders).toEqual([]);
  });

  it("is a new order also for the time that it waits", () => {
    const day = replace(waits, 3, limit("1.06", { timeInForce: "DAY" }));
    expect(day.account.orders).toMatchObject([{ expiresAt: "2026-11-17T22:00:00.000000000Z" }]);
    expect(advance(venue, day.account, secondsIn(8000)).account.orders).toHaveLength(1);
  });

  it.each<readonly [string, string, EntryOrderRequest | ExitOrderRequest]>([
    ["LIMIT_ORDER_REJECT", "PRICE_INVALID", limit("0")],
    ["STOP_ORDER_REJECT", "REPLACING_ORDER_INVALID", limit("1.2", { type: "stop" })],
    [
      "STOP_LOSS_ORDER_REJECT",
      "REPLACING_ORDER_INVALID",
      { type: "stop_loss", tradeId: 4, price: decimal("1") },
    ],
  ])("is refused with %s and leaves the old one", (type, rejectReason, request) => {
    const { own, account } = replace(waits, 3, request);
    expect(own).toMatchObject([
      { type, rejectReason, intendedReplacesOrderId: 3, reason: "REPLACEMENT" },
    ]);
    expect(account).toEqual({ ...waits, lastTransactionId: 4 });
  });

  it("is refused where there is no such waiting order", () => {
    expect(replace(waits, 9, limit("1.06")).own).toMatchObject([
      { type: "ORDER_CANCEL_REJECT", orderId: 9, rejectReason: "ORDER_DOESNT_EXIST" },
    ]);
  });
});

describe("replacing an exit", () => {
  const held = placeMarketOrder(
    venue,
    newAccount(),
    order({ stopLossOnFill: stopAt("1.05"), takeProfitOnFill: targetAt("1.2") }),
  ).account;
  const stop = (changes: Partial<ExitOrderRequest>): ExitOrderRequest => ({
    type: "stop_loss",
    tradeId: 4,
    ...changes,
  });

  it("moves it on its trade", () => {
    const { own, account } = replace(held, 6, stop({ price: decimal("1.06") }));
    expect(types(own)).toEqual(["ORDER_CANCEL", "STOP_LOSS_ORDER"]);
    expect(own[1]).toMatchObject({ reason: "REPLACEMENT", replacesOrderId: 6 });
    expect(account.trades).toMatchObject([{ stopLossOrderId: 8, takeProfitOrderId: 5 }]);
    expect(account.orders.map((each) => each.id)).toEqual([5, 8]);
  });

  it("measures a distance from the current price", () => {
    const { own } = replace(held, 6, stop({ distance: decimal("0.01") }));
    expect(text(onlyEntry(own, "STOP_LOSS_ORDER").price)).toBe("1.0901");
  });

  it("to a price that is passed closes the trade at once", () => {
    const { own, account } = replace(held, 6, stop({ price: decimal("1.15") }));
    expect(types(own)).toEqual(["ORDER_CANCEL", "STOP_LOSS_ORDER", "ORDER_FILL", "ORDER_CANCEL"]);
    expect(account.trades).toEqual([]);
  });

  it.each<readonly [string, number, EntryOrderRequest | ExitOrderRequest]>([
    ["REPLACING_TRADE_ID_INVALID", 6, stop({ tradeId: 99, price: decimal("1") })],
    ["REPLACING_ORDER_INVALID", 5, stop({ price: decimal("1") })],
    ["REPLACING_ORDER_INVALID", 6, limit("1")],
    ["PRICE_INVALID", 6, stop({ price: decimal("-1") })],
  ])("is refused as %s and leaves the old one", (rejectReason, id, request) => {
    const { own, account } = replace(held, id, request);
    expect(own).toMatchObject([{ rejectReason, intendedReplacesOrderId: id }]);
    expect(account).toEqual({ ...held, lastTransactionId: 7 });
  });
});
