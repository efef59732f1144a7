import type Database from "better-sqlite3";
import { Failure } from "../../core/failures.ts";
import type { Claim } from "../../ports/history.ts";

/** Whether a line `t` is to be seen: those of an import that isn't over aren't. */
export const SEEN = "(t.import_id IS NULL OR t.import_id NOT IN (SELECT id FROM open_imports))";

/** Few enough to be gone before an order has waited for long. */
const ROWS_AT_ONCE = 5_000;

type OpenImport = { readonly id: number; readonly owner: string; readonly firstRow: number };

/** Imports that aren't over: one at a time. What a dead process began is taken back before the next begins. */
export class OpenImports {
  readonly #connection: Database.Database;
  readonly #path: string;
  readonly #owner: Claim;

  constructor(
    connection: Database.Database,
    { path, owner }: { readonly path: string; readonly owner: Claim },
  ) {
    this.#connection = connection;
    this.#path = path;
    this.#owner = owner;
  }

  /** Takes back what dead processes left. @throws Failure STORAGE_BUSY when a living one imports. */
  requireAlone(): void {
    const dead = immediately(this.#connection, () => {
      this.refuseOthers();
      this.#connection.prepare("UPDATE open_imports SET owner = ?").run(this.#owner.owner);
      return this.#all();
    });
    for (const one of dead) this.#remove(one);
  }

  /** Only inside a transaction. @throws Failure STORAGE_BUSY. */
  refuseOthers(): void {
    const { owner, isAlive } = this.#owner;
    const other = this.#all().find((one) => one.owner !== owner && isAlive(one.owner));
    if (other) throw underWay(this.#path, other.owner);
  }

  /** The id of a new one. */
  begin(): number {
    return immediately(this.#connection, () => {
      this.refuseOthers();
      const { lastInsertRowid } = this.#connection
        .prepare(
          `INSERT INTO open_imports (owner, first_row)
           VALUES (?, (SELECT coalesce(max(rowid), 0) + 1 FROM transactions))`,
        )
        .run(this.#owner.owner);
      return Number(lastInsertRowid);
    });
  }

  /** From now on its rows are seen. */
  end(id: number): void {
    immediately(this.#connection, () =>
      this.#connection.prepare("DELETE FROM open_imports WHERE id = ?").run(id),
    );
  }

  takeBack(id: number): void {
    const one = this.#all().find((open) => open.id === id);
    if (one) this.#remove(one);
  }

  #all(): readonly OpenImport[] {
    return this.#connection
      .prepare<[], OpenImport>("SELECT id, owner, first_row AS firstRow FROM open_imports")
      .all();
  }

  #remove({ id, firstRow }: OpenImport): void {
    const some = this.#connection.prepare<[number, number]>(
      `DELETE FROM transactions WHERE rowid IN (
         SELECT rowid FROM transactions WHERE rowid >= ? AND import_id = ? LIMIT ${ROWS_AT_ONCE})`,
    );
    while (immediately(this.#connection, () => some.run(firstRow, id).changes) > 0);
    this.end(id);
  }
}

/** Runs `work` as one transaction that holds the write lock from its beginning. */
export function immediately<T>(connection: Database.Database, work: () => T): T {
  return connection.transaction(work).immediate();
}

function underWay(path: string, owner: string): Failure {
  return new Failure(
    "STORAGE_BUSY",
    `Another import is under way (process ${owner}). Nothing was imported here.`,
    {
      hint: "Run the command again when it is over.",
      retryable: true,
      details: { path, owner },
    },
  );
}
