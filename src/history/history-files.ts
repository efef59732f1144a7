import type {
  AuditFormat,
  ExportFormat,
  HistoryFiles,
  ImportFormat,
} from "../ports/history-files.ts";
import { auditCsv, auditJsonl } from "./export/audit-csv.ts";
import { toBeancount } from "./export/beancount.ts";
import { toCsv } from "./export/csv.ts";
import { toHledger } from "./export/hledger.ts";
import { toJsonl } from "./export/jsonl.ts";
import { readCsv } from "./import/read-csv.ts";
import { readJsonl } from "./import/read-jsonl.ts";
import { readStatement } from "./import/read-statement.ts";

const WRITERS: Readonly<Record<ExportFormat, HistoryFilesWriter>> = {
  csv: (rows) => toCsv(rows),
  jsonl: (rows) => toJsonl(rows),
  hledger: toHledger,
  beancount: toBeancount,
};
type HistoryFilesWriter = (
  rows: Parameters<HistoryFiles["write"]>[1],
  dayOf: Parameters<HistoryFiles["write"]>[2],
) => AsyncIterable<string>;

const AUDIT_WRITERS = { csv: auditCsv, jsonl: auditJsonl } as const satisfies Record<
  AuditFormat,
  unknown
>;
const READERS = { csv: readCsv, jsonl: readJsonl } as const satisfies Record<ImportFormat, unknown>;

/** The formats of history files. */
export function openHistoryFiles(): HistoryFiles {
  return {
    write: (format, rows, dayOf) => WRITERS[format](rows, dayOf),
    writeAudit: (format, entries) => AUDIT_WRITERS[format](entries),
    read: (format, bytes, defaults) => READERS[format](bytes, defaults),
    readStatement,
  };
}
