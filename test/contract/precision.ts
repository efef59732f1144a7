import { expect } from "vitest";
import { decimal, toPrice, toUnits } from "../../src/core/money.ts";
import type { Instant } from "../../src/core/time.ts";
import { expectDecimal, expectNotDone, filled, only, units } from "./answers.ts";
import { always, attaches, type Case, given, MOVES, takes } from "./case.ts";
import { describedInstrument, market, moveBy, points, quoteOf, venueOf } from "./market.ts";
import { entryRequest, marketRequest } from "./requests.ts";
import { newest, open, place, send } from "./steps.ts";

const HALF_STEP = decimal("0.5");
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/;

/** Exact sizes, prices and times. */
export const precisionCases: readonly Case[] = [
  always("refuses a size with more decimals than the instrument has", async (subject) => {
    const { unitsPrecision } = await describedInstrument(subject);
    const size = toUnits(decimal(`1000.${"0".repeat(unitsPrecision)}5`));
    await expectNotDone(send(subject, marketRequest(subject, { units: size })));
    expect((await subject.broker.state()).trades).toEqual([]);
  }),
  always("refuses a size beyond the largest", async (subject) => {
    const { maximumUnits } = await describedInstrument(subject);
    if (maximumUnits === null) return;
    const size = toUnits(maximumUnits.plus(decimal("1")));
    await expectNotDone(send(subject, marketRequest(subject, { units: size })));
    expect((await subject.broker.state()).trades).toEqual([]);
  }),
  given(
    [takes("limit")],
    "refuses a price with more decimals than the instrument has",
    async (subject) => {
      const now = await market(subject);
      const price = toPrice(now.bid.minus(now.step.times(HALF_STEP)));
      await expectNotDone(send(subject, await entryRequest(subject, { price })));
      expect((await subject.broker.state()).pendingOrders).toEqual([]);
    },
  ),
  given(
    [attaches("stop_loss")],
    "refuses a stop with more decimals than the instrument has",
    async (subject) => {
      const now = await market(subject);
      const price = toPrice(points(now.bid, -500, now).minus(now.step.times(HALF_STEP)));
      const stopLoss = { kind: "price", price } as const;
      await expectNotDone(send(subject, marketRequest(subject, { stopLoss })));
      expect((await subject.broker.state()).trades).toEqual([]);
    },
  ),
  given(
    [attaches("stop_loss")],
    "opens nothing where the stop would be hit at once",
    async (subject) => {
      const now = await market(subject);
      const stopLoss = { kind: "price", price: points(now.ask, 500, now) } as const;
      await expectNotDone(send(subject, marketRequest(subject, { stopLoss })));
      expect((await subject.broker.state()).trades).toEqual([]);
    },
  ),
  given(
    [attaches("take_profit")],
    "opens nothing where the take-profit would be a loss",
    async (subject) => {
      const now = await market(subject);
      const takeProfit = points(now.bid, -500, now);
      await expectNotDone(send(subject, marketRequest(subject, { takeProfit })));
      expect((await subject.broker.state()).trades).toEqual([]);
    },
  ),
  given(
    [attaches("trailing_stop")],
    "refuses a trailing stop nearer than the nearest",
    async (subject) => {
      const { minimumTrailingDistance } = await describedInstrument(subject);
      if (minimumTrailingDistance === null) return;
      const { step } = await market(subject);
      const trailingStop = minimumTrailingDistance.minus(step);
      if (!trailingStop.isPositive()) return;
      await expectNotDone(send(subject, marketRequest(subject, { trailingStop })));
      expect((await subject.broker.state()).trades).toEqual([]);
    },
  ),
  always("fills the very smallest size", async (subject) => {
    const { minimumUnits } = await describedInstrument(subject);
    const fill = only(filled(await place(subject, { units: toUnits(minimumUnits) })).fills);
    expectDecimal(fill.units, minimumUnits);
  }),
  always("gives prices with no more decimals than the instrument has", async (subject) => {
    const { pricePrecision } = await describedInstrument(subject);
    const { openPrice } = await open(subject);
    const { bid, ask } = await quoteOf(subject);
    for (const price of [openPrice, bid, ask]) {
      expect(price.decimals()).toBeLessThanOrEqual(pricePrecision);
    }
  }),
  always("tells times to the nanosecond, and never back", async (subject) => {
    const { broker } = subject;
    const { time: before } = await broker.quotes([subject.instrument]);
    const since = await newest(subject);
    const fill = only(filled(await place(subject)).fills);
    const { account, trades } = await broker.state();
    const entries = await broker.transactionsSince(since);
    const order: readonly Instant[] = [before, fill.time, account.asOf];
    const all = [...order, ...entries.map((entry) => entry.time), only(trades).openedAt];
    for (const time of all) expect(time).toMatch(INSTANT);
    expect(only(trades).openedAt).toBe(fill.time);
    if (subject.venue) expect([before, fill.time]).toEqual([before, fill.time].toSorted());
  }),
  given([MOVES], "values a trade at the price that would close it", async (subject) => {
    const trade = await open(subject, { units: units("1000") });
    await moveBy(subject, 250);
    const { account, trades } = await subject.broker.state();
    const { bid } = await quoteOf(subject);
    const inQuote = bid.minus(trade.openPrice).times(trade.units);
    const unrealizedPl = only(trades).unrealizedPl;
    if (account.currency === (await describedInstrument(subject)).quoteCurrency) {
      expectDecimal(unrealizedPl, inQuote);
    }
    expectDecimal(account.unrealizedPl, unrealizedPl);
    expectDecimal(account.equity, account.balance.plus(unrealizedPl));
  }),
  given([MOVES], "books the night's financing into balance, trade and log", async (subject) => {
    await open(subject);
    const before = (await subject.broker.state()).account;
    await venueOf(subject).pass(24 * 3_600_000);
    const { account, trades } = await subject.broker.state();
    const log = await subject.broker.transactionsSince(before.lastTransactionId);
    const paid = only(log.filter((entry) => entry.type === "financing"));
    expectDecimal(account.balance, before.balance.plus(paid.amount));
    expectDecimal(only(trades).financing, paid.financing);
  }),
];
