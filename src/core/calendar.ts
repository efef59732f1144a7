import { type Instant, instantFromMs, instantToMs } from "./time.ts";
import { nextRollover } from "./trading-day.ts";
import { momentsAt, type ZoneClock, zoneClock } from "./zone-time.ts";

/** Which day a moment belongs to. Days are named `2026-11-22`. */
export type Calendar = {
  /** The times of day in UTC at which days of that span begin, midnight left out, in order: `21:00`. */
  cuts(span: { readonly from: Instant; readonly to: Instant }): readonly string[];
  readonly clock: ZoneClock;
  dayOf(instant: Instant): string;
  /** The first moment of a day. */
  startOf(day: string): Instant;
};

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NEW_YORK = "America/New_York";

/** Trading days: each ends at 17:00 New York and is named by the date it ends on. */
export function tradingCalendar(): Calendar {
  const clock = zoneClock(NEW_YORK);
  if (!clock) throw new RangeError(`no time zone ${NEW_YORK}`);
  // Moments that are asked for one after the other are mostly of one day.
  let known: { readonly start: Instant; readonly end: Instant; readonly day: string } | null = null;
  return {
    cuts: () => ["21:00", "22:00"],
    clock,
    dayOf: (instant) => {
      if (known && instant >= known.start && instant < known.end) return known.day;
      const end = nextRollover(instant);
      // The day's last moment is before 17:00 of the date that names it.
      const day = dateOf(clock.localOf(instantToMs(end)));
      known = { start: instant, end, day };
      return day;
    },
    startOf: (day) => instantFromMs(clock.momentOf(toMs(day) - 7 * HOUR_MS)),
  };
}

/** Calendar days of a time zone, from midnight to midnight; undefined when there is no zone of that name. */
export function zoneCalendar(zone: string): Calendar | undefined {
  const clock = zoneClock(zone);
  if (!clock) return undefined;
  const dayOf = (instant: Instant) => dateOf(clock.localOf(instantToMs(instant)));
  const startOf = (day: string) => instantFromMs(midnight(clock, toMs(day)));
  return {
    cuts: ({ from, to }) => {
      const times = new Set<string>();
      for (let day = dayOf(from); day <= dayOf(to); day = addDays(day, 1)) {
        times.add(startOf(day).slice(11, 16));
      }
      return [...times]
        .filter((time) => time !== "00:00")
        .toSorted((left, right) => (left < right ? -1 : 1));
    },
    clock,
    dayOf,
    startOf,
  };
}

/** A day's first moment; where the clock skips midnight, that is the moment it does so. */
function midnight(clock: ZoneClock, localMs: number): number {
  const [first] = momentsAt(clock, localMs);
  if (first !== undefined) return first;
  const before = clock.momentOf(localMs - HOUR_MS);
  return before + HOUR_MS;
}

/** The day after (or before, for a negative number) a day. */
export function addDays(day: string, days: number): string {
  return dateOf(toMs(day) + days * DAY_MS);
}

/** The ISO 8601 week of a day: `2026-W53`. It belongs to the year of its Thursday. */
export function isoWeekOf(day: string): string {
  const ms = toMs(day);
  const weekday = (new Date(ms).getUTCDay() + 6) % 7;
  const thursday = new Date(ms + (3 - weekday) * DAY_MS);
  const year = thursday.getUTCFullYear();
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / DAY_MS / 7) + 1;
  return `${year}-W${String(week).padStart(2, "0")}`;
}

/** Whether a day is in the calendar: `2026-02-29` isn't. */
export function isDay(text: string): boolean {
  return (
    /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(toMs(text)) && dateOf(toMs(text)) === text
  );
}

function toMs(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}

function dateOf(localMs: number): string {
  return new Date(localMs).toISOString().slice(0, 10);
}
