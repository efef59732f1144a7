import { type Decimal, decimal } from "../../core/money.ts";
import type { Instant } from "../../core/time.ts";
import type { AccountKey, DayBook } from "../../ports/day-book.ts";
import { type LocalDatabase, lazy } from "./database.ts";

const MEANING = "The day's loss can't be told, so nothing was sent.";

/** The first equity of each trading day, in the user's database. */
export class SqliteDayBook implements DayBook {
  readonly #database: LocalDatabase;
  readonly #find;
  readonly #insert;
  readonly #delete;

  constructor(database: LocalDatabase) {
    const { connection } = database;
    this.#database = database;
    this.#find = lazy(() =>
      connection.prepare<[DayKey], { equity: string }>(
        `SELECT equity FROM day_starts
         WHERE connection = @connection AND account = @account AND day_end = @dayEnd`,
      ),
    );
    this.#insert = lazy(() =>
      connection.prepare<[DayKey & { equity: string }]>(
        `INSERT INTO day_starts (connection, account, day_end, equity)
         VALUES (@connection, @account, @dayEnd, @equity) ON CONFLICT DO NOTHING`,
      ),
    );
    this.#delete = lazy(() =>
      connection.prepare<[{ connection: string | null }]>(
        "DELETE FROM day_starts WHERE @connection IS NULL OR connection = @connection",
      ),
    );
  }

  async equityAtDayStart(
    { connection, account }: AccountKey,
    dayEnd: Instant,
    equity: Decimal,
  ): Promise<Decimal> {
    const key = { connection, account, dayEnd };
    const known = this.#database.read(MEANING, () => this.#find().get(key));
    if (known) return decimal(known.equity);
    const kept = this.#database.write(MEANING, () => {
      this.#insert().run({ ...key, equity: equity.toString() });
      return this.#find().get(key);
    });
    return kept ? decimal(kept.equity) : equity;
  }

  async restart(connection: string | null): Promise<void> {
    this.#database.write(MEANING, () => {
      this.#delete().run({ connection });
    });
  }
}

type DayKey = AccountKey & { readonly dayEnd: Instant };
