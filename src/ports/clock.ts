import type { Instant } from "../core/time.ts";

/** The only source of time. Elapsed time is measured with `monotonicMs`, never by subtracting instants. */
export interface Clock {
  now(): Instant;
  /** Milliseconds since a moment that all processes of this computer share; never goes back while it runs. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
