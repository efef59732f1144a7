import { type Decimal, parseDecimal } from "../../core/money.ts";
import { type Instant, parseInstant } from "../../core/time.ts";
import { invalidValue, missingValue, Refusal } from "./errors.ts";

export type Query = ReadonlyMap<string, string>;

/** A request line's path and parameters, decoded. */
export type Target = {
  /** The path as it came, without the parameters. */
  readonly path: string;
  readonly segments: readonly string[];
  readonly query: Query;
};

const NO_PARAMETERS: Query = new Map();

/** Reads a request target; a bare `?` or `&` at its end means nothing. @throws Refusal 400 on a broken escape. */
export function parseTarget(target: string): Target {
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  const segments = path.split("/").filter(Boolean).map(decode);
  const query = mark < 0 ? NO_PARAMETERS : parseQuery(target.slice(mark + 1));
  return { path, segments, query };
}

function parseQuery(text: string): Query {
  const query = new Map<string, string>();
  for (const part of text.split("&")) {
    const equals = part.indexOf("=");
    if (equals > 0) query.set(decode(part.slice(0, equals)), decode(part.slice(equals + 1)));
  }
  return query;
}

function decode(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Refusal(400, "The request's address is not valid");
  }
}

/** Reads `true` and `True` alike, as clients in Python send them. */
export function booleanOf(query: Query, name: string, fallback: boolean): boolean {
  const text = query.get(name)?.toLowerCase();
  if (text === undefined || text === "") return fallback;
  if (text !== "true" && text !== "false") throw invalidValue(name);
  return text === "true";
}

/** A comma-separated list; undefined where it wasn't given. */
export function listOf(query: Query, name: string): readonly string[] | undefined {
  const text = query.get(name);
  if (text === undefined || text === "") return undefined;
  return text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
}

export function requiredListOf(query: Query, name: string): readonly string[] {
  const list = listOf(query, name);
  if (!list || list.length === 0) throw missingValue(name);
  return list;
}

const ID = /^\d{1,15}$/;

/** A transaction, order or trade number; undefined where it wasn't given. */
export function idOf(query: Query, name: string): number | undefined {
  const text = query.get(name);
  if (text === undefined || text === "") return undefined;
  return parseId(text) ?? refuse(name);
}

export function requiredIdOf(query: Query, name: string): number {
  const id = idOf(query, name);
  if (id === undefined) throw missingValue(name);
  return id;
}

/** The number that a decimal id spells; undefined when `text` is none. */
export function parseId(text: string): number | undefined {
  return ID.test(text) ? Number(text) : undefined;
}

/** A moment in RFC 3339 or UNIX seconds; undefined where it wasn't given. */
export function timeOf(query: Query, name: string): Instant | undefined {
  const text = query.get(name);
  if (text === undefined || text === "") return undefined;
  return parseInstant(text) ?? parseLoose(text) ?? refuse(name);
}

const LOOSE_TIME =
  /^(\d{4}-\d{2}-\d{2})(?:[Tt +](\d{2}:\d{2})(?::(\d{2}(?:\.\d+)?))?)?([Zz]|[+ -]\d{2}:?\d{2})?$/;

/** What clients send beside RFC 3339: a day alone, no seconds, no zone (UTC then), a plus sent as a space. */
function parseLoose(text: string): Instant | undefined {
  const match = LOOSE_TIME.exec(text);
  if (!match) return undefined;
  const [, day, minute = "00:00", second = "00", zone = "Z"] = match;
  const offset = zone.length < 4 ? zone : `${zone.slice(0, 3).replace(" ", "+")}:${zone.slice(-2)}`;
  return parseInstant(`${day}T${minute}:${second}${offset}`);
}

/** A decimal number; undefined where it wasn't given. */
export function decimalOf(query: Query, name: string): Decimal | undefined {
  const text = query.get(name);
  if (text === undefined || text === "") return undefined;
  return parseDecimal(text) ?? refuse(name);
}

/** One of `values`, or `fallback` where it wasn't given. */
export function choiceOf<T extends string>(
  query: Query,
  name: string,
  options: { readonly values: readonly T[]; readonly fallback: T },
): T {
  const text = query.get(name);
  if (text === undefined || text === "") return options.fallback;
  return options.values.find((value) => value === text) ?? refuse(name);
}

/** A whole number from 1 to `maximum`, or `fallback` where it wasn't given. */
export function countOf(
  query: Query,
  name: string,
  options: { readonly fallback: number; readonly maximum: number },
): number {
  const count = idOf(query, name) ?? options.fallback;
  if (count < 1 || count > options.maximum) throw invalidValue(name);
  return count;
}

function refuse(name: string): never {
  throw invalidValue(name);
}
