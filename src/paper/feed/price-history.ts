import type { Feed } from "./feed.ts";

/**
 * First, greatest, least and last price of a stretch of time, in points: multiples of the last decimal of the
 * instrument's price. Whole numbers, so they are exact.
 */
export type Extent = {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
};

/** What an instrument's prices did in a stretch of time. */
export type Bar = {
  readonly bid: Extent;
  readonly ask: Extent;
  /** In half points, as the middle between two prices may lie between two points. */
  readonly mid: Extent;
  /** How many prices there were: at least one. */
  readonly ticks: number;
};

/** A feed that also tells what its prices did: what candles are made of. Moments are milliseconds since 1970. */
export interface PriceHistory extends Feed {
  /** When the first price at or after `ms` comes up; null when there is none, or no such instrument. */
  firstTickFrom(instrument: string, ms: number): number | null;
  /** When the last price before `ms` came up; null when there is none, or no such instrument. */
  lastTickBefore(instrument: string, ms: number): number | null;
  /** The prices that came up at or after `fromMs` and before `toMs`; null when there are none. */
  barOf(instrument: string, fromMs: number, toMs: number): Bar | null;
}

/** Two bars as one; `later` follows `earlier`. */
export function joinBars(earlier: Bar | null, later: Bar): Bar {
  if (earlier === null) return later;
  return {
    bid: joinExtents(earlier.bid, later.bid),
    ask: joinExtents(earlier.ask, later.ask),
    mid: joinExtents(earlier.mid, later.mid),
    ticks: earlier.ticks + later.ticks,
  };
}

function joinExtents(earlier: Extent, later: Extent): Extent {
  return {
    open: earlier.open,
    high: Math.max(earlier.high, later.high),
    low: Math.min(earlier.low, later.low),
    close: later.close,
  };
}
