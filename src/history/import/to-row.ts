import { createHash } from "node:crypto";
import { HISTORY_KEYS, type HistoryKey, type HistoryRow } from "../../core/history-row.ts";
import { decimal, parseDecimal } from "../../core/money.ts";
import { type Instant, parseInstant } from "../../core/time.ts";
import { TRANSACTION_TYPES, type TransactionType } from "../../core/transaction.ts";
import type { ImportDefaults } from "../../ports/history-files.ts";
import { misread } from "./misread.ts";

/** One row of a file as it stands there: null or absent where it says nothing. */
export type RawRow = Partial<Readonly<Record<HistoryKey, string | null>>>;

/** The columns that no file can do without. */
export const REQUIRED_KEYS = ["time", "type", "instrument", "side", "units", "price"] as const;

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const INSTRUMENT = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/;
const PLAIN_DECIMAL = /^-?(?:0|[1-9]\d{0,39})(?:\.\d{0,39}[1-9])?$/;
const LONGEST_TEXT = 1_000;
const ID_DIGITS = 24;

/** Makes rows of what a file says. @throws Failure USAGE naming line, column and value. */
export class RowReader {
  readonly #defaults: ImportDefaults;

  constructor(defaults: ImportDefaults) {
    this.#defaults = defaults;
  }

  toRow(raw: RawRow, line: number): HistoryRow {
    const cell = new Cells(raw, line);
    const type = cell.word("type", TRANSACTION_TYPES);
    if (type === null) throw cell.missing("type");
    const money = amountsOf(cell, type);
    const connection = cell.text("connection") ?? this.#defaults.connection;
    const account = cell.text("account") ?? this.#defaults.account;
    if (account === null) throw accountless(line);
    const row = {
      connection,
      account,
      time: cell.time(),
      type,
      brokerType: cell.text("brokerType"),
      instrument: cell.instrument(),
      side: cell.word("side", ["buy", "sell"]),
      units: cell.size("units"),
      price: cell.price(),
      ...money,
      balance: cell.amount("balance"),
      currency: cell.text("currency") ?? this.#defaults.currencyOf({ connection, account }),
      orderId: cell.text("orderId"),
      tradeId: cell.text("tradeId"),
      clientOrderId: cell.text("clientOrderId"),
      signalId: cell.text("signalId"),
      agent: cell.text("agent"),
    };
    requireWhole(row, cell);
    return { id: cell.text("id") ?? contentId(row), ...row };
  }
}

type Money = Pick<HistoryRow, "realizedPl" | "commission" | "financing" | "amount">;

/** What a row books; where it doesn't say what the balance changed by, its parts do. */
function amountsOf(cell: Cells, type: TransactionType): Money {
  const realizedPl = cell.amount("realizedPl") ?? "0";
  const commission = cell.amount("commission") ?? "0";
  const financing = cell.amount("financing") ?? "0";
  const given = cell.amount("amount");
  if (given !== null) return { realizedPl, commission, financing, amount: given };
  const amount = decimal(realizedPl).plus(decimal(financing)).minus(decimal(commission)).toString();
  if (amount === "0" && (type === "funding" || type === "fee")) throw cell.missing("amount");
  return { realizedPl, commission, financing, amount };
}

/** A fill without what was filled is none, and an amount without its currency neither. */
function requireWhole(row: Omit<HistoryRow, "id">, cell: Cells): void {
  if (row.type === "fill") {
    for (const key of ["instrument", "side", "units", "price"] as const) {
      if (row[key] === null) throw cell.missing(key);
    }
  }
  if (row.currency === null && row.amount !== "0") {
    throw cell.missing(
      "currency",
      "where an amount is booked and the account's currency isn't known",
    );
  }
}

/** The same content always has the same id. */
function contentId(row: Omit<HistoryRow, "id">): string {
  const known: Readonly<Record<string, string | null>> = row;
  const price = row.price === null ? null : decimal(row.price).toString();
  const values = HISTORY_KEYS.map((key) => (key === "price" ? price : (known[key] ?? null)));
  const digest = createHash("sha256").update(JSON.stringify(values)).digest("hex");
  return `import-${digest.slice(0, ID_DIGITS)}`;
}

/** The cells of one row, each read as what it is to be. */
class Cells {
  readonly #raw: RawRow;
  readonly #line: number;

  constructor(raw: RawRow, line: number) {
    this.#raw = raw;
    this.#line = line;
  }

  text(key: HistoryKey): string | null {
    const value = this.#raw[key];
    if (value === undefined || value === null || value === "") return null;
    if (value.length > LONGEST_TEXT) throw this.#wrong(key, "is too long");
    if (value.includes("\0")) throw this.#wrong(key, "holds a zero character");
    return value;
  }

  word<T extends string>(key: HistoryKey, words: readonly T[]): T | null {
    const value = this.text(key);
    if (value === null) return null;
    const lower = value.toLowerCase();
    const word = words.find((candidate) => candidate === lower);
    if (word === undefined) throw this.#wrong(key, `isn't one of ${words.join(", ")}`);
    return word;
  }

  time(): Instant {
    const value = this.text("time");
    if (value === null) throw this.missing("time");
    const instant = parseInstant(DAY.test(value) ? `${value}T00:00:00Z` : value);
    if (!instant) throw this.#wrong("time", "isn't a time such as 2026-11-22T10:00:00Z");
    return instant;
  }

  instrument(): string | null {
    const value = this.text("instrument");
    if (value === null) return null;
    if (!INSTRUMENT.test(value)) throw this.#wrong("instrument", "isn't an instrument's name");
    return value.toUpperCase().replaceAll("/", "_");
  }

  /** An amount without zeros at its end. */
  amount(key: HistoryKey): string | null {
    const value = this.text(key);
    if (value === null || PLAIN_DECIMAL.test(value)) return value === "-0" ? "0" : value;
    const parsed = parseDecimal(value);
    if (!parsed) throw this.#wrong(key, "isn't a number such as -1234.56");
    return parsed.toString();
  }

  size(key: HistoryKey): string | null {
    const value = this.amount(key);
    if (value === null) return null;
    if (decimal(value).isPositive()) return value;
    throw this.#wrong(key, "isn't a size: it is above zero, and the side tells the direction");
  }

  /** With all the decimals that are given: 1.0810 stays that. */
  price(): string | null {
    const value = this.text("price");
    if (value === null) return null;
    const parsed = parseDecimal(value);
    if (!parsed || parsed.isNegative()) throw this.#wrong("price", "isn't a price such as 1.0810");
    return parsed.toFixed(parsed.scale);
  }

  missing(key: HistoryKey, when = "") {
    const reason = when === "" ? "is missing" : `is missing ${when}`;
    return misread({ line: this.#line, column: key, value: this.#raw[key] ?? "" }, reason);
  }

  #wrong(key: HistoryKey, why: string) {
    return misread({ line: this.#line, column: key, value: this.#raw[key] ?? "" }, why);
  }
}

function accountless(line: number) {
  return misread(
    { line, column: "account", value: "" },
    "says no account",
    "Add the column account, or give the account with -a.",
  );
}
