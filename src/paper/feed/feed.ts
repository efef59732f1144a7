import type { Instrument } from "../../core/instrument.ts";
import type { Price } from "../../core/money.ts";
import type { Instant } from "../../core/time.ts";

/** A venue's prices at one moment. */
export type VenueQuote = {
  readonly bid: Price;
  readonly ask: Price;
  /** When these prices came up; older than the moment asked for while nothing changed. */
  readonly time: Instant;
  /** Whether orders are filled at the moment asked for. */
  readonly tradeable: boolean;
};

/** Bounds of an instrument's prices over a stretch of time; the true extremes may lie inside them. */
export type QuoteRange = {
  readonly bidLow: Price;
  readonly bidHigh: Price;
  readonly askLow: Price;
  readonly askHigh: Price;
  /** Whether the instrument is tradeable at any moment of the stretch. */
  readonly tradeable: boolean;
};

/**
 * Prices as a function of time: the same question always gets the same answer, also about the past.
 * Moments are whole milliseconds since 1970.
 */
export interface Feed {
  /** Prices change only at whole multiples of this. */
  readonly resolutionMs: number;
  /** Every instrument of the feed, sorted by name. */
  instruments(): readonly Instrument[];
  /** One instrument by name; null when the feed has none of that name. */
  instrument(name: string): Instrument | null;
  /** The newest prices at or before `atMs`; null for an unknown instrument, or before its first price. */
  quoteAt(instrument: string, atMs: number): VenueQuote | null;
  /**
   * Bounds that hold for `quoteAt` at every moment after `fromMs` up to and including `toMs`;
   * null when no moment of it has a price.
   */
  rangeOf(instrument: string, fromMs: number, toMs: number): QuoteRange | null;
}
