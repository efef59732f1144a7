import type { Moment } from "../core/age.ts";
import type { Failure } from "../core/failures.ts";
import type { Broker, QuoteEvent } from "../ports/broker.ts";
import { keepOpen, type StreamState, type StreamTiming } from "./connection.ts";
import { momentOf } from "./moment.ts";
import { pollQuotes, streamOrPoll } from "./polling.ts";

export type PriceStreamOptions = StreamTiming & {
  readonly broker: Pick<Broker, "streamQuotes" | "quotes">;
  /** False for a broker that has no price stream: it is asked every second instead. */
  readonly hasStream: boolean;
  readonly onEvent: (event: QuoteEvent, source: EventSource) => void;
  /** Of the stream that counts: one that is to take its place is silent about itself. */
  readonly onState: (state: StreamState) => void;
};

export type EventSource = {
  /** When the stream that it came over was asked for. */
  readonly since: Moment;
  /** It is the first of its instrument over that stream: what was so before. */
  readonly isFirst: boolean;
};

/** Prices over one connection. */
export interface PriceStream {
  /** What is wanted from now on. A changed list opens a new stream before the old one is closed; none closes it. */
  want(instruments: readonly string[]): void;
  /** Closes the stream and opens another. */
  restart(): void;
  /** Resolves when it is closed: with null, or with the failure after which it isn't tried again. */
  readonly ended: Promise<Failure | null>;
  close(): void;
}

type Run = {
  readonly stop: AbortController;
  isOpen: boolean;
  /** What it was opened for; null while it's about to be opened for all that is wanted by then. */
  names: readonly string[] | null;
};

/** Changes that come one after the other are made as one. */
const SETTLE_MS = 250;

export function openPriceStream(options: PriceStreamOptions): PriceStream {
  const { clock, onState } = options;
  const { promise: ended, resolve: end } = Promise.withResolvers<Failure | null>();
  let wanted: readonly string[] = [];
  let current: Run | null = null;
  /** To take the place of `current`, once something has come over it. */
  let next: Run | null = null;
  let changing: AbortController | null = null;

  const takeOver = (run: Run) => {
    if (run !== next) return;
    current?.stop.abort("replaced");
    current = next;
    next = null;
  };
  const start = (): Run => {
    const run: Run = { stop: new AbortController(), isOpen: false, names: null };
    const told = (state: StreamState) => {
      run.isOpen = state.kind === "open";
      if (run.isOpen) takeOver(run);
      if (run === current) onState(state);
    };
    // All that is asked for in one go is opened in one go.
    queueMicrotask(() => {
      if (run.stop.signal.aborted) return;
      run.names = wanted;
      void keepRun(run, { ...options, onState: told }, run.names).then((failure) => {
        if (failure === null) return;
        takeOver(run);
        if (run === current) end(failure);
      });
    });
    return run;
  };
  const stopAll = () => {
    changing?.abort("over");
    for (const run of [current, next]) run?.stop.abort("closed");
    [current, next] = [null, null];
  };
  const change = () => {
    next?.stop.abort("replaced");
    next = null;
    // One that isn't open has nothing to lose.
    if (current?.isOpen) next = start();
    else {
      current?.stop.abort("replaced");
      current = start();
    }
  };
  return {
    want(instruments) {
      wanted = [...new Set(instruments)];
      changing?.abort("again");
      if (wanted.length === 0) return stopAll();
      const newest = next ?? current;
      if (newest === null) return change();
      if (newest.names === null || isSameSet(newest.names, wanted)) return;
      changing = new AbortController();
      clock.sleep(SETTLE_MS, changing.signal).then(change, () => undefined);
    },
    restart() {
      if (wanted.length > 0) change();
    },
    ended,
    close() {
      stopAll();
      end(null);
    },
  };
}

function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name) => right.includes(name));
}

/** Keeps a stream of the `instruments` open until its run is stopped. */
function keepRun(
  { stop }: Run,
  options: PriceStreamOptions,
  instruments: readonly string[],
): Promise<Failure | null> {
  const { broker, hasStream, clock, onEvent } = options;
  let since = momentOf(clock);
  let seen = new Set<string>();
  return keepOpen({
    ...options,
    signal: stop.signal,
    open(signal) {
      since = momentOf(clock);
      seen = new Set();
      const stream = (own: AbortSignal) => broker.streamQuotes(instruments, { signal: own });
      const poll = (own: AbortSignal) => pollQuotes(broker, instruments, { clock, signal: own });
      return streamOrPoll({ stream: hasStream ? stream : null, poll }, { clock, signal });
    },
    onEvent(event) {
      const isFirst = event.type === "quote" && !seen.has(event.quote.instrument);
      if (isFirst) seen.add(event.quote.instrument);
      onEvent(event, { since, isFirst });
    },
  });
}
