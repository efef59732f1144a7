import { expect } from "vitest";
import { done, expectRefusal, only } from "./answers.ts";
import { type Case, can, exitOrder, given, MOVES, takes } from "./case.ts";
import { market, moveTo, points, quoteOf, venueOf } from "./market.ts";
import { read } from "./reading.ts";
import { cancelRequest, exitsRequest } from "./requests.ts";
import { close, open, place, send, wait } from "./steps.ts";
import type { BrokerUnderTest } from "./subject.ts";

function halt(subject: BrokerUnderTest): Promise<void> {
  return venueOf(subject).halt(subject.instrument);
}

/** What can be asked for while an instrument isn't traded. */
export const closedMarketCases: readonly Case[] = [
  given([MOVES], "says that the last prices can't be traded at", async (subject) => {
    const before = await quoteOf(subject);
    await halt(subject);
    const quote = await quoteOf(subject);
    expect(before.tradeable).toBe(true);
    expect(quote.tradeable).toBe(false);
    expect(quote.bid.equals(before.bid)).toBe(true);
  }),
  given([MOVES, can("priceStream")], "says so in a price stream too", async (subject) => {
    await halt(subject);
    const { broker, instrument } = subject;
    const events = read((options) => broker.streamQuotes([instrument], options));
    expect(await events.next()).toMatchObject({ type: "quote", quote: { tradeable: false } });
    await events.stop();
  }),
  given([MOVES], "refuses a market order as MARKET_CLOSED", async (subject) => {
    await halt(subject);
    expect(expectRefusal(await place(subject)).rejection.code).toBe("MARKET_CLOSED");
    expect((await subject.broker.state()).trades).toEqual([]);
  }),
  given([MOVES], "refuses to close a trade as MARKET_CLOSED, and keeps it", async (subject) => {
    const trade = await open(subject);
    await halt(subject);
    const { rejection } = expectRefusal(await close(subject, { tradeId: trade.id, isWhole: true }));
    expect(rejection.code).toBe("MARKET_CLOSED");
    expect(only((await subject.broker.state()).trades).id).toBe(trade.id);
  }),
  given(
    [MOVES, takes("limit")],
    "takes an order that waits, and takes it back",
    async (subject) => {
      await halt(subject);
      const order = await wait(subject);
      expect(order.state).toBe("pending");
      done(await send(subject, cancelRequest(subject, order)));
      expect((await subject.broker.state()).pendingOrders).toEqual([]);
    },
  ),
  given(
    [MOVES, takes("limit")],
    "fills what waited at the first price after it opens",
    async (subject) => {
      const order = await wait(subject);
      await halt(subject);
      expect((await subject.broker.order(order.orderId))?.state).toBe("pending");
      const now = await market(subject);
      await moveTo(subject, "buy", points(now.ask, -900, now));
      const trade = only((await subject.broker.state()).trades);
      expect(trade.openPrice.equals(points(now.ask, -900, now))).toBe(true);
    },
  ),
  given([MOVES, exitOrder("stop_loss")], "sets the stop of an open trade", async (subject) => {
    const trade = await open(subject);
    const now = await market(subject);
    await halt(subject);
    const stopLoss = { set: { kind: "price", price: points(now.bid, -500, now) } } as const;
    done(await send(subject, exitsRequest(subject, trade, { stopLoss })));
    expect(only((await subject.broker.state()).trades).stopLoss).not.toBeNull();
  }),
];
