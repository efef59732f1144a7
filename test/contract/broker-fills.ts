import { expect, it } from "vitest";
import { decimal, sumOf, toPrice } from "../../src/core/money.ts";
import { entryPrice } from "../../src/core/quote.ts";
import { clearOrder } from "../support/clear-order.ts";
import {
  type Current,
  closeWhole,
  expectDecimal,
  expectRefusal,
  filled,
  market,
  marketRequest,
  only,
  place,
  placeAtQuote,
  placeUntilRefused,
  send,
  units,
} from "./broker-steps.ts";

export function fillCases(current: Current): void {
  it.each(["buy", "sell"] as const)("fills a market %s at the price quoted", async (side) => {
    const { quote, outcome } = await placeAtQuote(current(), { side, units: units("1000") });
    const fill = only(filled(outcome).fills);
    expectDecimal(fill.units, decimal("1000"));
    expectDecimal(fill.price, entryPrice(quote, side));

    const { account, trades } = await current().broker.state();
    const trade = only(trades);
    expect(trade.id).toBe(filled(outcome).openedTradeId);
    expect(trade.direction).toBe(side === "buy" ? "long" : "short");
    expectDecimal(trade.units, decimal("1000"));
    expectDecimal(trade.openPrice, fill.price);
    expect(account.openTrades).toBe(1);
    expect(account.marginUsed.isPositive()).toBe(true);
    expectDecimal(account.equity, account.balance.plus(account.unrealizedPl));
  });

  it("attaches stop-loss and take-profit to the trade with the prices given", async (context) => {
    const { connection, broker } = current();
    const exits = connection.capabilities.attachedExits;
    if (!exits.includes("stop_loss") || !exits.includes("take_profit")) context.skip();
    const { bid, step } = await market(current());
    const stopLoss = toPrice(bid.minus(step.times(decimal("500"))));
    const takeProfit = toPrice(bid.plus(step.times(decimal("500"))));
    filled(await place(current(), { stopLoss: { kind: "price", price: stopLoss }, takeProfit }));

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
  });

  it("attaches a stop-loss at a distance from the fill's own price", async (context) => {
    const { connection, broker } = current();
    if (!connection.capabilities.attachedExits.includes("stop_loss")) context.skip();
    const distance = (await market(current())).step.times(decimal("500"));
    const outcome = await place(current(), { stopLoss: { kind: "distance", distance } });
    const fill = only(filled(outcome).fills);
    expectDecimal(only((await broker.state()).trades).stopLoss, fill.price.minus(distance));
  });

  it("attaches a trailing stop that stands its distance below the market", async (context) => {
    const { connection, broker } = current();
    if (!connection.capabilities.attachedExits.includes("trailing_stop")) context.skip();
    const { step } = await market(current());
    const trailingStop = step.times(decimal("500"));
    const fill = only(filled(await place(current(), { trailingStop })).fills);

    const trailing = only((await broker.state()).trades).trailingStop;
    expectDecimal(trailing?.distance, trailingStop);
    expect(trailing?.price?.isLessThan(fill.price)).toBe(true);
  });
}

export function nettingCases(current: Current): void {
  it("reduces the oldest trade first, then the next", async (context) => {
    if (current().connection.capabilities.hedging) context.skip();
    const first = filled(await place(current(), { units: units("1000") })).openedTradeId;
    const second = filled(await place(current(), { units: units("2000") })).openedTradeId;
    const outcome = filled(await place(current(), { side: "sell", units: units("1500") }));
    expect(outcome.openedTradeId).toBeNull();
    expect(outcome.closedTradeIds).toEqual([first, second]);

    const trade = only((await current().broker.state()).trades);
    expect(trade.id).toBe(second);
    expectDecimal(trade.units, decimal("1500"));
  });

  it("flips a position: closes what is open and opens the rest the other way", async (context) => {
    if (current().connection.capabilities.hedging) context.skip();
    const first = filled(await place(current(), { units: units("1000") })).openedTradeId;
    const outcome = filled(await place(current(), { side: "sell", units: units("1700") }));
    expect(outcome.closedTradeIds).toEqual([first]);

    const trade = only((await current().broker.state()).trades);
    expect(trade.id).toBe(outcome.openedTradeId);
    expect(trade.direction).toBe("short");
    expectDecimal(trade.units, decimal("700"));
  });

  it("never opens anything with a reduce-only order", async (context) => {
    const { connection, broker } = current();
    if (!connection.capabilities.reduceOnly) context.skip();
    filled(await place(current(), { units: units("1000") }));
    const order = { side: "sell", units: units("3000"), reduceOnly: true } as const;
    await place(current(), order);
    const after = (await broker.state()).trades;
    expect(after.every((trade) => trade.direction === "long")).toBe(true);

    await closeWhole(current(), after);
    const nothingLeft = await place(current(), { ...order, units: units("1000") });
    expect(["cancelled", "rejected"]).toContain(nothingLeft.status);
    expect((await broker.state()).trades).toEqual([]);
  });
}

export function originCases(current: Current): void {
  it("keeps signal, agent, comment and client order id with the trade and the order", async (context) => {
    const { connection, broker } = current();
    if (!connection.capabilities.clientExtensions) context.skip();
    const origin = { signalId: "sig;=1 ä", agent: "trend/2", comment: "first; try=1" };
    const request = await marketRequest(current(), { origin });
    const since = (await broker.state()).account.lastTransactionId;
    const outcome = filled(await send(current(), request));

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
  });
}

export function refusalCases(current: Current): void {
  it("doesn't fill beyond the price bound, and says so", async (context) => {
    if (!current().connection.capabilities.priceBound) context.skip();
    const { bid, step } = await market(current());
    const priceBound = toPrice(bid.minus(step.times(decimal("100"))));
    expectRefusal(await place(current(), { priceBound }));
    expect((await current().broker.state()).trades).toEqual([]);
  });

  it("fills nothing of an all-or-nothing order that is larger than what is on offer", async (context) => {
    const { unfillableUnits, broker } = current();
    if (unfillableUnits === null) return context.skip();
    const outcome = await place(current(), { units: units(unfillableUnits) });
    expect(expectRefusal(outcome).rejection.code).toBe("INSUFFICIENT_LIQUIDITY");
    expect((await broker.state()).trades).toEqual([]);
  });

  it("fills what is on offer of an immediate-or-cancel order, and no more", async (context) => {
    const { unfillableUnits, broker } = current();
    if (unfillableUnits === null) return context.skip();
    const asked = units(unfillableUnits);
    const outcome = filled(await place(current(), { units: asked, timeInForce: "IOC" }));
    expect(outcome.status).toBe("partially_filled");
    const total = sumOf(outcome.fills.map((fill) => fill.units));
    expect(total.isLessThan(asked)).toBe(true);
    expectDecimal(only((await broker.state()).trades).units, total);
  });

  it("refuses what the margin doesn't carry as INSUFFICIENT_MARGIN", async () => {
    const { outcome, filledBefore } = await placeUntilRefused(current());
    const { rejection, transactionId } = outcome;
    expect(rejection.code).toBe("INSUFFICIENT_MARGIN");
    expect(rejection.brokerCode).not.toBe("");
    expect(rejection.message).not.toBe("");
    expect(rejection.hint).not.toBe("");
    expect(transactionId).not.toBe("");
    expect((await current().broker.state()).trades).toHaveLength(filledBefore);
  });
}

export function sendingCases(current: Current): void {
  it("BR-01 never has two trades from one client order id", async (context) => {
    if (!current().connection.capabilities.clientOrderIds) context.skip();
    const request = await marketRequest(current(), {});
    filled(await send(current(), request));
    const second = await send(current(), request).catch((reason: unknown) => reason);
    expect(second).not.toMatchObject({ status: "filled" });
    expectDecimal(only((await current().broker.state()).trades).units, request.units);
  });

  it("sends nothing when it was told to stop before", async () => {
    const { broker } = current();
    const request = await marketRequest(current(), {});
    const placed = broker.place(clearOrder(request), { signal: AbortSignal.abort() });
    await expect(placed).rejects.toMatchObject({ name: "Failure", sent: false });
    expect((await broker.state()).trades).toEqual([]);
  });
}
