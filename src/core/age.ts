import { type Instant, msBetween } from "./time.ts";

/** A moment by both of our clocks: either may be wrong, and the monotonic one stands still while a computer sleeps. */
export type Moment = { readonly wall: Instant; readonly monotonicMs: number };

/** How old something was, at the most, at a moment of ours. */
export type Age = { readonly ms: number; readonly at: Moment };

/** The most by which a clock runs slow while it is being corrected: NTP slews by 500 millionths. */
const SLOWEST = 1.0005;

/** How old it is now, at the most, in milliseconds. */
export function ageMsAt({ ms, at }: Age, now: Moment): number {
  return ms + elapsedMsAtMost(at, now);
}

/** Time from `then` to `now`, at the most, in milliseconds: whichever of our clocks counts more is believed. */
export function elapsedMsAtMost(then: Moment, now: Moment): number {
  const countedMs = Math.max(now.monotonicMs - then.monotonicMs, msBetween(then.wall, now.wall));
  return Math.max(0, countedMs) * SLOWEST;
}
