import { type Decimal, parseDecimal } from "../../core/money.ts";
import { type Instant, parseInstant } from "../../core/time.ts";
import type { ClientExtensions } from "../engine/types.ts";
import { invalidValue } from "./errors.ts";
import { isRecord } from "./exchange.ts";
import type { Json } from "./wire.ts";

/** A part of a request's body, and its place there for error texts: `order.stopLossOnFill`, or "" for the body itself. */
export type Fields = { readonly record: Json; readonly path: string };

/** A field that is absent or null asks for nothing. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** The record under `name`; null where it wasn't given. @throws Refusal 400 when it is none. */
export function fieldsOf({ record, path }: Fields, name: string): Fields | null {
  const value = record[name];
  if (!isGiven(value)) return null;
  const here = path === "" ? name : `${path}.${name}`;
  if (!isRecord(value)) throw invalidValue(here);
  return { record: value, path: here };
}

/** A text; null where it wasn't given. @throws Refusal 400 when it is something else. */
export function textOf(fields: Fields, name: string): string | null {
  const value = fields.record[name];
  if (!isGiven(value)) return null;
  return typeof value === "string" ? value : refuse(fields, name);
}

/** A number as text, or as a JSON number: some clients send units so. */
export function decimalOf(fields: Fields, name: string): Decimal | null {
  const value = fields.record[name];
  if (!isGiven(value)) return null;
  const isReadable = typeof value === "string" || typeof value === "number";
  const parsed = isReadable ? parseDecimal(String(value).trim()) : undefined;
  return parsed ?? refuse(fields, name);
}

/** A moment in RFC 3339 or UNIX seconds. */
export function instantOf(fields: Fields, name: string): Instant | null {
  const text = textOf(fields, name);
  return text === null ? null : (parseInstant(text) ?? refuse(fields, name));
}

/** What `words` says of the word given; null where none was. @throws Refusal 400 for a word it doesn't have. */
export function wordOf<T>(
  fields: Fields,
  name: string,
  words: Readonly<Record<string, T>>,
): T | null {
  const word = textOf(fields, name);
  if (word === null) return null;
  const found = Object.hasOwn(words, word) ? words[word] : undefined;
  return found ?? refuse(fields, name);
}

/** `true` as a boolean, or as a word in any case. */
export function isTrue({ record }: Fields, name: string): boolean {
  return /^true$/i.test(String(record[name]));
}

/** A client's labels; null where they weren't given. @throws Refusal 400 when they can't be read. */
export function extensionsOf(fields: Fields, name: string): ClientExtensions | null {
  const here = fieldsOf(fields, name);
  if (!here) return null;
  return { id: textOf(here, "id"), tag: textOf(here, "tag"), comment: textOf(here, "comment") };
}

export /** One field, only where it was given: what is absent is taken over from elsewhere. */
function givenOf<Name extends string, T>(
  fields: Fields,
  name: Name,
  read: (fields: Fields, name: string) => T,
): Partial<Record<Name, T>> {
  return isGiven(fields.record[name]) ? ({ [name]: read(fields, name) } as Record<Name, T>) : {};
}

function refuse({ path }: Fields, name: string): never {
  throw invalidValue(path === "" ? name : `${path}.${name}`);
}
