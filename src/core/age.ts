import { type Instant, msBetween } from "./time.ts";

/** A moment by both of our clocks: either may be wrong, and the monotonic one stands still while a computer sleeps. */
export type Moment = { readonly wall: Instant; readonly monotonicMs: number };

/** How old something was, at the most, at a moment of ours. */
export type Age = { readonly ms: number; readonly at: Moment };

/** How old it is now, at the most, in milliseconds: whichever of our clocks says more time has passed is believed. */
export function ageMsAt({ ms, at }: Age, now: Moment): number {
  return ms + elapsedMsAtMost(at, now);
}

/** Time from `then` to `now`, at the most, in milliseconds; never below zero. */
export function elapsedMsAtMost(then: Moment, now: Moment): number {
  return Math.max(0, now.monotonicMs - then.monotonicMs, msBetween(then.wall, now.wall));
}

/** Something that has just come into being, for all that we know of it. */
export function newbornAt(at: Moment): Age {
  return { ms: 0, at };
}
