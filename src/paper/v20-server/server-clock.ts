import type { Instant } from "../../core/time.ts";

/** The part of a clock that the server needs. */
export interface ServerClock {
  now(): Instant;
  /** Milliseconds since some fixed moment; never goes back. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects when the signal is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
