import { describe, expect, it } from "vitest";
import { openSyntheticFeed } from "../../../src/paper/feed/synthetic-feed.ts";
import { A, type Answer, market, openPractice, type Practice } from "./practice.ts";

const ORDERS = `${A}/orders`;

function entry(type: string, price: string, more: Record<string, unknown> = {}) {
  return { order: { type, instrument: "EUR_USD", units: "100", price, ...more } };
}

async function place(practice: Practice, body: object): Promise<string> {
  const { status, json } = await practice.post(ORDERS, body);
  expect(status).toBe(201);
  return json.orderCreateTransaction?.id ?? "";
}

function typesOf({ json }: Answer): readonly string[] {
  return json.transactions.map(({ type, reason }) => `${type} ${reason}`);
}

describe("a waiting order", () => {
  it.each([
    ["LIMIT", "1.09", ["1.08990", "1.09000"]],
    ["STOP", "1.11", ["1.10990", "1.11000"]],
    ["MARKET_IF_TOUCHED", "1.09", ["1.08990", "1.09000"]],
  ])(
    "%s is answered 201, waits, and is filled when its price comes",
    async (type, price, [bid = "", ask = ""]) => {
      const practice = await openPractice();
      const { status, json, headers } = await practice.post(ORDERS, entry(type, price));
      const id = json.orderCreateTransaction?.id;
      expect(status).toBe(201);
      expect(headers.location).toBe(`${practice.server.url}${ORDERS}/${id}`);
      expect(json.orderCreateTransaction).toMatchObject({
        type: `${type}_ORDER`,
        price: `${price}000`,
        timeInForce: "GTC",
        triggerCondition: "DEFAULT",
        reason: "CLIENT_ORDER",
      });
      expect(json.orderFillTransaction).toBeUndefined();
      const waiting = (await practice.get(`${ORDERS}/${id}`)).json.order;
      expect(waiting).toMatchObject({ id, type, state: "PENDING", units: "100" });
      await practice.clock.advance(1000);
      practice.price("EUR_USD", bid, ask);
      await practice.clock.advance(1000);
      const filled = (await practice.get(`${ORDERS}/${id}`)).json.order;
      expect(filled).toMatchObject({
        state: "FILLED",
        tradeOpenedID: filled?.fillingTransactionID,
      });
      const since = await practice.get(`${A}/transactions/sinceid?id=${json.lastTransactionID}`);
      expect(typesOf(since)).toEqual([`ORDER_FILL ${type}_ORDER`]);
    },
  );

  it("that the market has reached already is filled at once", async () => {
    const practice = await openPractice();
    const { json } = await practice.post(ORDERS, entry("LIMIT", "1.2"));
    expect(json.orderFillTransaction).toMatchObject({ price: "1.10010", reason: "LIMIT_ORDER" });
    expect(json.relatedTransactionIDs).toHaveLength(2);
  });

  it("tells what an if-touched order started from, and how a stop is triggered", async () => {
    const practice = await openPractice();
    await place(practice, entry("MARKET_IF_TOUCHED", "1.09", { units: "-100" }));
    await place(practice, entry("STOP", "1.2", { priceBound: "1.21", triggerCondition: "MID" }));
    const [stop, touched] = (await practice.get(`${A}/pendingOrders`)).json.orders;
    expect(touched).toMatchObject({ initialMarketPrice: "1.10000", partialFill: "DEFAULT_FILL" });
    expect(stop).toMatchObject({
      triggerMode: "TOP_OF_BOOK",
      triggerCondition: "MID",
      priceBound: "1.21000",
    });
  });

  it("brings its exits and labels along to the trade it opens", async () => {
    const practice = await openPractice();
    await place(
      practice,
      entry("LIMIT", "1.09", {
        takeProfitOnFill: { price: "1.1", triggerCondition: "MID" },
        trailingStopLossOnFill: { distance: "0.01" },
        tradeClientExtensions: { id: "t" },
        clientExtensions: { id: "o" },
      }),
    );
    await practice.clock.advance(1000);
    practice.price("EUR_USD", "1.08990", "1.09000");
    await practice.clock.advance(1000);
    const trade = (await practice.get(`${A}/trades/@t`)).json.trade;
    expect(trade?.takeProfitOrder).toMatchObject({ price: "1.10000", triggerCondition: "MID" });
    expect(trade?.trailingStopLossOrder?.trailingStopValue).toBe("1.07990");
  });

  it("ends by itself: good for the day until 17:00 New York, or until its date", async () => {
    const practice = await openPractice();
    const day = await place(practice, entry("LIMIT", "1.05", { timeInForce: "GFD" }));
    const dated = await place(
      practice,
      entry("LIMIT", "1.05", { timeInForce: "GTD", gtdTime: "1795014000" }),
    );
    await practice.clock.advance(24 * 3_600_000);
    const order = (await practice.get(`${ORDERS}/${day}`)).json.order;
    expect(order).toMatchObject({
      state: "CANCELLED",
      timeInForce: "GFD",
      cancelledTime: "2026-11-18T22:00:00.000000000Z",
    });
    expect((await practice.get(`${ORDERS}/${dated}`)).json.order).toMatchObject({
      gtdTime: "2026-11-18T15:00:00.000000000Z",
      cancelledTime: "2026-11-18T15:00:00.000000000Z",
    });
  });

  it.each([
    ["no price above zero", entry("STOP", "0"), ["PRICE_INVALID", "STOP"]],
    [
      "a date that has passed",
      entry("LIMIT", "1", { timeInForce: "GTD", gtdTime: "1" }),
      ["TIME_IN_FORCE_GTD_TIMESTAMP_IN_PAST", "LIMIT"],
    ],
    [
      "a duration it can't have",
      entry("MARKET_IF_TOUCHED", "1", { timeInForce: "FOK" }),
      ["TIME_IN_FORCE_INVALID", "MARKET_IF_TOUCHED"],
    ],
  ])(
    "HT-03 with %s is refused by the transaction of its type",
    async (_what, body, [reason, type]) => {
      const practice = await openPractice();
      const { status, json } = await practice.post(ORDERS, body);
      expect([status, json.errorCode]).toEqual([400, reason]);
      expect(json.orderRejectTransaction?.type).toBe(`${type}_ORDER_REJECT`);
    },
  );

  it("BR-01 keeps its client id until it ends; then the id is free, and names no order", async () => {
    const practice = await openPractice();
    const body = entry("LIMIT", "1.05", { clientExtensions: { id: "mine" } });
    const id = await place(practice, body);
    expect((await practice.post(ORDERS, body)).json.errorCode).toBe(
      "CLIENT_ORDER_ID_ALREADY_EXISTS",
    );
    expect((await practice.get(`${ORDERS}/@mine`)).json.order?.id).toBe(id);
    await practice.put(`${ORDERS}/@mine/cancel`);
    expect((await practice.get(`${ORDERS}/@mine`)).status).toBe(404);
    expect((await practice.get(`${ORDERS}/${id}`)).json.order?.state).toBe("CANCELLED");
    await place(practice, body);
  });

  it("BR-04 is filled in part only when the fault asks for it", async () => {
    const practice = await openPractice();
    practice.server.faultNext("partial-fill", { method: "POST" });
    const { json } = await practice.post(ORDERS, entry("LIMIT", "1.2", { timeInForce: "IOC" }));
    expect(json.orderFillTransaction).toMatchObject({ units: "50", requestedUnits: "100" });
  });
});

describe("between two prices", () => {
  it("an order's time runs out all the same", async () => {
    const feed = openSyntheticFeed({ seed: 1, hours: "always" });
    const practice = await openPractice({ feed });
    const gtdTime = "2026-11-18T14:00:00.300Z";
    const id = await place(practice, entry("LIMIT", "0.5", { timeInForce: "GTD", gtdTime }));
    const stateOf = async () => (await practice.get(`${ORDERS}/${id}`)).json.order?.state;
    await practice.clock.advance(100);
    expect(await stateOf()).toBe("PENDING");
    await practice.clock.advance(100);
    expect(await stateOf()).toBe("PENDING");
    await practice.clock.advance(100);
    expect(await stateOf()).toBe("CANCELLED");
  });
});

describe("exits placed on an open trade", () => {
  async function withTrade() {
    const practice = await openPractice();
    const more = { tradeClientExtensions: { id: "t" } };
    const { json } = await practice.post(ORDERS, market("1000", more));
    return { practice, tradeID: json.orderFillTransaction?.id ?? "" };
  }

  it.each([
    ["TAKE_PROFIT", { price: "1.2" }, { price: "1.20000" }],
    ["STOP_LOSS", { price: "1.05" }, { price: "1.05000", guaranteed: false }],
    ["STOP_LOSS", { distance: "0.01" }, { price: "1.09010", distance: "0.01000" }],
    ["TRAILING_STOP_LOSS", { distance: "0.01" }, { distance: "0.01000" }],
  ])("%s %j by number and by the client's id", async (type, terms, shown) => {
    const { practice, tradeID } = await withTrade();
    const { status, json } = await practice.post(ORDERS, { order: { type, tradeID, ...terms } });
    expect(status).toBe(201);
    expect(json.orderCreateTransaction).toMatchObject({
      type: `${type}_ORDER`,
      tradeID,
      clientTradeID: "t",
      reason: "CLIENT_ORDER",
      ...shown,
    });
    const again = { order: { type, clientTradeID: "t", ...terms } };
    expect((await practice.post(ORDERS, again)).json.errorCode).toBe(
      `${type}_ORDER_ALREADY_EXISTS`,
    );
  });

  it("that the price has passed already are filled at once", async () => {
    const { practice, tradeID } = await withTrade();
    const order = { type: "STOP_LOSS", tradeID, price: "1.5" };
    const { json } = await practice.post(ORDERS, { order });
    expect(json.orderFillTransaction).toMatchObject({
      reason: "STOP_LOSS_ORDER",
      price: "1.10000",
    });
    expect((await practice.get(`${A}/openTrades`)).json.trades).toEqual([]);
  });

  it("are refused for a trade that isn't there, and without any trade", async () => {
    const { practice } = await withTrade();
    const order = { type: "TAKE_PROFIT", tradeID: "99", price: "1.2" };
    const missing = await practice.post(ORDERS, { order });
    expect(missing.status).toBe(404);
    expect(missing.json).toMatchObject({
      errorCode: "TRADE_DOESNT_EXIST",
      orderRejectTransaction: { type: "TAKE_PROFIT_ORDER_REJECT", tradeID: "99" },
    });
    const unnamed = await practice.post(ORDERS, { order: { type: "TAKE_PROFIT", price: "1.2" } });
    expect(unnamed.status).toBe(400);
    expect(unnamed.json.orderRejectTransaction).toBeUndefined();
  });
});

describe("replacing an order", () => {
  it("cancels the old one and makes the new one in one batch, labels taken over", async () => {
    const practice = await openPractice();
    const old = await place(practice, entry("LIMIT", "1.05", { clientExtensions: { id: "mine" } }));
    const answer = await practice.put(
      `${ORDERS}/${old}`,
      entry("LIMIT", "1.06", { units: "200" }),
      {
        ClientRequestID: "r-1",
      },
    );
    const { json } = answer;
    expect(answer.status).toBe(201);
    expect(answer.headers.clientrequestid).toBe("r-1");
    expect(answer.headers.location).toContain(`/orders/${json.orderCreateTransaction?.id}`);
    expect(json).toMatchObject({
      orderCancelTransaction: {
        orderID: old,
        reason: "CLIENT_REQUEST_REPLACED",
        replacedByOrderID: json.orderCreateTransaction?.id,
      },
      orderCreateTransaction: {
        reason: "REPLACEMENT",
        replacesOrderID: old,
        cancellingTransactionID: json.orderCancelTransaction?.id,
        batchID: json.orderCancelTransaction?.id,
        clientExtensions: { id: "mine" },
        units: "200",
      },
      relatedTransactionIDs: [json.orderCancelTransaction?.id, json.orderCreateTransaction?.id],
    });
    const orders = (await practice.get(`${ORDERS}?state=ALL`)).json.orders;
    expect(orders.map(({ state }) => state)).toEqual(["PENDING", "CANCELLED"]);
    expect(orders[1]?.replacedByOrderID).toBe(orders[0]?.id);
    expect(orders[0]?.replacesOrderID).toBe(old);
  });

  it("by one that is filled at once tells the fill", async () => {
    const practice = await openPractice();
    const old = await place(practice, entry("LIMIT", "1.05"));
    const { json } = await practice.put(`${ORDERS}/${old}`, entry("LIMIT", "1.2"));
    expect(json.orderFillTransaction?.reason).toBe("LIMIT_ORDER");
    expect(json.replacingOrderCancelTransaction).toBeUndefined();
  });

  it("by one that is cancelled at once tells that apart from the old one's end", async () => {
    const practice = await openPractice();
    const old = await place(practice, entry("LIMIT", "1.05"));
    const huge = entry("LIMIT", "1.2", { units: "9000000" });
    const { status, json } = await practice.put(`${ORDERS}/${old}`, huge);
    expect(status).toBe(201);
    expect(json.orderCancelTransaction?.orderID).toBe(old);
    expect(json.replacingOrderCancelTransaction).toMatchObject({
      orderID: json.orderCreateTransaction?.id,
      reason: "INSUFFICIENT_MARGIN",
    });
  });

  it("of an exit may leave its trade unnamed", async () => {
    const practice = await openPractice();
    const opened = await practice.post(ORDERS, market("10", { stopLossOnFill: { price: "1.05" } }));
    const [stop] = (await practice.get(`${A}/pendingOrders`)).json.orders;
    const body = { order: { type: "STOP_LOSS", price: "1.06" } };
    const { status, json } = await practice.put(`${ORDERS}/${stop?.id}`, body);
    expect(status).toBe(201);
    expect(json.orderCreateTransaction).toMatchObject({
      price: "1.06000",
      tradeID: opened.json.orderFillTransaction?.id,
    });
  });

  it.each([
    ["another type", entry("STOP", "1.2"), "REPLACING_ORDER_INVALID"],
    ["a bad size", entry("LIMIT", "1.05", { units: "0" }), "UNITS_INVALID"],
    ["a market order", market("1"), "oanda::rest::core::InvalidParameterException"],
    ["nothing", {}, "oanda::rest::core::InvalidParameterException"],
  ])("by %s is refused, and the old one stays", async (_what, body, code) => {
    const practice = await openPractice();
    const old = await place(practice, entry("LIMIT", "1.05"));
    const answer = await practice.put(`${ORDERS}/${old}`, body);
    expect([answer.status, answer.json.errorCode]).toEqual([400, code]);
    expect((await practice.get(`${ORDERS}/${old}`)).json.order?.state).toBe("PENDING");
  });

  it("that isn't there is answered 404 with the refused cancellation", async () => {
    const practice = await openPractice();
    const { status, json } = await practice.put(`${ORDERS}/99`, entry("LIMIT", "1.05"));
    expect(status).toBe(404);
    expect(json).toMatchObject({
      errorCode: "ORDER_DOESNT_EXIST",
      orderCancelRejectTransaction: { type: "ORDER_CANCEL_REJECT", orderID: "99" },
    });
  });
});

describe("the labels of an order", () => {
  it("are changed, and what isn't named stays", async () => {
    const practice = await openPractice();
    const labels = { id: "mine", tag: "old", comment: "kept" };
    const id = await place(practice, entry("LIMIT", "1.05", { clientExtensions: labels }));
    const { status, json } = await practice.put(`${ORDERS}/@mine/clientExtensions`, {
      clientExtensions: { tag: "new" },
      tradeClientExtensions: { id: "trade" },
    });
    expect(status).toBe(200);
    expect(json.orderClientExtensionsModifyTransaction).toMatchObject({
      orderID: id,
      clientOrderID: "mine",
      clientExtensionsModify: { tag: "new" },
      tradeClientExtensionsModify: { id: "trade" },
    });
    const order = (await practice.get(`${ORDERS}/${id}`)).json.order;
    expect(order?.clientExtensions).toEqual({ id: "mine", tag: "new", comment: "kept" });
  });

  it("are refused empty with 400, and for no order with 404", async () => {
    const practice = await openPractice();
    const id = await place(practice, entry("LIMIT", "1.05"));
    const empty = await practice.put(`${ORDERS}/${id}/clientExtensions`, {});
    expect([empty.status, empty.json.errorCode]).toEqual([400, "CLIENT_EXTENSIONS_DATA_MISSING"]);
    const body = { clientExtensions: { tag: "new" } };
    const none = await practice.put(`${ORDERS}/99/clientExtensions`, body);
    expect(none.status).toBe(404);
    expect(none.json.orderClientExtensionsModifyRejectTransaction?.rejectReason).toBe(
      "ORDER_DOESNT_EXIST",
    );
  });
});
