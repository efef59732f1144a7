import { type Instant, instantFromMs, instantToMs } from "../../core/time.ts";
import { zoneClock } from "../../core/zone-time.ts";

/** Times as a reader's zone has them. Programs get UTC, whatever the zone. */
export type Times = {
  /** The zone's IANA name. */
  readonly zone: string;
  /** `2026-11-22 10:00:00Z`; in another zone with its offset then: `2026-11-22 11:00:00+01:00`. */
  readonly text: (instant: Instant) => string;
  /** `10:00:00`, or `10:00:00.250`: the reader must be told elsewhere which zone's. */
  readonly clock: (instant: Instant, precision?: "seconds" | "milliseconds") => string;
};

const MINUTE_MS = 60_000;
const DATE_END = 10;
const CLOCK_START = 11;
const CLOCK_ENDS = { seconds: 19, milliseconds: 23 } as const;

/** @throws RangeError for a name that is no time zone's. */
export function timesIn(zone: string): Times {
  if (zone === "UTC") return timesBy(zone, (instant) => [instant, "Z"]);
  const wall = zoneClock(zone);
  if (!wall) throw new RangeError(`${zone} is no time zone`);
  return timesBy(zone, (instant) => {
    const ms = instantToMs(instant);
    const localMs = wall.localOf(ms);
    return [instantFromMs(localMs), offsetText(Math.round((localMs - ms) / MINUTE_MS))];
  });
}

export const UTC_TIMES: Times = timesIn("UTC");

/** What the zone's clock shows, written as an instant, and how far that is from UTC. */
type Local = (instant: Instant) => readonly [Instant, string];

function timesBy(zone: string, local: Local): Times {
  return {
    zone,
    text(instant) {
      const [wall, offset] = local(instant);
      const clock = wall.slice(CLOCK_START, CLOCK_ENDS.seconds);
      return `${wall.slice(0, DATE_END)} ${clock}${offset}`;
    },
    clock(instant, precision = "seconds") {
      return local(instant)[0].slice(CLOCK_START, CLOCK_ENDS[precision]);
    },
  };
}

function offsetText(minutes: number): string {
  const size = Math.abs(minutes);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
