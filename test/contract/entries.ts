import { expect } from "vitest";
import { decimal, ZERO } from "../../src/core/money.ts";
import type { Side } from "../../src/core/order.ts";
import type { EntryType } from "../../src/core/order-request.ts";
import {
  expectDecimal,
  expectNotDone,
  expectSame,
  filled,
  only,
  pending,
  units,
} from "./answers.ts";
import { attaches, type Case, can, given, MOVES, takes } from "./case.ts";
import { distance, market, moveTo, points } from "./market.ts";
import { entryRequest } from "./requests.ts";
import { newest, send, wait } from "./steps.ts";

const TYPES = ["limit", "stop", "mit"] as const satisfies readonly EntryType[];
const SIDES = ["buy", "sell"] as const satisfies readonly Side[];
const EACH = TYPES.flatMap((type) => SIDES.map((side) => ({ type, side })));

/** Orders that wait for a price. */
export const waitingCases: readonly Case[] = [
  ...EACH.map(({ type, side }) =>
    given(
      [takes(type)],
      `keeps a ${type} ${side} waiting, with the terms given`,
      async (subject) => {
        const request = await entryRequest(subject, { type, side, units: units("1200") });
        const { orderId } = pending(await send(subject, request));
        const { account, trades, pendingOrders } = await subject.broker.state();
        const order = only(pendingOrders);
        expect(order).toMatchObject({ orderId, type, side, state: "pending", timeInForce: "GTC" });
        expect(order).toMatchObject({
          tradeId: null,
          expiresAt: null,
          endedBy: null,
          replaces: null,
        });
        expectDecimal(order.units, decimal("1200"));
        expectDecimal(order.price, request.price);
        expect(trades).toEqual([]);
        expect(account.pendingOrders).toBe(1);
        expectDecimal(account.marginUsed, ZERO);
      },
    ),
  ),
  given(
    [takes("limit"), can("clientExtensions")],
    "keeps whose a waiting order is",
    async (subject) => {
      const origin = { signalId: "sig-7", agent: "trend/2", comment: "waits; for=1 ä" };
      const request = await entryRequest(subject, { origin });
      const { orderId } = pending(await send(subject, request));
      const order = await subject.broker.order(orderId);
      expect(order?.origin).toEqual(origin);
      expect(order?.clientOrderId).toBe(request.clientOrderId);
    },
  ),
  given(
    [takes("limit"), can("clientOrderIds")],
    "finds a waiting order by its client id",
    async (subject) => {
      const request = await entryRequest(subject);
      const { orderId } = pending(await send(subject, request));
      const found = await subject.broker.order(`@${request.clientOrderId}`);
      expect(found?.orderId).toBe(orderId);
      expectSame(found, only((await subject.broker.state()).pendingOrders));
    },
  ),
  given(
    [takes("limit"), can("clientOrderIds")],
    "BR-01 refuses a second order with the client id of one that waits",
    async (subject) => {
      const request = await entryRequest(subject);
      pending(await send(subject, request));
      await expectNotDone(send(subject, request));
      expect((await subject.broker.state()).pendingOrders).toHaveLength(1);
    },
  ),
  given(
    [takes("limit"), attaches("stop_loss"), attaches("take_profit")],
    "tells what a waiting order will attach",
    async (subject) => {
      const now = await market(subject);
      const [stop, takeProfit] = [points(now.bid, -600, now), points(now.bid, 600, now)];
      const order = await wait(subject, { stopLoss: { kind: "price", price: stop }, takeProfit });
      expectDecimal(order.stopLoss, stop);
      expectDecimal(order.takeProfit, takeProfit);
      expect(order.stopLossDistance).toBeNull();
      expect(order.trailingStop).toBeNull();
      expect(order.isStopGuaranteed).toBe(false);
    },
  ),
  given(
    [takes("limit"), attaches("stop_loss"), attaches("trailing_stop")],
    "tells the distances that a waiting order will attach",
    async (subject) => {
      const away = distance(400, await market(subject));
      const order = await wait(subject, {
        stopLoss: { kind: "distance", distance: away },
        trailingStop: away,
      });
      expectDecimal(order.stopLossDistance, away);
      expectDecimal(order.trailingStop, away);
    },
  ),
  given(
    [takes("stop"), can("priceBound")],
    "tells the price bound of a waiting order",
    async (subject) => {
      const now = await market(subject);
      const priceBound = points(now.ask, 500, now);
      const order = await wait(subject, { type: "stop", priceBound });
      expectDecimal(order.priceBound, priceBound);
    },
  ),
  given(
    [takes("limit"), can("reduceOnly")],
    "tells that a waiting order only reduces",
    async (subject) => {
      expect((await wait(subject, { reduceOnly: true })).reduceOnly).toBe(true);
      expect((await wait(subject)).reduceOnly).toBe(false);
    },
  ),
];

/** A price that an order of that type fills at when the market comes to it. */
export const triggerCases: readonly Case[] = [
  ...EACH.map(({ type, side }) =>
    given(
      [takes(type), MOVES],
      `fills a ${type} ${side} when the price arrives`,
      async (subject) => {
        const request = await entryRequest(subject, { type, side });
        const { orderId } = pending(await send(subject, request));
        const isBelow = (side === "buy") !== (type === "stop");
        const now = await market(subject);
        await moveTo(subject, side, points(request.price, isBelow ? 1 : -1, now));
        expect((await subject.broker.state()).trades).toEqual([]);
        await moveTo(subject, side, request.price);
        const { account, trades, pendingOrders } = await subject.broker.state();
        const trade = only(trades);
        expect(trade.direction).toBe(side === "buy" ? "long" : "short");
        expectDecimal(trade.openPrice, request.price);
        expect(pendingOrders).toEqual([]);
        expect(account.pendingOrders).toBe(0);
        const order = await subject.broker.order(orderId);
        expect(order).toMatchObject({ state: "filled", orderId });
        expect(order?.endedBy).toBe(trade.id);
      },
    ),
  ),
  given(
    [takes("stop"), MOVES],
    "fills a stop that the market jumps over at the market's price",
    async (subject) => {
      const request = await entryRequest(subject, { type: "stop" });
      pending(await send(subject, request));
      const beyond = points(request.price, 70, await market(subject));
      await moveTo(subject, "buy", beyond);
      expectDecimal(only((await subject.broker.state()).trades).openPrice, beyond);
    },
  ),
  given(
    [takes("limit"), MOVES],
    "fills a limit that the market jumps over at the better price",
    async (subject) => {
      const request = await entryRequest(subject, { side: "sell" });
      pending(await send(subject, request));
      const beyond = points(request.price, 70, await market(subject));
      await moveTo(subject, "sell", beyond);
      expectDecimal(only((await subject.broker.state()).trades).openPrice, beyond);
    },
  ),
  ...SIDES.map((side) =>
    given(
      [takes("limit")],
      `fills a limit ${side} at once where the market already is`,
      async (subject) => {
        const now = await market(subject);
        const price = side === "buy" ? points(now.ask, 100, now) : points(now.bid, -100, now);
        const outcome = filled(await send(subject, await entryRequest(subject, { side, price })));
        const fill = only(outcome.fills);
        const isNoWorse =
          side === "buy" ? !fill.price.isGreaterThan(price) : !fill.price.isLessThan(price);
        expect(isNoWorse).toBe(true);
        expect(only((await subject.broker.state()).trades).id).toBe(outcome.openedTradeId);
      },
    ),
  ),
  given(
    [takes("stop")],
    "fills a stop at once where the market is already beyond",
    async (subject) => {
      const now = await market(subject);
      const price = points(now.ask, -100, now);
      const request = await entryRequest(subject, { type: "stop", price });
      const outcome = filled(await send(subject, request));
      expect(outcome.openedTradeId).not.toBeNull();
      expect((await subject.broker.state()).pendingOrders).toEqual([]);
    },
  ),
  given(
    [takes("stop"), can("priceBound"), MOVES],
    "cancels a stop whose gap passes its price bound",
    async (subject) => {
      const now = await market(subject);
      const request = await entryRequest(subject, {
        type: "stop",
        price: points(now.ask, 100, now),
        priceBound: points(now.ask, 150, now),
      });
      const { orderId } = pending(await send(subject, request));
      await moveTo(subject, "buy", points(now.ask, 400, now));
      const { trades, pendingOrders } = await subject.broker.state();
      expect(trades).toEqual([]);
      expect(pendingOrders).toEqual([]);
      expect((await subject.broker.order(orderId))?.state).toBe("cancelled");
    },
  ),
  given(
    [takes("limit"), attaches("stop_loss"), attaches("take_profit"), MOVES],
    "attaches its exits when a waiting order fills",
    async (subject) => {
      const now = await market(subject);
      const [stop, takeProfit] = [points(now.bid, -900, now), points(now.bid, 900, now)];
      const request = await entryRequest(subject, {
        stopLoss: { kind: "price", price: stop },
        takeProfit,
      });
      pending(await send(subject, request));
      await moveTo(subject, "buy", request.price);
      const { trades, pendingOrders } = await subject.broker.state();
      const trade = only(trades);
      expectDecimal(trade.stopLoss, stop);
      expectDecimal(trade.takeProfit, takeProfit);
      expect(pendingOrders.map((order) => order.tradeId)).toEqual([trade.id, trade.id]);
    },
  ),
  given(
    [takes("limit"), attaches("stop_loss"), MOVES],
    "measures an attached distance from the fill of the waiting order",
    async (subject) => {
      const now = await market(subject);
      const away = distance(400, now);
      const request = await entryRequest(subject, {
        side: "sell",
        stopLoss: { kind: "distance", distance: away },
      });
      pending(await send(subject, request));
      const price = points(request.price, 20, now);
      await moveTo(subject, "sell", price);
      expectDecimal(only((await subject.broker.state()).trades).stopLoss, price.plus(away));
    },
  ),
  given(
    [takes("limit"), can("clientExtensions"), MOVES],
    "labels the trade that a waiting order opens",
    async (subject) => {
      const origin = { signalId: "sig-8", agent: "trend/2", comment: null };
      const request = await entryRequest(subject, { origin });
      pending(await send(subject, request));
      await moveTo(subject, "buy", request.price);
      const trade = only((await subject.broker.state()).trades);
      expect(trade).toMatchObject({ clientOrderId: request.clientOrderId, signalId: "sig-8" });
    },
  ),
  given(
    [takes("limit"), can("reduceOnly"), MOVES],
    "opens nothing with a waiting order that only reduces",
    async (subject) => {
      const request = await entryRequest(subject, { reduceOnly: true });
      pending(await send(subject, request));
      await moveTo(subject, "buy", request.price);
      const { trades, pendingOrders } = await subject.broker.state();
      expect(trades).toEqual([]);
      expect(pendingOrders).toEqual([]);
    },
  ),
  given(
    [takes("limit"), MOVES],
    "cancels a waiting order that the margin doesn't carry when it triggers",
    async (subject) => {
      const { broker } = subject;
      const size = units(subject.largeUnits);
      for (let count = 0; count < 10; count += 1) {
        const request = await entryRequest(subject, { units: size });
        const sent = await send(subject, request);
        expect(sent.status, "margin isn't needed before the fill").toBe("pending");
      }
      const since = await newest(subject);
      const now = await market(subject);
      await moveTo(subject, "buy", points(now.ask, -400, now));
      const { pendingOrders } = await broker.state();
      expect(pendingOrders).toEqual([]);
      const ends = (await broker.transactionsSince(since)).map((entry) => entry.type);
      expect(ends).toContain("fill");
      expect(ends).toContain("cancel");
    },
  ),
];
