import { expect } from "vitest";
import { sumOf } from "../../src/core/money.ts";
import { addMs } from "../../src/core/time.ts";
import type { Transaction } from "../../src/core/transaction.ts";
import type { TimeSpan } from "../../src/ports/broker.ts";
import { expectDecimal, expectSame, filled, only, units } from "./answers.ts";
import { type Case, can, given, MOVES, takes } from "./case.ts";
import { timeOf, venueOf } from "./market.ts";
import { cancelRequest, marketRequest } from "./requests.ts";
import { close, newest, place, placeUntilRefused, send, wait } from "./steps.ts";
import type { BrokerUnderTest } from "./subject.ts";

const LOG = can("transactionLog");

export const logCases: readonly Case[] = [
  given(
    [LOG],
    "tells everything since an id, oldest first, without a gap or a repeat",
    async (subject) => {
      const { broker } = subject;
      const since = await newest(subject);
      await place(subject, { units: units("1000") });
      await place(subject, { side: "sell", units: units("400") });
      const all = await broker.transactionsSince(since);
      expect(all.filter((entry) => entry.type === "fill")).toHaveLength(2);
      const times = all.map((entry) => entry.time);
      expect(times).toEqual(times.toSorted());
      for (const [index, entry] of all.entries()) {
        expectSame(await broker.transactionsSince(entry.id), all.slice(index + 1));
      }
      expect(await newest(subject)).toBe(all.at(-1)?.id);
    },
  ),
  given([LOG], "has nothing to tell since the newest id", async (subject) => {
    await place(subject);
    expect(await subject.broker.transactionsSince(await newest(subject))).toEqual([]);
  }),
  given([LOG], "tells a fill with its order, trade, size, price and money", async (subject) => {
    const since = await newest(subject);
    const request = marketRequest(subject);
    const outcome = filled(await send(subject, request));
    const log = await subject.broker.transactionsSince(since);
    const entry = only(log.filter((each) => each.type === "fill"));
    const fill = only(outcome.fills);
    expect(entry).toMatchObject({ id: fill.transactionId, time: fill.time, side: "buy" });
    expect(entry).toMatchObject({ instrument: request.instrument, orderId: outcome.orderId });
    expect(entry.tradeId).toBe(outcome.openedTradeId);
    expectDecimal(entry.units, fill.units);
    expectDecimal(entry.price, fill.price);
    expect(entry.brokerType).not.toBe("");
  }),
  given([LOG], "tells what an entry changed the balance by", async (subject) => {
    const since = await newest(subject);
    await place(subject);
    await close(subject, { isWhole: true });
    const log = await subject.broker.transactionsSince(since);
    for (const entry of log) {
      const parts = entry.realizedPl.plus(entry.financing).minus(entry.commission);
      if (entry.type === "fill") expectDecimal(entry.amount, parts);
    }
    const { account } = await subject.broker.state();
    const last = log.findLast((entry) => entry.balance !== null);
    if (last?.balance) expectDecimal(last.balance, account.balance);
  }),
  given([LOG], "tells that an order was refused", async (subject) => {
    const { since, outcome } = await placeUntilRefused(subject);
    const log = await subject.broker.transactionsSince(since);
    const no = log.find((entry) => entry.id === outcome.transactionId);
    expect(["cancel", "reject"]).toContain(no?.type);
    expect(sumOf(log.map((entry) => entry.amount)).isZero()).toBe(true);
  }),
  given(
    [LOG, takes("limit")],
    "tells that an order waits, and that it was taken back",
    async (subject) => {
      const since = await newest(subject);
      const order = await wait(subject);
      await send(subject, cancelRequest(subject, order));
      const log = await subject.broker.transactionsSince(since);
      expect(log.map((entry) => [entry.type, entry.orderId])).toEqual([
        ["order", order.orderId],
        ["cancel", order.orderId],
      ]);
      expect(log.map((entry) => entry.clientOrderId)).toEqual([
        order.clientOrderId,
        order.clientOrderId,
      ]);
    },
  ),
  given([LOG], "refuses an id that is none", async (subject) => {
    await expect(subject.broker.transactionsSince("no-id")).rejects.toMatchObject({
      name: "Failure",
      sent: false,
    });
  }),
];

async function pagesOf({ broker }: BrokerUnderTest, span: TimeSpan) {
  const pages: (readonly Transaction[])[] = [];
  for await (const page of broker.transactionPages(span)) pages.push(page);
  return pages;
}

const MINUTE_MS = 60_000;
const ALWAYS_MS = 300 * 24 * 60 * MINUTE_MS;

/** The account's log by time. */
export const pageCases: readonly Case[] = [
  given(
    [LOG],
    "reads a span of time page by page, oldest first, each entry once",
    async (subject) => {
      const since = await newest(subject);
      for (let count = 0; count < 60; count += 1) {
        await place(subject, { side: count % 2 === 0 ? "buy" : "sell" });
      }
      const all = await subject.broker.transactionsSince(since);
      const to = await timeOf(subject);
      const pages = await pagesOf(subject, { from: all[0]?.time ?? to, to });
      const read = pages.flat().filter((entry) => BigInt(entry.id) > BigInt(since));
      expectSame(read, all);
    },
  ),
  given([LOG], "includes both ends of the span", async (subject) => {
    const since = await newest(subject);
    await place(subject);
    const all = await subject.broker.transactionsSince(since);
    const [from, to] = [all[0]?.time, all.at(-1)?.time];
    if (!from || !to) throw new Error("no entries");
    const ids = (await pagesOf(subject, { from, to })).flat().map((entry) => entry.id);
    expect(ids).toEqual(expect.arrayContaining(all.map((entry) => entry.id)));
  }),
  given([LOG, MOVES], "leaves out what is outside the span", async (subject) => {
    const since = await newest(subject);
    await place(subject);
    await venueOf(subject).pass(10 * MINUTE_MS);
    await place(subject);
    await venueOf(subject).pass(10 * MINUTE_MS);
    await place(subject);
    const fills = (await subject.broker.transactionsSince(since)).filter(
      ({ type }) => type === "fill",
    );
    const middle = fills[1]?.time;
    if (!middle) throw new Error("no second fill");
    const span = { from: addMs(middle, -MINUTE_MS), to: addMs(middle, MINUTE_MS) };
    const found = (await pagesOf(subject, span)).flat().filter(({ type }) => type === "fill");
    expect(found.map((entry) => entry.id)).toEqual([fills[1]?.id]);
  }),
  given([LOG], "has no entries in a span before the account was opened", async (subject) => {
    const now = await timeOf(subject);
    const span = { from: addMs(now, -ALWAYS_MS), to: addMs(now, -ALWAYS_MS + MINUTE_MS) };
    expect((await pagesOf(subject, span)).flat()).toEqual([]);
  }),
  given([LOG], "stops reading pages when its reader does", async (subject) => {
    await place(subject);
    const now = await timeOf(subject);
    const pages = subject.broker.transactionPages({ from: addMs(now, -MINUTE_MS), to: now });
    for await (const page of pages) {
      expect(page.length).toBeGreaterThan(0);
      break;
    }
    expect((await subject.broker.state()).trades).toHaveLength(1);
  }),
];
