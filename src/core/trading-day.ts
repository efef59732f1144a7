import { addMs, type Instant, instantFromMs, instantToMs } from "./time.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A little more than a day on which clocks are put back, and less than two. */
const LONGEST_DAY_MS = 25.5 * HOUR_MS;
const ROLLOVER_HOUR = 17;

/**
 * Offset of New York from UTC in hours (-5 or -4). US rule since 2007: second Sunday of March to first of November, 02:00;
 * from 1987 on it was the first of April to the last of October.
 */
export function newYorkOffsetHours(ms: number): number {
  const year = new Date(ms).getUTCFullYear();
  const isNewRule = year >= 2007;
  const firstDay = isNewRule ? nthSunday(year, 2, 2) : nthSunday(year, 3, 1);
  const lastDay = nthSunday(year, 10, 1) - (isNewRule ? 0 : 7 * DAY_MS);
  return ms >= firstDay + 7 * HOUR_MS && ms < lastDay + 6 * HOUR_MS ? -4 : -5;
}

/** The first end of a trading day (17:00 New York) strictly after `instant`. */
export function nextRollover(instant: Instant): Instant {
  const ms = instantToMs(instant);
  const localDay = Math.floor((ms + newYorkOffsetHours(ms) * HOUR_MS) / DAY_MS);
  for (let day = localDay - 1; ; day += 1) {
    const rollover = rolloverOfDay(day);
    if (rollover > ms) return instantFromMs(rollover);
  }
}

/** When the trading day of `instant` began. */
export function tradingDayStart(instant: Instant): Instant {
  return nextRollover(addMs(nextRollover(instant), -LONGEST_DAY_MS));
}

/** Day of the week in New York at `instant`: 0 is Sunday. */
export function newYorkWeekday(instant: Instant): number {
  const ms = instantToMs(instant);
  return new Date(ms + newYorkOffsetHours(ms) * HOUR_MS).getUTCDay();
}

/** Whether the currency market is open: Sunday 17:00 to Friday 17:00 New York. */
export function isMarketWeek(instant: Instant): boolean {
  const ms = instantToMs(instant);
  const local = new Date(ms + newYorkOffsetHours(ms) * HOUR_MS);
  const day = local.getUTCDay();
  const hour = local.getUTCHours();
  if (day === 6) return false;
  if (day === 5) return hour < ROLLOVER_HOUR;
  if (day === 0) return hour >= ROLLOVER_HOUR;
  return true;
}

function rolloverOfDay(localDay: number): number {
  const guess = localDay * DAY_MS + (ROLLOVER_HOUR + 5) * HOUR_MS;
  return localDay * DAY_MS + (ROLLOVER_HOUR - newYorkOffsetHours(guess)) * HOUR_MS;
}

function nthSunday(year: number, month: number, n: number): number {
  const first = new Date(Date.UTC(year, month, 1));
  const offset = (7 - first.getUTCDay()) % 7;
  return Date.UTC(year, month, 1 + offset + 7 * (n - 1));
}
