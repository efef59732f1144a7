import { Failure } from "../../core/failures.ts";
import type { BookedRow, HistoryRow } from "../../core/history-row.ts";
import type { Instant } from "../../core/time.ts";
import type { Transaction } from "../../core/transaction.ts";
import type { AccountKey } from "../../ports/day-book.ts";
import type {
  BookedSum,
  Claim,
  HistoryAccount,
  HistoryPage,
  HistoryQuery,
  HistoryScope,
  HistoryStore,
  ImportCount,
  SyncProgress,
} from "../../ports/history.ts";
import { linkLabels } from "../labels.ts";
import { serializeTrades, toHistoryRow } from "../transaction-row.ts";
import { type LocalDatabase, lazy } from "./database.ts";
import { OWN_COLUMNS, OWN_KEYS, orderBy, ROW } from "./history-columns.ts";
import { importRows } from "./history-import.ts";
import { openIntentLabels, openOrderLabels } from "./history-labels.ts";
import {
  conditionsOf,
  readBookings,
  readRows,
  type StoredRow,
  toBookedRow,
} from "./history-reader.ts";
import { sumsOf } from "./history-sums.ts";
import { SEEN } from "./open-imports.ts";

const NOT_KEPT =
  "What the broker's log says was not kept; reading it again goes on where it ended.";
const NOT_READ = "The history was not read.";

/** The trading history in the user's database. */
export class SqliteHistoryStore implements HistoryStore {
  readonly server = null;
  readonly #database: LocalDatabase;
  readonly #statements: Statements;
  readonly #orderOf: ReturnType<typeof openOrderLabels>;
  readonly #intentOf: ReturnType<typeof openIntentLabels>;
  readonly #process: Claim;

  /** `process` is who imports, and tells who else still lives. */
  constructor(database: LocalDatabase, process: Claim) {
    this.#database = database;
    this.#process = process;
    this.#statements = statementsOf(database);
    this.#orderOf = openOrderLabels(database);
    this.#intentOf = openIntentLabels(database);
  }

  async progress(account: AccountKey): Promise<SyncProgress | null> {
    const row = this.#read(() => this.#statements.account().get(account));
    return row ? progressOf(row) : null;
  }

  async accounts(): Promise<readonly HistoryAccount[]> {
    return this.#read(() => this.#statements.accounts().all()).map((row) => {
      const { connection, account, currency } = row;
      return { connection, account, currency, progress: progressOf(row) };
    });
  }

  async claim(account: AccountKey, { owner, isAlive }: Claim): Promise<string | null> {
    return this.#database.write(NOT_KEPT, () => {
      this.#statements.open().run(account);
      const holder = this.#statements.account().get(account)?.syncOwner ?? null;
      if (holder !== null && holder !== owner && isAlive(holder)) return holder;
      this.#statements.setOwner().run({ ...account, owner });
      return null;
    });
  }

  async release(account: AccountKey, owner: string): Promise<void> {
    this.#database.write(NOT_KEPT, () => this.#statements.dropOwner().run({ ...account, owner }));
  }

  async keepPage(account: AccountKey, page: HistoryPage): Promise<void> {
    const { transactions, currency, after, progress } = page;
    this.#database.write(NOT_KEPT, () => {
      this.#statements.open().run(account);
      const known = this.#statements.account().get(account);
      if (!known || known.through !== after) throw overtaken(account);
      for (const transaction of transactions) {
        this.#keep(transaction, { ...account, currency, accountKey: known.key });
      }
      this.#statements.advance().run({ ...progress, currency, key: known.key });
    });
  }

  importRows(batches: AsyncIterable<readonly HistoryRow[]>): Promise<ImportCount> {
    return importRows(this.#database.path, batches, this.#process);
  }

  rows(query: HistoryQuery): AsyncIterable<readonly HistoryRow[]> {
    return readRows(this.#database.path, query);
  }

  bookings(account: AccountKey, from: Instant | null = null): AsyncIterable<readonly BookedRow[]> {
    return readBookings(this.#database.path, account, from);
  }

  async find(id: string, scope: HistoryScope): Promise<readonly BookedRow[]> {
    const { where, values } = conditionsOf(scope);
    const rows = this.#read(() =>
      this.#database.connection
        .prepare<unknown[], StoredRow>(
          `SELECT ${ROW}, t.trades AS trades
           FROM history_accounts a CROSS JOIN transactions t ON t.account_key = a.key AND t.id = ? AND ${SEEN}
           ${where} ${orderBy(false)}`,
        )
        .all(id, ...values),
    );
    return rows.map((row) => toBookedRow(row, this.#database.path));
  }

  async sums(query: HistoryQuery, cuts: readonly string[]): Promise<readonly BookedSum[]> {
    const { connection } = this.#database;
    return this.#read(() => connection.transaction(() => sumsOf(connection, query, cuts))());
  }

  #keep(transaction: Transaction, context: RowContext): void {
    const { accountKey } = context;
    const row = toHistoryRow(transaction, context);
    const labels = linkLabels(row, {
      orderOf: (orderId) => this.#orderOf(orderId, accountKey),
      intentOf: this.#intentOf,
    });
    const line = { ...row, ...labels };
    this.#statements
      .upsert()
      .run([accountKey, ...OWN_KEYS.map((key) => line[key]), serializeTrades(transaction.trades)]);
  }

  #read<T>(work: () => T): T {
    return this.#database.read(NOT_READ, work);
  }
}

type RowContext = AccountKey & { readonly currency: string; readonly accountKey: number };

function overtaken({ connection, account }: AccountKey): Failure {
  return new Failure(
    "STORAGE_BUSY",
    `The log of ${connection}, account ${account}, was read further by another process meanwhile. Nothing is missing.`,
    { hint: "Run the command again.", retryable: true },
  );
}

type AccountRow = AccountKey & {
  readonly key: number;
  readonly currency: string | null;
  readonly through: string | null;
  readonly beginsAt: SyncProgress["beginsAt"];
  readonly syncedAt: SyncProgress["syncedAt"] | null;
  readonly syncOwner: string | null;
  readonly prunedBefore: Instant | null;
};

function progressOf(row: AccountRow): SyncProgress | null {
  const { through, beginsAt, syncedAt, currency, prunedBefore } = row;
  if (through === null || syncedAt === null) return null;
  const progress = { through, beginsAt, syncedAt, currency };
  return prunedBefore === null ? progress : { ...progress, prunedBefore };
}

type Statements = ReturnType<typeof statementsOf>;

const ACCOUNT = `key, connection, account, currency, synced_through AS through,
  begins_at AS beginsAt, synced_at AS syncedAt, sync_owner AS syncOwner,
  pruned_before AS prunedBefore`;
const OF_ACCOUNT = "WHERE connection = @connection AND account = @account";
/** What an import may know and the broker doesn't say. */
const LABELS = new Set(["client_order_id", "signal_id", "agent"]);

function statementsOf({ connection }: LocalDatabase) {
  // A line that the broker gives doesn't belong to an import any more.
  const columns = [...OWN_COLUMNS, "trades"];
  const updates = columns.map((name) =>
    LABELS.has(name)
      ? `${name} = coalesce(excluded.${name}, ${name})`
      : `${name} = excluded.${name}`,
  );
  return {
    account: lazy(() =>
      connection.prepare<[AccountKey], AccountRow>(
        `SELECT ${ACCOUNT} FROM history_accounts ${OF_ACCOUNT}`,
      ),
    ),
    accounts: lazy(() =>
      connection.prepare<[], AccountRow>(
        `SELECT ${ACCOUNT} FROM history_accounts a
         WHERE synced_through IS NOT NULL OR EXISTS (SELECT 1 FROM transactions t WHERE account_key = a.key AND ${SEEN})
         ORDER BY connection, account`,
      ),
    ),
    open: lazy(() =>
      connection.prepare<[AccountKey]>(
        `INSERT INTO history_accounts (connection, account) VALUES (@connection, @account)
         ON CONFLICT DO NOTHING`,
      ),
    ),
    setOwner: lazy(() =>
      connection.prepare<[AccountKey & { owner: string }]>(
        `UPDATE history_accounts SET sync_owner = @owner ${OF_ACCOUNT}`,
      ),
    ),
    dropOwner: lazy(() =>
      connection.prepare<[AccountKey & { owner: string }]>(
        `UPDATE history_accounts SET sync_owner = NULL ${OF_ACCOUNT} AND sync_owner = @owner`,
      ),
    ),
    advance: lazy(() =>
      connection.prepare<[HistoryPage["progress"] & { key: number; currency: string }]>(
        `UPDATE history_accounts SET synced_through = @through, begins_at = @beginsAt,
         pruned_before = CASE WHEN @beginsAt >= pruned_before THEN pruned_before END, synced_at = @syncedAt, currency = @currency WHERE key = @key`,
      ),
    ),
    upsert: lazy(() =>
      connection.prepare<[unknown[]]>(
        `INSERT INTO transactions (account_key, ${columns.join(", ")})
         VALUES (?, ${columns.map(() => "?").join(", ")})
         ON CONFLICT (account_key, id) DO UPDATE SET import_id = NULL, ${updates.join(", ")}`,
      ),
    ),
  };
}
