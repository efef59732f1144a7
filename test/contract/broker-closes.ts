import { expect, it } from "vitest";
import { decimal, sumOf, toPrice } from "../../src/core/money.ts";
import { clearOrder } from "../support/clear-order.ts";
import {
  type Current,
  close,
  closeRequest,
  expectDecimal,
  filled,
  market,
  neverAborted,
  only,
  place,
  sizes,
  units,
} from "./broker-steps.ts";

export function closingCases(current: Current): void {
  it("closes a part of one trade, and not another", async () => {
    const first = filled(await place(current(), { units: units("1000") })).openedTradeId;
    const second = filled(await place(current(), { units: units("2500") })).openedTradeId;
    const outcome = await close(current(), { tradeId: second, units: units("600") });
    expect(filled(outcome).closedTradeIds).toEqual([second]);
    expectDecimal(only(filled(outcome).fills).units, decimal("600"));
    expect(await sizes(current())).toEqual({ [`${first}`]: "1000", [`${second}`]: "1900" });
  });

  it("closes a part of a position, oldest trade first", async () => {
    const first = filled(await place(current(), { units: units("1000") })).openedTradeId;
    const second = filled(await place(current(), { units: units("2500") })).openedTradeId;
    const outcome = filled(await close(current(), { units: units("1400") }));
    expect(outcome.closedTradeIds).toEqual([first, second]);
    expect(await sizes(current())).toEqual({ [`${second}`]: "2100" });
  });

  it("closes a whole position, also what was added since it was sized", async () => {
    await place(current(), { side: "sell", units: units("1000") });
    await place(current(), { side: "sell", units: units("2500") });
    const whole = { side: "buy", units: units("1000"), isWhole: true } as const;
    const outcome = filled(await close(current(), whole));
    expectDecimal(sumOf(outcome.fills.map((fill) => fill.units)), decimal("3500"));
    expect((await current().broker.state()).trades).toEqual([]);
  });

  it("closes one whole trade and its exits with it", async () => {
    const { bid, step } = await market(current());
    const stopLoss = toPrice(bid.minus(step.times(decimal("500"))));
    const { openedTradeId } = filled(
      await place(current(), { stopLoss: { kind: "price", price: stopLoss } }),
    );
    filled(await close(current(), { tradeId: openedTradeId, isWhole: true }));
    const { trades, pendingOrders } = await current().broker.state();
    expect(trades).toEqual([]);
    expect(pendingOrders).toEqual([]);
  });

  it("refuses to close what isn't open", async () => {
    const { broker } = current();
    const whole = { units: units("1000"), isWhole: true };
    for (const tradeId of [null, "999999"]) {
      const request = await closeRequest(current(), { ...whole, tradeId });
      const outcome = await broker
        .place(clearOrder(request), { signal: neverAborted() })
        .catch((reason: unknown) => reason);
      expect(outcome).not.toMatchObject({ status: "filled" });
    }
  });
}

export function bookingCases(current: Current): void {
  it("books into the balance exactly what the fills say", async () => {
    const { broker } = current();
    const before = (await broker.state()).account;
    await place(current(), { units: units("1000") });
    await place(current(), { side: "sell", units: units("400") });
    await close(current(), { isWhole: true, units: units("600") });

    const after = (await broker.state()).account;
    const entries = await broker.transactionsSince(before.lastTransactionId);
    const booked = sumOf(entries.map((entry) => entry.amount));
    expectDecimal(before.balance.plus(booked), after.balance);
    const earned = sumOf(entries.map((entry) => entry.realizedPl));
    expectDecimal(before.realizedPl.plus(earned), after.realizedPl);
    expectDecimal(after.equity, after.balance);
  });
}
