import { addDays, type Calendar, isDay, zoneCalendar } from "../../core/calendar.ts";
import { usageFailure } from "../../core/failures.ts";
import { type Instant, instantFromMs, parseInstant } from "../../core/time.ts";
import { momentsAt } from "../../core/zone-time.ts";
import { timeOption } from "../arguments.ts";

/** From `from` on, and before `before`; null where a side is open. */
export type Span = { readonly from: Instant | null; readonly before: Instant | null };

export type SpanOptions = { readonly from?: string | undefined; readonly to?: string | undefined };

const WALL_TIME =
  /^(\d{4}-\d{2}-\d{2})[Tt ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?$/;
const INSTANT_LENGTH = "2026-11-22T10:00:00.000000000Z".length;
const HINT = "Write 2026-11-22, 2026-11-22T10:00:00Z, or 7d, 12h, 30m for so long ago.";

/** The calendar of an IANA time zone. @throws Failure USAGE. */
export function calendarOption(zone: string): Calendar {
  const calendar = zoneCalendar(zone);
  if (calendar) return calendar;
  throw usageFailure(
    `--timezone "${zone.slice(0, 40)}" is no time zone known here.`,
    "Write a name such as America/New_York, Europe/London or UTC.",
  );
}

/**
 * What `--from` and `--to` mean: dates and times without an offset are those of the calendar; a date after `--to` is
 * included whole. @throws Failure USAGE.
 */
export function spanOf({ from, to }: SpanOptions, calendar: Calendar, nowMs: number): Span {
  const span = {
    from: from === undefined ? null : bound("--from", from, { calendar, nowMs, isEnd: false }),
    before: to === undefined ? null : bound("--to", to, { calendar, nowMs, isEnd: true }),
  };
  if (span.from === null || span.before === null || span.from < span.before) return span;
  throw usageFailure(`--to ${to} isn't after --from ${from}.`, "Nothing can lie between them.");
}

type Reading = {
  readonly calendar: Calendar;
  readonly nowMs: number;
  /** A date means its end, so that it is included. */
  readonly isEnd: boolean;
};

/** Null beyond the years that times are written with, such as the end of 9999: nothing lies there that it could shut out. */
function bound(name: string, text: string, reading: Reading): Instant | null {
  const instant = moment(name, text, reading);
  return instant.length === INSTANT_LENGTH ? instant : null;
}

function moment(name: string, text: string, { calendar, nowMs, isEnd }: Reading): Instant {
  if (isDay(text)) return calendar.startOf(isEnd ? addDays(text, 1) : text);
  const wall = WALL_TIME.exec(text);
  if (wall) return atWallTime(name, wall, calendar);
  if (/^\d{4}(-\d{1,2}){0,2}$/.test(text)) {
    throw usageFailure(`${name} "${text}" is no date of the calendar.`, HINT);
  }
  return timeOption(text, nowMs);
}

/** A clock that is set forward skips an hour, and one that is set back shows one twice: neither is guessed. */
function atWallTime(name: string, wall: RegExpExecArray, calendar: Calendar): Instant {
  const [text, day = "", hour, minute, second = "00", fraction = ""] = wall;
  if (!isDay(day)) throw usageFailure(`${name} "${text}" is no date of the calendar.`, HINT);
  const localMs = Date.parse(`${day}T${hour}:${minute}:${second}Z`);
  const [first, other] = momentsAt(calendar.clock, localMs).map(instantFromMs);
  if (first === undefined) {
    throw usageFailure(
      `${name} "${text}" doesn't exist there: the clock is set forward over it.`,
      "Give a time before or after, or one with its offset, such as -05:00.",
    );
  }
  if (other !== undefined) {
    throw usageFailure(
      `${name} "${text}" comes twice there: the clock is set back.`,
      `Say which: ${first.slice(0, 19)}Z or ${other.slice(0, 19)}Z.`,
    );
  }
  return parseInstant(`${first.slice(0, 19)}.${fraction.padEnd(9, "0")}Z`) ?? first;
}
