import { describe, expect, it } from "vitest";
import { decimal, toPrice, toUnits } from "../../../src/core/money.ts";
import type { ChangeOrder, EntryTerms, ExitTerms } from "../../../src/core/order-request.ts";
import { parseInstant } from "../../../src/core/time.ts";
import { failureOf } from "../../resilience/loopback.ts";
import { changeOrder, clearOrder, entryTerms, exitTerms } from "../../support/clear-order.ts";
import { A, fixture, openScripted, type Scripted } from "./scripted-oanda.ts";

const price = (text: string) => toPrice(decimal(text));
const GET = `GET ${A}/orders/2047`;
const PUT = `PUT ${A}/orders/2047`;
const waiting = fixture("get-order-waiting").order as Record<string, unknown>;

/** The waiting order's own terms, with the ones in `changes` replaced. */
function terms(changes: Partial<EntryTerms> = {}): EntryTerms {
  return entryTerms({
    type: "stop",
    price: price("1.12000"),
    priceBound: price("1.12500"),
    timeInForce: "GTD",
    expiresAt: parseInstant("2026-11-20T22:00:00Z") ?? null,
    takeProfit: price("1.15"),
    stopLoss: { kind: "distance", distance: decimal("0.01") },
    ...changes,
  });
}

function change(given: EntryTerms | ExitTerms, rest: Partial<ChangeOrder> = {}): ChangeOrder {
  return { ...changeOrder(given), orderId: "2047", units: toUnits(decimal("500")), ...rest };
}

async function send(request: ChangeOrder, order: Scripted, answer: Scripted) {
  const { broker, seen } = await openScripted({ [GET]: order, [PUT]: answer });
  const { signal } = new AbortController();
  return { outcome: broker.place(clearOrder(request), { signal }), seen };
}

const found = { body: fixture("get-order-waiting") };
const replaced = { status: 201, body: fixture("put-order-replaced") };

/** The order as it is sent back. */
async function sentBack(request: ChangeOrder, order: object = waiting) {
  const { outcome, seen } = await send(request, { body: { order } }, replaced);
  const result = JSON.parse(JSON.stringify(await outcome));
  expect(seen.map(({ method }) => method)).toEqual(["GET", "PUT"]);
  const body = seen[1]?.body as { order: Record<string, unknown> } | undefined;
  return { order: body?.order ?? {}, result };
}

describe("a changed order", () => {
  it("goes back as it was but for what is changed, also what another program asked for", async () => {
    const { order, result } = await sentBack(change(terms({ price: price("1.121") })));
    expect(order).toEqual({
      type: "STOP",
      instrument: "EUR_USD",
      units: "500",
      price: "1.121",
      priceBound: "1.125",
      timeInForce: "GTD",
      gtdTime: "2026-11-20T22:00:00.000000000Z",
      positionFill: "OPEN_ONLY",
      triggerCondition: "MID",
      takeProfitOnFill: {
        price: "1.15",
        timeInForce: "GTD",
        gtdTime: "2026-12-20T22:00:00.000000000Z",
        clientExtensions: { id: "phone-tp" },
      },
      stopLossOnFill: {
        distance: "0.01",
        timeInForce: "GTC",
        triggerCondition: "BID",
        clientExtensions: { comment: "by hand" },
      },
      tradeClientExtensions: { id: "phone-trade" },
      somethingNew: { a: 1 },
    });
    expect(result).toEqual({ status: "pending", orderId: "2121" });
  });

  it.each<[string, Partial<EntryTerms>, Record<string, unknown>]>([
    ["no date any more", { timeInForce: "GTC", expiresAt: null }, { gtdTime: undefined }],
    ["no bound any more", { priceBound: null }, { priceBound: undefined }],
    ["no target any more", { takeProfit: null }, { takeProfitOnFill: undefined }],
    ["no stop any more", { stopLoss: null }, { stopLossOnFill: undefined }],
    [
      "a stop at a price in place of a distance",
      { stopLoss: { kind: "price", price: price("1.1") } },
      {
        stopLossOnFill: {
          price: "1.1",
          timeInForce: "GTC",
          triggerCondition: "BID",
          clientExtensions: { comment: "by hand" },
        },
      },
    ],
    [
      "a guaranteed stop in place of a plain one",
      { stopLoss: { kind: "price", price: price("1.1"), isGuaranteed: true } },
      { stopLossOnFill: undefined, guaranteedStopLossOnFill: { price: "1.1" } },
    ],
    [
      "a trailing stop",
      { trailingStop: decimal("0.02") },
      { trailingStopLossOnFill: { distance: "0.02" } },
    ],
    [
      "only to reduce",
      { reduceOnly: true },
      { positionFill: "REDUCE_ONLY", tradeClientExtensions: undefined },
    ],
  ])("can have %s", async (_what, changes, expected) => {
    const { order } = await sentBack(change(terms(changes)));
    expect({ ...order, ...expected }).toEqual(order);
  });

  it("may open again what it only reduced", async () => {
    const { order } = await sentBack(change(terms()), { ...waiting, positionFill: "REDUCE_ONLY" });
    expect(order.positionFill).toBe("DEFAULT");
  });

  it("keeps a stop that is guaranteed the older way, or makes it plain", async () => {
    const stopLossOnFill = { price: "1.1", guaranteed: true, timeInForce: "GTC" };
    const at = { kind: "price", price: price("1.09") } as const;
    const old = { ...waiting, stopLossOnFill };
    const kept = await sentBack(change(terms({ stopLoss: { ...at, isGuaranteed: true } })), old);
    expect(kept.order.stopLossOnFill).toEqual({ ...stopLossOnFill, price: "1.09" });
    const plain = await sentBack(change(terms({ stopLoss: at })), old);
    expect(plain.order.stopLossOnFill).toEqual({ price: "1.09" });
  });

  it("keeps a guaranteed stop's other terms", async () => {
    const guaranteedStopLossOnFill = { price: "1.1", timeInForce: "GTC", x: 1 };
    const { stopLossOnFill: _none, ...rest } = waiting;
    const stopLoss = { kind: "price", price: price("1.09"), isGuaranteed: true } as const;
    const { order } = await sentBack(change(terms({ stopLoss })), {
      ...rest,
      guaranteedStopLossOnFill,
    });
    expect(order.guaranteedStopLossOnFill).toEqual({ price: "1.09", timeInForce: "GTC", x: 1 });
  });

  it.each<[string, ExitTerms, { was: object; asked: object }]>([
    [
      "a stop-loss that shows both its price and its distance",
      exitTerms({ price: price("1.09"), tradeId: "2031" }),
      {
        was: { type: "STOP_LOSS", price: "1.095", distance: "0.005", guaranteed: false },
        asked: { type: "STOP_LOSS", price: "1.09", guaranteed: false },
      },
    ],
    [
      "a take-profit with a date",
      exitTerms({
        type: "take_profit",
        price: price("1.2"),
        tradeId: "2031",
        timeInForce: "GTD",
        expiresAt: parseInstant("2026-12-01T00:00:00Z") ?? null,
      }),
      {
        was: { type: "TAKE_PROFIT", price: "1.11" },
        asked: {
          type: "TAKE_PROFIT",
          price: "1.2",
          timeInForce: "GTD",
          gtdTime: "2026-12-01T00:00:00.000000000Z",
        },
      },
    ],
    [
      "a trailing stop",
      exitTerms({
        type: "trailing_stop",
        price: price("1.08"),
        distance: decimal("0.02"),
        tradeId: "2031",
      }),
      {
        was: { type: "TRAILING_STOP_LOSS", distance: "0.01", trailingStopValue: "1.08" },
        asked: { type: "TRAILING_STOP_LOSS", distance: "0.02" },
      },
    ],
    [
      "a guaranteed stop",
      exitTerms({ type: "guaranteed_stop_loss", price: price("1.09"), tradeId: "2031" }),
      {
        was: { type: "GUARANTEED_STOP_LOSS", price: "1.095", guaranteedExecutionPremium: "0.0001" },
        asked: { type: "GUARANTEED_STOP_LOSS", price: "1.09" },
      },
    ],
  ])("can be %s", async (_what, given, { was, asked }) => {
    const common = { tradeID: "2031", timeInForce: "GTC", triggerCondition: "DEFAULT" };
    const { id, createTime, state } = waiting;
    const { order } = await sentBack(change(given), {
      id,
      createTime,
      state,
      ...common,
      ...was,
    });
    expect(order).toEqual({ ...common, ...asked });
  });

  it("that fills at once is filled", async () => {
    const { orderFillTransaction: fill } = fixture("post-order-filled");
    const orderFillTransaction = { ...(fill as object), orderID: "2121", units: "500" };
    const answer = { status: 201, body: { ...replaced.body, orderFillTransaction } };
    const { outcome } = await send(change(terms()), found, answer);
    expect(await outcome).toMatchObject({ status: "filled", orderId: "2121" });
  });

  it("that is cancelled at once is a no, and neither order waits", async () => {
    const { orderCancelTransaction: cancel } = fixture("post-order-cancelled");
    const replacingOrderCancelTransaction = { ...(cancel as object), id: "2122", orderID: "2121" };
    const answer = { status: 201, body: { ...replaced.body, replacingOrderCancelTransaction } };
    const { outcome } = await send(change(terms()), found, answer);
    expect(await outcome).toMatchObject({
      status: "cancelled",
      orderId: "2121",
      transactionId: "2122",
      rejection: {
        message: expect.stringMatching(/^OANDA cancelled the changed order: .+ waits any more\.$/),
      },
    });
  });

  it("HT-03 that is refused stays as it was", async () => {
    const orderRejectTransaction = {
      id: "2120",
      type: "STOP_ORDER_REJECT",
      rejectReason: "PRICE_PRECISION_EXCEEDED",
      intendedReplacesOrderID: "2047",
    };
    const answer = { status: 400, body: { orderRejectTransaction } };
    const { outcome } = await send(change(terms()), found, answer);
    expect(await outcome).toMatchObject({
      status: "rejected",
      transactionId: "2120",
      rejection: {
        message: "OANDA rejected the change: the price has too many decimals. Nothing was changed.",
      },
    });
  });

  it("BR-06 that is gone when the change arrives is a no", async () => {
    const orderCancelRejectTransaction = { id: "2120", rejectReason: "ORDER_DOESNT_EXIST" };
    const answer = { status: 404, body: { orderCancelRejectTransaction } };
    const { outcome } = await send(change(terms()), found, answer);
    expect(await outcome).toMatchObject({
      status: "rejected",
      rejection: { code: "ORDER_NOT_FOUND", brokerCode: "ORDER_DOESNT_EXIST" },
    });
  });

  it.each<[string, Scripted]>([
    [
      "NW-05 of another order",
      {
        status: 201,
        body: {
          orderCreateTransaction: { id: "9", time: "1", type: "STOP_ORDER", replacesOrderID: "8" },
        },
      },
    ],
    ["HT-02 without the new order", { status: 201, body: { orderCancelTransaction: {} } }],
    ["HT-01 a web page", { status: 201, body: "<html>" }],
    ["HT-07 a gateway's", { status: 502, body: "<html>" }],
  ])("an answer that is %s leaves open what became of it", async (_what, answer) => {
    const { outcome } = await send(change(terms()), found, answer);
    expect(await failureOf(outcome)).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: true });
  });
});

describe("an order that can't be changed", () => {
  const ended = (changes: object) => ({ body: { order: { ...waiting, ...changes } } });

  it.each<[string, Scripted, object]>([
    [
      "filled",
      ended({ state: "FILLED", fillingTransactionID: "2100" }),
      { transactionId: "2100", rejection: { message: expect.stringContaining("it was filled") } },
    ],
    [
      "cancelled",
      ended({ state: "CANCELLED", cancellingTransactionID: "2100" }),
      {
        transactionId: "2100",
        rejection: { message: expect.stringContaining("it was cancelled") },
      },
    ],
    [
      "replaced",
      ended({ state: "CANCELLED", cancellingTransactionID: "2100", replacedByOrderID: "2101" }),
      {
        rejection: {
          message: expect.stringContaining("order 2101 has taken its place"),
          hint: "See: tmt-broker order show 2101",
        },
      },
    ],
    [
      "unknown",
      { status: 404, body: fixture("get-order-not-found") },
      { rejection: { brokerCode: "NO_SUCH_ORDER" } },
    ],
  ])("because it is %s is told so, and nothing is sent", async (_what, order, expected) => {
    const { outcome, seen } = await send(change(terms()), order, replaced);
    expect(await outcome).toMatchObject({
      status: "rejected",
      orderId: null,
      ...expected,
    });
    expect(await outcome).toMatchObject({ rejection: { code: "ORDER_NOT_FOUND" } });
    expect(seen.map(({ method }) => method)).not.toContain("PUT");
  });

  it("that the broker doesn't show at once is looked for once more", async () => {
    const { broker, seen } = await openScripted({
      [GET]: [{ status: 404, body: fixture("get-order-not-found") }, found],
      [PUT]: replaced,
    });
    const { signal } = new AbortController();
    const outcome = await broker.place(clearOrder(change(terms())), { signal });
    expect(outcome).toMatchObject({ status: "pending" });
    expect(seen.map(({ method }) => method)).toEqual(["GET", "GET", "PUT"]);
  });

  it("because it is of another type isn't", async () => {
    const { outcome, seen } = await send(
      change(terms({ type: "limit", priceBound: null })),
      found,
      replaced,
    );
    expect(await failureOf(outcome)).toMatchObject({ code: "USAGE", sent: false });
    expect(seen).toHaveLength(1);
  });

  it.each<[number, unknown, string]>([
    [401, fixture("error-insufficient-authorization"), "CREDENTIALS_INVALID"],
    [404, {}, "ACCOUNT_NOT_FOUND"],
    [503, "", "BROKER_UNAVAILABLE"],
    [200, "<html>", "BROKER_UNAVAILABLE"],
  ])("because it can't be read (%i %j) isn't, and nothing was sent", async (status, body, code) => {
    const { outcome } = await send(change(terms()), { status, body }, replaced);
    expect(await failureOf(outcome)).toMatchObject({ code, sent: false });
  });
});
