import type { Instrument } from "../core/instrument.ts";
import type { Environment } from "../core/order.ts";
import type { Quote } from "../core/quote.ts";
import type { Broker, Capabilities } from "../ports/broker.ts";
import type { LiveAccount, LiveConnection, LiveEvent, LiveQuote } from "../ports/live.ts";
import { type AccountWatch, watchAccount } from "./account-watch.ts";
import type { StreamTiming } from "./connection.ts";
import {
  type FeedStatus,
  isSameStatus,
  isTryBeginning,
  type StatusTerms,
  statusOfAccount,
} from "./feed-status.ts";
import { openLadder } from "./ladder.ts";
import { isSameObject, pictureAccount, pictureQuote, steadyList } from "./live-picture.ts";
import { momentOf } from "./moment.ts";
import { openQuoteFeed, type QuoteFeed, type QuoteReader } from "./quote-feed.ts";

/** A connection whose accounts and prices are shown. */
export type LiveSource = {
  readonly name: string;
  /** Whose it is, e.g. oanda. */
  readonly brokerName: string;
  readonly environment: Environment;
  readonly capabilities: Pick<Capabilities, "priceStream" | "transactionStream">;
  /** At least one: prices come over the first. */
  readonly accounts: readonly [LiveSourceAccount, ...LiveSourceAccount[]];
  /** Lets one reading try where a breaker holds all back; null where there is none. */
  readonly letTry: (() => Promise<void>) | null;
  /** Everything that it trades. */
  readonly instruments: () => Promise<readonly Instrument[]>;
  /** Whose prices are shown to begin with. */
  readonly watchlist: readonly string[];
};

export type LiveSourceAccount = {
  readonly id: string;
  readonly alias: string | null;
  readonly broker: Broker;
};

export type OpenSourceOptions = StreamTiming &
  StatusTerms & {
    readonly onEvent: (event: LiveEvent) => void;
    readonly onChange: () => void;
  };

export type SourcePicture = {
  readonly connection: LiveConnection;
  readonly quotes: readonly LiveQuote[];
  readonly accounts: readonly LiveAccount[];
};

/** How often what can't be had at first is asked for again. */
const TERMS_PAUSE_MS = 5_000;

type Watched = {
  readonly account: LiveSourceAccount;
  readonly watch: AccountWatch;
  /** What its picture was drawn from, to draw it only when that is another. */
  drawn: { readonly from: readonly unknown[]; readonly picture: LiveAccount } | null;
};

/** One connection of a live session. */
export class OpenSource {
  readonly #source: LiveSource;
  readonly #options: OpenSourceOptions;
  readonly #feed: QuoteFeed;
  readonly #reader: QuoteReader;
  readonly #watched: readonly [Watched, ...Watched[]];
  readonly #watchlist: Set<string>;
  readonly #over = new AbortController();
  /** Prices have come. */
  readonly #heard = Promise.withResolvers<void>();
  readonly #terms = new Map<string, Instrument>();
  /** As they were last shown. */
  readonly #quotes = new Map<string, LiveQuote>();
  /** As it was last told. */
  #status: FeedStatus;
  #sinceMs: number;
  #latencyMs: number | null = null;
  #picture: SourcePicture | null = null;

  constructor(source: LiveSource, options: OpenSourceOptions) {
    this.#source = source;
    this.#options = options;
    this.#sinceMs = options.clock.monotonicMs();
    this.#watchlist = new Set(source.watchlist);
    this.#feed = openQuoteFeed({
      ...options,
      broker: source.accounts[0].broker,
      hasStream: source.capabilities.priceStream,
      typeOf: (name) => this.#terms.get(name)?.type ?? null,
    });
    this.#feed.watch({
      onStatus: () => {
        if (this.#feed.isFlowing()) this.#heard.resolve();
        this.#look();
      },
      onPrice: options.onChange,
      onDoubt: options.onChange,
    });
    // Only the newest prices are ever shown.
    this.#reader = this.#feed.read(source.watchlist, 0);
    const [first, ...others] = source.accounts;
    const watched = this.#watch(first, null);
    const { settled } = watched.watch;
    this.#watched = [watched, ...others.map((account) => this.#watch(account, settled))];
    this.#status = this.#statusNow();
    void this.#readTerms();
  }

  add(instrument: string): void {
    this.#watchlist.add(instrument);
    this.#reader.add(instrument);
    this.#options.onChange();
  }

  remove(instrument: string): void {
    this.#watchlist.delete(instrument);
    this.#quotes.delete(instrument);
    this.#holdInstruments();
    this.#options.onChange();
  }

  refresh(): void {
    for (const { watch } of this.#watched) watch.refresh();
  }

  close(): void {
    this.#over.abort("closed");
    this.#feed.close();
    for (const { watch } of this.#watched) watch.close();
  }

  /** What is to be shown now; parts that haven't changed are the same objects as before. */
  picture(): SourcePicture {
    const before = this.#picture;
    for (const { latencyMs } of this.#reader.take()) this.#latencyMs = latencyMs ?? this.#latencyMs;
    const connection = this.#pictureConnection();
    const quotes = [...this.#watchlist].map((name) => this.#pictureQuote(name));
    const accounts = this.#watched.map((watched) => this.#pictureAccount(watched));
    this.#picture = {
      connection:
        before && isSameObject(before.connection, connection) ? before.connection : connection,
      quotes: steadyList(quotes, before?.quotes ?? []),
      accounts: steadyList(accounts, before?.accounts ?? []),
    };
    return this.#picture;
  }

  #watch(account: LiveSourceAccount, after: Promise<void> | null): Watched {
    const { name, capabilities, letTry } = this.#source;
    const { clock, onEvent, onChange } = this.#options;
    const watch = watchAccount({
      ...this.#options,
      broker: account.broker,
      hasStream: capabilities.transactionStream,
      ...{ after, letTry, heard: this.#heard.promise },
      onTransaction: (transaction, isBackfilled) =>
        onEvent({
          kind: "transaction",
          connection: name,
          account: account.id,
          transaction,
          isBackfilled,
          receivedAt: clock.now(),
        }),
      onQuotes: (snapshot, since) => this.#feed.answered(snapshot, since),
      onChange: () => {
        this.#holdInstruments();
        this.#look();
        onChange();
      },
    });
    return { account, watch, drawn: null };
  }

  /** Prices are read of what is watched and of what is held. */
  #holdInstruments(): void {
    const held = this.#watched.flatMap(({ watch }) => watch.view().state?.trades ?? []);
    const wanted = new Set([...this.#watchlist, ...held.map(({ instrument }) => instrument)]);
    for (const name of this.#reader.instruments) if (!wanted.has(name)) this.#reader.remove(name);
    for (const name of wanted) this.#reader.add(name);
  }

  /** How the prices stand; while none is wanted, or the first are on their way, how the first account does. */
  #statusNow(): FeedStatus {
    const [{ watch }] = this.#watched;
    const ofPrices = this.#feed.status();
    const isTold = this.#reader.instruments.size > 0 && ofPrices.status !== "connecting";
    return isTold ? ofPrices : statusOfAccount(watch.stream());
  }

  #look(): void {
    const next = this.#statusNow();
    if (isSameStatus(next, this.#status)) return;
    this.#status = next;
    const { status, detail } = next;
    const { clock, onEvent, onChange } = this.#options;
    const connection = this.#source.name;
    this.#sinceMs = clock.monotonicMs();
    const receivedAt = clock.now();
    if (!isTryBeginning(next)) onEvent({ kind: "status", connection, status, detail, receivedAt });
    onChange();
  }

  async #readTerms(): Promise<void> {
    const { clock, random, onChange } = this.#options;
    const ladder = openLadder(random);
    while (!this.#over.signal.aborted) {
      try {
        for (const each of await this.#source.instruments()) this.#terms.set(each.name, each);
        return onChange();
      } catch {
        // Prices are shown without them, and the connection says itself why the broker can't be reached. While that is so they
        // aren't asked for again.
        await this.#watched[0].watch.settled;
        const pauseMs = Math.max(TERMS_PAUSE_MS, ladder.pauseAfter(0));
        await clock.sleep(pauseMs, this.#over.signal).catch(() => undefined);
      }
    }
  }

  #pictureConnection(): LiveConnection {
    const { name, brokerName, environment } = this.#source;
    const skewMs = this.#feed.venue.skewMsAt(momentOf(this.#options.clock));
    return {
      name,
      broker: brokerName,
      environment,
      ...this.#statusNow(),
      sinceMs: this.#sinceMs,
      latencyMs: this.#latencyMs,
      clockSkewMs: skewMs === null ? null : Math.round(skewMs),
      droppedQuotes: this.#reader.dropped,
    };
  }

  #pictureQuote(instrument: string): LiveQuote {
    const entry = this.#feed.board.entry(instrument);
    const age = entry?.quote
      ? this.#feed.board.ageOf(entry.quote, momentOf(this.#options.clock))
      : null;
    const before = this.#quotes.get(instrument) ?? null;
    const parts = {
      connection: this.#source.name,
      instrument,
      entry,
      age,
      terms: this.#terms.get(instrument) ?? null,
      isFlowing: this.#feed.isFlowing(),
      maxQuoteAgeMs: this.#options.maxQuoteAgeMs,
    };
    const picture = pictureQuote(parts, before);
    this.#quotes.set(instrument, picture);
    return picture;
  }

  #pictureAccount(watched: Watched): LiveAccount {
    const { account, watch } = watched;
    const view = watch.view();
    const names = new Set(view.state?.trades.map(({ instrument }) => instrument));
    const prices = [...names].flatMap((name) => [this.#lastPrice(name), this.#price(name)]);
    const from = [view, this.#terms.size, ...prices];
    const isDrawn = watched.drawn && steadyList(from, watched.drawn.from) === watched.drawn.from;
    if (isDrawn && watched.drawn) return watched.drawn.picture;
    const picture = pictureAccount({
      connection: this.#source.name,
      environment: this.#source.environment,
      id: account.id,
      alias: account.alias,
      view,
      priceOf: (name) => this.#price(name),
      lastPriceOf: (name) => this.#lastPrice(name),
      termsOf: (name) => this.#terms.get(name) ?? null,
    });
    watched.drawn = { from, picture };
    return picture;
  }

  #lastPrice(instrument: string): Quote | null {
    return this.#feed.board.entry(instrument)?.quote ?? null;
  }

  #price(instrument: string): Quote | null {
    const quote = this.#lastPrice(instrument);
    if (quote === null || !this.#feed.isFlowing()) return null;
    const age = this.#feed.board.ageOf(quote, momentOf(this.#options.clock));
    return age !== null && age.ms <= this.#options.maxQuoteAgeMs ? quote : null;
  }
}
