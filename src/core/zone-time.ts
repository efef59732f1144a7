import { newYorkOffsetHours } from "./trading-day.ts";

/** A zone's wall clock: what it shows, counted in milliseconds as if it were UTC. */
export type ZoneClock = {
  /** What the clock shows at `ms`. */
  localOf(ms: number): number;
  /** When the clock shows `localMs`; of a time that it skips or shows twice, one nearby. */
  momentOf(localMs: number): number;
};

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const QUARTER_MS = HOUR_MS / 4;
const OFFSETS_KEPT = 20_000;
const NEW_YORK = "America/New_York";
const clocks = new Map<string, ZoneClock>();

/** The clock of an IANA time zone such as `Europe/London`; undefined when there is none of that name. */
export function zoneClock(zone: string): ZoneClock | undefined {
  const known = clocks.get(zone);
  if (known) return known;
  const offsetOf =
    zone === NEW_YORK ? (ms: number) => newYorkOffsetHours(ms) * HOUR_MS : intlOffset(zone);
  if (!offsetOf) return undefined;
  const clock = clockOf(offsetOf);
  clocks.set(zone, clock);
  return clock;
}

/**
 * Every moment at which the clock shows `localMs`, in order: none where it skips that time, two where it shows it twice.
 */
export function momentsAt(clock: ZoneClock, localMs: number): readonly number[] {
  const around = [-DAY_MS, 0, DAY_MS].map((away) => clock.localOf(localMs + away) - localMs - away);
  const moments = [...new Set(around)].map((offset) => localMs - offset);
  return moments.filter((ms) => clock.localOf(ms) === localMs).toSorted((a, b) => a - b);
}

function clockOf(offsetOf: (ms: number) => number): ZoneClock {
  return {
    localOf: (ms) => ms + offsetOf(ms),
    momentOf: (localMs) => localMs - offsetOf(localMs - offsetOf(localMs)),
  };
}

/** Offsets change on quarters of an hour only, and asking for one is slow: each quarter is asked for once. */
function intlOffset(zone: string): ((ms: number) => number) | undefined {
  const format = formatOf(zone);
  if (!format) return undefined;
  const known = new Map<number, number>();
  return (ms) => {
    const quarter = Math.floor(ms / QUARTER_MS);
    const offset =
      known.get(quarter) ?? wallTime(format, quarter * QUARTER_MS) - quarter * QUARTER_MS;
    if (known.size >= OFFSETS_KEPT) known.clear();
    known.set(quarter, offset);
    return offset;
  };
}

function formatOf(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    return undefined;
  }
}

function wallTime(format: Intl.DateTimeFormat, ms: number): number {
  const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0;
  const [year, month, day] = [part("year"), part("month"), part("day")];
  return Date.UTC(year, month - 1, day, part("hour"), part("minute"), part("second"));
}
