import { expect } from "vitest";
import { decimal, sumOf } from "../../src/core/money.ts";
import type { ExitsChange } from "../../src/core/order-request.ts";
import { done, expectDecimal, expectNotDone, filled, only, units } from "./answers.ts";
import { attaches, type Case, exitOrder, GUARANTEED, given, MOVES } from "./case.ts";
import { distance, type Market, market, moveBy, moveTo, points } from "./market.ts";
import { exitsRequest } from "./requests.ts";
import { close, closeWhole, newest, open, send } from "./steps.ts";
import type { BrokerUnderTest } from "./subject.ts";

const ALL = [exitOrder("stop_loss"), exitOrder("take_profit"), exitOrder("trailing_stop")];

type Changes = Partial<Pick<ExitsChange, "stopLoss" | "takeProfit" | "trailingStop">>;

function stopAt(now: Market, count: number) {
  return { set: { kind: "price", price: points(now.bid, count, now) } } as const;
}

/** Changes the exits of the only trade, and gives it as it is then. */
async function change(subject: BrokerUnderTest, changes: Changes) {
  const before = only((await subject.broker.state()).trades);
  const outcome = done(await send(subject, exitsRequest(subject, before, changes)));
  const { account, trades, pendingOrders } = await subject.broker.state();
  return { outcome, trade: only(trades), pendingOrders, account };
}

/** The exits of a trade that is open already. */
export const exitCases: readonly Case[] = [
  given([exitOrder("stop_loss")], "sets a stop-loss on a bare trade", async (subject) => {
    await open(subject);
    const now = await market(subject);
    const { outcome, trade, pendingOrders } = await change(subject, {
      stopLoss: stopAt(now, -500),
    });
    expectDecimal(trade.stopLoss, points(now.bid, -500, now));
    const order = only(pendingOrders);
    expect(order).toMatchObject({ type: "stop_loss", tradeId: trade.id, side: "sell" });
    expect(outcome.orderId).toBe(order.orderId);
  }),
  given([exitOrder("take_profit")], "sets a take-profit on a bare trade", async (subject) => {
    await open(subject);
    const now = await market(subject);
    const takeProfit = { set: points(now.bid, 500, now) };
    const { trade, pendingOrders } = await change(subject, { takeProfit });
    expectDecimal(trade.takeProfit, takeProfit.set);
    expect(only(pendingOrders)).toMatchObject({ type: "take_profit", tradeId: trade.id });
  }),
  given([exitOrder("trailing_stop")], "sets a trailing stop on a bare trade", async (subject) => {
    await open(subject);
    const now = await market(subject);
    const { trade } = await change(subject, { trailingStop: { set: distance(500, now) } });
    expectDecimal(trade.trailingStop?.distance, distance(500, now));
    expect(trade.trailingStop?.price?.isLessThan(now.bid)).toBe(true);
  }),
  given(ALL, "sets all three exits of a short trade at once", async (subject) => {
    await open(subject, { side: "sell" });
    const now = await market(subject);
    const { trade, pendingOrders, account } = await change(subject, {
      stopLoss: { set: { kind: "price", price: points(now.ask, 500, now) } },
      takeProfit: { set: points(now.ask, -500, now) },
      trailingStop: { set: distance(600, now) },
    });
    expectDecimal(trade.stopLoss, points(now.ask, 500, now));
    expectDecimal(trade.takeProfit, points(now.ask, -500, now));
    expect(trade.trailingStop?.price?.isGreaterThan(now.ask)).toBe(true);
    expect(pendingOrders.every((order) => order.side === "buy")).toBe(true);
    expect(account.pendingOrders).toBe(3);
  }),
  given(
    [exitOrder("stop_loss")],
    "measures a stop's distance from the trade's open price",
    async (subject) => {
      const { openPrice } = await open(subject);
      const away = distance(700, await market(subject));
      const { trade } = await change(subject, {
        stopLoss: { set: { kind: "distance", distance: away } },
      });
      expectDecimal(trade.stopLoss, openPrice.minus(away));
    },
  ),
  given([exitOrder("stop_loss")], "moves a stop-loss, and has one of it", async (subject) => {
    const now = await market(subject);
    await open(subject, { stopLoss: stopAt(now, -500).set });
    const { trade, pendingOrders } = await change(subject, { stopLoss: stopAt(now, -400) });
    expectDecimal(trade.stopLoss, points(now.bid, -400, now));
    only(pendingOrders);
  }),
  given([exitOrder("take_profit")], "moves a take-profit, and has one of it", async (subject) => {
    const now = await market(subject);
    await open(subject, { takeProfit: points(now.bid, 500, now) });
    const { trade, pendingOrders } = await change(subject, {
      takeProfit: { set: points(now.bid, 400, now) },
    });
    expectDecimal(trade.takeProfit, points(now.bid, 400, now));
    only(pendingOrders);
  }),
  given(
    [exitOrder("trailing_stop")],
    "changes a trailing stop, and has one of it",
    async (subject) => {
      const now = await market(subject);
      await open(subject, { trailingStop: distance(500, now) });
      const { trade, pendingOrders } = await change(subject, {
        trailingStop: { set: distance(300, now) },
      });
      expectDecimal(trade.trailingStop?.distance, distance(300, now));
      only(pendingOrders);
    },
  ),
  ...(["stopLoss", "takeProfit", "trailingStop"] as const).map((exit) =>
    given(ALL, `removes the ${exit} alone`, async (subject) => {
      const now = await market(subject);
      const all = {
        stopLoss: stopAt(now, -500).set,
        takeProfit: points(now.bid, 500, now),
        trailingStop: distance(600, now),
      };
      await open(subject, all);
      const { outcome, trade, pendingOrders } = await change(subject, { [exit]: "remove" });
      expect(outcome.transactionId).toBe(await newest(subject));
      expect(trade[exit]).toBeNull();
      const left = ["stopLoss", "takeProfit", "trailingStop"] as const;
      for (const other of left) if (other !== exit) expect(trade[other]).not.toBeNull();
      expect(pendingOrders).toHaveLength(2);
    }),
  ),
  given(ALL, "sets one exit, moves another and removes a third at once", async (subject) => {
    const now = await market(subject);
    await open(subject, { stopLoss: stopAt(now, -500).set, trailingStop: distance(600, now) });
    const { trade } = await change(subject, {
      stopLoss: stopAt(now, -450),
      takeProfit: { set: points(now.bid, 500, now) },
      trailingStop: "remove",
    });
    expectDecimal(trade.stopLoss, points(now.bid, -450, now));
    expectDecimal(trade.takeProfit, points(now.bid, 500, now));
    expect(trade.trailingStop).toBeNull();
  }),
  given(
    [exitOrder("stop_loss")],
    "leaves the exits of every other trade alone",
    async (subject) => {
      const now = await market(subject);
      const first = await open(subject, { stopLoss: stopAt(now, -500).set });
      const second = await open(subject, { stopLoss: stopAt(now, -600).set, units: units("1100") });
      done(await send(subject, exitsRequest(subject, second, { stopLoss: "remove" })));
      const { trades } = await subject.broker.state();
      const stopOf = (id: string) => trades.find((trade) => trade.id === id)?.stopLoss ?? null;
      expectDecimal(stopOf(first.id), points(now.bid, -500, now));
      expect(stopOf(second.id)).toBeNull();
    },
  ),
  given(
    [exitOrder("stop_loss")],
    "refuses to change the exits of a trade that isn't open",
    async (subject) => {
      const trade = await open(subject);
      await closeWhole(subject, [trade]);
      const changes = { stopLoss: stopAt(await market(subject), -500) };
      await expectNotDone(send(subject, exitsRequest(subject, trade, changes)));
      const stranger = { ...trade, id: "999999" };
      await expectNotDone(send(subject, exitsRequest(subject, stranger, changes)));
      expect((await subject.broker.state()).pendingOrders).toEqual([]);
    },
  ),
];

/** What exits do when the price arrives. */
export const exitTriggerCases: readonly Case[] = [
  given(
    [attaches("stop_loss"), attaches("take_profit"), MOVES],
    "closes a long trade at its stop-loss, and takes the other exit back",
    async (subject) => {
      const now = await market(subject);
      await open(subject, {
        stopLoss: stopAt(now, -200).set,
        takeProfit: points(now.bid, 200, now),
      });
      await moveTo(subject, "sell", points(now.bid, -199, now));
      expect((await subject.broker.state()).trades).toHaveLength(1);
      await moveTo(subject, "sell", points(now.bid, -200, now));
      const { trades, pendingOrders } = await subject.broker.state();
      expect(trades).toEqual([]);
      expect(pendingOrders).toEqual([]);
      const ended = await subject.broker.orders("all");
      const stateOf = (type: string) => ended.find((order) => order.type === type)?.state;
      expect([stateOf("stop_loss"), stateOf("take_profit")]).toEqual(["filled", "cancelled"]);
    },
  ),
  given(
    [attaches("take_profit"), MOVES],
    "closes a short trade at its take-profit",
    async (subject) => {
      const now = await market(subject);
      await open(subject, { side: "sell", takeProfit: points(now.ask, -200, now) });
      await moveTo(subject, "buy", points(now.ask, -199, now));
      expect((await subject.broker.state()).trades).toHaveLength(1);
      const since = await newest(subject);
      await moveTo(subject, "buy", points(now.ask, -200, now));
      expect((await subject.broker.state()).trades).toEqual([]);
      const fill = (await subject.broker.transactionsSince(since)).find(
        (each) => each.type === "fill",
      );
      expectDecimal(fill?.price, points(now.ask, -200, now));
      expect(fill?.realizedPl.isPositive()).toBe(true);
    },
  ),
  given(
    [attaches("trailing_stop"), MOVES],
    "lets a trailing stop follow the price, and never turn back",
    async (subject) => {
      const now = await market(subject);
      await open(subject, { trailingStop: distance(200, now) });
      await moveBy(subject, 500);
      const risen = points(now.bid, 500 - 200, now);
      expectDecimal(only((await subject.broker.state()).trades).trailingStop?.price, risen);
      await moveBy(subject, -150);
      expectDecimal(only((await subject.broker.state()).trades).trailingStop?.price, risen);
      await moveBy(subject, -50);
      expect((await subject.broker.state()).trades).toEqual([]);
    },
  ),
  given(
    [exitOrder("stop_loss"), MOVES],
    "closes a trade at the stop-loss that was set later",
    async (subject) => {
      const trade = await open(subject, { side: "sell" });
      const now = await market(subject);
      const stopLoss = { set: { kind: "price", price: points(now.ask, 300, now) } } as const;
      done(await send(subject, exitsRequest(subject, trade, { stopLoss })));
      await moveTo(subject, "buy", points(now.ask, 310, now));
      expect((await subject.broker.state()).trades).toEqual([]);
    },
  ),
  given(
    [attaches("stop_loss"), MOVES],
    "closes what is left of a reduced trade at its stop-loss",
    async (subject) => {
      const now = await market(subject);
      const { id } = await open(subject, { stopLoss: stopAt(now, -300).set });
      filled(await close(subject, { tradeId: id, units: units("400") }));
      expectDecimal(
        only((await subject.broker.state()).trades).stopLoss,
        points(now.bid, -300, now),
      );
      const since = await newest(subject);
      await moveTo(subject, "sell", points(now.bid, -300, now));
      expect((await subject.broker.state()).trades).toEqual([]);
      const fill = (await subject.broker.transactionsSince(since)).find(
        (each) => each.type === "fill",
      );
      expectDecimal(fill?.units, decimal("600"));
    },
  ),
  given(
    [GUARANTEED, MOVES],
    "closes a trade at its guaranteed stop's own price, through a gap",
    async (subject) => {
      const now = await market(subject);
      const price = points(now.bid, -300, now);
      const stopLoss = { kind: "price", price, isGuaranteed: true } as const;
      const trade = await open(subject, { stopLoss });
      expect(trade.isStopGuaranteed).toBe(true);
      expectDecimal(trade.stopLoss, price);
      const before = (await subject.broker.state()).account;
      await moveBy(subject, -900);
      const { account, trades } = await subject.broker.state();
      expect(trades).toEqual([]);
      const log = await subject.broker.transactionsSince(before.lastTransactionId);
      const fill = only(log.filter((entry) => entry.type === "fill"));
      expectDecimal(fill.price, price);
      expectDecimal(account.balance, before.balance.plus(sumOf(log.map((entry) => entry.amount))));
    },
  ),
  given([GUARANTEED], "lists a guaranteed stop as what it is", async (subject) => {
    const now = await market(subject);
    const stopLoss = {
      kind: "price",
      price: points(now.bid, -300, now),
      isGuaranteed: true,
    } as const;
    const trade = await open(subject, { stopLoss });
    const order = only((await subject.broker.state()).pendingOrders);
    expect(order).toMatchObject({ type: "guaranteed_stop_loss", tradeId: trade.id });
  }),
  given(
    [GUARANTEED, exitOrder("stop_loss")],
    "sets a guaranteed stop on a bare trade",
    async (subject) => {
      await open(subject);
      const now = await market(subject);
      const price = points(now.bid, -300, now);
      const { trade } = await change(subject, {
        stopLoss: { set: { kind: "price", price, isGuaranteed: true } },
      });
      expect(trade.isStopGuaranteed).toBe(true);
      expectDecimal(trade.stopLoss, price);
    },
  ),
];
