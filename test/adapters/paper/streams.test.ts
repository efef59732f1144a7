import { describe, expect, it } from "vitest";
import { openPaperConnection } from "../../../src/adapters/paper/connection.ts";
import { decimal, toPrice } from "../../../src/core/money.ts";
import type { Instant } from "../../../src/core/time.ts";
import type { Broker, QuoteEvent, TransactionEvent } from "../../../src/ports/broker.ts";
import type { VenueStore } from "../../../src/ports/venue-store.ts";
import { aStore } from "../../history/sqlite/support.ts";
import { openScriptedFeed } from "../../paper/v20-server/scripted-feed.ts";
import { cancelOrder, clearOrder, entryOrder, marketOrder } from "../../support/clear-order.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { NOON } from "../../support/market.ts";
import { MemoryVenueStore } from "../../support/memory-venue-store.ts";

const signal = new AbortController().signal;

/** Two programs that share one database; time passes as the first one sleeps. */
function setUp(store: VenueStore = aStore().venue) {
  const feed = openScriptedFeed();
  feed.set("EUR_USD", NOON, { bid: "1.10000", ask: "1.10010" });
  feed.set("GBP_USD", NOON, { bid: "1.30000", ask: "1.30020" });
  feed.set("USD_JPY", NOON, { bid: "150.000", ask: "150.010" });
  const clock = new FakeClock();
  const open = () => {
    const connection = openPaperConnection({ profile: { accounts: [] }, store, clock, feed });
    return connection.broker("paper-001");
  };
  return { feed, clock, broker: open(), other: open() };
}

const quotesOf = (broker: Broker, names: readonly string[], stop = signal) =>
  broker.streamQuotes(names, { signal: stop })[Symbol.asyncIterator]();
const entriesOf = (broker: Broker, stop = signal) =>
  broker.streamTransactions({ signal: stop })[Symbol.asyncIterator]();

async function take<T>(events: AsyncIterator<T>, count: number): Promise<readonly T[]> {
  const taken: T[] = [];
  while (taken.length < count) {
    const { value, done } = await events.next();
    if (done) throw new Error("the stream has ended");
    taken.push(value);
  }
  return taken;
}

/** What was told, in short. */
function brief(event: QuoteEvent): string {
  return event.type === "quote" ? `${event.quote.instrument} ${event.quote.bid}` : "heartbeat";
}

describe("the paper broker's prices", () => {
  it("come once each to begin with, then only when they change, with a heartbeat each 5 s", async () => {
    const { feed, clock, broker } = setUp();
    const events = quotesOf(broker, ["EUR_USD", "GBP_USD", "EUR_USD"]);
    const first = await take(events, 3);
    expect(first.map(brief)).toEqual(["EUR_USD 1.1", "GBP_USD 1.3", "heartbeat"]);
    expect(first[0]).toMatchObject({ quote: { time: NOON, receivedAt: NOON, tradeable: true } });

    const since = clock.monotonicMs();
    expect((await take(events, 2)).map(brief)).toEqual(["heartbeat", "heartbeat"]);
    expect(clock.monotonicMs() - since).toBe(10_000);

    feed.set("EUR_USD", clock.now(), { bid: "1.20000", ask: "1.20010" });
    expect((await take(events, 1)).map(brief)).toEqual(["EUR_USD 1.2"]);
  });

  it("come at most four times a second, however often they change", async () => {
    const { feed, clock, broker } = setUp();
    const events = quotesOf(broker, ["EUR_USD"]);
    await take(events, 2);
    const since = clock.monotonicMs();
    for (let count = 1; count <= 8; count += 1) {
      feed.set("EUR_USD", clock.now(), { bid: `1.2000${count}`, ask: "1.30000" });
      await take(events, 1);
    }
    expect(clock.monotonicMs() - since).toBe(2_000);
  });

  it("name an unknown instrument, and end when they are told to", async () => {
    const { broker } = setUp();
    await expect(quotesOf(broker, ["XXX_YYY"]).next()).rejects.toMatchObject({
      code: "INSTRUMENT_NOT_FOUND",
    });
    const stop = new AbortController();
    const events = quotesOf(broker, ["EUR_USD", "GBP_USD"], stop.signal);
    await take(events, 1);
    stop.abort();
    expect(await events.next()).toMatchObject({ done: true });
    expect(await quotesOf(broker, ["EUR_USD"], AbortSignal.abort()).next()).toMatchObject({
      done: true,
    });
  });
});

describe("the paper broker's transactions", () => {
  const ids = (events: readonly TransactionEvent[]) =>
    events.map((event) =>
      event.type === "transaction" ? event.transaction.id : `beat ${event.lastTransactionId}`,
    );

  it("are told once and in order, also those of another program", async () => {
    const { broker, other } = setUp();
    await broker.place(clearOrder(marketOrder()), { signal });
    const events = entriesOf(broker);
    expect(ids(await take(events, 1))).toEqual(["beat 4"]);
    await other.place(clearOrder(marketOrder({ clientOrderId: "theirs" })), { signal });
    const heard = await take(events, 2);
    expect(ids(heard)).toEqual(["5", "6"]);
    expect(heard[1]).toMatchObject({ transaction: { type: "fill", clientOrderId: "theirs" } });
    expect(ids(await take(events, 1))).toEqual(["beat 6"]);
  });

  it("tell what happens by itself", async () => {
    const { feed, clock, broker } = setUp();
    const price = toPrice(decimal("1.05000"));
    await broker.place(clearOrder(entryOrder({ price })), { signal });
    const events = entriesOf(broker);
    await take(events, 1);
    feed.set("EUR_USD", clock.now(), { bid: "1.04000", ask: "1.04010" });
    expect(await take(events, 1)).toMatchObject([{ transaction: { type: "fill" } }]);
  });

  it("end when they are told to, also in the middle of what has happened", async () => {
    const { broker } = setUp();
    const stop = new AbortController();
    const events = entriesOf(broker, stop.signal);
    await take(events, 1);
    const outcome = await broker.place(clearOrder(entryOrder()), { signal });
    if (outcome.status !== "pending") throw new Error(outcome.status);
    await broker.place(clearOrder(cancelOrder({ orderId: outcome.orderId })), { signal });
    await take(events, 1);
    stop.abort();
    expect(await events.next()).toMatchObject({ done: true });
  });
});

describe("the paper broker's history by time", () => {
  const read = async (broker: Broker, from: Instant, to: Instant) => {
    const pages: string[][] = [];
    for await (const page of broker.transactionPages({ from, to })) {
      pages.push(page.map(({ id }) => id));
    }
    return pages;
  };

  it("begins and ends with what happened in the very moments named", async () => {
    const { clock, broker } = setUp();
    await broker.state();
    const moments: Instant[] = [];
    for (let count = 0; count < 3; count += 1) {
      clock.advance(60_000);
      moments.push(clock.now());
      await broker.place(clearOrder(marketOrder()), { signal });
    }
    const [first = NOON, second = NOON, third = NOON] = moments;
    expect(await read(broker, second, second)).toEqual([["5", "6"]]);
    expect(await read(broker, first, second)).toEqual([["3", "4", "5", "6"]]);
    expect(await read(broker, third, clock.now())).toEqual([["7", "8"]]);
    expect(await read(broker, NOON, first)).toHaveLength(1);
    clock.advance(1);
    expect(await read(broker, clock.now(), clock.now())).toEqual([]);
    expect(await read(broker, third, first)).toEqual([]);
  });

  it("comes in pages of a thousand", async () => {
    const { clock, broker } = setUp(new MemoryVenueStore());
    for (let count = 0; count < 1_100; count += 1) {
      await broker.place(clearOrder(cancelOrder({ orderId: "nothing" })), { signal });
    }
    const pages = await read(broker, NOON, clock.now());
    const told = pages.flat();
    expect(pages[0]).toHaveLength(1_000);
    expect(told).toEqual(Array.from({ length: told.length }, (_, index) => `${index + 1}`));
    expect(told).toHaveLength(1_102);
  });
});
