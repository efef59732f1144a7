import { HISTORY_KEYS, type HistoryKey, type HistoryRow } from "../../core/history-row.ts";
import { suggestion } from "../../core/nearest.ts";
import type { ImportDefaults } from "../../ports/history-files.ts";
import { unguard } from "../export/csv.ts";
import { type CsvRecord, csvRecords } from "./csv-records.ts";
import { misread } from "./misread.ts";
import { REQUIRED_KEYS, RowReader } from "./to-row.ts";

/** The rows of a CSV file, whose first line names the columns. */
export async function* readCsv(
  bytes: AsyncIterable<Uint8Array>,
  defaults: ImportDefaults,
): AsyncGenerator<readonly HistoryRow[]> {
  let columns: readonly HistoryKey[] = [];
  let reader: RowReader | null = null;
  for await (const records of csvRecords(bytes)) {
    const rows: HistoryRow[] = [];
    for (const record of records) {
      if (reader) rows.push(reader.toRow(fieldsOf(record, columns.length), record.line));
      else {
        columns = columnsOf(record);
        reader = new RowReader(columns, defaults);
      }
    }
    yield rows;
  }
  if (!reader) throw misread({ line: 1 }, "the file is empty: it needs a header");
}

function columnsOf({ line, fields }: CsvRecord): readonly HistoryKey[] {
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

function fieldsOf({ fields, line, hasApostrophe }: CsvRecord, columns: number): readonly string[] {
  if (fields.length !== columns) {
    throw misread({ line }, `there are ${fields.length} fields, and ${columns} columns`);
  }
  return hasApostrophe ? fields.map(unguard) : fields;
}
