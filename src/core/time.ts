declare const instantBrand: unique symbol;

/** A moment: RFC 3339, UTC, nine fraction digits (`2026-11-22T10:00:00.123456789Z`). It sorts as text. */
export type Instant = string & { readonly [instantBrand]: true };

const RFC3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ]([01]\d|2[0-3]):(\d{2}):(\d{2})(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d{2}:\d{2})$/;
/** The years 0000 to 9999, in UTC: only they are written with four digits. */
const FIRST_MS = -62_167_219_200_000;
const LAST_MS = 253_402_300_799_999;
const UNIX_SECONDS = /^(\d{1,11})(?:\.(\d{1,9})\d*)?$/;

/** The instant of milliseconds since 1970, as a clock gives them. */
export function instantFromMs(ms: number): Instant {
  return `${new Date(ms).toISOString().slice(0, -1)}000000Z` as Instant;
}

/** Milliseconds since 1970, rounded down. */
export function instantToMs(instant: Instant): number {
  return Date.parse(`${instant.slice(0, 23)}Z`);
}

/** Reads RFC 3339 (any offset) or UNIX seconds (`1512446222.248676455`); undefined when it is neither. */
export function parseInstant(text: string): Instant | undefined {
  const unix = UNIX_SECONDS.exec(text);
  if (unix) return withFraction(Number(unix[1]) * 1000, unix[2]);
  const match = RFC3339.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const wall = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const ms = Date.parse(`${wall}${zone?.toUpperCase()}`);
  if (!(ms >= FIRST_MS && ms <= LAST_MS)) return undefined;
  if (!isCalendarDay(Number(year), Number(month), Number(day))) return undefined;
  return withFraction(ms, fraction);
}

/** The UNIX form that OANDA knows: seconds with nine decimals. */
export function instantToUnixSeconds(instant: Instant): string {
  const seconds = Math.floor(instantToMs(instant) / 1000);
  return `${seconds}.${instant.slice(20, 29)}`;
}

/** `instant` moved by whole milliseconds, its finer digits kept. */
export function addMs(instant: Instant, ms: number): Instant {
  const moved = instantFromMs(instantToMs(instant) + ms);
  return `${moved.slice(0, 23)}${instant.slice(23)}` as Instant;
}

/** Milliseconds from `earlier` to `later`; negative when they are the other way round. */
export function msBetween(earlier: Instant, later: Instant): number {
  return instantToMs(later) - instantToMs(earlier);
}

/**
 * How long ago `thenMs` of the computer's monotonic clock was, at least. It begins anew with each start of the computer: a
 * moment that is still to come was before the last one.
 */
export function leastAgeMs(thenMs: number, nowMs: number): number {
  return nowMs >= thenMs ? nowMs - thenMs : nowMs;
}

/** Elapsed milliseconds as they are shown: with one decimal. */
export function roundedMs(ms: number): number {
  return Math.round(ms * 10) / 10;
}

function withFraction(ms: number, fraction = ""): Instant {
  const seconds = new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${fraction.padEnd(9, "0")}Z` as Instant;
}

function isCalendarDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
