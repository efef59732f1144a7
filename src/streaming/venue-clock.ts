import { elapsedMsAtMost, type Moment } from "../core/age.ts";
import { type Instant, instantToMs } from "../core/time.ts";

/**
 * What time it is at a venue, as far as its messages tell, whatever our own clocks say. A message that was asked for at
 * a moment of ours was written after that: so it is never later there than its time and what has passed since the
 * asking. And it is never earlier than its time and what has passed since it came.
 */
export interface VenueClock {
  /** An answer, or a heartbeat of a stream, that was written no sooner than `since`. */
  heard(time: Instant, span: { readonly since: Moment; readonly at: Moment }): void;
  /** Its time at the latest, in milliseconds since 1970; null before anything was heard. */
  latestMsAt(now: Moment): number | null;
  /** How far our clock is ahead (or behind: below zero), at the least; null while that can't be told. */
  skewMsAt(now: Moment): number | null;
}

/** A bound of the venue's time, true at a moment of ours. */
type Bound = { readonly ms: number; readonly at: Moment };

/** Instants are cut to milliseconds here. */
const CUT_MS = 1;

export function openVenueClock(): VenueClock {
  let latest: Bound | null = null;
  let earliest: Bound | null = null;
  const latestMs = (now: Moment) => latest && latest.ms + elapsedMsAtMost(latest.at, now);
  const earliestMs = (now: Moment) =>
    earliest && earliest.ms + now.monotonicMs - earliest.at.monotonicMs;
  return {
    heard(time, { since, at }) {
      const ms = instantToMs(time);
      const boundMs = ms + CUT_MS + elapsedMsAtMost(since, at);
      const mostMs = latestMs(at);
      // A venue whose clock was put forth, or back, is believed.
      if (mostMs === null || boundMs < mostMs || ms > mostMs) latest = { ms: boundMs, at };
      const leastMs = earliestMs(at);
      if (leastMs === null || ms > leastMs || leastMs > boundMs) earliest = { ms, at };
    },
    latestMsAt: latestMs,
    skewMsAt(now) {
      const [mostMs, leastMs] = [latestMs(now), earliestMs(now)];
      if (mostMs === null || leastMs === null) return null;
      const ours = instantToMs(now.wall);
      if (ours > mostMs) return ours - mostMs;
      return ours < leastMs ? ours - leastMs : 0;
    },
  };
}
