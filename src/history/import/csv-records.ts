import { misread } from "./misread.ts";
import { wholeLines } from "./text-lines.ts";

/** One record of a CSV file; `line` is the one it begins on. */
export type CsvRecord = {
  readonly line: number;
  readonly fields: readonly string[];
  readonly hasApostrophe: boolean;
};

const MOST_LINES_OF_RECORD = 1_000;
const QUOTED = /^"(?:[^"]|"")*"$/;

/** How a file is written; lines before the records, such as a title, are passed over whatever they hold. */
export type CsvShape = {
  readonly delimiter: string;
  readonly encoding: string;
  readonly skip: number;
};

const PLAIN: CsvShape = { delimiter: ",", encoding: "utf-8", skip: 0 };

/**
 * The records of a CSV file (RFC 4180; lines end with LF or CRLF), some at a time. Empty lines are passed over.
 * @throws Failure USAGE naming the line of a quote that is never closed, or stands where none may.
 */
export async function* csvRecords(
  bytes: AsyncIterable<Uint8Array>,
  { delimiter, encoding, skip }: CsvShape = PLAIN,
): AsyncGenerator<readonly CsvRecord[]> {
  const lines = new RecordLines(skip);
  const split = fieldsBy(delimiter);
  for await (const piece of wholeLines(bytes, encoding)) {
    const records: CsvRecord[] = [];
    for (const raw of linesOf(piece)) {
      const record = lines.take(raw);
      if (record) records.push(...toRecord(record, split));
    }
    if (records.length > 0) yield records;
  }
  lines.requireEnd();
}

/** Puts the lines of a record together: one goes on while a quote is open. */
class RecordLines {
  readonly #skip: number;
  #line = 0;
  #open: OpenRecord | null = null;

  constructor(skip: number) {
    this.#skip = skip;
  }

  /** The record that ends with this line; null while one goes on. */
  take(raw: string): OpenRecord | null {
    this.#line += 1;
    if (this.#line <= this.#skip) return null;
    // Quotes come in pairs, also doubled ones: an odd number of them opens a field, or closes the one that is open.
    const isOpen = hasOddQuotes(raw) === (this.#open === null);
    const record = this.#open ?? { line: this.#line, lines: [] };
    record.lines.push(raw);
    if (record.lines.length > MOST_LINES_OF_RECORD) throw unclosed(record.line);
    this.#open = isOpen ? record : null;
    return isOpen ? null : record;
  }

  requireEnd(): void {
    if (this.#open) throw unclosed(this.#open.line);
  }
}

type OpenRecord = { readonly line: number; readonly lines: string[] };

type Split = (text: string, line: number) => readonly string[];

function toRecord({ line, lines }: OpenRecord, split: Split): readonly CsvRecord[] {
  const text = withoutReturn(lines.length === 1 ? (lines[0] ?? "") : lines.join("\n"));
  if (text === "") return [];
  return [{ line, fields: split(text, line), hasApostrophe: text.includes("'") }];
}

function linesOf(piece: string): readonly string[] {
  const lines = piece.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function withoutReturn(text: string): string {
  return text.endsWith("\r") ? text.slice(0, -1) : text;
}

function hasOddQuotes(text: string): boolean {
  return text.includes('"') && text.split('"').length % 2 === 0;
}

function fieldsBy(delimiter: string): Split {
  // A field and what ends it: quoted, or without a quote.
  const ends = delimiter === "|" ? "\\|" : delimiter;
  const field = new RegExp(`("(?:[^"]|"")*"|[^"${ends}\\r\\n]*)(${ends}|$)`, "gy");
  return (text, line) =>
    text.includes('"') ? quotedFields(text, { line, field, delimiter }) : text.split(delimiter);
}

type Quoting = { readonly line: number; readonly field: RegExp; readonly delimiter: string };

function quotedFields(
  text: string,
  { line, field: pattern, delimiter }: Quoting,
): readonly string[] {
  const fields: string[] = [];
  pattern.lastIndex = 0;
  for (;;) {
    const match = pattern.exec(text);
    if (!match) throw misread({ line }, "a quote stands where none may");
    const [, field = "", end] = match;
    fields.push(QUOTED.test(field) ? field.slice(1, -1).replaceAll('""', '"') : field);
    if (end !== delimiter) return fields;
  }
}

function unclosed(line: number): Error {
  return misread({ line }, "a quote is opened there and never closed");
}
