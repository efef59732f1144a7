import { Failure } from "../core/failures.ts";
import type { Broker, QuoteEvent, TransactionEvent } from "../ports/broker.ts";
import type { Clock } from "../ports/clock.ts";
import { NO_STREAM_PLACE } from "../ports/stream-places.ts";

/** How often a broker is asked that tells nothing by itself. */
const QUOTES_EVERY_MS = 1_000;
const TRANSACTIONS_EVERY_MS = 2_000;

/** How long it is asked in place of a stream that found no place, before that is tried again. */
const WITHOUT_PLACE_MS = 60_000;

export type PollOptions = { readonly clock: Clock; readonly signal: AbortSignal };

/** A price stream, made by asking again and again: all prices, changed or not, and a heartbeat after them. */
export async function* pollQuotes(
  broker: Pick<Broker, "quotes">,
  instruments: readonly string[],
  { clock, signal }: PollOptions,
): AsyncGenerator<QuoteEvent> {
  while (!signal.aborted) {
    const { quotes, time } = await broker.quotes(instruments);
    for (const quote of quotes) yield { type: "quote", quote };
    yield { type: "heartbeat", time };
    await clock.sleep(QUOTES_EVERY_MS, signal).catch(() => undefined);
  }
}

/** A transaction stream, made by asking again and again for what came after `sinceId()`, the newest that is known. */
export async function* pollTransactions(
  broker: Pick<Broker, "transactionsSince">,
  sinceId: () => string,
  { clock, signal }: PollOptions,
): AsyncGenerator<TransactionEvent> {
  while (!signal.aborted) {
    const asked = clock.now();
    const entries = await broker.transactionsSince(sinceId());
    for (const transaction of entries) yield { type: "transaction", transaction };
    yield { type: "heartbeat", time: asked, lastTransactionId: entries.at(-1)?.id ?? sinceId() };
    await clock.sleep(TRANSACTIONS_EVERY_MS, signal).catch(() => undefined);
  }
}

export type StreamOrPoll<E> = {
  /** null for a broker that has no such stream. */
  readonly stream: ((signal: AbortSignal) => AsyncIterable<E>) | null;
  readonly poll: (signal: AbortSignal) => AsyncIterable<E>;
};

/** A broker's stream where there is one to be had, and asking where not. */
export async function* streamOrPoll<E>(
  { stream, poll }: StreamOrPoll<E>,
  { clock, signal }: PollOptions,
): AsyncGenerator<E> {
  if (stream === null) return yield* poll(signal);
  while (!signal.aborted) {
    try {
      return yield* stream(signal);
    } catch (error) {
      if (!isWithoutPlace(error)) throw error;
    }
    const turn = new AbortController();
    const both = AbortSignal.any([signal, turn.signal]);
    clock.sleep(WITHOUT_PLACE_MS, both).then(
      () => turn.abort("over"),
      // The end of all is the end of this too.
      () => undefined,
    );
    try {
      yield* poll(both);
    } finally {
      turn.abort("over");
    }
  }
}

/** Whether a stream is left out because all that are allowed are in use. */
export function isWithoutPlace(error: unknown): boolean {
  return error instanceof Failure && error.details.reason === NO_STREAM_PLACE;
}
