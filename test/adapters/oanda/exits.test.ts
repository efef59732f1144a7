import { describe, expect, it } from "vitest";
import { decimal, toPrice, toUnits } from "../../../src/core/money.ts";
import type { ExitsChange } from "../../../src/core/order-request.ts";
import { failureOf } from "../../resilience/loopback.ts";
import { clearOrder, exitsChange } from "../../support/clear-order.ts";
import { A, fixture, openScripted, type Scripted } from "./scripted-oanda.ts";

const price = (text: string) => toPrice(decimal(text));
const GET = `GET ${A}/trades/2031`;
const PUT = `PUT ${A}/trades/2031/orders`;

const waits = { id: "2033", state: "PENDING" };
const PLAIN = { takeProfitOrder: waits, stopLossOrder: waits, trailingStopLossOrder: waits };
const tradeWith = (exits: object) => ({ body: { trade: { id: "2031", state: "OPEN", ...exits } } });

const time = "2026-11-18T14:02:00.000000000Z";
const made = (id: string, type: string, rest: object) => ({
  id,
  time,
  type,
  tradeID: "2031",
  ...rest,
});
const stopMade = made("2131", "STOP_LOSS_ORDER", { price: "1.09000", reason: "REPLACEMENT" });
const cancelled = (id: string) => ({
  id,
  time,
  type: "ORDER_CANCEL",
  orderID: "2032",
  reason: "CLIENT_REQUEST",
});

const request = (changes: Partial<ExitsChange>) =>
  exitsChange({ tradeId: "2031", units: toUnits(decimal("10000")), ...changes });
const AT = { kind: "price", price: price("1.09") } as const;
const STOP: ExitsChange["stopLoss"] = { set: AT };

async function send(given: ExitsChange, trade: Scripted, answer: Scripted) {
  const { broker, seen } = await openScripted({ [GET]: trade, [PUT]: answer });
  const { signal } = new AbortController();
  return { outcome: broker.place(clearOrder(given), { signal }), seen };
}

describe("a change of exits", () => {
  it.each<[string, Partial<ExitsChange>, { has: object; asked: object }]>([
    ["a stop", { stopLoss: STOP }, { has: {}, asked: { stopLoss: { price: "1.09" } } }],
    [
      "a stop at a distance",
      { stopLoss: { set: { kind: "distance", distance: decimal("0.01") } } },
      { has: PLAIN, asked: { stopLoss: { distance: "0.01" } } },
    ],
    [
      "a guaranteed stop in place of a plain one",
      { stopLoss: { set: { ...AT, isGuaranteed: true } } },
      { has: PLAIN, asked: { stopLoss: null, guaranteedStopLoss: { price: "1.09" } } },
    ],
    [
      "a plain stop in place of a guaranteed one",
      { stopLoss: STOP },
      {
        has: { guaranteedStopLossOrder: waits },
        asked: { guaranteedStopLoss: null, stopLoss: { price: "1.09" } },
      },
    ],
    [
      "a stop that is guaranteed the older way",
      { stopLoss: { set: { ...AT, isGuaranteed: true } } },
      {
        has: { stopLossOrder: { ...waits, guaranteed: true } },
        asked: { stopLoss: { price: "1.09", guaranteed: true } },
      },
    ],
    [
      "a target and a trailing stop, both at once",
      { takeProfit: { set: price("1.2") }, trailingStop: { set: decimal("0.02") } },
      { has: {}, asked: { takeProfit: { price: "1.2" }, trailingStopLoss: { distance: "0.02" } } },
    ],
    ["no stop", { stopLoss: "remove" }, { has: PLAIN, asked: { stopLoss: null } }],
    [
      "no guaranteed stop",
      { stopLoss: "remove" },
      { has: { guaranteedStopLossOrder: waits }, asked: { guaranteedStopLoss: null } },
    ],
    [
      "no target and no trailing stop",
      { takeProfit: "remove", trailingStop: "remove" },
      { has: PLAIN, asked: { takeProfit: null, trailingStopLoss: null } },
    ],
  ])("asks for %s with one request", async (_what, changes, { has, asked }) => {
    const { outcome, seen } = await send(request(changes), tradeWith(has), { body: "" });
    await failureOf(outcome);
    expect(seen.map(({ method }) => method)).toEqual(["GET", "PUT"]);
    expect(seen[1]?.body).toEqual(asked);
  });

  it("is done, with the newest order that it made", async () => {
    const body = {
      stopLossOrderCancelTransaction: { ...cancelled("2130"), reason: "CLIENT_REQUEST_REPLACED" },
      stopLossOrderTransaction: stopMade,
      takeProfitOrderCancelTransaction: cancelled("2132"),
      lastTransactionID: "2132",
    };
    const changes = { stopLoss: STOP, takeProfit: "remove" } as const;
    const { outcome } = await send(request(changes), tradeWith(PLAIN), { body });
    expect(await outcome).toEqual({ status: "done", orderId: "2131", transactionId: "2132" });
  });

  it("that only removes has made no order", async () => {
    const body = { takeProfitOrderCancelTransaction: cancelled("2130") };
    const { outcome } = await send(request({ takeProfit: "remove" }), tradeWith(PLAIN), { body });
    expect(await outcome).toEqual({ status: "done", orderId: null, transactionId: "2130" });
  });

  it("to a target that the price has passed already closes the trade", async () => {
    const { orderFillTransaction } = fixture("put-trade-close");
    const fill = {
      ...(orderFillTransaction as object),
      orderID: "2130",
      units: "-9000",
      tradesClosed: [{ tradeID: "2031" }],
      tradeReduced: undefined,
      reason: "TAKE_PROFIT_ORDER",
    };
    const body = {
      takeProfitOrderTransaction: made("2130", "TAKE_PROFIT_ORDER", { price: "1.05" }),
      takeProfitOrderFillTransaction: fill,
    };
    const changes = { takeProfit: { set: price("1.05") } };
    const { outcome } = await send(request(changes), tradeWith({}), { body });
    expect(await outcome).toMatchObject({
      status: "filled",
      orderId: "2130",
      closedTradeIds: ["2031"],
    });
  });

  it("to a target that would lose is a no, and says that the trade may be without it", async () => {
    const body = {
      takeProfitOrderTransaction: made("2130", "TAKE_PROFIT_ORDER", { price: "1.05" }),
      takeProfitOrderCreatedCancelTransaction: {
        ...cancelled("2131"),
        orderID: "2130",
        reason: "LOSING_TAKE_PROFIT",
      },
    };
    const changes = { takeProfit: { set: price("1.05") } };
    const { outcome } = await send(request(changes), tradeWith({}), { body });
    expect(await outcome).toMatchObject({
      status: "cancelled",
      orderId: "2130",
      transactionId: "2131",
      rejection: {
        brokerCode: "LOSING_TAKE_PROFIT",
        message: expect.stringMatching(/^OANDA cancelled a new exit at once: .+ without it\.$/),
      },
    });
  });

  it.each([
    ["stopLossOrderRejectTransaction", "STOP_LOSS_ORDER_REJECT"],
    ["stopLossOrderCancelRejectTransaction", "ORDER_CANCEL_REJECT"],
  ])("HT-03 refused with a %s leaves the exits as they were", async (key, type) => {
    const reject = { id: "2130", type, rejectReason: "STOP_LOSS_ORDER_NOT_REPLACEABLE" };
    const answer = { status: 400, body: { [key]: reject, errorCode: "X" } };
    const { outcome } = await send(request({ stopLoss: STOP }), tradeWith(PLAIN), answer);
    expect(await outcome).toMatchObject({
      status: "rejected",
      transactionId: "2130",
      rejection: {
        brokerCode: "STOP_LOSS_ORDER_NOT_REPLACEABLE",
        message:
          "OANDA rejected the new exits: the stop-loss can't be moved on this account. The trade's exits stay as they were.",
      },
    });
  });

  it.each<[string, Partial<ExitsChange>, unknown]>([
    [
      "HT-02 says nothing of one part",
      { stopLoss: STOP, takeProfit: "remove" },
      { stopLossOrderTransaction: stopMade },
    ],
    ["HT-02 says nothing at all", { stopLoss: STOP }, { lastTransactionID: "2130" }],
    ["HT-01 is empty", { stopLoss: STOP }, ""],
    [
      "NW-05 is of another trade",
      { stopLoss: STOP },
      { stopLossOrderTransaction: { ...stopMade, tradeID: "1" } },
    ],
  ])("whose answer %s leaves open what became of it", async (_what, changes, body) => {
    const { outcome } = await send(request(changes), tradeWith(PLAIN), { body });
    expect(await failureOf(outcome)).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: true });
  });

  it.each<[string, Scripted, object]>([
    [
      "is closed",
      { body: { trade: { id: "2031", state: "CLOSED", closingTransactionIDs: ["2100", "2101"] } } },
      { transactionId: "2101", rejection: { code: "POSITION_NOT_FOUND" } },
    ],
    [
      "is closed, without a word of when",
      { body: { trade: { id: "2031", state: "CLOSED" } } },
      { transactionId: "2031" },
    ],
    [
      "isn't there",
      { status: 404, body: { errorCode: "NO_SUCH_TRADE", lastTransactionID: "2130" } },
      {
        transactionId: "2130",
        rejection: { code: "POSITION_NOT_FOUND", brokerCode: "NO_SUCH_TRADE" },
      },
    ],
  ])("of a trade that %s is a no, and nothing is sent", async (_what, trade, expected) => {
    const { outcome, seen } = await send(request({ stopLoss: STOP }), trade, { body: "" });
    expect(await outcome).toMatchObject({ status: "rejected", orderId: null, ...expected });
    expect(seen.map(({ method }) => method)).not.toContain("PUT");
  });

  it.each<[string, Partial<ExitsChange>]>([
    ["stop-loss", { stopLoss: "remove" }],
    ["take-profit", { takeProfit: "remove" }],
    ["trailing stop", { trailingStop: "remove", stopLoss: STOP }],
  ])("that removes a %s which isn't there isn't sent", async (name, changes) => {
    const gone = { ...waits, state: "CANCELLED" };
    const has = { stopLossOrder: gone, takeProfitOrder: gone, trailingStopLossOrder: gone };
    const { outcome, seen } = await send(request(changes), tradeWith(has), { body: "" });
    const failure = await failureOf(outcome);
    expect(failure).toMatchObject({ code: "ORDER_NOT_FOUND", sent: false });
    expect(failure.message).toContain(`no ${name} to remove`);
    expect(seen).toHaveLength(1);
  });
});
