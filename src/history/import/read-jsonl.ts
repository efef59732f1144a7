import { HISTORY_KEYS, type HistoryRow } from "../../core/history-row.ts";
import { suggestion } from "../../core/nearest.ts";
import type { ImportDefaults } from "../../ports/history-files.ts";
import type { FieldsOfRow } from "./cells.ts";
import { misread } from "./misread.ts";
import { wholeLines } from "./text-lines.ts";
import { RowReader } from "./to-row.ts";

/** The rows of a file of JSON objects, one a line; empty lines are passed over. */
export async function* readJsonl(
  bytes: AsyncIterable<Uint8Array>,
  defaults: ImportDefaults,
): AsyncGenerator<readonly HistoryRow[]> {
  const reader = new RowReader(HISTORY_KEYS, defaults);
  let line = 0;
  for await (const piece of wholeLines(bytes)) {
    const rows: HistoryRow[] = [];
    const texts = piece.split("\n");
    if (texts.at(-1) === "") texts.pop();
    for (const text of texts) {
      line += 1;
      if (text.trim() !== "") rows.push(reader.toRow(toFields(text, line), line));
    }
    if (rows.length > 0) yield rows;
  }
}

const KEYS: ReadonlySet<string> = new Set(HISTORY_KEYS);

function toFields(text: string, line: number): FieldsOfRow {
  const fields = parseObject(text, line);
  for (const [key, value] of Object.entries(fields)) {
    if (!KEYS.has(key)) {
      throw misread(
        { line, value: key },
        "is no key of the history",
        suggestion(key, [...HISTORY_KEYS]),
      );
    }
    if (typeof value === "string" && value.includes("\0")) {
      throw misread({ line, column: key, value }, "holds a zero character");
    }
    if (value !== null && typeof value !== "string") {
      throw misread(
        { line, column: key, value: String(value) },
        'isn\'t text: amounts are written "1.5"',
      );
    }
  }
  return HISTORY_KEYS.map((key) => (fields[key] ?? null) as string | null);
}

function parseObject(text: string, line: number): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw misread({ line, value: text }, "isn't JSON");
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw misread({ line, value: text }, "isn't a JSON object");
}
