import { describe, expect, it } from "vitest";
import { decimal, toPrice, toUnits } from "../../../src/core/money.ts";
import type { MarketOrder, OrderRequest } from "../../../src/core/order-request.ts";
import type { Broker } from "../../../src/ports/broker.ts";
import { failureOf } from "../../resilience/loopback.ts";
import { clearOrder, closeOrder, marketOrder } from "../../support/clear-order.ts";
import { A, fixture, openScripted, type Scripted } from "./scripted-oanda.ts";

const ORDER = marketOrder({
  clientOrderId: "tmt-10",
  units: toUnits(decimal("10000")),
  origin: { signalId: "s1", agent: "trend", comment: "first" },
});

function place(broker: Broker, request: OrderRequest) {
  return broker.place(clearOrder(request), { signal: new AbortController().signal });
}

/** What the broker is asked for `request`, and the outcome of its answer. */
async function sendTo(route: string, request: OrderRequest, answer: Scripted) {
  const { broker, seen } = await openScripted({ [route]: answer });
  const outcome = JSON.parse(JSON.stringify(await place(broker, request)));
  expect(seen).toHaveLength(1);
  return { outcome, body: seen[0]?.body };
}

async function failToSend(request: OrderRequest, answer: Scripted) {
  const { broker, seen } = await openScripted({ [`POST ${A}/orders`]: answer });
  const failure = await failureOf(place(broker, request));
  expect(seen).toHaveLength(1);
  return failure;
}

const filled = { status: 201, body: fixture("post-order-filled") };

describe("a market order", () => {
  it("goes out with its labels on order and trade, and comes back filled", async () => {
    const { outcome, body } = await sendTo(`POST ${A}/orders`, ORDER, filled);
    const labels = { id: "tmt-10", tag: "signal=s1;agent=trend", comment: "first" };
    expect(body).toEqual({
      order: {
        type: "MARKET",
        instrument: "EUR_USD",
        units: "10000",
        timeInForce: "FOK",
        positionFill: "DEFAULT",
        clientExtensions: labels,
        tradeClientExtensions: labels,
      },
    });
    expect(outcome).toEqual({
      status: "filled",
      orderId: "2049",
      fills: [
        {
          transactionId: "2050",
          units: "10000",
          price: "1.1001",
          time: "2026-11-18T14:00:55.123456789Z",
          realizedPl: "-1.2345",
          commission: "0.5",
          financing: "-0.01",
        },
      ],
      openedTradeId: "2050",
      closedTradeIds: ["2011", "2013"],
    });
  });

  const price = (text: string) => toPrice(decimal(text));
  it.each<[string, Partial<MarketOrder>, Record<string, unknown>]>([
    ["a sale", { side: "sell" }, { units: "-10000" }],
    ["a part that is there", { timeInForce: "IOC" }, { timeInForce: "IOC" }],
    ["a bound", { priceBound: price("1.1020") }, { priceBound: "1.102" }],
    [
      "a stop at a price",
      { stopLoss: { kind: "price", price: price("1.09000") } },
      { stopLossOnFill: { price: "1.09" } },
    ],
    [
      "a stop at a distance",
      { stopLoss: { kind: "distance", distance: decimal("0.0020") } },
      { stopLossOnFill: { distance: "0.002" } },
    ],
    ["a target", { takeProfit: price("1.2") }, { takeProfitOnFill: { price: "1.2" } }],
    [
      "a trailing stop",
      { trailingStop: decimal("0.00000001") },
      { trailingStopLossOnFill: { distance: "0.00000001" } },
    ],
    [
      "no origin",
      { origin: { signalId: null, agent: null, comment: null } },
      { clientExtensions: { id: "tmt-10" }, tradeClientExtensions: { id: "tmt-10" } },
    ],
  ])("asks for %s in OANDA's words", async (_what, changes, expected) => {
    const { body } = await sendTo(`POST ${A}/orders`, { ...ORDER, ...changes }, filled);
    expect(body).toMatchObject({ order: expected });
  });

  it("that only reduces carries no labels for a trade, for it opens none", async () => {
    const { body } = await sendTo(`POST ${A}/orders`, { ...ORDER, reduceOnly: true }, filled);
    expect(body).toMatchObject({ order: { positionFill: "REDUCE_ONLY" } });
    expect(body).not.toHaveProperty("order.tradeClientExtensions");
  });

  it("filled in part says so", async () => {
    const envelope = fixture("post-order-filled") as { orderFillTransaction: object };
    const orderFillTransaction = { ...envelope.orderFillTransaction, units: "9999" };
    const answer = { status: 201, body: { ...envelope, orderFillTransaction } };
    const { outcome } = await sendTo(`POST ${A}/orders`, ORDER, answer);
    expect(outcome).toMatchObject({ status: "partially_filled", fills: [{ units: "9999" }] });
  });

  it("HT-02 created and cancelled at once is a no, with the reason in plain words", async () => {
    const answer = { status: 201, body: fixture("post-order-cancelled") };
    const { outcome } = await sendTo(`POST ${A}/orders`, ORDER, answer);
    expect(outcome).toEqual({
      status: "cancelled",
      orderId: "2049",
      transactionId: "2050",
      rejection: {
        code: "INSUFFICIENT_MARGIN",
        brokerCode: "INSUFFICIENT_MARGIN",
        message:
          "OANDA cancelled the order: the account has too little free margin for it. Nothing was filled.",
        hint: "Take a smaller size, close something, or add funds.",
      },
    });
  });

  it.each([400, 404])("HT-03 rejected with %i is a no that stands in the log", async (status) => {
    const answer = { status, body: fixture("post-order-rejected") };
    const { outcome } = await sendTo(`POST ${A}/orders`, ORDER, answer);
    expect(outcome).toMatchObject({
      status: "rejected",
      orderId: null,
      transactionId: "2049",
      rejection: { code: "ORDER_REJECTED", brokerCode: "UNITS_LIMIT_EXCEEDED" },
    });
  });

  it("HT-03 a reject transaction that can't be read leaves the error code to go by", async () => {
    const body = {
      ...fixture("post-order-rejected"),
      orderRejectTransaction: "?",
      errorCode: "A_NEW_REASON",
      errorMessage: "Something new.",
    };
    const { outcome } = await sendTo(`POST ${A}/orders`, ORDER, { status: 400, body });
    expect(outcome).toMatchObject({
      transactionId: "2049",
      rejection: {
        code: "ORDER_REJECTED",
        brokerCode: "A_NEW_REASON",
        message: "OANDA rejected the order: Something new. Nothing was filled.",
      },
    });
  });

  it.each<[number, unknown, string]>([
    [
      400,
      { errorMessage: "Invalid value specified for 'order.instrument'" },
      "INSTRUMENT_NOT_FOUND",
    ],
    [400, { errorMessage: "The request was missing required data" }, "ORDER_REJECTED"],
    [400, { errorCode: "X", errorMessage: "no transaction" }, "ORDER_REJECTED"],
    [401, fixture("error-insufficient-authorization"), "CREDENTIALS_INVALID"],
    [403, {}, "PERMISSION_DENIED"],
    [404, {}, "ACCOUNT_NOT_FOUND"],
    [413, "too large", "ORDER_REJECTED"],
    [429, "", "RATE_LIMITED"],
  ])(
    "HT-03 refused with %i %j and no transaction, nothing was done",
    async (status, body, code) => {
      const failure = await failToSend(ORDER, { status, body });
      expect(failure).toMatchObject({ code, sent: false });
      expect(failure.message).toContain("Nothing was done.");
    },
  );

  const created = {
    orderCreateTransaction: fixture("post-order-filled").orderCreateTransaction,
  };
  const fill = fixture("post-order-filled").orderFillTransaction as object;
  it.each<[string, number, unknown]>([
    ["HT-02 neither filled nor cancelled", 201, created],
    ["HT-02 empty but for ids", 201, { lastTransactionID: "2051" }],
    ["HT-01 not an object", 201, "[]"],
    ["HT-01 empty", 201, ""],
    ["HT-01 cut", 201, '{"orderCreateTransaction":{"id":"2049"'],
    ["HT-01 a web page", 200, "<html>"],
    ["HT-01 a web page that says 400", 400, "<html>"],
    ["HT-07 an outage", 500, { errorMessage: "oops" }],
    ["HT-07 a gateway's", 502, "<html>"],
    ["HT-07 a gateway's", 504, ""],
    ["HT-05 a redirect", 302, ""],
    ["HT-05 its own time-out", 408, ""],
    [
      "HT-08 a fill without a price",
      201,
      { ...created, orderFillTransaction: { ...fill, price: null, fullVWAP: null } },
    ],
    ["HT-08 a fill of nothing", 201, { ...created, orderFillTransaction: { ...fill, units: "0" } }],
  ])("an answer that is %s (%i) leaves open what became of it", async (_what, status, body) => {
    const failure = await failToSend(ORDER, { status, body });
    expect(failure.sent).toBe(true);
    expect(["BROKER_UNAVAILABLE", "TIMEOUT"]).toContain(failure.code);
  });

  it("NW-05 the answer to another order is never taken for this one's", async () => {
    const failure = await failToSend({ ...ORDER, clientOrderId: "tmt-12" }, filled);
    expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: true });
    expect(failure.message).toContain("belongs to another order");
  });

  it.each([
    ["signal and agent", { signalId: "ä".repeat(30), agent: null, comment: null }],
    ["comment", { signalId: null, agent: null, comment: "x".repeat(129) }],
  ])("with a %s longer than OANDA keeps isn't sent", async (name, origin) => {
    const { broker, seen } = await openScripted({});
    const failure = await failureOf(place(broker, { ...ORDER, origin }));
    expect(failure).toMatchObject({ code: "USAGE", sent: false });
    expect(failure.message).toContain(name);
    expect(seen).toEqual([]);
  });
});

describe("a close", () => {
  const size = toUnits(decimal("4000"));

  it.each([
    [true, "ALL"],
    [false, "4000"],
  ])("of a trade (whole: %s) asks for %s of it", async (isWhole, units) => {
    const request = closeOrder({ tradeId: "2031", units: size, isWhole });
    const route = `PUT ${A}/trades/2031/close`;
    const { outcome, body } = await sendTo(route, request, { body: fixture("put-trade-close") });
    expect(body).toEqual({ units });
    expect(outcome).toMatchObject({
      status: "filled",
      orderId: "2070",
      fills: [{ units: "4000", realizedPl: "-0.4" }],
      openedTradeId: null,
      closedTradeIds: ["2031"],
    });
  });

  it("of a long position leaves the short side alone", async () => {
    const request = closeOrder({ clientOrderId: "tmt-11", units: size, isWhole: true });
    const route = `PUT ${A}/positions/EUR_USD/close`;
    const { outcome, body } = await sendTo(route, request, { body: fixture("put-position-close") });
    expect(body).toEqual({
      longUnits: "ALL",
      shortUnits: "NONE",
      longClientExtensions: { id: "tmt-11" },
    });
    expect(outcome).toMatchObject({ status: "filled", closedTradeIds: ["2031"] });
  });

  it("of a part of a short position asks for its size", async () => {
    const request = closeOrder({ clientOrderId: "tmt-11", units: size, side: "buy" });
    const reject = { id: "2080", rejectReason: "CLOSEOUT_POSITION_DOESNT_EXIST" };
    const answer = { status: 404, body: { shortOrderRejectTransaction: reject } };
    const { outcome, body } = await sendTo(`PUT ${A}/positions/EUR_USD/close`, request, answer);
    expect(body).toEqual({
      longUnits: "NONE",
      shortUnits: "4000",
      shortClientExtensions: { id: "tmt-11" },
    });
    expect(outcome).toMatchObject({
      status: "rejected",
      transactionId: "2080",
      rejection: { brokerCode: "CLOSEOUT_POSITION_DOESNT_EXIST" },
    });
  });
});
