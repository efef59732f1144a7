import type { ZoneClock } from "../../core/zone-time.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_DAYS = 7;

/** Candles that are as long everywhere: up to an hour they begin at whole multiples, longer ones in step with the day. */
const LENGTHS = {
  S5: 5 * SECOND_MS,
  S10: 10 * SECOND_MS,
  S15: 15 * SECOND_MS,
  S30: 30 * SECOND_MS,
  M1: MINUTE_MS,
  M2: 2 * MINUTE_MS,
  M4: 4 * MINUTE_MS,
  M5: 5 * MINUTE_MS,
  M10: 10 * MINUTE_MS,
  M15: 15 * MINUTE_MS,
  M30: 30 * MINUTE_MS,
  H1: HOUR_MS,
  H2: 2 * HOUR_MS,
  H3: 3 * HOUR_MS,
  H4: 4 * HOUR_MS,
  H6: 6 * HOUR_MS,
  H8: 8 * HOUR_MS,
  H12: 12 * HOUR_MS,
  D: DAY_MS,
  W: WEEK_DAYS * DAY_MS,
  M: 30 * DAY_MS,
} as const;

export type Granularity = keyof typeof LENGTHS;

export const WEEKDAYS = [
  "Sunday",
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
] as const;

/** Where days, weeks and months begin. */
export type Alignment = {
  /** The hour at which a day begins, by the zone's clock. */
  readonly dailyHour: number;
  readonly zone: ZoneClock;
  /** The day on which a week begins, 0 is Sunday. */
  readonly weekday: number;
};

/** A candle's time: from its first millisecond to before its last. */
export type Period = { readonly startMs: number; readonly endMs: number };

/** The granularity of that name; undefined when there is none. */
export function granularityOf(name: string): Granularity | undefined {
  return Object.hasOwn(LENGTHS, name) ? (name as Granularity) : undefined;
}

/** About how long a candle is: months differ, and days with a change of the clock. */
export function usualLengthMs(granularity: Granularity): number {
  return LENGTHS[granularity];
}

/** The period that a moment lies in. */
export function periodFinder(
  granularity: Granularity,
  alignment: Alignment,
): (ms: number) => Period {
  const length = LENGTHS[granularity];
  if (granularity === "M") return (ms) => monthOf(alignment, ms);
  if (granularity === "W") return (ms) => weekOf(alignment, ms);
  if (granularity === "D") return (ms) => periodOfDay(alignment, dayOf(alignment, ms));
  if (length > HOUR_MS) return (ms) => partOfDay(alignment, ms, length);
  return (ms) => {
    const startMs = Math.floor(ms / length) * length;
    return { startMs, endMs: startMs + length };
  };
}

/** The number, counted from 1970, of the calendar day on which the day of a moment began. */
function dayOf(alignment: Alignment, ms: number): number {
  const local = alignment.zone.localOf(ms) - alignment.dailyHour * HOUR_MS;
  const day = Math.floor(local / DAY_MS);
  if (startOfDay(alignment, day) > ms) return day - 1;
  return startOfDay(alignment, day + 1) <= ms ? day + 1 : day;
}

function startOfDay({ zone, dailyHour }: Alignment, day: number): number {
  return zone.momentOf(day * DAY_MS + dailyHour * HOUR_MS);
}

function periodOfDay(alignment: Alignment, day: number, days = 1): Period {
  return { startMs: startOfDay(alignment, day), endMs: startOfDay(alignment, day + days) };
}

/** On a day with a change of the clock, the last part is shorter, or there is a short one more. */
function partOfDay(alignment: Alignment, ms: number, length: number): Period {
  const day = periodOfDay(alignment, dayOf(alignment, ms));
  const startMs = day.startMs + Math.floor((ms - day.startMs) / length) * length;
  return { startMs, endMs: Math.min(startMs + length, day.endMs) };
}

function weekOf(alignment: Alignment, ms: number): Period {
  const day = dayOf(alignment, ms);
  const weekday = new Date(day * DAY_MS).getUTCDay();
  const first = day - ((weekday - alignment.weekday + WEEK_DAYS) % WEEK_DAYS);
  return periodOfDay(alignment, first, WEEK_DAYS);
}

/** A month begins with the trading day that the midnight of its 1st lies in. */
function monthOf(alignment: Alignment, ms: number): Period {
  const shift = alignment.dailyHour > 0 ? 1 : 0;
  const date = new Date((dayOf(alignment, ms) + shift) * DAY_MS);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  const firstDay = (monthIndex: number) => Date.UTC(year, monthIndex, 1) / DAY_MS - shift;
  return {
    startMs: startOfDay(alignment, firstDay(month)),
    endMs: startOfDay(alignment, firstDay(month + 1)),
  };
}
