import { Failure, type FailureCode } from "../core/failures.ts";
import type { Clock } from "../ports/clock.ts";
import { openLadder } from "./ladder.ts";

/** How a stream that is kept open stands. */
export type StreamState =
  | { readonly kind: "connecting"; readonly failures: number }
  /** Something has come over it. */
  | { readonly kind: "open" }
  | {
      readonly kind: "waiting";
      readonly failure: Failure;
      readonly failures: number;
      /** On our monotonic clock. */
      readonly retryAtMs: number;
    }
  /** It isn't tried again. */
  | { readonly kind: "failed"; readonly failure: Failure };

export type StreamTiming = {
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
};

export type KeptStream<E> = StreamTiming & {
  /** Ends with a failure; anything but an abort of the signal is one. */
  readonly open: (signal: AbortSignal) => AsyncIterable<E>;
  /** Told of each event, in order. What it throws ends the stream, which is then opened anew. */
  readonly onEvent: (event: E) => void;
  readonly onState: (state: StreamState) => void;
  /** Ends it, quietly. */
  readonly signal: AbortSignal;
};

const FINAL: ReadonlySet<FailureCode> = new Set([
  "INTERNAL",
  "USAGE",
  "UNSUPPORTED",
  "CONFIG_INVALID",
  "CREDENTIALS_MISSING",
  "CREDENTIALS_INVALID",
  "PERMISSION_DENIED",
  "ACCOUNT_NOT_FOUND",
  "INSTRUMENT_NOT_FOUND",
]);
/** A broker that knew us a moment ago may be mistaken once: it is believed the third time in a row. */
const REFUSALS_BELIEVED = 3;
/** A broker's own "wait so long" is kept to up to this. */
const LONGEST_WAIT_MS = 60_000;

/**
 * Keeps a stream open until it's told to stop: whenever it ends, it is opened again after a pause. Gives the failure after
 * which it isn't tried any more, null after an abort.
 */
export async function keepOpen<E>(options: KeptStream<E>): Promise<Failure | null> {
  const { clock, random, signal, onState } = options;
  const ladder = openLadder(random);
  let hasWorked = false;
  let refusals = 0;
  while (!signal.aborted) {
    onState({ kind: "connecting", failures: ladder.failures });
    const { failure, openedAtMs } = await readOnce(options);
    if (signal.aborted || failure === null) return null;
    hasWorked ||= openedAtMs !== null;
    refusals = isFinal(failure) ? refusals + 1 : 0;
    if (refusals > 0 && (!hasWorked || refusals >= REFUSALS_BELIEVED)) {
      onState({ kind: "failed", failure });
      return failure;
    }
    const livedMs = openedAtMs === null ? 0 : clock.monotonicMs() - openedAtMs;
    const pauseMs = Math.max(ladder.pauseAfter(livedMs), toldToWaitMs(failure));
    const retryAtMs = clock.monotonicMs() + pauseMs;
    onState({ kind: "waiting", failure, failures: ladder.failures, retryAtMs });
    await clock.sleep(pauseMs, signal).catch(() => undefined);
  }
  return null;
}

/** Whether trying again changes nothing. */
export function isFinal({ code }: Failure): boolean {
  return FINAL.has(code);
}

type Reading = { readonly failure: Failure | null; readonly openedAtMs: number | null };

/** Reads a stream to its end. */
async function readOnce<E>(options: KeptStream<E>): Promise<Reading> {
  const { open, onEvent, onState, clock, signal } = options;
  let openedAtMs: number | null = null;
  try {
    for await (const event of open(signal)) {
      if (signal.aborted) return { failure: null, openedAtMs };
      if (openedAtMs === null) {
        openedAtMs = clock.monotonicMs();
        onState({ kind: "open" });
      }
      onEvent(event);
    }
    return { failure: signal.aborted ? null : endedFailure(), openedAtMs };
  } catch (error) {
    return { failure: toFailure(error), openedAtMs };
  }
}

function endedFailure(): Failure {
  return new Failure("BROKER_UNAVAILABLE", "The broker ended the stream.", { retryable: true });
}

function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  return new Failure("INTERNAL", `The stream can't be read: ${String(error)}`, { cause: error });
}

function toldToWaitMs({ details }: Failure): number {
  const { retryAfterMs } = details;
  return typeof retryAfterMs === "number" ? Math.min(retryAfterMs, LONGEST_WAIT_MS) : 0;
}
