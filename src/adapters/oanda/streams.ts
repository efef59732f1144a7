import * as v from "valibot";
import { Failure } from "../../core/failures.ts";
import type { Instrument } from "../../core/instrument.ts";
import type { Quote } from "../../core/quote.ts";
import type { Instant } from "../../core/time.ts";
import type { Broker, QuoteEvent, TransactionEvent } from "../../ports/broker.ts";
import type { Clock } from "../../ports/clock.ts";
import { parseExactJson } from "../../resilience/exact-json.ts";
import { namesInPath, namingUnknown } from "./account-quotes.ts";
import { neverSent, type OandaApi } from "./api.ts";
import { openQuoteReader } from "./wire-pricing.ts";
import { type LabelBook, toTransactions, toWireTransaction } from "./wire-transactions.ts";
import { compareIds, readWire, wireId, wireTime } from "./wire-values.ts";

/** Heartbeats come every 5 s: two that are missed are the end of a stream. OANDA allows 10 s for prices, 20 s else. */
const SILENCE_MS = 10_000;

export type StreamSources = {
  readonly api: OandaApi;
  /** The account's path. */
  readonly root: string;
  readonly clock: Clock;
  /** Asked for only when the broker refuses a list of names without naming the culprit. */
  readonly instruments: () => Promise<readonly Instrument[]>;
};

/** The account's two streams, each over a connection of its own. */
export function openStreams(
  sources: StreamSources,
): Pick<Broker, "streamQuotes" | "streamTransactions"> {
  return {
    streamQuotes: (names, { signal }) => streamQuotes(names, signal, sources),
    streamTransactions: ({ signal }) => streamTransactions(signal, sources),
  };
}

function streamQuotes(
  names: readonly string[],
  signal: AbortSignal,
  { api, root, clock, instruments }: StreamSources,
): AsyncGenerator<QuoteEvent> {
  const readQuote = openQuoteReader();
  return eventsOf({
    // A list that can't be one fails like everything else: when it's read.
    open: () => {
      const path = `${root}/pricing/stream?instruments=${namesInPath(names)}&snapshot=true`;
      return api.lines(path, { signal, silenceMs: SILENCE_MS });
    },
    toEvent: (line, receivedAt) => toQuoteEvent(line, (price) => readQuote(price, receivedAt)),
    toFailure: async (error) => neverSent(await namingUnknown(error, names, instruments)),
    clock,
    signal,
  });
}

function streamTransactions(
  signal: AbortSignal,
  { api, root, clock }: StreamSources,
): AsyncGenerator<TransactionEvent> {
  const path = `${root}/transactions/stream`;
  return eventsOf({
    open: () => api.lines(path, { signal, silenceMs: SILENCE_MS }),
    toEvent: openTransactionReader(),
    toFailure: async (error) => neverSent(error),
    clock,
    signal,
  });
}

type EventSource<T> = {
  readonly open: () => AsyncIterable<readonly string[]>;
  /** null for a line that says nothing here. */
  readonly toEvent: (line: string, receivedAt: Instant) => T | null;
  readonly toFailure: (error: unknown) => Promise<unknown>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

/** What lines say, one after the other: without another generator around it, for each of them costs as much as a line. */
async function* eventsOf<T>(source: EventSource<T>): AsyncGenerator<T> {
  const { open, toEvent, toFailure, clock, signal } = source;
  try {
    for await (const lines of open()) {
      // They came together.
      const receivedAt = clock.now();
      for (const line of lines) {
        const event = toEvent(line, receivedAt);
        if (event !== null) yield event;
        if (signal.aborted) return;
      }
    }
  } catch (error) {
    throw await toFailure(error);
  }
}

function toQuoteEvent(line: string, readQuote: (price: object) => Quote | null): QuoteEvent | null {
  const value = parseLine(line, JSON.parse);
  if (!isObject(value) || !("type" in value)) return null;
  if (value.type === "HEARTBEAT") return toHeartbeat(value);
  const quote = value.type === "PRICE" ? readQuote(value) : null;
  return quote && { type: "quote", quote };
}

/** Reads transactions in order, none twice; it remembers the labels of the orders among them. */
function openTransactionReader(): (line: string) => TransactionEvent | null {
  const book: LabelBook = new Map();
  let newest: string | null = null;
  return (line) => {
    const value = parseLine(line, parseExactJson);
    if (typeOf(value) === "HEARTBEAT") return toTransactionHeartbeat(value);
    if (!isTransaction(value)) return null;
    const wire = toWireTransaction(value);
    // One that comes late isn't told any more: its reader has seen the gap, and reads it from the log.
    if (newest !== null && compareIds(wire.id, newest) <= 0) return null;
    newest = wire.id;
    const [transaction] = toTransactions([wire], book);
    return transaction ? { type: "transaction", transaction } : null;
  };
}

const heartbeat = v.object({ time: wireTime });
const transactionHeartbeat = v.object({ time: wireTime, lastTransactionID: wireId });

function toHeartbeat(value: unknown): QuoteEvent {
  return { type: "heartbeat", time: readWire(heartbeat, value, "heartbeat").time };
}

function toTransactionHeartbeat(value: unknown): TransactionEvent {
  const { time, lastTransactionID } = readWire(transactionHeartbeat, value, "heartbeat");
  return { type: "heartbeat", time, lastTransactionId: lastTransactionID };
}

/** @throws Failure BROKER_UNAVAILABLE for what isn't JSON, e.g. the page of a proxy. */
function parseLine(line: string, parse: (text: string) => unknown): unknown {
  try {
    return parse(line);
  } catch (cause) {
    throw new Failure(
      "BROKER_UNAVAILABLE",
      "A line of OANDA's stream isn't the JSON it should be.",
      {
        hint: "A proxy may stand in between, or the connection garbles what it carries. Try again.",
        retryable: true,
        details: { length: line.length },
        cause,
      },
    );
  }
}

function typeOf(value: unknown): unknown {
  return isObject(value) && "type" in value ? value.type : null;
}

/** Whatever has an id is one, also of a kind that is new: its line in the log must not be missed. */
function isTransaction(value: unknown): boolean {
  return isObject(value) && "id" in value;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
