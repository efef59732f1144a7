import { instantFromMs } from "./time.ts";
import { isMarketWeek, newYorkOffsetHours } from "./trading-day.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FRIDAY = 5;
const CLOSE_HOUR = 17;

const SUNDAY_AFTER_FRIDAY = 2;

/** When the market closed that is closed at `ms` (Friday 17:00 New York); null while it is open. */
export function closedSince(ms: number): number | null {
  if (isMarketWeek(instantFromMs(ms))) return null;
  const local = ms + newYorkOffsetHours(ms) * HOUR_MS;
  const weekday = new Date(local).getUTCDay();
  const friday = Math.floor(local / DAY_MS) - ((weekday - FRIDAY + 7) % 7);
  const close = friday * DAY_MS + CLOSE_HOUR * HOUR_MS;
  return close - newYorkOffsetHours(close) * HOUR_MS;
}

/** When the market that is closed since `close` opens again: Sunday 17:00 New York. */
export function opensAfter(close: number): number {
  const local = close + newYorkOffsetHours(close) * HOUR_MS + SUNDAY_AFTER_FRIDAY * DAY_MS;
  // Summer time begins and ends on Sundays at 02:00: hours before the market opens.
  return local - newYorkOffsetHours(local + 5 * HOUR_MS) * HOUR_MS;
}

/** When the market that is open at `ms` closes: the next Friday 17:00 New York. */
export function closesAfter(ms: number): number {
  const local = ms + newYorkOffsetHours(ms) * HOUR_MS;
  const weekday = new Date(local).getUTCDay();
  const friday = Math.floor(local / DAY_MS) + ((FRIDAY - weekday + 7) % 7);
  const close = friday * DAY_MS + CLOSE_HOUR * HOUR_MS;
  return close - newYorkOffsetHours(close + 5 * HOUR_MS) * HOUR_MS;
}
