import type { Quote } from "../../core/quote.ts";
import type { Instant } from "../../core/time.ts";
import type { Broker, QuoteEvent, TransactionEvent } from "../../ports/broker.ts";
import type { Clock } from "../../ports/clock.ts";
import { quotesOf } from "./instruments.ts";
import { transactionsAfter } from "./log.ts";
import type { PaperAccount, Run } from "./session.ts";

/** How often the venue is looked at: an instrument's price is told at most four times a second. */
const TICK_MS = 250;
const HEARTBEAT_MS = 5_000;

export type StreamSources = {
  readonly terms: PaperAccount;
  readonly run: Run;
  readonly clock: Clock;
};

/** The venue is in the user's database and its prices are a function of time: both are looked at again and again. */
export function openStreams({
  terms,
  run,
  clock,
}: StreamSources): Pick<Broker, "streamQuotes" | "streamTransactions"> {
  const { venue, currency: home } = terms;
  return {
    streamQuotes: (names, { signal }) => {
      const quotesAt = (now: Instant) => quotesOf(venue, { names: [...new Set(names)], home }, now);
      return quoteEvents((now) => quotesAt(now).quotes, clock, signal);
    },
    streamTransactions: ({ signal }) => transactionEvents(run, clock, signal),
  };
}

async function* quoteEvents(
  quotesAt: (now: Instant) => readonly Quote[],
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<QuoteEvent> {
  const told = new Map<string, Quote>();
  for await (const { now, isBeat } of ticks(clock, signal)) {
    for (const quote of quotesAt(now)) {
      if (isSame(told.get(quote.instrument), quote)) continue;
      told.set(quote.instrument, quote);
      yield { type: "quote", quote };
      if (signal.aborted) return;
    }
    if (isBeat) yield { type: "heartbeat", time: now };
  }
}

async function* transactionEvents(
  run: Run,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<TransactionEvent> {
  let newest: number | null = null;
  for await (const { now, isBeat } of ticks(clock, signal)) {
    // What other programs do is found as well: the venue's log is theirs too.
    const { entries, last } = run((session) => ({
      entries: newest === null ? [] : transactionsAfter(session, newest),
      last: session.account.lastTransactionId,
    }));
    for (const transaction of entries) {
      yield { type: "transaction", transaction };
      if (signal.aborted) return;
    }
    newest = entries.length > 0 ? Number(entries.at(-1)?.id) : (newest ?? last);
    if (isBeat) yield { type: "heartbeat", time: now, lastTransactionId: `${last}` };
  }
}

type Tick = { readonly now: Instant; readonly isBeat: boolean };

/** The moments at which a stream looks, until its signal is aborted. Some are due a heartbeat, the first one too. */
async function* ticks(clock: Clock, signal: AbortSignal): AsyncGenerator<Tick> {
  let nextBeatMs = clock.monotonicMs();
  while (!signal.aborted) {
    const isBeat = clock.monotonicMs() >= nextBeatMs;
    if (isBeat) nextBeatMs = clock.monotonicMs() + HEARTBEAT_MS;
    yield { now: clock.now(), isBeat };
    // An aborted sleep is the quiet end.
    await clock.sleep(TICK_MS, signal).catch(() => undefined);
  }
}

function isSame(earlier: Quote | undefined, { bid, ask, tradeable }: Quote): boolean {
  return (
    earlier !== undefined &&
    earlier.tradeable === tradeable &&
    earlier.bid.equals(bid) &&
    earlier.ask.equals(ask)
  );
}
