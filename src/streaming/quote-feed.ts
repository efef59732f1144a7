import type { Moment } from "../core/age.ts";
import type { Failure } from "../core/failures.ts";
import type { InstrumentType } from "../core/instrument.ts";
import { type Instant, instantToMs, msBetween } from "../core/time.ts";
import type { Broker, QuoteEvent, QuoteSnapshot } from "../ports/broker.ts";
import type { StreamState, StreamTiming } from "./connection.ts";
import {
  type FeedStatus,
  feedStatusOf,
  isSameStatus,
  type MarketSigns,
  type StatusTerms,
} from "./feed-status.ts";
import { momentOf } from "./moment.ts";
import { type EventSource, openPriceStream } from "./price-stream.ts";
import { type Offer, openQuoteBoard, type QuoteBoard, type Verdict } from "./quote-board.ts";
import { openQuoteMailbox, type QuoteMailbox } from "./quote-mailbox.ts";
import { openVenueClock, type VenueClock } from "./venue-clock.ts";

export type QuoteFeedOptions = StreamTiming &
  StatusTerms & {
    readonly broker: Pick<Broker, "streamQuotes" | "quotes">;
    /** False for a broker that has no price stream. */
    readonly hasStream: boolean;
    /** null for what isn't known. */
    readonly typeOf: (instrument: string) => InstrumentType | null;
  };

/** The prices of one connection, over one stream however many readers there are. */
export interface QuoteFeed {
  readonly board: QuoteBoard;
  readonly venue: VenueClock;
  /** A reader of `instruments`; it holds up to `limit` prices, and beyond that the newest of each instrument. */
  read(instruments: readonly string[], limit: number): QuoteReader;
  status(): FeedStatus;
  /** Whether prices may be trusted to be the newest ones: the stream flows. */
  isFlowing(): boolean;
  /** Told of each change of the status, and of prices that are doubted. Gives the function that ends it. */
  watch(watcher: FeedWatcher): () => void;
  /** Asks the broker for the prices of now, and takes them in. @throws Failure as `Broker.quotes` does. */
  ask(): Promise<void>;
  /** Takes in what the broker answered to a question that was asked at `since`. */
  answered(snapshot: QuoteSnapshot, since: Moment): void;
  /** How often the stream had to be opened anew. */
  readonly reconnects: number;
  /** Resolves with null when it's closed, or with the failure after which it isn't tried again. */
  readonly ended: Promise<Failure | null>;
  close(): void;
}

export type FeedWatcher = {
  readonly onStatus?: (status: FeedStatus) => void;
  /** A new price is on the board. */
  readonly onPrice?: () => void;
  readonly onDoubt?: (offer: Offer, verdict: Verdict) => void;
};

export interface QuoteReader extends Pick<QuoteMailbox, "take" | "filled" | "wake"> {
  add(instrument: string): void;
  remove(instrument: string): void;
  readonly instruments: ReadonlySet<string>;
  readonly dropped: number;
  close(): void;
}

type Reader = { readonly names: Set<string>; readonly mailbox: QuoteMailbox };

/** How often the status is worked out anew without a cause: prices grow stale by themselves. */
const LOOK_MS = 500;
/** How often the broker is asked whether its stream tells all. */
const ASK_MS = 10_000;
/** A stream that is so far behind an answer, twice in a row, has stopped telling. */
const BEHIND_MS = 10_000;
const BEHIND_TIMES = 2;

export function openQuoteFeed(options: QuoteFeedOptions): QuoteFeed {
  const feed = new Feed(options);
  feed.start();
  return feed;
}

class Feed implements QuoteFeed {
  readonly venue = openVenueClock();
  readonly board = openQuoteBoard(this.venue);
  readonly ended: Promise<Failure | null>;
  reconnects = 0;
  readonly #options: QuoteFeedOptions;
  readonly #stream;
  readonly #readers = new Set<Reader>();
  readonly #watchers = new Set<FeedWatcher>();
  readonly #over = new AbortController();
  #wanted: ReadonlySet<string> = new Set();
  #state: StreamState = { kind: "connecting", failures: 0 };
  #status: FeedStatus;
  /** Of each instrument, the time of the newest price that came over the stream. */
  readonly #told = new Map<string, Instant>();
  /** Answers in a row that the stream was far behind of. */
  #timesBehind = 0;

  constructor(options: QuoteFeedOptions) {
    this.#options = options;
    this.#status = feedStatusOf(this.#state, this.#signs(), options);
    this.#stream = openPriceStream({
      ...options,
      onEvent: (event, source) => this.#take(event, source),
      onState: (state) => this.#turn(state),
    });
    this.ended = this.#stream.ended;
  }

  start(): void {
    void this.#every(LOOK_MS, async () => this.#look());
    void this.#every(ASK_MS, () => this.#askWhileOpen());
  }

  read(instruments: readonly string[], limit: number): QuoteReader {
    const mailbox = openQuoteMailbox(limit);
    const reader: Reader = { names: new Set(), mailbox };
    this.#readers.add(reader);
    const add = (added: readonly string[]) => {
      const fresh = added.filter((name) => !reader.names.has(name));
      for (const name of fresh) {
        reader.names.add(name);
        const known = this.board.entry(name);
        if (known?.quote) mailbox.put(known);
      }
      if (fresh.length > 0) this.#want();
    };
    add(instruments);
    return {
      add: (instrument) => add([instrument]),
      remove: (instrument) => {
        if (reader.names.delete(instrument)) this.#want();
      },
      instruments: reader.names,
      take: () => mailbox.take().filter((entry) => reader.names.has(entry.instrument)),
      filled: mailbox.filled,
      wake: mailbox.wake,
      get dropped() {
        return mailbox.dropped;
      },
      close: () => {
        this.#readers.delete(reader);
        this.#want();
        mailbox.wake();
      },
    };
  }

  status(): FeedStatus {
    return this.#status;
  }

  isFlowing(): boolean {
    return this.#state.kind === "open";
  }

  watch(watcher: FeedWatcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  async ask(): Promise<void> {
    const names = [...this.#wanted];
    if (names.length === 0) return;
    const since = momentOf(this.#options.clock);
    this.answered(await this.#options.broker.quotes(names), since);
  }

  answered({ quotes, time }: QuoteSnapshot, since: Moment): void {
    const at = momentOf(this.#options.clock);
    this.venue.heard(time, { since, at });
    let isBehind = false;
    for (const quote of quotes) {
      if (!this.#wanted.has(quote.instrument)) continue;
      const verdict = this.#offer({ quote, at, origin: "answer" });
      const told = this.#told.get(quote.instrument);
      const isOlder = told !== undefined && msBetween(told, quote.time) >= BEHIND_MS;
      isBehind ||= isOlder && (verdict === "shown" || verdict === "known");
    }
    this.#watchStream(isBehind);
  }

  close(): void {
    this.#over.abort("closed");
    this.#stream.close();
    for (const { mailbox } of this.#readers) mailbox.wake();
  }

  #want(): void {
    const wanted = new Set([...this.#readers].flatMap(({ names }) => [...names]));
    for (const name of this.#wanted) if (!wanted.has(name)) this.#forget(name);
    this.#wanted = wanted;
    if (!this.#over.signal.aborted) this.#stream.want([...wanted]);
  }

  #forget(instrument: string): void {
    this.board.forget(instrument);
    this.#told.delete(instrument);
  }

  #take(event: QuoteEvent, { since, isFirst }: EventSource): void {
    const { clock } = this.#options;
    if (event.type === "heartbeat") {
      this.venue.heard(event.time, { since, at: momentOf(clock) });
    } else if (this.#wanted.has(event.quote.instrument)) {
      const at = { wall: event.quote.receivedAt, monotonicMs: clock.monotonicMs() };
      const { instrument, time } = event.quote;
      this.#told.set(instrument, time);
      this.#offer({ quote: event.quote, at, origin: isFirst ? "snapshot" : "change" });
    }
    // What has come shows whether the market is open.
    if (this.#status.status !== "connected") this.#look();
  }

  #offer(offer: Offer): Verdict {
    const { instrument, tradeable } = offer.quote;
    const before = this.board.entry(instrument)?.quote;
    const verdict = this.board.offer(offer);
    if (verdict === "shown") {
      const entry = this.board.entry(instrument);
      if (entry) this.#deliver(entry);
      if (before?.tradeable !== tradeable) this.#look();
    } else if (verdict !== "known") {
      for (const { onDoubt } of this.#watchers) onDoubt?.(offer, verdict);
    }
    return verdict;
  }

  #deliver(entry: NonNullable<ReturnType<QuoteBoard["entry"]>>): void {
    for (const { names, mailbox } of this.#readers) {
      if (names.has(entry.instrument)) mailbox.put(entry);
    }
    for (const { onPrice } of this.#watchers) onPrice?.();
  }

  #watchStream(isBehind: boolean): void {
    this.#timesBehind = isBehind && this.isFlowing() ? this.#timesBehind + 1 : 0;
    if (this.#timesBehind < BEHIND_TIMES) return;
    this.#timesBehind = 0;
    this.reconnects += 1;
    this.#stream.restart();
  }

  #turn(state: StreamState): void {
    this.#state = state;
    if (state.kind === "waiting") this.reconnects += 1;
    // What a stream begins with is looked at first: it may be that the market is closed.
    // The venue's time is in the answer to a question: until that is known, no price has an age.
    if (state.kind === "open") void this.#askWhileOpen();
    else this.#look();
  }

  #look(): void {
    const status = feedStatusOf(this.#state, this.#signs(), this.#options);
    if (isSameStatus(status, this.#status)) return;
    this.#status = status;
    for (const { onStatus } of this.#watchers) onStatus?.(status);
  }

  #signs(): MarketSigns {
    const now = momentOf(this.#options.clock);
    const entries = [...this.#wanted].map((name) => this.board.entry(name));
    const quotes = entries.flatMap((entry) => (entry?.quote ? [entry.quote] : []));
    const tradeable = quotes.filter((quote) => quote.tradeable);
    const ages = tradeable.flatMap((quote) => this.board.ageOf(quote, now)?.ms ?? []);
    return {
      priced: quotes.length,
      tradeable: tradeable.length,
      newestAgeMs: ages.length > 0 ? Math.min(...ages) : null,
      keepsWeek: [...this.#wanted].every((name) => isOfWeek(this.#options.typeOf(name))),
      venueMs: this.venue.latestMsAt(now) ?? instantToMs(now.wall),
    };
  }

  /** A stream that is down is the sign that the broker is; asking would only count as one more failure. */
  async #askWhileOpen(): Promise<void> {
    if (!this.isFlowing()) return;
    // The stream itself tells when the broker can't be reached.
    await this.ask().catch(() => undefined);
  }

  async #every(ms: number, act: () => Promise<void>): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      await this.#options.clock.sleep(ms, signal).catch(() => undefined);
      if (!signal.aborted) await act();
    }
  }
}

/** Whether it's traded from Sunday to Friday 17:00 New York. */
function isOfWeek(type: InstrumentType | null): boolean {
  return type === "forex" || type === "metal";
}
