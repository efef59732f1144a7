import type { Halt, HaltSwitch } from "../../ports/control.ts";
import { type LocalDatabase, lazy } from "./database.ts";

/** Stands for every connection; no connection has an empty name. */
const ALL = "";

/** The kill switch in the user's database: every process of the user sees it with its next look. */
export class SqliteHaltSwitch implements HaltSwitch {
  readonly #database: LocalDatabase;
  readonly #find;
  readonly #insert;
  readonly #remove;

  constructor(database: LocalDatabase) {
    const { connection } = database;
    this.#database = database;
    this.#find = lazy(() =>
      connection.prepare<[string, string], Halt>(
        `SELECT since, reason FROM halts WHERE connection IN (?, ?)
         ORDER BY connection DESC LIMIT 1`,
      ),
    );
    this.#insert = lazy(() =>
      connection.prepare<[string, string, string]>(
        "INSERT INTO halts (connection, since, reason) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
      ),
    );
    this.#remove = lazy(() =>
      connection.prepare<[{ connection: string; all: string }]>(
        "DELETE FROM halts WHERE @connection = @all OR connection = @connection",
      ),
    );
  }

  async haltOf(connection: string): Promise<Halt | null> {
    const meaning = "Whether trading is halted can't be told, so nothing was sent.";
    return this.#database.read(meaning, () => this.#find().get(connection, ALL)) ?? null;
  }

  async halt(connection: string | null, { since, reason }: Halt): Promise<void> {
    this.#database.write("The halt is NOT in force: orders can still be sent.", () =>
      this.#insert().run(connection ?? ALL, since, reason),
    );
  }

  async resume(connection: string | null): Promise<boolean> {
    const { changes } = this.#database.write("The halt is still in force.", () =>
      this.#remove().run({ connection: connection ?? ALL, all: ALL }),
    );
    return changes > 0;
  }
}
