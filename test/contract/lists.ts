import { expect } from "vitest";
import { expectDecimal, expectRefusal, expectSame, filled, only, units } from "./answers.ts";
import { always, attaches, type Case, can, given, takes } from "./case.ts";
import { market, points } from "./market.ts";
import { cancelRequest, marketRequest } from "./requests.ts";
import { open, place, placeUntilRefused, send, wait } from "./steps.ts";

export const listCases: readonly Case[] = [
  given(
    [can("clientOrderIds")],
    "finds an order by its id and by its client order id",
    async (subject) => {
      const { broker } = subject;
      const request = marketRequest(subject, { units: units("1000") });
      const { orderId } = filled(await send(subject, request));
      const order = await broker.order(orderId);
      expect(order).toMatchObject({
        orderId,
        clientOrderId: request.clientOrderId,
        type: "market",
        instrument: request.instrument,
        side: "buy",
        state: "filled",
      });
      expectDecimal(order?.units, request.units);
      expectSame(await broker.order(`@${request.clientOrderId}`), order);
    },
  ),
  always("has no order of an id that never was", async ({ broker }) => {
    expect(await broker.order("999999")).toBeNull();
    expect(await broker.order("@nobody")).toBeNull();
  }),
  always("lists orders by state, newest first", async (subject) => {
    const { broker } = subject;
    const first = filled(await place(subject, { units: units("1000") })).orderId;
    const second = filled(await place(subject, { units: units("1200") })).orderId;
    await placeUntilRefused(subject);
    const done = await broker.orders("filled");
    expect(done.map((order) => order.orderId).slice(-2)).toEqual([second, first]);
    expect(done.every((order) => order.state === "filled")).toBe(true);
    const cancelled = await broker.orders("cancelled");
    expect(cancelled.every((order) => order.state === "cancelled")).toBe(true);
    expect(await broker.orders("pending")).toEqual([]);
    expect((await broker.orders("all")).length).toBe(done.length + cancelled.length);
  }),
  given([takes("limit")], "lists what waits, newest first, as the state does", async (subject) => {
    const { broker } = subject;
    const placed = [
      await wait(subject),
      await wait(subject, { side: "sell" }),
      await wait(subject),
    ];
    const pending = await broker.orders("pending");
    const newestFirst = placed.map((order) => order.orderId).toReversed();
    expect(pending.map((order) => order.orderId)).toEqual(newestFirst);
    const byId = (await broker.state()).pendingOrders.map((order) => order.orderId);
    expect(byId.toSorted()).toEqual(newestFirst.toSorted());
    expect((await broker.orders("all")).map((order) => order.orderId)).toEqual(newestFirst);
  }),
  given(
    [takes("limit")],
    "lists an order that was taken back among the cancelled",
    async (subject) => {
      const { broker } = subject;
      const order = await wait(subject);
      await send(subject, cancelRequest(subject, order));
      expect(await broker.orders("pending")).toEqual([]);
      expect(only(await broker.orders("cancelled")).orderId).toBe(order.orderId);
    },
  ),
  given(
    [attaches("stop_loss"), attaches("take_profit")],
    "finds an exit by its id, with its trade",
    async (subject) => {
      const now = await market(subject);
      const trade = await open(subject, {
        stopLoss: { kind: "price", price: points(now.bid, -500, now) },
        takeProfit: points(now.bid, 500, now),
      });
      for (const exit of (await subject.broker.state()).pendingOrders) {
        expectSame(await subject.broker.order(exit.orderId), exit);
        expect(exit).toMatchObject({ tradeId: trade.id, state: "pending", timeInForce: "GTC" });
        expect(exit.reduceOnly).toBe(true);
        expectDecimal(exit.units, trade.units);
      }
    },
  ),
  always("lists a refused order as cancelled, or not at all", async (subject) => {
    const { outcome } = await placeUntilRefused(subject);
    const { orderId } = expectRefusal(outcome);
    if (orderId === null) return;
    expect(await subject.broker.order(orderId)).toMatchObject({ state: "cancelled" });
  }),
];
