import type { Bar, Extent, PriceHistory } from "../feed/price-history.ts";
import type { Period } from "./candle-periods.ts";

/** What an instrument's prices did in one period. */
export type Candle = {
  readonly startMs: number;
  /** Whether the period is over. */
  readonly isComplete: boolean;
  readonly bar: Bar;
};

/** Whose candles are made, of which periods, as of which moment: nothing after `nowMs` is known. */
export type CandleSource = {
  readonly history: PriceHistory;
  readonly instrument: string;
  readonly periodOf: (ms: number) => Period;
  readonly nowMs: number;
};

/** The first `count` candles of periods that begin at or after `fromMs` and before `toMs`, oldest first. */
export function candlesFrom(
  source: CandleSource,
  { fromMs, toMs, count }: { fromMs: number; toMs: number; count: number },
): readonly Candle[] {
  const { history, instrument, periodOf, nowMs } = source;
  const candles: Candle[] = [];
  let tick = history.firstTickFrom(instrument, fromMs);
  while (tick !== null && tick <= nowMs && candles.length < count) {
    const period = periodOf(tick);
    if (period.startMs >= toMs) break;
    candles.push(...candleOf(source, period));
    tick = history.firstTickFrom(instrument, period.endMs);
  }
  return candles;
}

/** The last `count` candles of periods that begin before `toMs`, oldest first. */
export function candlesBefore(
  source: CandleSource,
  { toMs, count }: { toMs: number; count: number },
): readonly Candle[] {
  const { history, instrument, periodOf, nowMs } = source;
  const candles: Candle[] = [];
  // The period that begins before `toMs` may have ticks only after it.
  const last = periodOf(toMs - 1);
  const endMs = Math.min(last.endMs, nowMs + 1);
  let tick = history.lastTickBefore(instrument, endMs);
  while (tick !== null && candles.length < count) {
    const period = periodOf(tick);
    candles.push(...candleOf(source, period));
    tick = history.lastTickBefore(instrument, period.startMs);
  }
  return candles.reverse();
}

/** One candle, or none for a period without a price. */
export function candleOf(source: CandleSource, { startMs, endMs }: Period): readonly Candle[] {
  const { history, instrument, nowMs } = source;
  const bar = history.barOf(instrument, startMs, Math.min(endMs, nowMs + 1));
  return bar ? [{ startMs, isComplete: endMs <= nowMs, bar }] : [];
}

/** The same candles, each beginning where the price before it ended. */
export function smoothed(source: CandleSource, candles: readonly Candle[]): readonly Candle[] {
  let before = candles[0] ? barBefore(source, candles[0].startMs) : null;
  return candles.map((candle) => {
    const { bar } = candle;
    const closed = before;
    before = bar;
    if (!closed) return candle;
    const bid = openedAt(bar.bid, closed.bid.close);
    const ask = openedAt(bar.ask, closed.ask.close);
    const mid = openedAt(bar.mid, closed.mid.close);
    return { ...candle, bar: { bid, ask, mid, ticks: bar.ticks } };
  });
}

function barBefore({ history, instrument }: CandleSource, ms: number): Bar | null {
  const tick = history.lastTickBefore(instrument, ms);
  return tick === null ? null : history.barOf(instrument, tick, tick + 1);
}

function openedAt({ high, low, close }: Extent, open: number): Extent {
  return { open, high: Math.max(high, open), low: Math.min(low, open), close };
}
