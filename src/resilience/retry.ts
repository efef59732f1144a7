import { Failure } from "../core/failures.ts";
import type { Clock } from "../ports/clock.ts";
import type { HttpRequest, Policy } from "./http.ts";

export type RetryOptions = {
  readonly clock: Clock;
  /** A number from 0 up to, but not including, 1. */
  readonly random: () => number;
};

export const MAX_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 300;
/** The longest pause that a broker may ask for and get; a caller is told of a longer one instead. */
const LONGEST_PAUSE_MS = 5_000;
/** No attempt begins later than this after the first. */
const READ_BUDGET_MS = 10_000;
/** What may change the account was decided on prices that grow old. */
const CHANGE_BUDGET_MS = 2_000;

/**
 * Tries again, at most twice, what is safe to repeat: reads, and requests that provably never left. The pause is
 * random up to a bound that doubles, or as long as the broker asks for. The last failure is the one that is thrown.
 */
export function retry({ clock, random }: RetryOptions): Policy {
  return async (request, send) => {
    const startedMs = clock.monotonicMs();
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await send(request);
      } catch (error) {
        if (attempt >= MAX_ATTEMPTS || !isRepeatable(error, request)) throw error;
        const pauseMs = pauseAfter(error, random() * FIRST_PAUSE_MS * 2 ** (attempt - 1));
        const elapsedMs = clock.monotonicMs() - startedMs;
        if (pauseMs === null || elapsedMs + pauseMs > budgetOf(request)) throw error;
        await sleepOr(error, () => clock.sleep(pauseMs, request.signal));
      }
    }
  };
}

/**
 * A change that the broker turned away for its rate did leave: it is for its caller to decide anew. What our own limit
 * holds back has waited long enough.
 */
function isRepeatable(error: unknown, { method, signal }: HttpRequest): error is Failure {
  if (!(error instanceof Failure) || !error.retryable || signal?.aborted) return false;
  if (error.code === "RATE_LIMITED") return method === "GET" && error.details.status === 429;
  return method === "GET" || !error.sent;
}

/** Null when the broker asks for more than anybody would wait. */
function pauseAfter({ details }: Failure, pauseMs: number): number | null {
  const { retryAfterMs } = details;
  if (typeof retryAfterMs !== "number") return pauseMs;
  return retryAfterMs > LONGEST_PAUSE_MS ? null : Math.max(pauseMs, retryAfterMs);
}

function budgetOf({ method }: HttpRequest): number {
  return method === "GET" ? READ_BUDGET_MS : CHANGE_BUDGET_MS;
}

/** An interrupted pause ends in the failure that it followed. */
async function sleepOr(error: Failure, sleep: () => Promise<void>): Promise<void> {
  try {
    await sleep();
  } catch {
    throw error;
  }
}
