import type { Broker, QuoteEvent, TransactionEvent } from "../ports/broker.ts";
import type { Clock } from "../ports/clock.ts";

/** How often a broker is asked that tells nothing by itself. */
const QUOTES_EVERY_MS = 1_000;
const TRANSACTIONS_EVERY_MS = 2_000;

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
