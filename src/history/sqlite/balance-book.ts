import { decimal } from "../../core/money.ts";
import { addMs, type Instant } from "../../core/time.ts";
import type { BalanceBook, BalanceSnapshot } from "../../ports/balance-book.ts";
import type { AccountKey } from "../../ports/day-book.ts";
import { type LocalDatabase, lazy } from "./database.ts";

const NOT_KEPT = "What the account is worth now was not kept.";
const NOT_READ = "What the account was worth is not at hand.";

/** Snapshots of accounts' balance and equity, in the user's database. Amounts are decimal text. */
export class SqliteBalanceBook implements BalanceBook {
  readonly #database: LocalDatabase;
  readonly #near;
  readonly #insert;
  readonly #lastOfDays;

  constructor(database: LocalDatabase) {
    const { connection } = database;
    this.#database = database;
    this.#near = lazy(() =>
      connection.prepare<[AccountKey & { after: Instant; before: Instant }], unknown>(
        `SELECT 1 FROM balance_snapshots
         WHERE ${OF_ACCOUNT} AND time > @after AND time < @before LIMIT 1`,
      ),
    );
    this.#insert = lazy(() =>
      connection.prepare<[AccountKey & Row]>(
        `INSERT INTO balance_snapshots (connection, account, time, balance, equity, currency, through)
         VALUES (@connection, @account, @time, @balance, @equity, @currency, @through)
         ON CONFLICT DO NOTHING`,
      ),
    );
    this.#lastOfDays = lazy(() =>
      connection.prepare<[AccountKey & { from: Instant; to: Instant }], Row>(
        `SELECT max(time) AS time, balance, equity, currency, through FROM balance_snapshots
         WHERE ${OF_ACCOUNT} AND time >= @from AND time <= @to
         GROUP BY substr(time, 1, 10) ORDER BY time`,
      ),
    );
  }

  async keep(
    { connection, account }: AccountKey,
    snapshot: BalanceSnapshot,
    apartMs: number,
  ): Promise<void> {
    const { time, currency, through } = snapshot;
    const near = { after: addMs(time, -apartMs), before: addMs(time, apartMs) };
    const key = { connection, account };
    if (this.#database.read(NOT_KEPT, () => this.#near().get({ ...key, ...near }))) return;
    const [balance, equity] = [snapshot.balance.toString(), snapshot.equity.toString()];
    const row = { ...key, time, balance, equity, currency, through };
    this.#database.writeRelaxed(NOT_KEPT, () => this.#insert().run(row));
  }

  async lastOfDays(
    { connection, account }: AccountKey,
    { from, to }: { readonly from: Instant; readonly to: Instant },
  ): Promise<readonly BalanceSnapshot[]> {
    const rows = this.#database.read(NOT_READ, () =>
      this.#lastOfDays().all({ connection, account, from, to }),
    );
    return rows.map(({ balance, equity, ...rest }) => ({
      ...rest,
      balance: decimal(balance),
      equity: decimal(equity),
    }));
  }
}

const OF_ACCOUNT = "connection = @connection AND account = @account";

type Row = Pick<BalanceSnapshot, "time" | "currency" | "through"> & {
  readonly balance: string;
  readonly equity: string;
};
