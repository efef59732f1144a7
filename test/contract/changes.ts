import { expect } from "vitest";
import { decimal } from "../../src/core/money.ts";
import type { EntryType } from "../../src/core/order-request.ts";
import { addMs } from "../../src/core/time.ts";
import {
  done,
  expectDecimal,
  expectMissing,
  expectNotDone,
  expectRefusal,
  filled,
  only,
  pending,
  required,
  units,
} from "./answers.ts";
import { attaches, type Case, can, exitOrder, given, MOVES, takes, waits } from "./case.ts";
import { distance, market, moveTo, points } from "./market.ts";
import { cancelRequest, changeRequest, entryRequest } from "./requests.ts";
import { open, place, send, wait } from "./steps.ts";

const TYPES = ["limit", "stop", "mit"] as const satisfies readonly EntryType[];
const CHANGES = can("orderChanges");

/** A pending order that another takes the place of. */
export const changeCases: readonly Case[] = [
  ...TYPES.map((type) =>
    given([takes(type), CHANGES], `moves the price of a waiting ${type} order`, async (subject) => {
      const { broker } = subject;
      const old = await wait(subject, { type });
      const price = points(required(old.price), type === "stop" ? 50 : -50, await market(subject));
      const { orderId } = pending(await send(subject, changeRequest(subject, old, { price })));
      const order = only((await broker.state()).pendingOrders);
      expect(order).toMatchObject({ orderId, type, side: old.side, state: "pending" });
      expect(orderId).not.toBe(old.orderId);
      expectDecimal(order.price, price);
      expectDecimal(order.units, old.units);
    }),
  ),
  given([takes("limit"), CHANGES], "links the old order and the new one", async (subject) => {
    const { broker } = subject;
    const old = await wait(subject);
    const price = points(required(old.price), -50, await market(subject));
    const { orderId } = pending(await send(subject, changeRequest(subject, old, { price })));
    expect(await broker.order(orderId)).toMatchObject({ replaces: old.orderId, replacedBy: null });
    const replaced = await broker.order(old.orderId);
    expect(replaced).toMatchObject({ replacedBy: orderId, state: "cancelled" });
  }),
  given([takes("limit"), CHANGES], "changes the size of a waiting order", async (subject) => {
    const old = await wait(subject);
    pending(await send(subject, changeRequest(subject, old, { units: units("2300") })));
    const order = only((await subject.broker.state()).pendingOrders);
    expectDecimal(order.units, decimal("2300"));
    expectDecimal(order.price, required(old.price));
  }),
  given(
    [takes("limit"), waits("GTD"), CHANGES],
    "changes how long an order waits",
    async (subject) => {
      const old = await wait(subject);
      const expiresAt = addMs(old.createdAt, 7_200_000);
      pending(await send(subject, changeRequest(subject, old, { timeInForce: "GTD", expiresAt })));
      const order = only((await subject.broker.state()).pendingOrders);
      expect(order).toMatchObject({ timeInForce: "GTD", expiresAt });
    },
  ),
  given(
    [takes("limit"), attaches("stop_loss"), CHANGES],
    "changes what an order will attach",
    async (subject) => {
      const old = await wait(subject);
      const price = points(required(old.price), -200, await market(subject));
      const stopLoss = { kind: "price", price } as const;
      pending(await send(subject, changeRequest(subject, old, { stopLoss })));
      expectDecimal(only((await subject.broker.state()).pendingOrders).stopLoss, price);
    },
  ),
  given(
    [takes("limit"), can("clientExtensions"), CHANGES],
    "keeps whose an order is when it is changed",
    async (subject) => {
      const origin = { signalId: "sig-9", agent: "trend/2", comment: "stays" };
      const request = await entryRequest(subject, { origin });
      const { orderId } = pending(await send(subject, request));
      const old = required(await subject.broker.order(orderId));
      const price = points(request.price, -50, await market(subject));
      pending(await send(subject, changeRequest(subject, old, { price })));
      const order = only((await subject.broker.state()).pendingOrders);
      expect(order.clientOrderId).toBe(request.clientOrderId);
      expect(order.origin).toEqual(origin);
    },
  ),
  given(
    [takes("limit"), CHANGES],
    "fills a changed order at once where its new price already is",
    async (subject) => {
      const old = await wait(subject);
      const now = await market(subject);
      const change = changeRequest(subject, old, { price: points(now.ask, 100, now) });
      const outcome = filled(await send(subject, change));
      const { trades, pendingOrders } = await subject.broker.state();
      expect(only(trades).id).toBe(outcome.openedTradeId);
      expect(pendingOrders).toEqual([]);
    },
  ),
  given([takes("limit"), CHANGES], "refuses to change what isn't there", async (subject) => {
    const old = await wait(subject);
    const stranger = { ...old, orderId: "999999" };
    await expectMissing(send(subject, changeRequest(subject, stranger, {})), "ORDER_NOT_FOUND");
    expect(only((await subject.broker.state()).pendingOrders).orderId).toBe(old.orderId);
  }),
  given(
    [takes("limit"), CHANGES, MOVES],
    "refuses to change an order that has been filled",
    async (subject) => {
      const old = await wait(subject);
      await moveTo(subject, "buy", required(old.price));
      await expectNotDone(send(subject, changeRequest(subject, old, {})));
      expect((await subject.broker.state()).trades).toHaveLength(1);
    },
  ),
  given(
    [takes("limit"), can("reduceOnly"), CHANGES],
    "keeps that an order only reduces",
    async (subject) => {
      const old = await wait(subject, { reduceOnly: true });
      pending(await send(subject, changeRequest(subject, old, { units: units("1500") })));
      expect(only((await subject.broker.state()).pendingOrders).reduceOnly).toBe(true);
    },
  ),
  given([exitOrder("stop_loss")], "moves a stop-loss order", async (subject) => {
    const now = await market(subject);
    const stopLoss = { kind: "price", price: points(now.bid, -500, now) } as const;
    const trade = await open(subject, { stopLoss });
    const old = only((await subject.broker.state()).pendingOrders);
    const price = points(now.bid, -400, now);
    pending(await send(subject, changeRequest(subject, old, { price })));
    const { trades, pendingOrders } = await subject.broker.state();
    expect(only(pendingOrders)).toMatchObject({ type: "stop_loss", tradeId: trade.id });
    expectDecimal(only(trades).stopLoss, price);
  }),
  given([exitOrder("take_profit")], "moves a take-profit order", async (subject) => {
    const now = await market(subject);
    await open(subject, { takeProfit: points(now.bid, 500, now) });
    const old = only((await subject.broker.state()).pendingOrders);
    const price = points(now.bid, 400, now);
    pending(await send(subject, changeRequest(subject, old, { price })));
    expectDecimal(only((await subject.broker.state()).trades).takeProfit, price);
  }),
  given(
    [exitOrder("trailing_stop")],
    "changes the distance of a trailing stop",
    async (subject) => {
      const now = await market(subject);
      await open(subject, { trailingStop: distance(500, now) });
      const old = only((await subject.broker.state()).pendingOrders);
      const nearer = distance(300, now);
      pending(await send(subject, changeRequest(subject, old, { distance: nearer })));
      const { trailingStop } = only((await subject.broker.state()).trades);
      expectDecimal(trailingStop?.distance, nearer);
    },
  ),
];

/** A pending order that is taken back. */
export const cancelCases: readonly Case[] = [
  ...TYPES.map((type) =>
    given([takes(type)], `takes back a waiting ${type} order`, async (subject) => {
      const order = await wait(subject, { type });
      const outcome = done(await send(subject, cancelRequest(subject, order)));
      expect(outcome.orderId).toBe(order.orderId);
      expect((await subject.broker.state()).pendingOrders).toEqual([]);
      const after = await subject.broker.order(order.orderId);
      expect(after).toMatchObject({ state: "cancelled", endedBy: outcome.transactionId });
      expect(after).toMatchObject({ replacedBy: null });
    }),
  ),
  given(
    [exitOrder("stop_loss")],
    "takes back one exit, and leaves the trade and the other",
    async (subject) => {
      const now = await market(subject);
      const stopLoss = { kind: "price", price: points(now.bid, -500, now) } as const;
      await open(subject, { stopLoss, takeProfit: points(now.bid, 500, now) });
      const { pendingOrders } = await subject.broker.state();
      const stop = required(pendingOrders.find((order) => order.type === "stop_loss"));
      done(await send(subject, cancelRequest(subject, stop)));
      const trade = only((await subject.broker.state()).trades);
      expect(trade.stopLoss).toBeNull();
      expect(trade.takeProfit).not.toBeNull();
    },
  ),
  given([takes("limit")], "leaves every other order as it was", async (subject) => {
    const [first, second] = [await wait(subject), await wait(subject, { side: "sell" })];
    done(await send(subject, cancelRequest(subject, first)));
    expect(only((await subject.broker.state()).pendingOrders).orderId).toBe(second.orderId);
  }),
  given([takes("limit")], "refuses to take back an order twice", async (subject) => {
    const order = await wait(subject);
    done(await send(subject, cancelRequest(subject, order)));
    await expectMissing(send(subject, cancelRequest(subject, order)), "ORDER_NOT_FOUND");
  }),
  given([takes("limit")], "refuses to take back an order that never was", async (subject) => {
    const stranger = { orderId: "999999", side: "buy", units: units("1000") } as const;
    await expectMissing(send(subject, cancelRequest(subject, stranger)), "ORDER_NOT_FOUND");
  }),
  given(
    [takes("limit"), MOVES],
    "BR-06 refuses to take back an order that has been filled",
    async (subject) => {
      const order = await wait(subject);
      await moveTo(subject, "buy", required(order.price));
      expectRefusal(await send(subject, cancelRequest(subject, order)));
      expect((await subject.broker.state()).trades).toHaveLength(1);
    },
  ),
  given(
    [takes("limit")],
    "refuses to take back a market order, which never waits",
    async (subject) => {
      const { orderId } = filled(await place(subject));
      const request = { orderId, side: "buy", units: units("1000") } as const;
      expectRefusal(await send(subject, cancelRequest(subject, request)));
      expect((await subject.broker.state()).trades).toHaveLength(1);
    },
  ),
];
