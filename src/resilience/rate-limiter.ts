import { Failure } from "../core/failures.ts";
import { LONGEST_WAIT_MS, type RateLimit, takeSlot } from "../core/rate-limit.ts";
import type { Clock } from "../ports/clock.ts";
import type { RateStore } from "../ports/rate-limit.ts";
import type { HttpRequest, Policy } from "./http.ts";
import { openPlaces, type Places } from "./places.ts";

export type LimiterOptions = {
  /** Whose requests are counted together. */
  readonly name: string;
  readonly limit: RateLimit;
  readonly rates: RateStore;
  readonly clock: Clock;
  /**
   * Most requests of this process at a time, as many as it has connections: what waits here instead of behind a slow
   * answer can't leave in a burst later.
   */
  readonly places: number;
};

/** What may change the account was decided on prices that grow old. */
const CHANGE_WAIT_MS = 2_500;
/** More requests than this don't queue in one process. */
const MOST_WAITING = 1_000;

/**
 * Lets each request go at a moment of its own that no process has taken before, so that the broker never sees more
 * than `limit`, however many processes there are. A process that dies wastes the moments it took, and nobody waits
 * for it. Within a process, requests that may change the account go first.
 */
export function rateLimiter(options: LimiterOptions): Policy {
  const { clock } = options;
  const places = openPlaces(options.places);
  return async (request, send) => {
    const maxWaitMs = maxWaitOf(request);
    const startedMs = clock.monotonicMs();
    if (!places.take() && !(await hasPlace(places, request, options))) return send(request);
    try {
      const waitedMs = clock.monotonicMs() - startedMs;
      await waitForSlot(request, maxWaitMs - waitedMs, options);
      return await send(request);
    } finally {
      places.leave();
    }
  };
}

/** False when the caller gave up: sending says so. @throws Failure RATE_LIMITED when there is no place in time. */
async function hasPlace(
  places: Places,
  request: HttpRequest,
  { name, clock }: LimiterOptions,
): Promise<boolean> {
  const maxWaitMs = maxWaitOf(request);
  if (places.waiting >= MOST_WAITING) throw tooMany(name, maxWaitMs);
  const over = new AbortController();
  const late = new AbortController();
  const signals = request.signal ? [late.signal, request.signal] : [late.signal];
  clock.sleep(maxWaitMs, over.signal).then(
    () => late.abort("late"),
    // The sleep was stopped because waiting is over.
    () => undefined,
  );
  try {
    const signal = AbortSignal.any(signals);
    await places.wait({ isUrgent: request.method !== "GET", signal });
    return true;
  } catch {
    if (request.signal?.aborted) return false;
    throw tooMany(name, maxWaitMs);
  } finally {
    over.abort("over");
  }
}

/** @throws Failure RATE_LIMITED, without a wait, when the next free moment is too far away. */
async function waitForSlot(
  { signal }: HttpRequest,
  maxWaitMs: number,
  { name, limit, rates, clock }: LimiterOptions,
): Promise<void> {
  let waitMs = 0;
  await rates.update(name, (taken) => {
    const answer = takeSlot(taken, { nowMs: clock.monotonicMs(), limit, maxWaitMs });
    waitMs = answer.waitMs;
    return answer.slots;
  });
  if (waitMs > maxWaitMs) throw tooMany(name, waitMs);
  if (waitMs === 0) return;
  // Whoever gives up meanwhile is told so by the sending.
  await clock.sleep(Math.ceil(waitMs), signal).catch(() => undefined);
}

function maxWaitOf({ method }: HttpRequest): number {
  return method === "GET" ? LONGEST_WAIT_MS : CHANGE_WAIT_MS;
}

function tooMany(name: string, waitMs: number): Failure {
  const seconds = Math.ceil(waitMs / 1000);
  return new Failure(
    "RATE_LIMITED",
    `More requests are waiting for ${name} than it takes: this one would wait ${seconds} s or more. Nothing was sent.`,
    {
      hint: `Wait ${seconds} s, then try again; another program of yours may be asking without a pause.`,
      retryable: true,
      details: { name, retryAfterMs: Math.ceil(waitMs) },
    },
  );
}
