import { Failure } from "../../core/failures.ts";
import type { BookedRow, HistoryRow } from "../../core/history-row.ts";
import type { Instant } from "../../core/time.ts";
import type { AccountKey } from "../../ports/day-book.ts";
import type {
  BookedSum,
  Claim,
  HistoryAccount,
  HistoryPage,
  HistoryQuery,
  HistoryScope,
  ImportCount,
  ServerHistory,
  SyncProgress,
} from "../../ports/history.ts";
import type { ServerRetention } from "../../ports/retention.ts";
import type { JournalLabels } from "../labels.ts";
import {
  ACCOUNT,
  type AccountRow,
  findAccount,
  keepCurrency,
  keepProgress,
  openAccount,
  progressOf,
} from "./account-rows.ts";
import { Claims } from "./claims.ts";
import type { ServerDatabase } from "./database.ts";
import { importRows } from "./history-import.ts";
import { findLines, readBookings, readRows } from "./history-reader.ts";
import { sumsOf } from "./history-sums.ts";
import { insertLines, linesWithIds } from "./line-writer.ts";
import { toBookedRow } from "./lines.ts";
import { Months } from "./months.ts";
import { keepLines, toLine, toStored } from "./page-lines.ts";
import { PostgresRetention } from "./retention.ts";
import { addLabels, SharedLabels } from "./shared-labels.ts";

const NOT_KEPT =
  "What the broker's log says was not kept; reading it again goes on where it ended.";
const NOT_READ = "The history was not read.";
const NOT_COPIED = "What was copied so far is kept; running it again goes on from there.";

/** The trading history on a PostgreSQL server. */
export class PostgresHistoryStore implements ServerHistory {
  readonly #database: ServerDatabase;
  readonly #claims: Claims;
  readonly #months: Months;
  readonly #labels: JournalLabels;
  readonly #shared: SharedLabels;

  constructor(database: ServerDatabase, labels: JournalLabels) {
    this.#database = database;
    this.#claims = new Claims(database);
    this.#months = new Months(database);
    this.#labels = labels;
    this.#shared = new SharedLabels(database, labels);
  }

  get retention(): ServerRetention {
    return new PostgresRetention(this.#database);
  }

  get server(): string {
    return this.#database.name;
  }

  progress(account: AccountKey): Promise<SyncProgress | null> {
    return this.#database.run(NOT_READ, async (session) => {
      const row = await findAccount(session, account);
      return row && progressOf(row);
    });
  }

  accounts(): Promise<readonly HistoryAccount[]> {
    return this.#database.run(NOT_READ, async (session) => {
      const { rows } = await session.query<AccountRow>(
        `SELECT ${ACCOUNT} FROM tmt_broker.history_accounts a
         WHERE synced_through IS NOT NULL
           OR EXISTS (SELECT 1 FROM tmt_broker.transaction_ids i WHERE i.account_key = a.key)
         ORDER BY connection, account`,
      );
      return rows.map((row) => {
        const { connection, account, currency } = row;
        return { connection, account, currency, progress: progressOf(row) };
      });
    });
  }

  claim(account: AccountKey, claim: Claim): Promise<string | null> {
    return this.#claims.claim(account, claim);
  }

  /** A lock that can't be given back is gone already, or goes with the process. */
  async release(account: AccountKey, owner: string): Promise<void> {
    await this.#claims.release(account, owner).catch(() => undefined);
  }

  async keepPage(account: AccountKey, page: HistoryPage): Promise<void> {
    const { transactions, currency, after, progress } = page;
    await this.#shared.share(account);
    await this.#months.open(
      transactions.map(({ time }) => time),
      NOT_KEPT,
    );
    const kept = this.#database.write(NOT_KEPT, async (session, kind) => {
      const known = await openAccount(session, account);
      if (known.through !== after) throw overtaken(account);
      const lines = transactions.map((transaction) =>
        toLine(transaction, { ...account, currency, accountKey: known.key }),
      );
      const { intentOf } = this.#labels;
      await keepLines(session, lines, { account: known, kind, intentOf });
      await keepProgress(session, known.key, { ...progress, currency });
    });
    await kept.catch((error: unknown) => {
      this.#months.forget();
      throw error;
    });
  }

  importRows(batches: AsyncIterable<readonly HistoryRow[]>): Promise<ImportCount> {
    return importRows(this.#database, this.#months, batches);
  }

  rows(query: HistoryQuery): AsyncIterable<readonly HistoryRow[]> {
    return readRows(this.#database, query);
  }

  bookings(account: AccountKey, from: Instant | null = null): AsyncIterable<readonly BookedRow[]> {
    return readBookings(this.#database, account, from);
  }

  find(id: string, scope: HistoryScope): Promise<readonly BookedRow[]> {
    return findLines(this.#database, id, scope);
  }

  sums(query: HistoryQuery, cuts: readonly string[]): Promise<readonly BookedSum[]> {
    return this.#database.run(NOT_READ, (session) => sumsOf(session, query, cuts));
  }

  linesOf(account: AccountKey, ids: readonly string[]): Promise<readonly BookedRow[]> {
    return this.#database.run(NOT_READ, async (session) => {
      const row = await findAccount(session, account);
      const lines = row ? await linesWithIds(session, row.key, ids) : [];
      return lines.map((line) => toBookedRow(account, line, this.server));
    });
  }

  async takeOver(account: AccountKey, rows: readonly BookedRow[]): Promise<number> {
    await this.#months.open(
      rows.map(({ time }) => time),
      NOT_COPIED,
    );
    return this.#database.write(NOT_COPIED, async (session, kind) => {
      const { key } = await openAccount(session, account);
      const lines = rows.map((row) => toStored(row, key));
      const copied = await insertLines(session, lines);
      if (copied < lines.length) await addLabels(session, lines, { accountKey: key, kind });
      return copied;
    });
  }

  async takeOverAccount({ progress, ...account }: HistoryAccount): Promise<void> {
    await this.#database.write(NOT_COPIED, async (session) => {
      const { key } = await openAccount(session, account);
      await keepCurrency(session, key, account.currency);
      if (progress) await keepProgress(session, key, progress);
    });
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

function overtaken({ connection, account }: AccountKey): Failure {
  return new Failure(
    "STORAGE_BUSY",
    `The log of ${connection}, account ${account}, was read further by another process meanwhile. Nothing is missing.`,
    { hint: "Run the command again.", retryable: true },
  );
}
