import { describe, expect, it } from "vitest";
import { A, ACCOUNT, market, openPractice } from "./practice.ts";

describe("a market order", () => {
  it("is filled at the ask and answered 201 with its transactions and their ids", async () => {
    const practice = await openPractice();
    const { status, json, headers } = await practice.post(`${A}/orders`, market("10000"));
    expect(status).toBe(201);
    expect(json.orderCreateTransaction).toMatchObject({
      type: "MARKET_ORDER",
      instrument: "EUR_USD",
      units: "10000",
      timeInForce: "FOK",
      positionFill: "DEFAULT",
      reason: "CLIENT_ORDER",
      requestID: headers.requestid,
      accountID: ACCOUNT,
      userID: 1234567,
    });
    expect(json.orderFillTransaction).toMatchObject({
      type: "ORDER_FILL",
      orderID: json.orderCreateTransaction?.id,
      batchID: json.orderCreateTransaction?.id,
      units: "10000",
      requestedUnits: "10000",
      price: "1.10010",
      fullVWAP: "1.10010",
      pl: "0.0000",
      commission: "0.0000",
      accountBalance: "100000.0000",
      halfSpreadCost: "0.5000",
      reason: "MARKET_ORDER",
      requestID: headers.requestid,
      fullPrice: { bids: [{ price: "1.10000", liquidity: "10000000" }] },
      tradeOpened: { tradeID: json.orderFillTransaction?.id, units: "10000", price: "1.10010" },
    });
    const ids = [json.orderCreateTransaction?.id, json.orderFillTransaction?.id];
    expect(json.relatedTransactionIDs).toEqual(ids);
    expect(json.lastTransactionID).toBe(ids[1]);
    expect(headers.location).toBe(`${practice.server.url}${A}/orders/${ids[0]}`);
  });

  it("HT-02 that can't be filled is answered 201 with its cancel and no fill", async () => {
    const practice = await openPractice();
    practice.feed.set("EUR_USD", practice.clock.now(), {
      bid: "1.1",
      ask: "1.1001",
      tradeable: false,
    });
    const { status, json } = await practice.post(`${A}/orders`, market("100"));
    expect(status).toBe(201);
    expect(json.orderCancelTransaction).toMatchObject({
      type: "ORDER_CANCEL",
      reason: "MARKET_HALTED",
      orderID: json.orderCreateTransaction?.id,
    });
    expect(json.orderFillTransaction).toBeUndefined();
    const order = (await practice.get(`${A}/orders/${json.orderCreateTransaction?.id}`)).json.order;
    expect(order).toMatchObject({
      state: "CANCELLED",
      type: "MARKET",
      cancellingTransactionID: json.orderCancelTransaction?.id,
    });
    const prices = (await practice.get(`${A}/pricing?instruments=EUR_USD`)).json.prices;
    expect(prices[0]).toMatchObject({ tradeable: false, status: "non-tradeable" });
  });

  it("beyond the margin is cancelled, not refused", async () => {
    const practice = await openPractice();
    const { status, json } = await practice.post(`${A}/orders`, market("9000000"));
    expect(status).toBe(201);
    expect(json.orderCancelTransaction?.reason).toBe("INSUFFICIENT_MARGIN");
  });

  it("BR-04 whose bound the market has passed is cancelled", async () => {
    const practice = await openPractice();
    const order = market("100", { priceBound: "1.10009" });
    const { json } = await practice.post(`${A}/orders`, order);
    expect(json.orderCreateTransaction?.priceBound).toBe("1.10009");
    expect(json.orderCancelTransaction?.reason).toBe("BOUNDS_VIOLATION");
  });

  it.each([
    ["no units", market("0"), "UNITS_INVALID"],
    ["too fine units", market("0.5"), "UNITS_PRECISION_EXCEEDED"],
    ["a duration that can't be", market("1", { timeInForce: "GTC" }), "TIME_IN_FORCE_INVALID"],
    [
      "a stop with too many decimals",
      market("1", { stopLossOnFill: { price: "1.050001" } }),
      "STOP_LOSS_ON_FILL_PRICE_PRECISION_EXCEEDED",
    ],
  ])(
    "HT-03 with %s is answered 400 with the rejecting transaction",
    async (_what, body, reason) => {
      const practice = await openPractice();
      const { status, json, headers } = await practice.post(`${A}/orders`, body);
      expect(status).toBe(400);
      expect(json).toMatchObject({
        errorCode: reason,
        orderRejectTransaction: { type: "MARKET_ORDER_REJECT", rejectReason: reason },
        relatedTransactionIDs: [json.orderRejectTransaction?.id],
        lastTransactionID: json.orderRejectTransaction?.id,
      });
      expect(json.errorMessage).toMatch(/^[A-Z][a-z]/);
      expect(headers.location).toBeUndefined();
    },
  );

  it("for an unknown instrument is refused without a transaction", async () => {
    const practice = await openPractice();
    const { status, json } = await practice.post(
      `${A}/orders`,
      market("1", { instrument: "EUR_XXX" }),
    );
    expect(status).toBe(400);
    expect(json).toEqual({
      errorCode: "oanda::rest::core::InvalidParameterException",
      errorMessage: "Invalid value specified for 'order.instrument'",
    });
  });
});

describe("exits that come with an order", () => {
  const EXITS = {
    takeProfitOnFill: { price: "1.1100", clientExtensions: { id: "tp-1" } },
    stopLossOnFill: { distance: "0.01" },
    trailingStopLossOnFill: { distance: "0.02", timeInForce: "GFD" },
    tradeClientExtensions: { id: "trade-1", tag: "t", comment: "c" },
  };

  it("are told by their ids and wait on the trade", async () => {
    const practice = await openPractice();
    const { json } = await practice.post(`${A}/orders`, market("1000", EXITS));
    expect(json.relatedTransactionIDs).toHaveLength(5);
    const trade = (await practice.get(`${A}/trades/%40trade-1`)).json.trade;
    expect(trade).toMatchObject({
      id: json.orderFillTransaction?.id,
      state: "OPEN",
      initialUnits: "1000",
      currentUnits: "1000",
      clientExtensions: { id: "trade-1", tag: "t", comment: "c" },
      takeProfitOrder: { type: "TAKE_PROFIT", price: "1.11000", timeInForce: "GTC" },
      stopLossOrder: { type: "STOP_LOSS", price: "1.09010", distance: "0.01000" },
      trailingStopLossOrder: {
        type: "TRAILING_STOP_LOSS",
        distance: "0.02000",
        trailingStopValue: "1.08000",
        timeInForce: "GFD",
        tradeID: json.orderFillTransaction?.id,
        state: "PENDING",
      },
    });
    const pending = (await practice.get(`${A}/pendingOrders`)).json.orders;
    expect(pending.map(({ type }) => type).sort()).toEqual([
      "STOP_LOSS",
      "TAKE_PROFIT",
      "TRAILING_STOP_LOSS",
    ]);
    const { account } = (await practice.get(A)).json;
    expect(account?.trades[0]?.stopLossOrderID).toBe(trade?.stopLossOrder?.id);
    expect(account?.orders).toHaveLength(3);
  });

  it("can be cancelled by number or @id once, and then are gone", async () => {
    const practice = await openPractice();
    await practice.post(`${A}/orders`, market("1000", EXITS));
    const first = await practice.put(`${A}/orders/@tp-1/cancel`);
    expect(first.status).toBe(200);
    expect(first.json).toMatchObject({
      orderCancelTransaction: { clientOrderID: "tp-1", reason: "CLIENT_REQUEST" },
      relatedTransactionIDs: [first.json.lastTransactionID],
    });
    const again = await practice.put(`${A}/orders/@tp-1/cancel`);
    expect(again.status).toBe(404);
    expect(again.json).toMatchObject({
      errorCode: "ORDER_DOESNT_EXIST",
      errorMessage: "The Order specified does not exist",
      orderCancelRejectTransaction: { type: "ORDER_CANCEL_REJECT" },
    });
    const never = await practice.put(`${A}/orders/@nobody/cancel`);
    expect(never.status).toBe(404);
    expect(never.json.orderCancelRejectTransaction?.orderID).toBeUndefined();
    const trade = (await practice.get(`${A}/trades/@trade-1`)).json.trade;
    expect(trade?.takeProfitOrder).toBeUndefined();
  });

  it("close the trade when their price comes, and cancel each other", async () => {
    const practice = await openPractice();
    const { json } = await practice.post(`${A}/orders`, market("1000", EXITS));
    await practice.clock.advance(60_000);
    practice.price("EUR_USD", "1.11005", "1.11015");
    await practice.clock.advance(60_000);
    const trade = (await practice.get(`${A}/trades/@trade-1`)).json.trade;
    expect(trade).toMatchObject({
      state: "CLOSED",
      currentUnits: "0",
      averageClosePrice: "1.11005",
      realizedPL: "9.9500",
      takeProfitOrder: { state: "FILLED" },
      stopLossOrder: { state: "CANCELLED" },
    });
    expect(trade?.unrealizedPL).toBeUndefined();
    const since = (await practice.get(`${A}/transactions/sinceid?id=${json.lastTransactionID}`))
      .json;
    expect(since.transactions.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
      "ORDER_FILL TAKE_PROFIT_ORDER",
      "ORDER_CANCEL LINKED_TRADE_CLOSED",
      "ORDER_CANCEL LINKED_TRADE_CLOSED",
    ]);
    expect(since.transactions[0]).toMatchObject({ userID: 0, clientOrderID: "tp-1" });
    expect(since.transactions[0]?.requestID).toBeUndefined();
    expect(since.transactions[1]).toMatchObject({
      closedTradeID: trade?.id,
      tradeCloseTransactionID: since.transactions[0]?.id,
    });
  });
});

describe("the list of orders", () => {
  it("shows pending ones, newest first, unless another state is asked for", async () => {
    const practice = await openPractice();
    await practice.post(`${A}/orders`, market("1000", { stopLossOnFill: { price: "1.05" } }));
    await practice.post(
      `${A}/orders`,
      market("1000", { instrument: "GBP_USD", takeProfitOnFill: { price: "1.4" } }),
    );
    const typesOf = async (query: string) => {
      const { orders } = (await practice.get(`${A}/orders${query}`)).json;
      return orders.map(({ type }) => type);
    };
    expect(await typesOf("")).toEqual(["TAKE_PROFIT", "STOP_LOSS"]);
    expect(await typesOf("?instrument=EUR_USD")).toEqual(["STOP_LOSS"]);
    expect(await typesOf("?state=FILLED")).toEqual(["MARKET", "MARKET"]);
    expect(await typesOf("?state=CANCELLED")).toEqual([]);
    expect(await typesOf("?state=ALL")).toEqual(["TAKE_PROFIT", "MARKET", "STOP_LOSS", "MARKET"]);
    const pending = (await practice.get(`${A}/pendingOrders`)).json.orders;
    expect(await typesOf(`?ids=${pending[0]?.id}`)).toEqual(["TAKE_PROFIT"]);
  });

  it("comes in pages that link to the next", async () => {
    const practice = await openPractice();
    await practice.post(`${A}/orders`, market("1000", { stopLossOnFill: { price: "1.05" } }));
    await practice.post(`${A}/orders`, market("2000", { stopLossOnFill: { price: "1.06" } }));
    const first = await practice.get(`${A}/orders?count=1`);
    const [link] = /<(.*)>; rel="next"/.exec(String(first.headers.link))?.slice(1) ?? [];
    const second = await practice.get(link?.slice(practice.server.url.length) ?? "");
    expect(first.json.orders[0]?.price).toBe("1.06000");
    expect(second.json.orders.map(({ price }) => price)).toEqual(["1.05000"]);
    expect(second.headers.link).toBeUndefined();
  });

  it.each(["state=OPEN", "count=501", "beforeID=x"])("is refused with %s", async (query) => {
    const practice = await openPractice();
    expect((await practice.get(`${A}/orders?${query}`)).status).toBe(400);
  });

  it.each(["999", "@nobody", "word"])("has no order %s", async (specifier) => {
    const practice = await openPractice();
    const { status, json } = await practice.get(`${A}/orders/${specifier}`);
    expect(status).toBe(404);
    expect(json).toMatchObject({
      errorCode: "NO_SUCH_ORDER",
      errorMessage: "The order ID specified does not exist",
      lastTransactionID: expect.stringMatching(/^\d+$/),
    });
  });
});
