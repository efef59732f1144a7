import { HISTORY_KEYS, type HistoryKey, type HistoryRow } from "../../core/history-row.ts";
import { suggestion } from "../../core/nearest.ts";
import { unguard } from "../export/csv.ts";
import { type CsvRecord, csvRecords } from "./csv-records.ts";
import { misread } from "./misread.ts";
import { type RawRow, REQUIRED_KEYS, type RowReader } from "./to-row.ts";

/** The rows of a CSV file, whose first line names the columns. */
export async function* readCsv(
  bytes: AsyncIterable<Uint8Array>,
  reader: RowReader,
): AsyncGenerator<readonly HistoryRow[]> {
  let columns: readonly HistoryKey[] | null = null;
  for await (const records of csvRecords(bytes)) {
    const [first, ...others] = records;
    const isHeader: boolean = columns === null;
    if (columns === null) columns = columnsOf(first);
    const known: readonly HistoryKey[] = columns;
    const rows = isHeader ? others : records;
    yield rows.map((record) => reader.toRow(toRaw(record, known), record.line));
  }
  if (columns === null) throw misread({ line: 1 }, "the file is empty: it needs a header");
}

function columnsOf(header: CsvRecord | undefined): readonly HistoryKey[] {
  const { line = 1, fields = [] } = header ?? {};
  if (fields.length === 1 && fields[0]?.includes(";")) {
    throw misread(
      { line, value: fields[0] },
      "the columns are parted by semicolons",
      "Save it with commas between columns and points in numbers.",
    );
  }
  const columns = fields.map((field) => columnOf(field.trim(), line));
  const twice = columns.find((column, index) => columns.indexOf(column) !== index);
  if (twice) throw misread({ line, column: twice }, "the column is there twice");
  const missing = REQUIRED_KEYS.filter((key) => !columns.includes(key));
  if (missing.length === 0) return columns;
  throw misread({ line, column: missing.join(", ") }, "missing in the header");
}

function columnOf(name: string, line: number): HistoryKey {
  const column = HISTORY_KEYS.find((key) => key.toLowerCase() === name.toLowerCase());
  if (column) return column;
  throw misread(
    { line, value: name },
    "is no column of the history",
    `${suggestion(name, HISTORY_KEYS)} Leave out what isn't one.`,
  );
}

function toRaw({ fields, line }: CsvRecord, columns: readonly HistoryKey[]): RawRow {
  if (fields.length !== columns.length) {
    throw misread({ line }, `there are ${fields.length} fields, and ${columns.length} columns`);
  }
  const raw: { -readonly [K in keyof RawRow]: RawRow[K] } = {};
  for (let index = 0; index < columns.length; index += 1) {
    const key = columns[index];
    const field = fields[index] ?? "";
    if (key) raw[key] = field.startsWith("'") ? unguard(field) : field;
  }
  return raw;
}
