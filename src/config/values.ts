import { hasControlCharacter } from "../core/control-characters.ts";
import { type Distance, parseDistance } from "../core/distance.ts";
import { type Decimal, decimal, parseDecimal } from "../core/money.ts";
import { nearestName } from "../core/nearest.ts";

/** How the text of a setting is read. `parse` throws a RangeError that says what was expected. */
export type Kind<T> = {
  readonly parse: (text: string) => T;
  /** Whether a whole number may stand in the file without quotes. */
  readonly isNumeric: boolean;
};

export type ExitDistance = Exclude<Distance, { kind: "price" }>;
export type DailyLoss =
  | { readonly kind: "amount"; readonly amount: Decimal }
  | { readonly kind: "share"; readonly share: Decimal };
export type Database =
  | { readonly kind: "sqlite" }
  | { readonly kind: "postgres"; readonly url: string };

const HUNDREDTH = decimal("0.01");
const TEXT_LENGTH_MAX = 2_000;
const DURATION = /^(\d{1,9})(ms|s|m|h)$/;
const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** A decimal above zero and at most `max`. */
export function positiveDecimal(max: string): Kind<Decimal> {
  return kind(`a number above 0 and at most ${max}`, parsePositive(max), true);
}

/** A whole number from 1 to `max`. */
export function count(max: number): Kind<number> {
  const expects = `a whole number from 1 to ${max}`;
  const parse = (text: string) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
    return value >= 1 && value <= max ? value : undefined;
  };
  return kind(expects, parse, true);
}

/** A percentage as a share: `5%` is 0.05. */
export function share(maxPercent: string): Kind<Decimal> {
  const parse = (text: string) => parsePercent(text, maxPercent)?.times(HUNDREDTH);
  return kind(`a percentage above 0% and at most ${maxPercent}%, such as 5%`, parse);
}

/** A loss: a share of the day's first equity (`10%`) or an amount in account currency. */
export function dailyLoss(maxAmount: string): Kind<DailyLoss> {
  const parse = (text: string): DailyLoss | undefined => {
    const part = parsePercent(text, "100");
    if (part) return { kind: "share", share: part.times(HUNDREDTH) };
    const amount = parsePositive(maxAmount)(text);
    return amount && { kind: "amount", amount };
  };
  return kind(`a percentage up to 100% or an amount above 0 and at most ${maxAmount}`, parse, true);
}

/** A distance from the entry price: `20p` or `0.5%`. */
export function exitDistance(): Kind<ExitDistance> {
  const parse = (text: string): ExitDistance | undefined => {
    const distance = parseDistance(text);
    return distance === undefined || distance.kind === "price" ? undefined : distance;
  };
  return kind("a distance such as 20p or 0.5%", parse);
}

/** A duration in milliseconds, above zero: `500ms`, `60s`, `5m`, `1h`. */
export function duration(maxMs: number): Kind<number> {
  const parse = (text: string) => {
    const [, amount, unit] = DURATION.exec(text) ?? [];
    if (unit !== "ms" && unit !== "s" && unit !== "m" && unit !== "h") return undefined;
    const ms = Number(amount) * UNIT_MS[unit];
    return ms > 0 && ms <= maxMs ? ms : undefined;
  };
  return kind(`a duration above 0 and at most ${maxMs / 1000}s, such as 60s`, parse);
}

/** A number of years, not below `least`: `7y`; `forever` is null. */
export function years(least: number): Kind<{ readonly years: number | null }> {
  const parse = (text: string) => {
    if (text === "forever") return { years: null };
    const count = /^\d{1,3}y$/.test(text) ? Number(text.slice(0, -1)) : 0;
    return count >= least ? { years: count } : undefined;
  };
  return kind(`years, not fewer than ${least}y, or forever`, parse);
}

export function oneOf<const T extends readonly string[]>(choices: T): Kind<T[number]> {
  const parse = (text: string): T[number] => {
    const choice = choices.find((one: T[number]) => one === text);
    if (choice !== undefined) return choice;
    const near = nearestName(text, choices);
    const meant = near === undefined ? "" : `; did you mean ${near}?`;
    throw new RangeError(`expected one of ${choices.join(", ")}${meant}`);
  };
  return { parse, isNumeric: false };
}

export function names(): Kind<readonly string[]> {
  const parse = (text: string) => {
    const list = text.split(",").map((name) => name.trim());
    return list.every((name) => /^[a-z][a-z0-9._-]{0,59}$/i.test(name)) ? list : undefined;
  };
  return kind("names separated by commas", parse);
}

export function plainText(): Kind<string> {
  const parse = (text: string) => (isPlain(text) ? text : undefined);
  return kind(`one line of at most ${TEXT_LENGTH_MAX} characters`, parse);
}

export function webAddress(): Kind<string> {
  const parse = (text: string) => (isPlain(text) && isSafeUrl(text) ? text : undefined);
  return kind("an https:// URL (http:// only on this computer)", parse);
}

/** The name of a time zone that this Node knows, such as America/New_York. */
export function timeZone(): Kind<string> {
  const parse = (text: string) => (text === "UTC" || isTimeZone(text) ? text : undefined);
  return kind("a time zone such as UTC or America/New_York", parse);
}

/**
 * `sqlite`, or a PostgreSQL URL without a password: libpq's own places (PGPASSWORD, .pgpass) hold
 * that.
 */
export function database(): Kind<Database> {
  const parse = (text: string): Database | undefined => {
    if (text === "sqlite") return { kind: "sqlite" };
    if (!isPlain(text) || !/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text))
      return undefined;
    const url = new URL(text);
    const hasPassword = url.password !== "" || url.searchParams.has("password");
    const namesNothing = url.hostname === "" && url.pathname.length <= 1;
    return hasPassword || namesNothing ? undefined : { kind: "postgres", url: text };
  };
  return kind("sqlite, or a postgres:// URL without a password in it (set PGPASSWORD)", parse);
}

/** Whether `host` names this computer; `[::1]` as URLs write it. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}

function kind<T>(
  expects: string,
  parse: (text: string) => T | undefined,
  isNumeric = false,
): Kind<T> {
  return {
    isNumeric,
    parse: (text) => {
      const value = parse(text);
      if (value === undefined) throw new RangeError(`expected ${expects}`);
      return value;
    },
  };
}

function parsePositive(max: string): (text: string) => Decimal | undefined {
  return (text) => {
    const value = parseDecimal(text);
    return value?.isPositive() && !value.isGreaterThan(decimal(max)) ? value : undefined;
  };
}

function parsePercent(text: string, maxPercent: string): Decimal | undefined {
  return text.endsWith("%") ? parsePositive(maxPercent)(text.slice(0, -1)) : undefined;
}

function isPlain(text: string): boolean {
  return text.length > 0 && text.length <= TEXT_LENGTH_MAX && !hasControlCharacter(text);
}

function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
}

function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: text }).format(0) !== "";
  } catch {
    return false;
  }
}
