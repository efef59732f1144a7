import { describe, expect, it } from "vitest";
import { decimal, toPrice, toUnits } from "../../../src/core/money.ts";
import type { EntryOrder, OrderRequest } from "../../../src/core/order-request.ts";
import { parseInstant } from "../../../src/core/time.ts";
import { failureOf } from "../../resilience/loopback.ts";
import { cancelOrder, clearOrder, entryOrder, marketOrder } from "../../support/clear-order.ts";
import { A, fixture, openScripted, type Scripted } from "./scripted-oanda.ts";

const price = (text: string) => toPrice(decimal(text));
const FRIDAY = parseInstant("2026-11-20T21:00:00.5Z");

const ENTRY = entryOrder({
  clientOrderId: "tmt-20",
  units: toUnits(decimal("500")),
  price: price("1.12000"),
  side: "sell",
  origin: { signalId: "s1", agent: "trend", comment: "first" },
});

async function sendTo(route: string, request: OrderRequest, answer: Scripted) {
  const { broker, seen } = await openScripted({ [route]: answer });
  const { signal } = new AbortController();
  const outcome = JSON.parse(JSON.stringify(await broker.place(clearOrder(request), { signal })));
  expect(seen).toHaveLength(1);
  return { outcome, body: seen[0]?.body, headers: seen[0]?.headers };
}

async function failToSend(route: string, request: OrderRequest, answer: Scripted) {
  const { broker, seen } = await openScripted({ [route]: answer });
  const { signal } = new AbortController();
  return { failure: await failureOf(broker.place(clearOrder(request), { signal })), seen };
}

const waits = { status: 201, body: fixture("post-order-waiting") };
const POST = `POST ${A}/orders`;

describe("an order that waits", () => {
  it("goes out with its labels on order and trade, and is pending", async () => {
    const { outcome, body } = await sendTo(POST, ENTRY, waits);
    const labels = { id: "tmt-20", tag: "signal=s1;agent=trend", comment: "first" };
    expect(body).toEqual({
      order: {
        type: "LIMIT",
        instrument: "EUR_USD",
        units: "-500",
        price: "1.12",
        timeInForce: "GTC",
        positionFill: "DEFAULT",
        clientExtensions: labels,
        tradeClientExtensions: labels,
      },
    });
    expect(outcome).toEqual({ status: "pending", orderId: "2101" });
  });

  const at = { kind: "price", price: price("1.13") } as const;
  it.each<[string, Partial<EntryOrder>, Record<string, unknown>]>([
    ["a stop order", { type: "stop" }, { type: "STOP" }],
    ["an if-touched order", { type: "mit" }, { type: "MARKET_IF_TOUCHED" }],
    ["the day", { timeInForce: "DAY" }, { timeInForce: "GFD" }],
    [
      "a date",
      { timeInForce: "GTD", expiresAt: FRIDAY ?? null },
      { timeInForce: "GTD", gtdTime: "2026-11-20T21:00:00.500000000Z" },
    ],
    ["a bound", { type: "stop", priceBound: price("1.11") }, { priceBound: "1.11" }],
    ["a stop", { stopLoss: at }, { stopLossOnFill: { price: "1.13" } }],
    [
      "a guaranteed stop",
      { stopLoss: { ...at, isGuaranteed: true } },
      { guaranteedStopLossOnFill: { price: "1.13" } },
    ],
    [
      "a guaranteed stop at a distance",
      { stopLoss: { kind: "distance", distance: decimal("0.01"), isGuaranteed: true } },
      { guaranteedStopLossOnFill: { distance: "0.01" } },
    ],
    ["a target", { takeProfit: price("1.1") }, { takeProfitOnFill: { price: "1.1" } }],
    [
      "a trailing stop",
      { trailingStop: decimal("0.005") },
      { trailingStopLossOnFill: { distance: "0.005" } },
    ],
  ])("asks for %s in OANDA's words", async (_what, changes, expected) => {
    const { body } = await sendTo(POST, { ...ENTRY, ...changes }, waits);
    expect(body).toMatchObject({ order: expected });
    if ("guaranteedStopLossOnFill" in expected) {
      expect(body).not.toHaveProperty("order.stopLossOnFill");
    }
  });

  it("that only reduces carries no labels for a trade, for it opens none", async () => {
    const { body } = await sendTo(POST, { ...ENTRY, reduceOnly: true }, waits);
    expect(body).toMatchObject({ order: { positionFill: "REDUCE_ONLY" } });
    expect(body).not.toHaveProperty("order.tradeClientExtensions");
  });

  it("with a limit and another worst price isn't sent: OANDA would drop it", async () => {
    const request = { ...ENTRY, priceBound: price("1.11") };
    const { failure, seen } = await failToSend(POST, request, waits);
    expect(failure).toMatchObject({ code: "UNSUPPORTED", sent: false });
    expect(seen).toEqual([]);
  });

  it("whose price is there already comes back filled", async () => {
    const { orderFillTransaction } = fixture("post-order-filled");
    const fill = { ...(orderFillTransaction as object), orderID: "2101", units: "-500" };
    const body = { ...waits.body, orderFillTransaction: fill };
    const { outcome } = await sendTo(POST, ENTRY, { status: 201, body });
    expect(outcome).toMatchObject({
      status: "filled",
      orderId: "2101",
      fills: [{ units: "500" }],
      openedTradeId: "2050",
    });
  });

  it("HT-02 filled in part at once, its rest waiting as a new order, is filled in part", async () => {
    const { orderFillTransaction } = fixture("post-order-filled");
    const fill = { ...(orderFillTransaction as object), orderID: "2101", units: "-200" };
    const reissued = { id: "2103", type: "LIMIT_ORDER", time: "1.5", units: "-300" };
    const body = {
      ...waits.body,
      orderFillTransaction: fill,
      orderReissueTransaction: reissued,
    };
    const { outcome } = await sendTo(POST, ENTRY, { status: 201, body });
    expect(outcome).toMatchObject({ status: "partially_filled", fills: [{ units: "200" }] });
  });

  it("HT-02 cancelled at once is a no", async () => {
    const { orderCancelTransaction } = fixture("post-order-cancelled");
    const cancelled = {
      ...(orderCancelTransaction as object),
      orderID: "2101",
      reason: "TAKE_PROFIT_ON_FILL_LOSS",
    };
    const body = { ...waits.body, orderCancelTransaction: cancelled };
    const { outcome } = await sendTo(POST, ENTRY, { status: 201, body });
    expect(outcome).toMatchObject({
      status: "cancelled",
      orderId: "2101",
      rejection: { code: "ORDER_REJECTED", brokerCode: "TAKE_PROFIT_ON_FILL_LOSS" },
    });
  });

  it("HT-03 rejected is a no that stands in the log", async () => {
    const orderRejectTransaction = {
      id: "2101",
      rejectReason: "TIME_IN_FORCE_GTD_TIMESTAMP_IN_PAST",
    };
    const answer = { status: 400, body: { orderRejectTransaction } };
    const { outcome } = await sendTo(POST, ENTRY, answer);
    expect(outcome).toMatchObject({
      status: "rejected",
      orderId: null,
      transactionId: "2101",
      rejection: {
        message: "OANDA rejected the order: the date it should end on is over. Nothing was filled.",
      },
    });
  });

  it.each(["FOK", "IOC"] as const)(
    "HT-02 that is %s and neither filled nor cancelled leaves open what became of it",
    async (timeInForce) => {
      const { failure } = await failToSend(POST, { ...ENTRY, timeInForce }, waits);
      expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: true });
    },
  );

  it("NW-05 the answer to another order is never taken for this one's", async () => {
    const { failure } = await failToSend(POST, { ...ENTRY, clientOrderId: "tmt-21" }, waits);
    expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: true });
    expect(failure.message).toContain("belongs to another order");
  });
});

it("a market order can have a guaranteed stop", async () => {
  const stopLoss = { kind: "price", price: price("1.09"), isGuaranteed: true } as const;
  const filled = { status: 201, body: fixture("post-order-filled") };
  const request = marketOrder({ clientOrderId: "tmt-10", stopLoss });
  const { body } = await sendTo(POST, request, filled);
  expect(body).toMatchObject({ order: { guaranteedStopLossOnFill: { price: "1.09" } } });
  expect(body).not.toHaveProperty("order.stopLossOnFill");
});

describe("a cancellation", () => {
  const PUT = `PUT ${A}/orders/2047/cancel`;
  const request = cancelOrder({ orderId: "2047" });
  const cancelled = {
    id: "2110",
    time: "2026-11-18T14:01:00.000000000Z",
    type: "ORDER_CANCEL",
    orderID: "2047",
    reason: "CLIENT_REQUEST",
  };

  it("goes out without a body, and is done", async () => {
    const answer = { body: { orderCancelTransaction: cancelled, lastTransactionID: "2110" } };
    const { outcome, body, headers } = await sendTo(PUT, request, answer);
    expect(body).toBeNull();
    expect(headers).toMatchObject({ "content-length": "0" });
    expect(outcome).toEqual({ status: "done", orderId: "2047", transactionId: "2110" });
  });

  it("HT-03 of an order that is gone is a no, which names no fill", async () => {
    const body = {
      orderCancelRejectTransaction: { id: "2110", rejectReason: "ORDER_DOESNT_EXIST" },
      errorCode: "ORDER_DOESNT_EXIST",
      errorMessage: "The Order specified does not exist",
    };
    const { outcome } = await sendTo(PUT, request, { status: 404, body });
    expect(outcome).toEqual({
      status: "rejected",
      orderId: null,
      transactionId: "2110",
      rejection: {
        code: "ORDER_NOT_FOUND",
        brokerCode: "ORDER_DOESNT_EXIST",
        message:
          "OANDA rejected the cancellation: there is no such waiting order any more. Nothing was cancelled.",
        hint: "Look at what is there now, then decide again.",
      },
    });
  });

  it.each<[string, Scripted]>([
    ["HT-01 empty", { body: "" }],
    ["HT-01 without a transaction", { body: { lastTransactionID: "2110" } }],
    ["HT-07 an outage", { status: 503, body: "" }],
    [
      "NW-05 of another order",
      { body: { orderCancelTransaction: { ...cancelled, orderID: "9" } } },
    ],
  ])("an answer that is %s leaves open what became of it", async (_what, answer) => {
    const { failure } = await failToSend(PUT, request, answer);
    expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: true });
  });
});
