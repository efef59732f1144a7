import { addMs, type Instant } from "../../../src/core/time.ts";
import type { ServerClock } from "../../../src/paper/v20-server/server-clock.ts";

/** A clock that stands still until a test moves it; whoever sleeps wakes when his time has come. */
export interface HandClock extends ServerClock {
  /** Moves the time and lets everyone woken by it run. */
  advance(ms: number): Promise<void>;
}

type Sleeper = { readonly wakeMs: number; readonly wake: () => void };

export function createHandClock(start: Instant): HandClock {
  let elapsedMs = 0;
  let sleepers: readonly Sleeper[] = [];
  return {
    now: () => addMs(start, elapsedMs),
    monotonicMs: () => elapsedMs,
    sleep: (ms, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const sleeper = { wakeMs: elapsedMs + ms, wake: resolve };
      sleepers = [...sleepers, sleeper];
      signal?.addEventListener("abort", () => {
        sleepers = sleepers.filter((other) => other !== sleeper);
        reject(signal.reason);
      });
      return promise;
    },
    advance: async (ms) => {
      elapsedMs += ms;
      const due = sleepers.filter((sleeper) => sleeper.wakeMs <= elapsedMs);
      sleepers = sleepers.filter((sleeper) => sleeper.wakeMs > elapsedMs);
      for (const sleeper of due) sleeper.wake();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
