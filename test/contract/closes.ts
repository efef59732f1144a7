import { expect } from "vitest";
import { decimal, sumOf, toPrice } from "../../src/core/money.ts";
import { expectDecimal, expectNotDone, filled, only, units } from "./answers.ts";
import { always, attaches, type Case, given } from "./case.ts";
import { market } from "./market.ts";
import { closeRequest } from "./requests.ts";
import { close, place, send, sizes } from "./steps.ts";

export const closingCases: readonly Case[] = [
  always("closes a part of one trade, and not another", async (subject) => {
    const first = filled(await place(subject, { units: units("1000") })).openedTradeId;
    const second = filled(await place(subject, { units: units("2500") })).openedTradeId;
    const outcome = await close(subject, { tradeId: second, units: units("600") });
    expect(filled(outcome).closedTradeIds).toEqual([second]);
    expectDecimal(only(filled(outcome).fills).units, decimal("600"));
    expect(await sizes(subject)).toEqual({ [`${first}`]: "1000", [`${second}`]: "1900" });
  }),
  always("closes a part of a position, oldest trade first", async (subject) => {
    const first = filled(await place(subject, { units: units("1000") })).openedTradeId;
    const second = filled(await place(subject, { units: units("2500") })).openedTradeId;
    const outcome = filled(await close(subject, { units: units("1400") }));
    expect(outcome.closedTradeIds).toEqual([first, second]);
    expect(await sizes(subject)).toEqual({ [`${second}`]: "2100" });
  }),
  always("closes a whole position, also what was added since it was sized", async (subject) => {
    await place(subject, { side: "sell", units: units("1000") });
    await place(subject, { side: "sell", units: units("2500") });
    const whole = { side: "buy", units: units("1000"), isWhole: true } as const;
    const outcome = filled(await close(subject, whole));
    expectDecimal(sumOf(outcome.fills.map((fill) => fill.units)), decimal("3500"));
    expect((await subject.broker.state()).trades).toEqual([]);
  }),
  given(
    [attaches("stop_loss")],
    "closes one whole trade and its exits with it",
    async (subject) => {
      const { bid, step } = await market(subject);
      const stopLoss = toPrice(bid.minus(step.times(decimal("500"))));
      const { openedTradeId } = filled(
        await place(subject, { stopLoss: { kind: "price", price: stopLoss } }),
      );
      filled(await close(subject, { tradeId: openedTradeId, isWhole: true }));
      const { trades, pendingOrders } = await subject.broker.state();
      expect(trades).toEqual([]);
      expect(pendingOrders).toEqual([]);
    },
  ),
  always("refuses to close what isn't open", async (subject) => {
    const whole = { units: units("1000"), isWhole: true };
    for (const tradeId of [null, "999999"]) {
      await expectNotDone(send(subject, closeRequest(subject, { ...whole, tradeId })));
    }
  }),
];

export const bookingCases: readonly Case[] = [
  always("books into the balance exactly what the fills say", async (subject) => {
    const { broker } = subject;
    const before = (await broker.state()).account;
    await place(subject, { units: units("1000") });
    await place(subject, { side: "sell", units: units("400") });
    await close(subject, { isWhole: true, units: units("600") });

    const after = (await broker.state()).account;
    const entries = await broker.transactionsSince(before.lastTransactionId);
    const booked = sumOf(entries.map((entry) => entry.amount));
    expectDecimal(before.balance.plus(booked), after.balance);
    const earned = sumOf(entries.map((entry) => entry.realizedPl));
    expectDecimal(before.realizedPl.plus(earned), after.realizedPl);
    expectDecimal(after.equity, after.balance);
  }),
];
