import { type Decimal, parseDecimal } from "../core/money.ts";
import { type Instant, parseInstant } from "../core/time.ts";

/**
 * A JSON object whose fields are read one by one. Whatever doesn't fit throws RangeError with the
 * field's name.
 */
export type Fields = Readonly<Record<string, unknown>>;

/** The object that `text` holds. @throws RangeError when it holds anything else. */
export function parseFields(text: string): Fields {
  try {
    return asFields(JSON.parse(text), "the record");
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw new RangeError("the record isn't JSON", { cause: error });
  }
}

export function asFields(value: unknown, name: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw misfit(name);
  return value as Fields;
}

export function asList(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw misfit(name);
  return value;
}

export function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== "string") throw misfit(name);
  return value;
}

export function optionalText(fields: Fields, name: string): string | null {
  return fields[name] === null ? null : textOf(fields, name);
}

export function flagOf(fields: Fields, name: string): boolean {
  const value = fields[name];
  if (typeof value !== "boolean") throw misfit(name);
  return value;
}

/** A small count, e.g. of decimals; never an amount. */
export function countOf(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw misfit(name);
  return value;
}

export function decimalOf(fields: Fields, name: string): Decimal {
  const value = parseDecimal(textOf(fields, name));
  if (!value) throw misfit(name);
  return value;
}

export function optionalDecimal(fields: Fields, name: string): Decimal | null {
  return fields[name] === null ? null : decimalOf(fields, name);
}

export function instantOf(fields: Fields, name: string): Instant {
  const value = parseInstant(textOf(fields, name));
  if (!value) throw misfit(name);
  return value;
}

/** One of the words allowed. */
export function wordOf<W extends string>(fields: Fields, name: string, words: readonly W[]): W {
  const text = textOf(fields, name);
  const word = words.find((candidate) => candidate === text);
  if (word === undefined) throw misfit(name);
  return word;
}

function misfit(name: string): RangeError {
  return new RangeError(`${name} is missing or not what it should be`);
}
