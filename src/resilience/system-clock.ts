import { instantFromMs } from "../core/time.ts";
import type { Clock } from "../ports/clock.ts";

const NANOSECONDS_A_MILLISECOND = 1e6;

/** The computer's own clock: the only place that reads it. */
export const systemClock: Clock = {
  now: () => instantFromMs(Date.now()),
  // Counted from the start of the computer, so that processes can tell each other moments of it.
  monotonicMs: () => Number(process.hrtime.bigint()) / NANOSECONDS_A_MILLISECOND,
  sleep,
};

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  if (signal?.aborted) {
    reject(signal.reason);
    return promise;
  }
  const onAbort = () => {
    clearTimeout(timer);
    reject(signal?.reason);
  };
  const timer = setTimeout(() => {
    signal?.removeEventListener("abort", onAbort);
    resolve();
  }, ms);
  signal?.addEventListener("abort", onAbort, { once: true });
  return promise;
}
