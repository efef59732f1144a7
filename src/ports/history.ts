import type { BookedRow, HistoryRow } from "../core/history-row.ts";
import type { Decimal } from "../core/money.ts";
import type { Instant } from "../core/time.ts";
import type { Transaction, TransactionType } from "../core/transaction.ts";
import type { AccountKey } from "./day-book.ts";
import type { ServerRetention } from "./retention.ts";

/**
 * The trading history of every account: what brokers' logs say, and what was imported. test/contract/history-store.ts says
 * what a store promises. Every call resolves after the disk has it.
 * @throws Failure STORAGE_BUSY, STORAGE_FULL or STORAGE_CORRUPT; on a server also CONFIG_INVALID, CREDENTIALS_MISSING,
 * CREDENTIALS_INVALID or PERMISSION_DENIED.
 */
export interface HistoryStore {
  /** The database of a server, for people and never with a password; null when it is kept on this computer. */
  readonly server: string | null;
  /** How far the account's log is known; null when it was never read. */
  progress(account: AccountKey): Promise<SyncProgress | null>;
  /** Every account with a line in the history or a log that was read, by connection and id. */
  accounts(): Promise<readonly HistoryAccount[]>;
  /**
   * Makes `owner` the only one who reads the account's log. Null when that is done, else the living process that does.
   * A dead one is replaced.
   */
  claim(account: AccountKey, claim: Claim): Promise<string | null>;
  release(account: AccountKey, owner: string): Promise<void>;
  /**
   * Keeps a page of the account's log and how far it reaches, as one step: what is there already is kept once, with the
   * broker's word. Labels that the broker doesn't repeat come from the order's own line and from the journal.
   * @throws Failure STORAGE_BUSY when the log was read further meanwhile than `page.after`.
   */
  keepPage(account: AccountKey, page: HistoryPage): Promise<void>;
  /**
   * Keeps rows from elsewhere, all or none: a row with the connection, account and id of one that is there counts as known.
   * Whatever `batches` throws stops it, and nothing is stored.
   */
  importRows(batches: AsyncIterable<readonly HistoryRow[]>): Promise<ImportCount>;
  /** Lines in order, oldest first unless `isNewestFirst`, some at a time, all as they are at one moment. */
  rows(query: HistoryQuery): AsyncIterable<readonly HistoryRow[]>;
  /** Lines with that id in the scope, in order. */
  find(id: string, scope: HistoryScope): Promise<readonly BookedRow[]>;
  /** An account's history in order, with what fills did to trades: all of it, or from a moment on. */
  bookings(account: AccountKey, from?: Instant | null): AsyncIterable<readonly BookedRow[]>;
  /**
   * Exact sums of what is booked in each bucket of time, without funding; in order of time. Buckets begin at midnight UTC,
   * and at each of `cuts` (`21:00`, in order).
   */
  sums(query: HistoryQuery, cuts: readonly string[]): Promise<readonly BookedSum[]>;
}

/** A history on a server, which other computers may use too. */
export interface ServerHistory extends HistoryStore {
  readonly server: string;
  readonly retention: ServerRetention;
  /** Of an account, the lines with those ids, in any order. */
  linesOf(account: AccountKey, ids: readonly string[]): Promise<readonly BookedRow[]>;
  /** Keeps lines of an account as another store has them, as one step; says how many weren't there. No two have the same id. */
  takeOver(account: AccountKey, rows: readonly BookedRow[]): Promise<number>;
  /** Keeps what another store knows of an account: its currency where it has none, and how far its log is known. */
  takeOverAccount(account: HistoryAccount): Promise<void>;
  close(): Promise<void>;
}

/** Whose history: of one connection, of one account, or of all where both are null. */
export type HistoryScope = {
  readonly connection: string | null;
  readonly account: string | null;
};

export type HistoryQuery = HistoryScope & {
  /** From then on. */
  readonly from: Instant | null;
  /** Before then. */
  readonly before: Instant | null;
  /** Any of these; all kinds when empty. */
  readonly types: readonly TransactionType[];
  /** Any of these; all when empty. */
  readonly instruments: readonly string[];
  readonly isNewestFirst: boolean;
  /** At most so many; null for all. */
  readonly limit: number | null;
};

export type SyncProgress = {
  /** The known part of the log is all of it from `beginsAt` (null: from its beginning) up to and including this id. */
  readonly through: string;
  readonly beginsAt: Instant | null;
  readonly syncedAt: Instant;
  readonly currency: string | null;
  /**
   * Where lines before it were taken away because nobody must keep them any more: what is left tells all that was open then.
   * Absent where none were.
   */
  readonly prunedBefore?: Instant;
};

export type HistoryAccount = AccountKey & {
  readonly currency: string | null;
  readonly progress: SyncProgress | null;
};

export type Claim = {
  readonly owner: string;
  readonly isAlive: (owner: string) => boolean;
};

export type HistoryPage = {
  /** Oldest first. */
  readonly transactions: readonly Transaction[];
  readonly currency: string;
  /** What was known when it was asked for; null at the first page. */
  readonly after: string | null;
  /** What is known with it. */
  readonly progress: Omit<SyncProgress, "currency" | "prunedBefore">;
};

export type ImportCount = {
  readonly rows: number;
  readonly stored: number;
  readonly known: number;
};

/** Exact sums of one bucket and currency. */
export type BookedSum = {
  /** The bucket's beginning. */
  readonly from: Instant;
  readonly currency: string | null;
  readonly realizedPl: Decimal;
  readonly commission: Decimal;
  readonly financing: Decimal;
  /** What the balance changed by. */
  readonly amount: Decimal;
  readonly fills: number;
};

/** A copy of everything that is kept here. */
export type BackupSummary = {
  readonly file: string;
  readonly bytes: number;
  readonly transactions: number;
};
