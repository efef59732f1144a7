import { type Circuit, CLOSED } from "../../core/circuit.ts";
import type { Instant } from "../../core/time.ts";
import type { CircuitChange, CircuitStore } from "../../ports/circuit.ts";
import { type LocalDatabase, lazy } from "./database.ts";

const MEANING = "The breaker's state is as it was.";

/** The breakers in the user's database. What a power cut takes back is found out again by failing. */
export class SqliteCircuitStore implements CircuitStore {
  readonly #database: LocalDatabase;
  readonly #find;
  readonly #save;
  readonly #remove;

  constructor(database: LocalDatabase) {
    const { connection } = database;
    this.#database = database;
    this.#find = lazy(() =>
      connection.prepare<[string], CircuitRow>(
        `SELECT consecutive_failures AS consecutiveFailures, opened_at AS openedAt,
           probe_owner AS owner, probe_started_at AS startedAt
         FROM circuits WHERE connection = ?`,
      ),
    );
    this.#save = lazy(() =>
      connection.prepare<[CircuitRow & { connection: string }]>(
        `INSERT OR REPLACE INTO circuits
         VALUES (@connection, @consecutiveFailures, @openedAt, @owner, @startedAt)`,
      ),
    );
    this.#remove = lazy(() =>
      connection
        .prepare<[{ connection: string | null }], string>(
          `DELETE FROM circuits WHERE @connection IS NULL OR connection = @connection
           RETURNING connection`,
        )
        .pluck(),
    );
  }

  async read(connection: string): Promise<Circuit> {
    return this.#database.read(MEANING, () => this.#stored(connection));
  }

  async update(connection: string, change: CircuitChange): Promise<Circuit> {
    return this.#database.writeRelaxed(MEANING, () => {
      const before = this.#stored(connection);
      const after = change(before);
      if (after === null) return before;
      this.#store(connection, after);
      return after;
    });
  }

  async reset(connection: string | null): Promise<readonly string[]> {
    return this.#database.write("The breaker is as it was.", () =>
      this.#remove().all({ connection }),
    );
  }

  #stored(connection: string): Circuit {
    const row = this.#find().get(connection);
    if (!row) return CLOSED;
    const { consecutiveFailures, openedAt, owner, startedAt } = row;
    const probe = owner !== null && startedAt !== null ? { owner, startedAt } : null;
    return { consecutiveFailures, openedAt, probe };
  }

  /** A circuit without a mark needs no row. */
  #store(connection: string, { consecutiveFailures, openedAt, probe }: Circuit): void {
    if (consecutiveFailures === 0 && openedAt === null) {
      this.#remove().all({ connection });
      return;
    }
    const { owner = null, startedAt = null } = probe ?? {};
    this.#save().run({ connection, consecutiveFailures, openedAt, owner, startedAt });
  }
}

type CircuitRow = {
  readonly consecutiveFailures: number;
  readonly openedAt: Instant | null;
  readonly owner: string | null;
  readonly startedAt: Instant | null;
};
