import { type Instant, instantFromMs, instantToMs } from "../../core/time.ts";
import { newYorkOffsetHours } from "../../core/trading-day.ts";

/** A date in New York, `2026-11-24`. It sorts as text. */
export type Day = string;

/** What is known of an exchange's days; outside `firstDay` to `lastDay` only weekends are. */
export type TradingCalendar = {
  readonly firstDay: Day;
  readonly lastDay: Day;
  readonly closed: ReadonlySet<Day>;
  /** Days that end early; they are trading days like others. */
  readonly early: ReadonlySet<Day>;
};

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Extended hours end at 20:00 New York; what trades later belongs to the next day (general knowledge, to be confirmed). */
const SESSION_END_HOUR = 20;

/**
 * The trading day that an execution belongs to, extended hours included: the New York date, and the next trading day
 * for the night session, weekends and holidays.
 */
export function tradingDayOf(instant: Instant, calendar: TradingCalendar): Day {
  const ms = instantToMs(instant);
  const local = ms + newYorkOffsetHours(ms) * HOUR_MS;
  const day = dayOf(local);
  const isNight = new Date(local).getUTCHours() >= SESSION_END_HOUR;
  return !isNight && isTradingDay(day, calendar) ? day : tradingDayAfter(day, 1, calendar);
}

export function isTradingDay(day: Day, calendar: TradingCalendar): boolean {
  const weekday = new Date(msOf(day)).getUTCDay();
  return weekday !== 0 && weekday !== 6 && !calendar.closed.has(day);
}

/** The `count`th trading day after `day`; before it, where `count` is negative; `day` itself for 0. */
export function tradingDayAfter(day: Day, count: number, calendar: TradingCalendar): Day {
  const step = count < 0 ? -1 : 1;
  let found = day;
  for (let left = Math.abs(count); left > 0; ) {
    found = daysAfter(found, step);
    if (isTradingDay(found, calendar)) left -= 1;
  }
  return found;
}

/** The date `count` days later, whatever days they are. */
export function daysAfter(day: Day, count: number): Day {
  return dayOf(msOf(day) + count * DAY_MS);
}

/** Whether the exchange's holidays are known for all days from `first` to `last`. */
export function isKnown(first: Day, last: Day, calendar: TradingCalendar): boolean {
  return first >= calendar.firstDay && last <= calendar.lastDay;
}

/** When the exchange closes on `day`, in New York: `2026-11-27 13:00`. */
export function closeOf(day: Day, calendar: TradingCalendar): string {
  return `${day} ${calendar.early.has(day) ? "13:00" : "16:00"}`;
}

function dayOf(ms: number): Day {
  return instantFromMs(ms).slice(0, 10);
}

function msOf(day: Day): number {
  return Date.parse(`${day}T00:00:00Z`);
}
