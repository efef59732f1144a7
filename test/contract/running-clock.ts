import { addMs, type Instant } from "../../src/core/time.ts";
import type { Clock } from "../../src/ports/clock.ts";

/** A clock that runs `speed` times as fast as the real one, and can be set forward. */
export interface RunningClock extends Clock {
  /** Everyone whose sleep is over by then wakes at once. */
  jump(ms: number): void;
}

type Sleeper = { readonly wakesAtMs: number; readonly wake: () => void };

export function createRunningClock(start: Instant, speed: number): RunningClock {
  const begun = performance.now();
  const sleepers = new Set<Sleeper>();
  let jumpedMs = 0;
  const elapsedMs = () => (performance.now() - begun) * speed + jumpedMs;
  const wakeDue = () => {
    for (const sleeper of sleepers) if (sleeper.wakesAtMs <= elapsedMs()) sleeper.wake();
  };
  return {
    now: () => addMs(start, Math.floor(elapsedMs())),
    monotonicMs: elapsedMs,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const sleeper = { wakesAtMs: elapsedMs() + ms, wake: resolve };
      const timer = setTimeout(resolve, ms / speed);
      const stop = () => reject(signal?.reason);
      sleepers.add(sleeper);
      signal?.addEventListener("abort", stop, { once: true });
      try {
        await promise;
      } finally {
        clearTimeout(timer);
        sleepers.delete(sleeper);
        signal?.removeEventListener("abort", stop);
      }
    },
    jump(ms) {
      jumpedMs += ms;
      wakeDue();
    },
  };
}
