import { expect } from "vitest";
import type { QuoteEvent } from "../../src/ports/broker.ts";
import { expectDecimal, expectSame, filled, required, units } from "./answers.ts";
import { type Case, can, fault, given, MOVES, SECOND_INSTRUMENT, takes } from "./case.ts";
import { market, moveBy, moveTo } from "./market.ts";
import { isBeat, isEntry, read } from "./reading.ts";
import { cancelRequest } from "./requests.ts";
import { newest, place, send, wait } from "./steps.ts";
import type { BrokerUnderTest } from "./subject.ts";

type QuoteOf = Extract<QuoteEvent, { type: "quote" }>;
type Beat = Extract<QuoteEvent, { type: "heartbeat" }>;

const PRICES = can("priceStream");
const ENTRIES = can("transactionStream");

function isQuote(event: QuoteEvent): event is QuoteOf {
  return event.type === "quote";
}

function isQuoteBeat(event: QuoteEvent): event is Beat {
  return event.type === "heartbeat";
}

function readQuotes({ broker, instrument }: BrokerUnderTest, names = [instrument]) {
  return read((options) => broker.streamQuotes(names, options));
}

function readEntries({ broker }: BrokerUnderTest) {
  return read((options) => broker.streamTransactions(options));
}

/** A transaction stream that is known to be open: its venue has said something over it. */
async function openEntries(subject: BrokerUnderTest) {
  const entries = readEntries(subject);
  await entries.until(isBeat);
  return entries;
}

export const priceStreamCases: readonly Case[] = [
  given([PRICES], "begins with the price of now", async (subject) => {
    const quotes = readQuotes(subject);
    const { quote } = await quotes.until(isQuote);
    const now = await market(subject);
    expect(quote.instrument).toBe(subject.instrument);
    expect(quote.bid.isLessThan(quote.ask)).toBe(true);
    expect(quote.tradeable).toBe(true);
    if (subject.venue) expectDecimal(quote.bid, now.bid);
    await quotes.stop();
  }),
  given(
    [PRICES, SECOND_INSTRUMENT],
    "begins with one price of each instrument",
    async (subject) => {
      const names = [required(subject.otherInstrument), subject.instrument];
      const quotes = readQuotes(subject, names);
      const seen = new Set<string>();
      while (seen.size < 2) seen.add((await quotes.until(isQuote)).quote.instrument);
      expect([...seen].toSorted()).toEqual(names.toSorted());
      await quotes.stop();
    },
  ),
  given([PRICES, MOVES], "tells each new price", async (subject) => {
    const quotes = readQuotes(subject);
    await quotes.until(isQuote);
    for (const count of [10, -25, 40]) {
      await moveBy(subject, count);
      const { quote } = await quotes.until(isQuote);
      const now = await market(subject);
      expectDecimal(quote.bid, now.bid);
      expectDecimal(quote.ask, now.ask);
    }
    await quotes.stop();
  }),
  given(
    [PRICES, MOVES, SECOND_INSTRUMENT],
    "tells which instrument's price is new",
    async (subject) => {
      const quotes = readQuotes(subject, [subject.instrument, required(subject.otherInstrument)]);
      await quotes.until(isQuote);
      await quotes.until(isQuote);
      await moveBy(subject, 10);
      expect((await quotes.until(isQuote)).quote.instrument).toBe(subject.instrument);
      await quotes.stop();
    },
  ),
  given([PRICES, MOVES], "never goes back in time", async (subject) => {
    const quotes = readQuotes(subject);
    const times = [(await quotes.until(isQuote)).quote.time];
    for (const count of [5, 5, 5]) {
      await moveBy(subject, count);
      times.push((await quotes.until(isQuote)).quote.time);
    }
    expect(times).toEqual(times.toSorted());
    await quotes.stop();
  }),
  given([PRICES], "says that it lives while nothing changes", async (subject) => {
    const quotes = readQuotes(subject);
    const beat = await quotes.until(isQuoteBeat);
    expect(beat.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    await quotes.stop();
  }),
  given([PRICES], "ends quietly when its reader stops it", async (subject) => {
    const quotes = readQuotes(subject);
    await quotes.until(isQuote);
    await quotes.stop();
    await expect(quotes.next()).rejects.toThrow("the stream has ended");
  }),
  given([PRICES], "ends when its reader leaves it", async (subject) => {
    const quotes = readQuotes(subject);
    await quotes.until(isQuote);
    await quotes.leave();
    await expect(quotes.next()).rejects.toThrow("the stream has ended");
    expect((await subject.broker.state()).trades).toEqual([]);
  }),
  given([PRICES], "gives nothing when it was stopped before it began", async (subject) => {
    const { broker, instrument } = subject;
    const seen: QuoteEvent[] = [];
    const failure = await collect(
      broker.streamQuotes([instrument], { signal: AbortSignal.abort() }),
      seen,
    );
    expect(seen).toEqual([]);
    if (failure !== null) expect(failure).toMatchObject({ name: "Failure", sent: false });
  }),
  given([PRICES], "names the instrument that it doesn't know", async (subject) => {
    const quotes = readQuotes(subject, [subject.instrument, "XXX_YYY"]);
    await expect(quotes.next()).rejects.toMatchObject({
      code: "INSTRUMENT_NOT_FOUND",
      message: expect.stringContaining("XXX_YYY"),
      sent: false,
    });
  }),
  given([PRICES, MOVES], "serves two readers, each with every price", async (subject) => {
    const [first, second] = [readQuotes(subject), readQuotes(subject)];
    await first.until(isQuote);
    await second.until(isQuote);
    await moveBy(subject, 15);
    const { bid } = await market(subject);
    for (const reader of [first, second])
      expectDecimal((await reader.until(isQuote)).quote.bid, bid);
    await first.stop();
    await moveBy(subject, 15);
    expectDecimal((await second.until(isQuote)).quote.bid, (await market(subject)).bid);
    await second.stop();
  }),
  given(
    [PRICES, fault("dropStreams"), MOVES],
    "ST-05 ends with a failure when its connection ends",
    async (subject) => {
      const quotes = readQuotes(subject);
      await quotes.until(isQuote);
      subject.venue?.faults.dropStreams?.();
      await moveBy(subject, 10);
      await expect(quotes.until(isQuote)).rejects.toMatchObject({ name: "Failure", sent: false });
      await expect(quotes.next()).rejects.toThrow("the stream has ended");
    },
  ),
  given(
    [PRICES, fault("silenceStreams")],
    "ST-01 ends as TIMEOUT when nothing is heard any more",
    async (subject) => {
      const quotes = readQuotes(subject);
      await quotes.until(isQuote);
      subject.venue?.faults.silenceStreams?.();
      await expect(quotes.until(isQuote)).rejects.toMatchObject({ code: "TIMEOUT", sent: false });
    },
  ),
];

async function collect<T>(events: AsyncIterable<T>, into: T[]): Promise<unknown> {
  try {
    for await (const event of events) into.push(event);
    return null;
  } catch (reason) {
    return reason;
  }
}

export const entryStreamCases: readonly Case[] = [
  given([ENTRIES], "tells what happens from now on, and nothing of the past", async (subject) => {
    await place(subject);
    const since = await newest(subject);
    const entries = await openEntries(subject);
    await place(subject);
    const { transaction } = await entries.until(isEntry);
    expect(BigInt(transaction.id)).toBe(BigInt(since) + 1n);
    await entries.stop();
  }),
  given([ENTRIES], "tells each transaction once and in order, as the log does", async (subject) => {
    const entries = await openEntries(subject);
    const since = await newest(subject);
    await place(subject, { units: units("1000") });
    await place(subject, { side: "sell", units: units("1700") });
    const log = await subject.broker.transactionsSince(since);
    const heard = [];
    while (heard.length < log.length) heard.push((await entries.until(isEntry)).transaction);
    expectSame(heard, log);
    await entries.stop();
  }),
  given([ENTRIES], "names the newest transaction while nothing happens", async (subject) => {
    const entries = await openEntries(subject);
    filled(await place(subject));
    const last = await newest(subject);
    let beat = await entries.until(isBeat);
    while (beat.lastTransactionId !== last) beat = await entries.until(isBeat);
    expect(beat.time).toMatch(/\.\d{9}Z$/);
    await entries.stop();
  }),
  given(
    [ENTRIES, takes("limit")],
    "tells that an order waits and is taken back",
    async (subject) => {
      const entries = await openEntries(subject);
      const order = await wait(subject);
      await send(subject, cancelRequest(subject, order));
      const heard = [await entries.until(isEntry), await entries.until(isEntry)];
      expect(heard.map(({ transaction }) => [transaction.type, transaction.orderId])).toEqual([
        ["order", order.orderId],
        ["cancel", order.orderId],
      ]);
      await entries.stop();
    },
  ),
  given(
    [ENTRIES, takes("limit"), MOVES],
    "tells what happens by itself: an order that triggers",
    async (subject) => {
      const order = await wait(subject);
      const entries = await openEntries(subject);
      await moveTo(subject, "buy", required(order.price));
      const { transaction } = await entries.until(isEntry);
      expect(transaction).toMatchObject({ type: "fill", orderId: order.orderId });
      await entries.stop();
    },
  ),
  given([ENTRIES], "ends quietly when its reader stops it", async (subject) => {
    const entries = await openEntries(subject);
    await entries.stop();
    await expect(entries.next()).rejects.toThrow("the stream has ended");
  }),
  given([ENTRIES], "ends when its reader leaves it", async (subject) => {
    const entries = await openEntries(subject);
    await entries.leave();
    await expect(entries.next()).rejects.toThrow("the stream has ended");
  }),
  given([ENTRIES, PRICES], "flows beside a price stream of the same account", async (subject) => {
    const [entries, quotes] = [await openEntries(subject), readQuotes(subject)];
    await quotes.until(isQuote);
    await place(subject);
    expect((await entries.until(isEntry)).transaction.instrument).toBe(subject.instrument);
    await quotes.stop();
    await place(subject);
    await entries.until(isEntry);
    await entries.stop();
  }),
  given(
    [ENTRIES, fault("silenceStreams")],
    "ST-01 ends as TIMEOUT when nothing is heard any more",
    async (subject) => {
      const entries = await openEntries(subject);
      subject.venue?.faults.silenceStreams?.();
      const failed = drained(entries);
      await expect(failed).rejects.toMatchObject({ code: "TIMEOUT", sent: false });
    },
  ),
];

/** What is missed between two streams is read from the log. */
export const reconnectCases: readonly Case[] = [
  given(
    [ENTRIES, fault("dropStreams")],
    "ST-04 ends with a failure when its connection ends",
    async (subject) => {
      const entries = await openEntries(subject);
      subject.venue?.faults.dropStreams?.();
      await place(subject);
      await expect(drained(entries)).rejects.toMatchObject({ name: "Failure", sent: false });
      await expect(entries.next()).rejects.toThrow("the stream has ended");
    },
  ),
  given(
    [ENTRIES, fault("dropStreams")],
    "ST-08 fills the gap between two streams from the log, without a hole",
    async (subject) => {
      const { broker } = subject;
      const begin = await newest(subject);
      const heard: string[] = [];
      const first = await openEntries(subject);
      await place(subject);
      heard.push((await first.until(isEntry)).transaction.id);
      subject.venue?.faults.dropStreams?.();
      await place(subject, { side: "sell" });
      await drained(first, heard).catch(() => undefined);
      await place(subject);
      const second = await openEntries(subject);
      const missed = await broker.transactionsSince(heard.at(-1) ?? begin);
      heard.push(...missed.map((entry) => entry.id));
      await place(subject);
      const last = await newest(subject);
      while (heard.at(-1) !== last) {
        const { id } = (await second.until(isEntry)).transaction;
        if (BigInt(id) > BigInt(heard.at(-1) ?? begin)) heard.push(id);
      }
      const all = await broker.transactionsSince(begin);
      expect(heard).toEqual(all.map((entry) => entry.id));
      await second.stop();
    },
  ),
  given(
    [PRICES, fault("dropStreams"), MOVES],
    "ST-05 begins a new price stream with the price of now",
    async (subject) => {
      const first = readQuotes(subject);
      await first.until(isQuote);
      subject.venue?.faults.dropStreams?.();
      await moveBy(subject, 10);
      await expect(first.until(isQuote)).rejects.toMatchObject({ name: "Failure" });
      await moveBy(subject, 20);
      const second = readQuotes(subject);
      expectDecimal((await second.until(isQuote)).quote.bid, (await market(subject)).bid);
      await second.stop();
    },
  ),
];

type Entries = ReturnType<typeof readEntries>;

/** Reads until the stream fails. */
async function drained(entries: Entries, into: string[] = []): Promise<void> {
  for (;;) into.push((await entries.until(isEntry)).transaction.id);
}
