import { Failure } from "../core/failures.ts";
import type { Transaction } from "../core/transaction.ts";
import { idsBetween, isLaterId } from "../core/transaction-id.ts";
import type { Broker, TransactionEvent } from "../ports/broker.ts";
import { entriesSince } from "./backfill.ts";
import { keepOpen, type StreamState, type StreamTiming } from "./connection.ts";
import { openLadder } from "./ladder.ts";
import { pollTransactions, streamOrPoll } from "./polling.ts";

/** Whether every transaction up to now has been told. */
export type EventsState =
  | { readonly kind: "live" }
  /** Some may be missing, and are being read. */
  | { readonly kind: "catching_up"; readonly failure: Failure | null }
  /** Nothing is heard from the broker. */
  | { readonly kind: "down"; readonly stream: StreamState };

export type AccountEventsOptions = StreamTiming & {
  readonly broker: Pick<Broker, "streamTransactions" | "transactionsSince">;
  /** False for a broker that has no transaction stream: it is asked every two seconds instead. */
  readonly hasStream: boolean;
  /** The newest transaction that is known already: the first one told is the one after it. */
  readonly sinceId: string;
  /** Each transaction, once and in order. */
  readonly onTransaction: (transaction: Transaction, isBackfilled: boolean) => void;
  readonly onState: (state: EventsState) => void;
  readonly signal: AbortSignal;
};

/** Transactions that wait for a gap before them to be closed; when there are more, they are read as well. */
const MOST_HELD = 10_000;

/**
 * Tells every transaction of an account, each once and in order, whatever becomes of the connection: what was missed is
 * read from the log before anything newer is told. Gives the failure after which it isn't tried any more.
 */
export function followAccount(options: AccountEventsOptions): Promise<Failure | null> {
  const { broker, hasStream, clock, onState, signal } = options;
  const follower = openFollower(options);
  return keepOpen<TransactionEvent>({
    ...options,
    open() {
      const stream = (own: AbortSignal) => broker.streamTransactions({ signal: own });
      const poll = (own: AbortSignal) =>
        pollTransactions(broker, follower.lastId, { clock, signal: own });
      return streamOrPoll({ stream: hasStream ? stream : null, poll }, { clock, signal });
    },
    onEvent: follower.take,
    onState(state) {
      if (signal.aborted) return;
      if (state.kind === "open") follower.opened();
      else {
        follower.closed(state.kind === "waiting");
        onState({ kind: "down", stream: state });
      }
    },
  });
}

type Follower = {
  readonly lastId: () => string;
  readonly opened: () => void;
  readonly closed: (wasCut: boolean) => void;
  readonly take: (event: TransactionEvent) => void;
};

function openFollower(options: AccountEventsOptions): Follower {
  const { broker, onTransaction, onState, signal } = options;
  let last = options.sinceId;
  /** What has come while a gap is being closed; null while there is none. */
  let held: TransactionEvent[] | null = null;
  /** What is read from the log had been missed: not what happens before the first stream has begun to tell. */
  let isLate = false;
  let run = new AbortController();
  signal.addEventListener("abort", () => run.abort("over"), { once: true });

  const tell = (transaction: Transaction, isBackfilled: boolean) => {
    if (!isLaterId(transaction.id, last)) return;
    last = transaction.id;
    onTransaction(transaction, isBackfilled);
  };
  const readMissing = async (own: AbortController) => {
    for await (const entries of entriesSince(broker, last)) {
      if (own.signal.aborted) return;
      for (const entry of entries) tell(entry, isLate && !holds(held, entry));
    }
  };
  /** Ends when nothing is missing between the log and what has come since. */
  const catchUp = async (own: AbortController) => {
    const ladder = openLadder(options.random);
    let failure: Failure | null = null;
    while (!own.signal.aborted) {
      onState({ kind: "catching_up", failure });
      failure = await readMissing(own).then(() => null, toFailure);
      if (own.signal.aborted) return;
      if (failure === null && isSettled()) return onState({ kind: "live" });
      await options.clock.sleep(ladder.pauseAfter(0), own.signal).catch(() => undefined);
    }
  };
  /** Takes what was held while the log was read; false when that shows another gap. */
  const isSettled = (): boolean => {
    const events = held ?? [];
    held = null;
    for (const [index, event] of events.entries()) {
      if (hasGapBefore(event, last)) {
        held = events.slice(index);
        return false;
      }
      if (event.type === "transaction") tell(event.transaction, false);
    }
    isLate = false;
    return true;
  };
  const startCatchingUp = (first: readonly TransactionEvent[]) => {
    run.abort("again");
    run = new AbortController();
    held = [...first];
    isLate ||= first.length > 0;
    const own = run;
    if (!signal.aborted) void catchUp(own);
  };
  return {
    lastId: () => last,
    opened: () => startCatchingUp([]),
    closed(wasCut) {
      isLate ||= wasCut;
      run.abort("closed");
      held = null;
    },
    take(event) {
      if (held !== null) {
        held.push(event);
        // The log has them all.
        if (held.length > MOST_HELD) held = held.slice(-1);
      } else if (hasGapBefore(event, last)) startCatchingUp([event]);
      else if (event.type === "transaction") tell(event.transaction, false);
    },
  };
}

/** Whether something happened between the transaction that was told last and an event. */
function hasGapBefore(event: TransactionEvent, last: string): boolean {
  if (event.type === "heartbeat") return isLaterId(event.lastTransactionId, last);
  return (idsBetween(last, event.transaction.id) ?? 1n) > 1n;
}

/** Whether a transaction has come over the stream as well. */
function holds(events: readonly TransactionEvent[] | null, { id }: Transaction): boolean {
  return events?.some((each) => each.type === "transaction" && each.transaction.id === id) === true;
}

function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  return new Failure("INTERNAL", `The account's log can't be read: ${String(error)}`, {
    cause: error,
  });
}
