import type Database from "better-sqlite3";
import type { Instant } from "../../core/time.ts";
import type { AccountKey } from "../../ports/day-book.ts";
import type { AuditRecord } from "../../ports/journal.ts";
import type { Held, Pruned, Retention } from "../../ports/retention.ts";
import { GoingLines } from "../going-lines.ts";
import { NeededLines } from "../needed-lines.ts";
import type { AuditLog } from "./audit-log.ts";
import type { LocalDatabase } from "./database.ts";
import { orderBy, ROW } from "./history-columns.ts";
import { type StoredRow, toBookedRow } from "./history-reader.ts";
import { SEEN } from "./open-imports.ts";

const NOT_READ = "What is held could not be read.";
/** The key of an account that has balances alone. */
const NO_HISTORY = -1;
const NOT_PRUNED = "Nothing was taken away.";

/** What the user's database holds, and what of it may go. */
export class SqliteRetention implements Retention {
  readonly #database: LocalDatabase;
  readonly #connection: Database.Database;
  readonly #audit: AuditLog;

  constructor(database: LocalDatabase, audit: AuditLog) {
    this.#database = database;
    this.#connection = database.connection;
    this.#audit = audit;
  }

  async newest(): Promise<Instant | null> {
    return this.#database.read(
      NOT_READ,
      () => this.#connection.prepare<[], Instant>(NEWEST).pluck().get() ?? null,
    );
  }

  async held(cut: Instant | null): Promise<readonly Held[]> {
    // One transaction: all of it is of one moment.
    const look = this.#connection.transaction(() => [
      ...this.#accounts()
        .filter(({ key }) => key !== NO_HISTORY)
        .map((account) => this.#heldTransactions(account, cut)),
      ...this.#connection.prepare<[Instant | ""], Held>(BALANCES).all(cut ?? ""),
      ...this.#connection.prepare<[], Omit<Held, "prunable" | "needed">>(KEPT).all().map(kept),
    ]);
    return this.#database.read(NOT_READ, () => look());
  }

  async prune(
    cut: Instant,
    recordOf: (pruned: readonly Pruned[]) => AuditRecord,
  ): Promise<readonly Pruned[]> {
    // What is taken away is written over, not only let go.
    this.#connection.pragma("secure_delete = ON");
    const pruned = this.#prune(cut, recordOf);
    this.#connection.pragma("wal_checkpoint(TRUNCATE)");
    return pruned;
  }

  #prune(cut: Instant, recordOf: (pruned: readonly Pruned[]) => AuditRecord): readonly Pruned[] {
    return this.#database.write(NOT_PRUNED, () => {
      const lines = this.#accounts().map((account) => this.#pruneTransactions(account, cut));
      const pruned = lines
        .map((line) => ({ ...line, balances: this.#pruneBalances(line, cut) }))
        .filter(({ transactions, balances }) => transactions > 0 || balances > 0);
      this.#connection.prepare("DELETE FROM day_starts WHERE day_end < ?").run(cut);
      if (pruned.length > 0) this.#audit.append(this.#audit.serialize([recordOf(pruned)]));
      return pruned;
    });
  }

  #accounts(): readonly AccountRow[] {
    return this.#connection.prepare<[], AccountRow>(ACCOUNTS).all();
  }

  #heldTransactions({ key, connection, account }: AccountRow, cut: Instant | null): Held {
    const counts = this.#connection.prepare<[number], Counts>(COUNTS).get(key) ?? NONE;
    const { older, needed } = cut === null ? NO_LINES : this.#olderThan(cut, key);
    const prunable = older - needed.size;
    return {
      kind: "transactions",
      ...{ connection, account, ...counts, prunable, needed: needed.size },
    };
  }

  /** How many lines are older, and which of them have to stay. */
  #olderThan(cut: Instant, key: number): OlderLines {
    const needed = new NeededLines();
    let older = 0;
    for (const row of this.#linesBefore(cut, key)) {
      needed.add(toBookedRow(row, this.#database.path));
      older += 1;
    }
    return { older, needed: older === 0 ? NO_LINES.needed : needed.ids() };
  }

  #linesBefore(cut: Instant, key: number): IterableIterator<StoredRow> {
    return this.#connection.prepare<[number, Instant], StoredRow>(LINES).iterate(key, cut);
  }

  #pruneTransactions(account: AccountRow, cut: Instant): Omit<Pruned, "balances"> {
    const { key, connection, account: id } = account;
    const { needed } = this.#olderThan(cut, key);
    const going = new GoingLines();
    for (const { trades: _, ...row } of this.#linesBefore(cut, key)) {
      if (!needed.has(row.id)) going.add(row);
    }
    const remove = this.#connection.prepare<[number, string]>(
      "DELETE FROM transactions WHERE account_key = ? AND id = ?",
    );
    for (const gone of going.ids) remove.run(key, gone);
    if (going.ids.length > 0) this.#connection.prepare(CUT).run({ key, cut });
    return { connection, account: id, needed: needed.size, ...going.summary() };
  }

  #pruneBalances({ connection, account }: AccountKey, cut: Instant): number {
    return this.#connection
      .prepare<[string, string, Instant]>(
        "DELETE FROM balance_snapshots WHERE connection = ? AND account = ? AND time < ?",
      )
      .run(connection, account, cut).changes;
  }
}

type AccountRow = AccountKey & { readonly key: number };
type Counts = Pick<Held, "count" | "firstAt" | "lastAt">;
type OlderLines = { readonly older: number; readonly needed: ReadonlySet<string> };

const NONE: Counts = { count: 0, firstAt: null, lastAt: null };
const NO_LINES: OlderLines = { older: 0, needed: new Set() };

function kept(held: Omit<Held, "prunable" | "needed">): Held {
  return { ...held, prunable: 0, needed: 0 };
}

const ACCOUNTS = `
  SELECT coalesce(a.key, ${NO_HISTORY}) AS key, connection, account FROM (
    SELECT connection, account FROM history_accounts
    UNION SELECT connection, account FROM balance_snapshots
  ) LEFT JOIN history_accounts a USING (connection, account) ORDER BY connection, account`;
const COUNTS = `SELECT count(*) AS count, min(time) AS firstAt, max(time) AS lastAt
  FROM transactions t WHERE account_key = ? AND ${SEEN}`;
const LINES = `SELECT ${ROW}, t.trades AS trades
  FROM transactions t CROSS JOIN history_accounts a ON a.key = t.account_key
  WHERE t.account_key = ? AND t.time < ? AND ${SEEN} ${orderBy(false)}`;
const BALANCES = `SELECT 'balances' AS kind, connection, account, count(*) AS count,
    min(time) AS firstAt, max(time) AS lastAt, sum(time < ?) AS prunable, 0 AS needed
  FROM balance_snapshots GROUP BY connection, account ORDER BY connection, account`;
const KEPT = `
  SELECT 'orders' AS kind, NULL AS connection, NULL AS account, count(*) AS count,
    min(created_at) AS firstAt, max(created_at) AS lastAt FROM intents
  UNION ALL
  SELECT 'signals', NULL, NULL, count(*), min(i.created_at), max(i.created_at)
    FROM signals s LEFT JOIN intents i USING (connection, account, client_order_id)
  UNION ALL
  SELECT 'audit', NULL, NULL, count(*), min(at), max(at) FROM audit`;
const NEWEST = `SELECT max(at) FROM (
  SELECT max(time) AS at FROM transactions UNION ALL SELECT max(at) FROM audit
  UNION ALL SELECT max(created_at) FROM intents UNION ALL SELECT max(time) FROM balance_snapshots)`;
/** A history that reached back to the account's beginning goes on telling all that is open now. */
const CUT = `UPDATE history_accounts SET
    pruned_before = CASE WHEN begins_at IS NULL OR begins_at = pruned_before THEN @cut END,
    begins_at = CASE WHEN begins_at > @cut THEN begins_at ELSE @cut END
  WHERE key = @key AND synced_through IS NOT NULL`;
