import { addMs, type Instant } from "../../src/core/time.ts";
import type { Clock } from "../../src/ports/clock.ts";
import { NOON } from "./market.ts";

type Sleeper = { readonly wakesAtMs: number; readonly wake: () => void };

/**
 * A clock that stands still until the test moves it. Sleeping takes no time: in `auto` mode the clock jumps to the
 * end of each sleep at once, in `manual` mode the sleeper wakes when the test has advanced so far.
 */
export class FakeClock implements Clock {
  /** How long each sleep was asked to be, in milliseconds. */
  readonly sleeps: number[] = [];
  #now: Instant;
  #elapsedMs = 0;
  #sleepers: Sleeper[] = [];
  readonly #mode: "auto" | "manual";

  constructor(start: Instant = NOON, mode: "auto" | "manual" = "auto") {
    this.#now = start;
    this.#mode = mode;
  }

  now(): Instant {
    return this.#now;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.sleeps.push(ms);
    signal?.throwIfAborted();
    if (this.#mode === "auto") return this.advance(ms);
    await new Promise<void>((resolve, reject) => {
      const sleeper = { wakesAtMs: this.#elapsedMs + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers = this.#sleepers.filter((each) => each !== sleeper);
        reject(signal.reason);
      });
    });
  }

  /** Lets time pass, and wakes whoever slept until then, earliest first. */
  advance(ms: number): void {
    this.#elapsedMs += ms;
    this.#now = addMs(this.#now, ms);
    const due = this.#sleepers.filter((sleeper) => sleeper.wakesAtMs <= this.#elapsedMs);
    this.#sleepers = this.#sleepers.filter((sleeper) => !due.includes(sleeper));
    for (const { wake } of due.toSorted((a, b) => a.wakesAtMs - b.wakesAtMs)) wake();
  }

  /** Sets the wall clock only, forth or back: no time has passed. */
  jump(ms: number): void {
    this.#now = addMs(this.#now, ms);
  }
}
