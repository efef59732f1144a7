import { isDay } from "../../core/calendar.ts";
import { usageFailure } from "../../core/failures.ts";
import { type Instant, instantFromMs, parseInstant } from "../../core/time.ts";
import { momentsAt, type ZoneClock, zoneClock } from "../../core/zone-time.ts";
import type { StatementTime } from "../../ports/history-files.ts";

/** The quick clock of New York knows the rules since 1987 only, and statements may be older. */
const NEW_YORK = "America/New_York";
const NEW_YORK_SINCE_EVER = "US/Eastern";

/** Why a text is no time, in words that go on after it. */
export class TimeProblem extends Error {}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/** What each part of a format is read by, and which field it gives. */
const TOKENS: Readonly<Record<string, readonly [field: string, pattern: string]>> = {
  yyyy: ["year", "\\d{4}"],
  yy: ["shortYear", "\\d{2}"],
  MMM: ["monthName", "[A-Za-z]{3}"],
  MM: ["month", "\\d{2}"],
  M: ["month", "\\d{1,2}"],
  dd: ["day", "\\d{2}"],
  d: ["day", "\\d{1,2}"],
  HH: ["hour", "\\d{2}"],
  H: ["hour", "\\d{1,2}"],
  hh: ["hour12", "\\d{2}"],
  h: ["hour12", "\\d{1,2}"],
  mm: ["minute", "\\d{2}"],
  ss: ["second", "\\d{2}"],
  S: ["fraction", "\\d{1,9}"],
  a: ["half", "[AaPp]\\.?[Mm]\\.?"],
  XXX: ["offset", "Z|[+-]\\d{2}:?\\d{2}"],
};
const PARTS = /'([^']*)'|yyyy|yy|MMM|MM?|dd?|HH?|hh?|mm|ss|S+|a|XXX|[A-Za-z]+|[^A-Za-z']+/g;
const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?$/;

/**
 * Makes what reads times as a statement writes them. @throws Failure USAGE for a format or a zone that there isn't.
 * What it makes throws a TimeProblem.
 */
export function timeReader({ format, zone, repeated }: StatementTime): (text: string) => Instant {
  const clock = zoneClock(zone === NEW_YORK ? NEW_YORK_SINCE_EVER : zone);
  if (!clock) throw usageFailure(`"${zone.slice(0, 40)}" is no time zone. Nothing was imported.`);
  const place = { clock, repeated };
  if (format === null) return (text) => fromIso(text.trim(), place);
  if (format === "unix" || format === "unix-ms") return (text) => fromUnix(text.trim(), format);
  const pattern = patternOf(format);
  return (text) => {
    const fields = pattern.exec(text.trim())?.groups;
    if (!fields) throw new TimeProblem(`isn't a time written as ${format}`);
    return fromFields(fields, place);
  };
}

type Place = Pick<StatementTime, "repeated"> & { readonly clock: ZoneClock };
type Fields = Readonly<Record<string, string | undefined>>;

function patternOf(format: string): RegExp {
  const seen = new Set<string>();
  const parts = [...format.matchAll(PARTS)].map(([part, quoted]) => {
    const token = TOKENS[/^S+$/.test(part) ? "S" : part];
    if (quoted !== undefined || !/^[A-Za-z]/.test(part)) return literal(quoted ?? part);
    if (!token) throw wrongFormat(format, `"${part}" is no part of a time`);
    const [field, pattern] = token;
    if (seen.has(field)) throw wrongFormat(format, `"${part}" is there twice`);
    seen.add(field);
    return `(?<${field}>${pattern})`;
  });
  const hasDay = seen.has("day") && (seen.has("month") || seen.has("monthName"));
  if (!hasDay || !(seen.has("year") || seen.has("shortYear"))) {
    throw wrongFormat(format, "it needs year, month and day");
  }
  if (seen.has("hour12") !== seen.has("half")) throw wrongFormat(format, "h and a go together");
  return new RegExp(`^${parts.join("")}$`);
}

function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function wrongFormat(format: string, why: string): Error {
  return usageFailure(
    `The time format "${format.slice(0, 60)}" can't be read by: ${why}. Nothing was imported.`,
    "Write it of yyyy MM dd HH mm ss SSS, d, M, MMM, H, h with a, XXX; letters that stand for themselves in quotes ('T').",
  );
}

function fromIso(text: string, place: Place): Instant {
  const instant = parseInstant(text);
  if (instant) return instant;
  const [, day, hour = "00", minute = "00", second = "00", fraction = ""] = ISO.exec(text) ?? [];
  if (day === undefined) throw new TimeProblem("isn't a time such as 2026-11-22T10:00:00Z");
  return atWall({ day, time: `${hour}:${minute}:${second}`, fraction }, place);
}

function fromUnix(text: string, format: "unix" | "unix-ms"): Instant {
  const match = /^(\d{1,15})(?:\.(\d{1,9}))?$/.exec(text);
  const seconds =
    format === "unix" ? text : match && `${match[1]?.slice(0, -3)}.${match[1]?.slice(-3)}`;
  const instant = match && parseInstant(String(seconds));
  if (!instant) throw new TimeProblem(`isn't a time written as ${format}`);
  return instant;
}

function fromFields(fields: Fields, place: Place): Instant {
  const { year, shortYear, monthName, month, day = "", minute = "00", second = "00" } = fields;
  const named = monthName && MONTHS.indexOf(monthName.toLowerCase()) + 1;
  const [y, m] = [year ?? `20${shortYear}`, String(named ?? month).padStart(2, "0")];
  const date = `${y}-${m}-${day.padStart(2, "0")}`;
  const time = `${hourOf(fields)}:${minute}:${second}`;
  const { offset, fraction = "" } = fields;
  if (offset === undefined) return atWall({ day: date, time, fraction }, place);
  const zone = offset === "Z" ? offset : `${offset.slice(0, 3)}:${offset.slice(-2)}`;
  const instant = parseInstant(`${date}T${time}${fraction === "" ? "" : `.${fraction}`}${zone}`);
  if (!instant || !isDay(date)) throw new TimeProblem("is no time of the calendar");
  return instant;
}

function hourOf({ hour, hour12, half = "" }: Fields): string {
  if (hour12 === undefined) return (hour ?? "00").padStart(2, "0");
  const [shown, isAfternoon] = [Number(hour12), half.toLowerCase().startsWith("p")];
  if (shown < 1 || shown > 12) throw new TimeProblem("is no time of the clock");
  return String((shown % 12) + (isAfternoon ? 12 : 0)).padStart(2, "0");
}

type Wall = { readonly day: string; readonly time: string; readonly fraction: string };

/** A clock that is set forward skips times, and one that is set back shows some twice: neither is guessed. */
function atWall({ day, time, fraction }: Wall, { clock, repeated }: Place): Instant {
  const localMs = Date.parse(`${day}T${time}Z`);
  if (!isDay(day) || Number.isNaN(localMs) || time.startsWith("24")) {
    throw new TimeProblem("is no time of the calendar");
  }
  const [first, second] = momentsAt(clock, localMs);
  if (first === undefined) throw new TimeProblem("doesn't exist there: the clock is set forward");
  if (second !== undefined && repeated === null) {
    throw new TimeProblem("comes twice there: say time.repeated=first or second");
  }
  const moment = instantFromMs(repeated === "second" ? (second ?? first) : first);
  return parseInstant(`${moment.slice(0, 19)}.${fraction.padEnd(9, "0")}Z`) ?? moment;
}
