import type { HistoryRow } from "../core/history-row.ts";
import type { Instant } from "../core/time.ts";
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
}

/** What rows mean that don't say it themselves. */
export type ImportDefaults = {
  readonly connection: string;
  readonly account: string | null;
  /** The currency of an account, where it is known. */
  readonly currencyOf: (account: AccountKey) => string | null;
};
