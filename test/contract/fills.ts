import { expect } from "vitest";
import { decimal, sumOf, toPrice } from "../../src/core/money.ts";
import { entryPrice } from "../../src/core/quote.ts";
import { expectDecimal, expectRefusal, filled, only, required, units } from "./answers.ts";
import { always, attaches, type Case, can, given, LIMITED, NETTING } from "./case.ts";
import { market } from "./market.ts";
import { marketRequest } from "./requests.ts";
import { closeWhole, newest, place, placeAtQuote, placeUntilRefused, send } from "./steps.ts";

export const fillCases: readonly Case[] = [
  ...(["buy", "sell"] as const).map((side) =>
    always(`fills a market ${side} at the price quoted`, async (subject) => {
      const { quote, outcome } = await placeAtQuote(subject, { side, units: units("1000") });
      const fill = only(filled(outcome).fills);
      expectDecimal(fill.units, decimal("1000"));
      expectDecimal(fill.price, entryPrice(quote, side));

      const { account, trades } = await subject.broker.state();
      const trade = only(trades);
      expect(trade.id).toBe(filled(outcome).openedTradeId);
      expect(trade.direction).toBe(side === "buy" ? "long" : "short");
      expectDecimal(trade.units, decimal("1000"));
      expectDecimal(trade.openPrice, fill.price);
      expect(account.openTrades).toBe(1);
      expect(account.marginUsed.isPositive()).toBe(true);
      expectDecimal(account.equity, account.balance.plus(account.unrealizedPl));
    }),
  ),
  given(
    [attaches("stop_loss"), attaches("take_profit")],
    "attaches stop-loss and take-profit to the trade with the prices given",
    async (subject) => {
      const { broker } = subject;
      const { bid, step } = await market(subject);
      const stopLoss = toPrice(bid.minus(step.times(decimal("500"))));
      const takeProfit = toPrice(bid.plus(step.times(decimal("500"))));
      filled(await place(subject, { stopLoss: { kind: "price", price: stopLoss }, takeProfit }));

      const { trades, pendingOrders } = await broker.state();
      const trade = only(trades);
      expectDecimal(trade.stopLoss, stopLoss);
      expectDecimal(trade.takeProfit, takeProfit);
      expect(trade.trailingStop).toBeNull();
      const exitOrders = pendingOrders.toSorted((a, b) => (a.type < b.type ? -1 : 1));
      expect(exitOrders.map((order) => [order.type, order.tradeId, order.side])).toEqual([
        ["stop_loss", trade.id, "sell"],
        ["take_profit", trade.id, "sell"],
      ]);
    },
  ),
  given(
    [attaches("stop_loss")],
    "attaches a stop-loss at a distance from the fill's own price",
    async (subject) => {
      const { broker } = subject;
      const distance = (await market(subject)).step.times(decimal("500"));
      const outcome = await place(subject, { stopLoss: { kind: "distance", distance } });
      const fill = only(filled(outcome).fills);
      expectDecimal(only((await broker.state()).trades).stopLoss, fill.price.minus(distance));
    },
  ),
  given(
    [attaches("trailing_stop")],
    "attaches a trailing stop that stands its distance below the market",
    async (subject) => {
      const { broker } = subject;
      const { step } = await market(subject);
      const trailingStop = step.times(decimal("500"));
      const fill = only(filled(await place(subject, { trailingStop })).fills);

      const trailing = only((await broker.state()).trades).trailingStop;
      expectDecimal(trailing?.distance, trailingStop);
      expect(trailing?.price?.isLessThan(fill.price)).toBe(true);
    },
  ),
];

export const nettingCases: readonly Case[] = [
  given([NETTING], "reduces the oldest trade first, then the next", async (subject) => {
    const first = filled(await place(subject, { units: units("1000") })).openedTradeId;
    const second = filled(await place(subject, { units: units("2000") })).openedTradeId;
    const outcome = filled(await place(subject, { side: "sell", units: units("1500") }));
    expect(outcome.openedTradeId).toBeNull();
    expect(outcome.closedTradeIds).toEqual([first, second]);

    const trade = only((await subject.broker.state()).trades);
    expect(trade.id).toBe(second);
    expectDecimal(trade.units, decimal("1500"));
  }),
  given(
    [NETTING],
    "flips a position: closes what is open and opens the rest the other way",
    async (subject) => {
      const first = filled(await place(subject, { units: units("1000") })).openedTradeId;
      const outcome = filled(await place(subject, { side: "sell", units: units("1700") }));
      expect(outcome.closedTradeIds).toEqual([first]);

      const trade = only((await subject.broker.state()).trades);
      expect(trade.id).toBe(outcome.openedTradeId);
      expect(trade.direction).toBe("short");
      expectDecimal(trade.units, decimal("700"));
    },
  ),
  given([can("reduceOnly")], "never opens anything with a reduce-only order", async (subject) => {
    const { broker } = subject;
    filled(await place(subject, { units: units("1000") }));
    const order = { side: "sell", units: units("3000"), reduceOnly: true } as const;
    await place(subject, order);
    const after = (await broker.state()).trades;
    expect(after.every((trade) => trade.direction === "long")).toBe(true);

    await closeWhole(subject, after);
    const nothingLeft = await place(subject, { ...order, units: units("1000") });
    expect(["cancelled", "rejected"]).toContain(nothingLeft.status);
    expect((await broker.state()).trades).toEqual([]);
  }),
];

export const originCases: readonly Case[] = [
  given(
    [can("clientExtensions")],
    "keeps signal, agent, comment and client order id with the trade and the order",
    async (subject) => {
      const { broker } = subject;
      const origin = { signalId: "sig;=1 ä", agent: "trend/2", comment: "first; try=1" };
      const request = marketRequest(subject, { origin });
      const since = await newest(subject);
      const outcome = filled(await send(subject, request));

      const trade = only((await broker.state()).trades);
      expect(trade.clientOrderId).toBe(request.clientOrderId);
      expect(trade.signalId).toBe(origin.signalId);
      const order = await broker.order(outcome.orderId);
      expect(order?.origin).toEqual(origin);
      const fill = (await broker.transactionsSince(since)).find((entry) => entry.type === "fill");
      expect(fill).toMatchObject({
        clientOrderId: request.clientOrderId,
        signalId: origin.signalId,
        agent: origin.agent,
      });
    },
  ),
];

export const refusalCases: readonly Case[] = [
  given(
    [can("priceBound")],
    "doesn't fill beyond the price bound, and says so",
    async (subject) => {
      const { bid, step } = await market(subject);
      const priceBound = toPrice(bid.minus(step.times(decimal("100"))));
      expectRefusal(await place(subject, { priceBound }));
      expect((await subject.broker.state()).trades).toEqual([]);
    },
  ),
  given(
    [LIMITED],
    "fills nothing of an all-or-nothing order that is larger than what is on offer",
    async (subject) => {
      const outcome = await place(subject, { units: units(required(subject.unfillableUnits)) });
      expect(expectRefusal(outcome).rejection.code).toBe("INSUFFICIENT_LIQUIDITY");
      expect((await subject.broker.state()).trades).toEqual([]);
    },
  ),
  given(
    [LIMITED],
    "fills what is on offer of an immediate-or-cancel order, and no more",
    async (subject) => {
      const asked = units(required(subject.unfillableUnits));
      const outcome = filled(await place(subject, { units: asked, timeInForce: "IOC" }));
      expect(outcome.status).toBe("partially_filled");
      const total = sumOf(outcome.fills.map((fill) => fill.units));
      expect(total.isLessThan(asked)).toBe(true);
      expectDecimal(only((await subject.broker.state()).trades).units, total);
    },
  ),
  always("refuses what the margin doesn't carry as INSUFFICIENT_MARGIN", async (subject) => {
    const { outcome, filledBefore } = await placeUntilRefused(subject);
    const { rejection, transactionId } = outcome;
    expect(rejection.code).toBe("INSUFFICIENT_MARGIN");
    expect(rejection.brokerCode).not.toBe("");
    expect(rejection.message).not.toBe("");
    expect(rejection.hint).not.toBe("");
    expect(transactionId).not.toBe("");
    expect((await subject.broker.state()).trades).toHaveLength(filledBefore);
  }),
];

export const sendingCases: readonly Case[] = [
  given(
    [can("clientOrderIds")],
    "BR-01 never has two trades from one client order id",
    async (subject) => {
      const request = marketRequest(subject);
      filled(await send(subject, request));
      const second = await send(subject, request).catch((reason: unknown) => reason);
      expect(second).not.toMatchObject({ status: "filled" });
      expectDecimal(only((await subject.broker.state()).trades).units, request.units);
    },
  ),
];
