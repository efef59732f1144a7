import type { Age, Moment } from "../core/age.ts";
import type { HomeConversion } from "../core/conversion.ts";
import { Failure } from "../core/failures.ts";
import type { Transaction } from "../core/transaction.ts";
import type { AccountState, Broker, QuoteSnapshot } from "../ports/broker.ts";
import type { LiveAccountStatus } from "../ports/live.ts";
import { type EventsState, followAccount } from "./account-events.ts";
import { isFinal, type StreamState, type StreamTiming } from "./connection.ts";
import { hearBroker, isAway } from "./hear-broker.ts";
import { type Ladder, openLadder } from "./ladder.ts";
import { momentOf } from "./moment.ts";

export type AccountWatchOptions = StreamTiming & {
  readonly broker: Pick<
    Broker,
    "state" | "stateSince" | "quotes" | "streamTransactions" | "transactionsSince"
  >;
  /** False for a broker that has no transaction stream. */
  readonly hasStream: boolean;
  /** The account's first reading waits for it: of several accounts one finds out whether the broker is there. */
  readonly after: Promise<void> | null;
  /** Resolves when the broker is heard beside the account. */
  readonly heard: Promise<void>;
  /** Lets one reading try where a breaker holds all back: the broker was heard. */
  readonly letTry: (() => Promise<void>) | null;
  readonly onTransaction: (transaction: Transaction, isBackfilled: boolean) => void;
  /** Prices that were asked for at `since`, for the rates into account currency that come with them. */
  readonly onQuotes: (snapshot: QuoteSnapshot, since: Moment) => void;
  /** Anything of the view may be another now. */
  readonly onChange: () => void;
};

/** What is known of an account. */
export type AccountView = {
  readonly status: LiveAccountStatus;
  readonly detail: string | null;
  /** null before it was read. */
  readonly state: AccountState | null;
  readonly age: Age | null;
  /** Into account currency, by currency. */
  readonly conversions: ReadonlyMap<string, HomeConversion>;
};

/** An account, kept up to date: by its transactions as they come, and by asking every five seconds. */
export interface AccountWatch {
  view(): AccountView;
  /** Whether the broker is heard: as its transaction stream stands once the account was read. Another object after each change. */
  stream(): StreamState;
  /** Resolves when the account was read, or can't be, or is closed. */
  readonly settled: Promise<void>;
  /** Asks at once. */
  refresh(): void;
  close(): void;
}

const ASK_MS = 5_000;
const OPEN: StreamState = { kind: "open" };

export function watchAccount(options: AccountWatchOptions): AccountWatch {
  const watch = new Watch(options);
  void watch.run();
  return watch;
}

class Watch implements AccountWatch {
  readonly #options: AccountWatchOptions;
  readonly #over = new AbortController();
  readonly #settled = Promise.withResolvers<void>();
  #view: AccountView = {
    status: "loading",
    detail: null,
    state: null,
    age: null,
    conversions: new Map(),
  };
  #events: EventsState | null = null;
  #stream: StreamState = { kind: "connecting", failures: 0 };
  /** Why the last asking gave nothing; null when it did. */
  #failure: Failure | null = null;
  #pause = new AbortController();
  /** Asked for while an answer was still under way. */
  #isDue: boolean = false;

  constructor(options: AccountWatchOptions) {
    this.#options = options;
  }

  view(): AccountView {
    return this.#view;
  }

  stream(): StreamState {
    return this.#stream;
  }

  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  refresh(): void {
    this.#isDue = true;
    this.#pause.abort("asked");
  }

  close(): void {
    this.#over.abort("closed");
    this.#pause.abort("closed");
    this.#settled.resolve();
  }

  async run(): Promise<void> {
    await this.#options.after;
    const isRead = await this.#readFirst();
    this.#settled.resolve();
    if (!isRead) return;
    const sinceId = this.#view.state?.account.lastTransactionId ?? "0";
    const { signal } = this.#over;
    const followed = followAccount({
      ...this.#options,
      sinceId,
      signal,
      onTransaction: (transaction, isBackfilled) => {
        this.#options.onTransaction(transaction, isBackfilled);
        this.refresh();
      },
      onState: (state) => {
        const wasDown = this.#events?.kind === "down";
        this.#events = state;
        this.#stream = state.kind === "down" && !isOnItsWay(state.stream) ? state.stream : OPEN;
        if (wasDown && state.kind !== "down") this.refresh();
        this.#tell();
      },
    });
    await Promise.all([followed, this.#keepAsking()]);
  }

  /** False when it can't be read at all, or needn't be any more. */
  async #readFirst(): Promise<boolean> {
    const ladder = openLadder(this.#options.random);
    for (let heard = 0; !this.#over.signal.aborted; heard += 1) {
      await this.#ask();
      const failure = this.#failure;
      if (failure === null) {
        this.#stream = OPEN;
        return !this.#over.signal.aborted;
      }
      if (isFinal(failure)) {
        this.#stream = { kind: "failed", failure };
        this.#tell();
        return false;
      }
      const mayHear = this.#options.hasStream && isAway(failure);
      // Where it was heard and can't be read all the same, the breaker is to count that.
      if (!mayHear || heard > 0) await this.#waitAfter(failure, ladder);
      if (mayHear) await this.#hear(heard === 0);
      this.#stream = { kind: "connecting", failures: ladder.failures };
    }
    return false;
  }

  async #waitAfter(failure: Failure, ladder: Ladder): Promise<void> {
    const { clock } = this.#options;
    const pauseMs = ladder.pauseAfter(0);
    const retryAtMs = clock.monotonicMs() + pauseMs;
    this.#stream = { kind: "waiting", failure, failures: ladder.failures, retryAtMs };
    this.#tell();
    await clock.sleep(pauseMs, this.#over.signal).catch(() => undefined);
  }

  /** Asking a broker that is away again would only hold back everybody's orders: it is listened for. */
  async #hear(isFirst: boolean): Promise<void> {
    const { letTry } = this.#options;
    const isHeard = await hearBroker({
      ...this.#options,
      signal: this.#over.signal,
      onState: (state) => {
        const isTrying = state.kind === "connecting" || state.kind === "open";
        this.#stream = isTrying ? { kind: "connecting", failures: 1 } : state;
        if (state.kind === "waiting") this.#failure = state.failure;
        this.#tell();
      },
    });
    if (isHeard && isFirst) await letTry?.();
  }

  async #keepAsking(): Promise<void> {
    const { clock } = this.#options;
    while (!this.#over.signal.aborted) {
      this.#pause = new AbortController();
      if (!this.#isDue) await clock.sleep(ASK_MS, this.#pause.signal).catch(() => undefined);
      this.#isDue = false;
      // While nothing is heard, asking would only count as one more failure of the connection.
      if (!this.#over.signal.aborted && this.#events?.kind !== "down") await this.#ask();
    }
  }

  async #ask(): Promise<void> {
    const { broker, clock } = this.#options;
    const { state: earlier } = this.#view;
    const at = momentOf(clock);
    try {
      const state = await (earlier ? broker.stateSince(earlier) : broker.state());
      this.#view = { ...this.#view, state, age: { ms: 0, at } };
      await this.#askRates(state);
      this.#failure = null;
    } catch (error) {
      this.#failure = toFailure(error);
    }
    this.#tell();
  }

  async #askRates({ trades }: AccountState): Promise<void> {
    const names = [...new Set(trades.map(({ instrument }) => instrument))];
    if (names.length === 0) return;
    const since = momentOf(this.#options.clock);
    const snapshot = await this.#options.broker.quotes(names);
    const rates = snapshot.conversions.map((each) => [each.currency, each] as const);
    this.#view = { ...this.#view, conversions: new Map(rates) };
    this.#options.onQuotes(snapshot, since);
  }

  #tell(): void {
    const status = statusOf(this.#view, this.#events, this.#failure);
    const detail = this.#failure?.message ?? detailOf(this.#events);
    this.#view = { ...this.#view, status, detail };
    if (!this.#over.signal.aborted) this.#options.onChange();
  }
}

function statusOf(
  { state }: AccountView,
  events: EventsState | null,
  failure: Failure | null,
): LiveAccountStatus {
  if (state === null) return failure === null ? "loading" : "stale";
  if (failure !== null) return "stale";
  if (events === null) return "catching_up";
  if (events.kind !== "down") return events.kind;
  return isOnItsWay(events.stream) ? "catching_up" : "stale";
}

/** What has never failed. */
function isOnItsWay(stream: StreamState): boolean {
  return stream.kind === "connecting" && stream.failures === 0;
}

function detailOf(events: EventsState | null): string | null {
  if (events?.kind === "catching_up") return events.failure?.message ?? null;
  if (events?.kind !== "down" || events.stream.kind === "connecting") return null;
  return events.stream.kind === "open" ? null : events.stream.failure.message;
}

function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const message = `The account can't be read: ${String(error)}`;
  return new Failure("INTERNAL", message, { cause: error });
}
