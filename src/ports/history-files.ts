import type { HistoryKey, HistoryRow } from "../core/history-row.ts";
import type { Side } from "../core/order.ts";
import type { Instant } from "../core/time.ts";
import type { TransactionType } from "../core/transaction.ts";
import type { AccountKey } from "./day-book.ts";
import type { AuditEntry } from "./journal.ts";

export const EXPORT_FORMATS = ["csv", "jsonl", "hledger", "beancount"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
export const IMPORT_FORMATS = ["csv", "jsonl"] as const;
export const AUDIT_FORMATS = ["csv", "jsonl"] as const;
export type AuditFormat = (typeof AUDIT_FORMATS)[number];
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

/** The history as text, out and in again: whatever is written as CSV or JSON lines reads back as the same rows. */
export interface HistoryFiles {
  /** The rows as text, some at a time. `dayOf` dates the entries of account books. */
  write(
    format: ExportFormat,
    rows: AsyncIterable<readonly HistoryRow[]>,
    dayOf: (instant: Instant) => string,
  ): AsyncIterable<string>;
  /** Audit entries as text, some at a time, with all that it takes to prove them anew. */
  writeAudit(format: AuditFormat, entries: Iterable<AuditEntry>): Iterable<string>;
  /**
   * The rows of a file, some at a time, none kept back.
   * @throws Failure USAGE naming line, column and value of the first that can't be read.
   */
  read(
    format: ImportFormat,
    bytes: AsyncIterable<Uint8Array>,
    defaults: ImportDefaults,
  ): AsyncIterable<readonly HistoryRow[]>;
  /**
   * The rows of a broker's own CSV file, read as `mapping` says.
   * @throws Failure USAGE as `read`, and for what the mapping says wrongly.
   */
  readStatement(
    bytes: AsyncIterable<Uint8Array>,
    mapping: ColumnMapping,
    options: ImportDefaults & { readonly onIgnored: () => void },
  ): AsyncIterable<readonly HistoryRow[]>;
}

/** What rows mean that don't say it themselves. */
export type ImportDefaults = {
  readonly connection: string;
  readonly account: string | null;
  /** The currency of an account, where it is known. */
  readonly currencyOf: (account: AccountKey) => string | null;
};

/** What a column of another's statement holds, in ways that brokers write it. */
export type ColumnMapping = {
  /** Which columns of the file a key is made of, by their names; several are joined with a space, as a date and a time. */
  readonly columns: ReadonlyMap<HistoryKey, readonly string[]>;
  /** What every row has for a key. */
  readonly values: ReadonlyMap<HistoryKey, string>;
  readonly encoding: StatementEncoding;
  readonly delimiter: StatementDelimiter;
  /** So many lines stand before the one that names the columns. */
  readonly skip: number;
  readonly decimal: "." | ",";
  /** Stands between groups of three digits; none where empty. */
  readonly thousands: "" | "." | "," | " " | "'";
  readonly time: StatementTime;
  /** The file's words for kinds of lines; in lower case. Null leaves the row out. */
  readonly types: ReadonlyMap<string, MappedType | null>;
  readonly sides: ReadonlyMap<string, Side>;
  /** The file's names of instruments, where ours are others. */
  readonly instruments: ReadonlyMap<string, string>;
  /** Whether a minus before the units means a sale. */
  readonly areUnitsSigned: boolean;
  /** Whether the file has a minus before what a commission costs. */
  readonly areCostsNegative: boolean;
};

export const STATEMENT_ENCODINGS = ["utf-8", "windows-1252"] as const;
export type StatementEncoding = (typeof STATEMENT_ENCODINGS)[number];
export type StatementDelimiter = "," | ";" | "\t" | "|";

export type MappedType = { readonly type: TransactionType; readonly side: Side | null };

export type StatementTime = {
  /** `dd.MM.yyyy HH:mm:ss`, `unix`, `unix-ms`; null for ISO 8601. */
  readonly format: string | null;
  /** Where times without an offset are of. */
  readonly zone: string;
  /** Which of two moments a time means that a clock shows twice; null refuses it. */
  readonly repeated: "first" | "second" | null;
};
