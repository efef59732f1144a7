import { type Instant, instantToMs } from "../../core/time.ts";
import { zoneClock } from "../../core/zone-time.ts";
import {
  type Alignment,
  type Granularity,
  granularityOf,
  type Period,
  periodFinder,
  usualLengthMs,
  WEEKDAYS,
} from "./candle-periods.ts";
import { type Candle, type CandleSource, candlesBefore, candlesFrom } from "./candle-series.ts";
import { invalidValue, Refusal } from "./errors.ts";
import { booleanOf, choiceOf, idOf, type Query, timeOf } from "./query.ts";

/** Which of a candle's prices are asked for. */
export type PriceParts = {
  readonly mid: boolean;
  readonly bid: boolean;
  readonly ask: boolean;
};

export type CandleRequest = {
  readonly granularity: Granularity;
  readonly parts: PriceParts;
  readonly isSmooth: boolean;
  readonly alignment: Alignment;
};

const COUNT = 500;
const COUNT_MAX = 5000;
const DAY_HOURS = 24;
const DEFAULT_HOUR = 17;
const DEFAULT_ZONE = "America/New_York";

/** Reads what candles are asked for. @throws Refusal 400 for what can't be read. */
export function parseCandleRequest(query: Query): CandleRequest {
  return {
    granularity: parseGranularity(query.get("granularity") || "S5", "granularity"),
    parts: parsePriceParts(query.get("price") || "M", "price"),
    isSmooth: booleanOf(query, "smooth", false),
    alignment: parseAlignment(query),
  };
}

/** Where days and weeks begin: 17:00 New York and Friday unless told. */
export function parseAlignment(query: Query): Alignment {
  const dailyHour = idOf(query, "dailyAlignment") ?? DEFAULT_HOUR;
  if (dailyHour >= DAY_HOURS) throw invalidValue("dailyAlignment");
  const zone = zoneClock(query.get("alignmentTimezone") || DEFAULT_ZONE);
  if (!zone) throw invalidValue("alignmentTimezone");
  const day = choiceOf(query, "weeklyAlignment", { values: WEEKDAYS, fallback: "Friday" });
  return { dailyHour, zone, weekday: WEEKDAYS.indexOf(day) };
}

export function parseGranularity(text: string, parameter: string): Granularity {
  const granularity = granularityOf(text);
  if (!granularity) throw invalidValue(parameter);
  return granularity;
}

/** Any mix of M (mid), B (bid) and A (ask). */
export function parsePriceParts(text: string, parameter: string): PriceParts {
  if (!/^[MBA]{1,3}$/.test(text)) throw invalidValue(parameter);
  return { mid: text.includes("M"), bid: text.includes("B"), ask: text.includes("A") };
}

/**
 * The candles that `count`, `from` and `to` ask for: those from a moment on, those up to a moment, those between two
 * moments, or the last ones. @throws Refusal 400 for times in the future or more than 5000 candles.
 */
export function candlesAsked(
  source: CandleSource,
  query: Query,
  { granularity, now }: { readonly granularity: Granularity; readonly now: Instant },
): readonly Candle[] {
  const from = pastTimeOf(query, "from", now);
  const to = pastTimeOf(query, "to", now);
  const count = countOf(query);
  if (from === undefined) {
    const toMs = to === undefined ? source.nowMs + 1 : endMsOf(to);
    return candlesBefore(source, { toMs, count: count ?? COUNT });
  }
  const first = source.periodOf(instantToMs(from));
  const fromMs = booleanOf(query, "includeFirst", true) ? first.startMs : first.endMs;
  if (to === undefined) {
    return candlesFrom(source, { fromMs, toMs: Infinity, count: count ?? COUNT });
  }
  if (to < from) throw invalidValue("to");
  if (count !== undefined) throw invalidValue("count");
  const toMs = endMsOf(to);
  const periods = (toMs - first.startMs) / usualLengthMs(granularity);
  if (periods > COUNT_MAX) throw tooMany();
  return candlesFrom(source, { fromMs, toMs, count: COUNT_MAX });
}

/** The source of an instrument's candles of one granularity. */
export function periodsOf({ granularity, alignment }: CandleRequest): (ms: number) => Period {
  return periodFinder(granularity, alignment);
}

function countOf(query: Query): number | undefined {
  const count = idOf(query, "count");
  if (count === 0) throw invalidValue("count");
  if (count !== undefined && count > COUNT_MAX) throw tooMany();
  return count;
}

function tooMany(): Refusal {
  return new Refusal(400, "Maximum value for 'count' exceeded");
}

function pastTimeOf(query: Query, name: string, now: Instant): Instant | undefined {
  const time = timeOf(query, name);
  if (time === undefined || time <= now) return time;
  throw new Refusal(400, `Invalid value specified for '${name}'. Time is in the future`);
}

/** The first whole millisecond that isn't before `to`. */
function endMsOf(to: Instant): number {
  return instantToMs(to) + (/[1-9]/.test(to.slice(23, 29)) ? 1 : 0);
}
