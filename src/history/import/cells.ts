import { isDay } from "../../core/calendar.ts";
import type { Failure } from "../../core/failures.ts";
import { HISTORY_KEYS, type HistoryKey } from "../../core/history-row.ts";
import { parseDecimal } from "../../core/money.ts";
import { type Instant, parseInstant } from "../../core/time.ts";
import { misread } from "./misread.ts";

/** Of each key, which field of a record has it; -1 for none. */
export type Places = Readonly<Record<HistoryKey, number>>;

/** The fields of one record: null or empty where it says nothing. */
export type FieldsOfRow = readonly (string | null)[];

export function placesOf(columns: readonly HistoryKey[]): Places {
  const places = HISTORY_KEYS.map((key) => [key, columns.indexOf(key)] as const);
  return Object.fromEntries(places) as Places;
}

const INSTRUMENT = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/;
const CANONICAL_NAME = /^[A-Z0-9][A-Z0-9._-]{0,63}$/;
/** Numbers as they are kept: read as they are. Whatever else is a number is made one of these. */
const CANONICAL_AMOUNT =
  /^(?:0|-?(?:[1-9]\d{0,38}|[1-9]\d{0,38}\.\d{0,38}[1-9]|0\.\d{0,38}[1-9]))$/;
const CANONICAL_PRICE = /^(?:0|[1-9]\d{0,38})(?:\.\d{1,39})?$/;
const CANONICAL_TIME = /^(\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{9}Z$/;
const LONGEST_TEXT = 1_000;
/** Nobody traded before and nobody knows what comes after: days beyond can't be counted or named. */
const YEARS = { first: "1900", last: "2199" } as const;

/** The cells of one record after the other, each read as what it is to be. What is usual takes no time. */
export class Cells {
  readonly #places: Places;
  #fields: FieldsOfRow = [];
  #line = 0;
  #knownDay = "";

  constructor(places: Places) {
    this.#places = places;
  }

  goTo(fields: FieldsOfRow, line: number): void {
    this.#fields = fields;
    this.#line = line;
  }

  text(key: HistoryKey): string | null {
    const value = this.#fields[this.#places[key]];
    if (value === undefined || value === null || value === "") return null;
    if (value.length > LONGEST_TEXT) throw this.#wrong(key, "is too long");
    return value;
  }

  word<T extends string>(key: HistoryKey, words: readonly T[]): T | null {
    const value = this.text(key);
    if (value === null) return null;
    const word =
      words.find((one) => one === value) ?? words.find((one) => one === value.toLowerCase());
    if (word === undefined) throw this.#wrong(key, `isn't one of ${words.join(", ")}`);
    return word;
  }

  time(): Instant {
    const value = this.text("time");
    if (value === null) throw this.missing("time");
    const day = CANONICAL_TIME.exec(value)?.[1];
    const instant =
      day !== undefined && this.#isDay(day)
        ? (value as Instant)
        : parseInstant(isDay(value) ? `${value}T00:00:00Z` : value);
    if (!instant) throw this.#wrong("time", "isn't a time such as 2026-11-22T10:00:00Z");
    const year = instant.slice(0, 4);
    if (year >= YEARS.first && year <= YEARS.last) return instant;
    throw this.#wrong("time", `isn't of the years ${YEARS.first} to ${YEARS.last}`);
  }

  instrument(): string | null {
    const value = this.text("instrument");
    if (value === null || CANONICAL_NAME.test(value)) return value;
    if (!INSTRUMENT.test(value)) throw this.#wrong("instrument", "isn't an instrument's name");
    return value.toUpperCase().replaceAll("/", "_");
  }

  /** An amount without zeros at its end. */
  amount(key: HistoryKey): string | null {
    const value = this.text(key);
    if (value === null || CANONICAL_AMOUNT.test(value)) return value;
    const parsed = parseDecimal(value);
    if (!parsed) throw this.#wrong(key, "isn't a number such as -1234.56");
    return parsed.isZero() ? "0" : parsed.toString();
  }

  size(key: HistoryKey): string | null {
    const value = this.amount(key);
    if (value === null || (value !== "0" && !value.startsWith("-"))) return value;
    throw this.#wrong(key, "isn't a size: it is above zero, and the side tells the direction");
  }

  /** With all the decimals that are given: 1.0810 stays that. */
  price(): string | null {
    const value = this.text("price");
    if (value === null || CANONICAL_PRICE.test(value)) return value;
    const parsed = parseDecimal(value);
    if (!parsed || parsed.isNegative()) throw this.#wrong("price", "isn't a price such as 1.0810");
    return parsed.toFixed(parsed.scale);
  }

  missing(key: HistoryKey, when = ""): Failure {
    return this.#wrong(key, when === "" ? "is missing" : `is missing ${when}`);
  }

  #wrong(key: HistoryKey, why: string): Failure {
    const value = this.#fields[this.#places[key]] ?? "";
    return misread({ line: this.#line, column: key, value }, why);
  }

  /** Rows of one day mostly come together. */
  #isDay(day: string): boolean {
    if (day === this.#knownDay) return true;
    if (!isDay(day)) return false;
    this.#knownDay = day;
    return true;
  }
}
