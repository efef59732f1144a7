import { HISTORY_KEYS, type HistoryKey, type HistoryRow } from "../../core/history-row.ts";

/** These hold nothing but digits, a point and a sign, or words of ours: they need neither quotes nor a guard. */
const PLAIN: ReadonlySet<HistoryKey> = new Set([
  "time",
  "type",
  "side",
  "units",
  "price",
  "realizedPl",
  "commission",
  "financing",
  "amount",
  "balance",
]);
const COLUMNS = HISTORY_KEYS.map((key) => ({ key, isPlain: PLAIN.has(key) }));
const SPECIAL = /[",\r\n]|^'*[=+\-@\t\uFF1D\uFF0B\uFF0D\uFF20]/u;

export const CSV_HEADER = `${HISTORY_KEYS.join(",")}\n`;

/** Rows as CSV (RFC 4180, lines end with LF), an empty field for null. */
export async function* toCsv(
  batches: AsyncIterable<readonly HistoryRow[]>,
): AsyncGenerator<string> {
  yield CSV_HEADER;
  for await (const rows of batches) yield rows.map(csvLine).join("");
}

function csvLine(row: HistoryRow): string {
  let line = "";
  for (const { key, isPlain } of COLUMNS) {
    const value = row[key];
    if (value !== null) line += isPlain ? value : field(value);
    line += ",";
  }
  return `${line.slice(0, -1)}\n`;
}

function field(text: string): string {
  if (!SPECIAL.test(text)) return text;
  const guarded = guard(text);
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

/** What a spreadsheet would take for a formula. The full-width signs count: some turn them into the plain ones. */
const FORMULA = /^'*[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/u;
const GUARDED = /^'+[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/u;

/** Text that no spreadsheet runs: an apostrophe stands before what it would take for a formula. */
export function guard(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

/** The text that `guard` was given. */
export function unguard(text: string): string {
  return GUARDED.test(text) ? text.slice(1) : text;
}
