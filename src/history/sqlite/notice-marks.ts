import type { AccountKey } from "../../ports/day-book.ts";
import type { NoticeClaim, NoticeMarks } from "../../ports/notice-marks.ts";
import { type LocalDatabase, lazy } from "./database.ts";

type Row = { readonly through: string; readonly owner: string | null };
type Moving = AccountKey & { readonly from: string; readonly to: string };
type Releasing = AccountKey & { readonly owner: string; readonly through: string | null };

const UNKNOWN = "What happened to the account since it was last looked at isn't told now.";
const AGAIN = "What was told of the account may be told once more.";

/**
 * The marks in the user's database. None is flushed: after a power cut something may be told a second time, and nothing is
 * lost.
 */
export class SqliteNoticeMarks implements NoticeMarks {
  readonly #database: LocalDatabase;
  readonly #statements;

  constructor(database: LocalDatabase) {
    this.#database = database;
    this.#statements = statementsOf(database);
  }

  async read({ connection, account }: AccountKey): Promise<string | null> {
    return this.#find(connection, account)?.through ?? null;
  }

  async begin({ connection, account }: AccountKey, through: string): Promise<void> {
    this.#database.writeRelaxed(AGAIN, () =>
      this.#statements.insert().run(connection, account, through),
    );
  }

  async move(
    { connection, account }: AccountKey,
    step: { readonly from: string; readonly to: string },
  ): Promise<void> {
    this.#database.writeRelaxed(AGAIN, () =>
      this.#statements.move().run({ connection, account, ...step }),
    );
  }

  async claim({ connection, account }: AccountKey, claim: NoticeClaim): Promise<string | null> {
    const { owner, isAlive } = claim;
    return this.#database.writeRelaxed(UNKNOWN, () => {
      const row = this.#find(connection, account);
      if (!row) return null;
      if (row.owner !== null && row.owner !== owner && isAlive(row.owner)) return null;
      this.#statements.claim().run(owner, connection, account);
      return row.through;
    });
  }

  async release(
    { connection, account }: AccountKey,
    owner: string,
    through: string | null,
  ): Promise<void> {
    this.#database.writeRelaxed(AGAIN, () =>
      this.#statements.release().run({ connection, account, owner, through }),
    );
  }

  #find(connection: string, account: string): Row | undefined {
    return this.#database.read(UNKNOWN, () => this.#statements.find().get(connection, account));
  }
}

function statementsOf({ connection }: LocalDatabase) {
  return {
    find: lazy(() =>
      connection.prepare<[string, string], Row>(
        `SELECT through, claim_owner AS owner FROM notice_marks
         WHERE connection = ? AND account = ?`,
      ),
    ),
    insert: lazy(() =>
      connection.prepare<[string, string, string]>(
        `INSERT INTO notice_marks (connection, account, through) VALUES (?, ?, ?)
         ON CONFLICT DO NOTHING`,
      ),
    ),
    move: lazy(() =>
      connection.prepare<[Moving]>(
        `UPDATE notice_marks SET through = @to
         WHERE connection = @connection AND account = @account
           AND through = @from AND claim_owner IS NULL`,
      ),
    ),
    claim: lazy(() =>
      connection.prepare<[string, string, string]>(
        "UPDATE notice_marks SET claim_owner = ? WHERE connection = ? AND account = ?",
      ),
    ),
    release: lazy(() =>
      connection.prepare<[Releasing]>(
        `UPDATE notice_marks SET claim_owner = NULL, through = coalesce(@through, through)
         WHERE connection = @connection AND account = @account AND claim_owner = @owner`,
      ),
    ),
  };
}
