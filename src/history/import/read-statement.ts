import { Failure } from "../../core/failures.ts";
import { HISTORY_KEYS, type HistoryKey, type HistoryRow } from "../../core/history-row.ts";
import { suggestion } from "../../core/nearest.ts";
import type { Side } from "../../core/order.ts";
import { TRANSACTION_TYPES, type TransactionType } from "../../core/transaction.ts";
import type { ColumnMapping, ImportDefaults, MappedType } from "../../ports/history-files.ts";
import type { FieldsOfRow } from "./cells.ts";
import { type CsvRecord, csvRecords } from "./csv-records.ts";
import { misread } from "./misread.ts";
import { numberReader } from "./statement-numbers.ts";
import { TimeProblem, timeReader } from "./statement-times.ts";
import { RowReader } from "./to-row.ts";

/** A broker's own CSV file, read as a mapping says. Every row is read, or left out by a word that the mapping names. */
export async function* readStatement(
  bytes: AsyncIterable<Uint8Array>,
  mapping: ColumnMapping,
  options: ImportDefaults & { readonly onIgnored: () => void },
): AsyncGenerator<readonly HistoryRow[]> {
  const translator = new Translator(mapping, options);
  let isBegun = false;
  for await (const records of csvRecords(bytes, mapping)) {
    const rows: HistoryRow[] = [];
    for (const record of records) {
      if (isBegun) rows.push(...translator.rows(record));
      else translator.begin(record);
      isBegun = true;
    }
    yield rows;
  }
  if (!isBegun) throw misread({ line: mapping.skip + 1 }, "the file is empty: it needs a header");
}

const NUMBERS: readonly HistoryKey[] = [
  ...(["units", "price", "realizedPl", "commission", "financing", "amount", "balance"] as const),
];
const SIDES: ReadonlyMap<string, Side> = new Map([
  ["buy", "buy"],
  ["sell", "sell"],
]);

class Translator {
  readonly #mapping: ColumnMapping;
  readonly #onIgnored: () => void;
  readonly #rows: RowReader;
  readonly #numberOf: (text: string) => string | undefined;
  readonly #timeOf: (text: string) => string;
  /** Where in a record each key is. */
  #places = new Map<HistoryKey, readonly number[]>();
  #width = 0;

  constructor(
    mapping: ColumnMapping,
    options: ImportDefaults & { readonly onIgnored: () => void },
  ) {
    this.#mapping = mapping;
    this.#onIgnored = options.onIgnored;
    this.#rows = new RowReader(HISTORY_KEYS, options);
    this.#numberOf = numberReader(mapping);
    this.#timeOf = timeReader(mapping.time);
  }

  /** Finds the mapping's columns in the line that names them. */
  begin({ line, fields }: CsvRecord): void {
    const names = fields.map((name) => name.trim().toLowerCase());
    this.#width = fields.length;
    for (const [key, columns] of this.#mapping.columns) {
      const places = columns.map((column) => {
        const place = names.indexOf(column.toLowerCase());
        if (place < 0) throw missing(line, column, fields);
        if (names.lastIndexOf(column.toLowerCase()) !== place) {
          throw misread({ line, column }, "the column is there twice");
        }
        return place;
      });
      this.#places.set(key, places);
    }
  }

  /** None for a row that the mapping leaves out. */
  rows(record: CsvRecord): readonly HistoryRow[] {
    const { line, fields } = record;
    if (fields.length !== this.#width) {
      throw misread({ line }, `there are ${fields.length} fields, and ${this.#width} columns`);
    }
    const type = this.#typeOf(record);
    if (type === null) {
      this.#onIgnored();
      return [];
    }
    try {
      return [this.#rows.toRow(this.#translated(record, type), line)];
    } catch (error) {
      throw this.#inItsOwnWords(error, record);
    }
  }

  #translated(record: CsvRecord, { type, side }: MappedType): FieldsOfRow {
    const values = new Map<HistoryKey, string>();
    for (const key of HISTORY_KEYS) {
      const text = this.#text(key, record);
      if (text !== "") values.set(key, this.#valueOf(key, text, record));
    }
    values.set("type", type);
    const direction = this.#sideOf(record, values.get("units") ?? "", side);
    if (direction === null) values.delete("side");
    else values.set("side", direction);
    this.#sizeOf(values);
    return HISTORY_KEYS.map((key) => values.get(key) ?? null);
  }

  #text(key: HistoryKey, { fields }: CsvRecord): string {
    const places = this.#places.get(key);
    if (!places) return this.#mapping.values.get(key) ?? "";
    return places
      .map((place) => fields[place]?.trim() ?? "")
      .filter((part) => part !== "")
      .join(" ");
  }

  #valueOf(key: HistoryKey, text: string, record: CsvRecord): string {
    if (key === "time") return this.#time(text, record);
    if (key === "instrument") return this.#mapping.instruments.get(text) ?? text;
    if (!NUMBERS.includes(key)) return text;
    const number = this.#numberOf(text);
    if (number === undefined)
      throw this.#wrong(key, record, `isn't a number written as ${this.#example()}`);
    return key === "commission" && this.#mapping.areCostsNegative ? negated(number) : number;
  }

  #time(text: string, record: CsvRecord): string {
    try {
      return this.#timeOf(text);
    } catch (error) {
      if (!(error instanceof TimeProblem)) throw error;
      throw this.#wrong("time", record, error.message);
    }
  }

  /** The kind of a row by the mapping's words, or by ours; null for one that is left out. */
  #typeOf(record: CsvRecord): MappedType | null {
    const text = this.#text("type", record);
    const word = text.toLowerCase();
    const mapped = this.#mapping.types.get(word);
    if (mapped !== undefined) return mapped;
    const own = TRANSACTION_TYPES.find((type: TransactionType) => type === word);
    if (own) return { type: own, side: null };
    if (text === "") throw this.#wrong("type", record, "is missing");
    throw this.#wrong("type", record, "is a word that the mapping doesn't know (types.…)");
  }

  /** Of what the kind, the side's own column and the sign say, none may gainsay another. */
  #sideOf(record: CsvRecord, units: string, byType: Side | null): Side | null {
    const text = this.#text("side", record);
    const word = text.toLowerCase();
    const byColumn = text === "" ? null : (this.#mapping.sides.get(word) ?? SIDES.get(word));
    if (byColumn === undefined) {
      throw this.#wrong("side", record, "is a word that the mapping doesn't know (sides.…)");
    }
    const bySign = this.#mapping.areUnitsSigned ? signedSide(units) : null;
    const said = [byType, byColumn, bySign].filter((side) => side !== null);
    if (said.some((side) => side !== said[0])) {
      const key = bySign === said[0] || byColumn === null ? "units" : "side";
      throw this.#wrong(key, record, `gainsays that it is a ${said[0]}`);
    }
    return said[0] ?? null;
  }

  #sizeOf(values: Map<HistoryKey, string>): void {
    const units = values.get("units");
    if (units === undefined || !this.#mapping.areUnitsSigned) return;
    const size = units.replace(/^-/, "");
    if (/^0(\.0*)?$/.test(size)) values.delete("units");
    else values.set("units", size);
  }

  #example(): string {
    const { decimal, thousands } = this.#mapping;
    return `1${thousands}234${decimal}56`;
  }

  #wrong(key: HistoryKey, record: CsvRecord, why: string): Failure {
    return misread(this.#placeOf(key, record), why);
  }

  #placeOf(key: HistoryKey, record: CsvRecord) {
    const column = this.#mapping.columns.get(key)?.join(" + ") ?? key;
    return { line: record.line, column, value: this.#text(key, record) };
  }

  /** What is wrong with a value by the history's own rules is told of the file's column and value. */
  #inItsOwnWords(error: unknown, record: CsvRecord): unknown {
    if (!(error instanceof Failure)) return error;
    const { column, problem } = error.details;
    const key = HISTORY_KEYS.find((one) => one === column);
    return key && typeof problem === "string" ? this.#wrong(key, record, problem) : error;
  }
}

function negated(number: string): string {
  return number.startsWith("-") ? number.slice(1) : `-${number}`;
}

function signedSide(units: string): Side | null {
  if (units === "" || /^-?0(\.0*)?$/.test(units)) return null;
  return units.startsWith("-") ? "sell" : "buy";
}

function missing(line: number, column: string, fields: readonly string[]): Failure {
  const names = fields.map((name) => name.trim()).filter((name) => name !== "");
  return misread(
    { line, column },
    `isn't there; the columns are ${names.join(", ").slice(0, 300)}`,
    `${suggestion(column, names)} Where lines stand before the columns' names, say how many (skip).`,
  );
}
