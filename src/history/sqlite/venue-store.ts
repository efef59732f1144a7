import type {
  VenueArchiveItem,
  VenueLogEntry,
  VenueRecords,
  VenueStore,
} from "../../ports/venue-store.ts";
import { type LocalDatabase, lazy } from "./database.ts";

const MEANING = "Nothing happened at the paper broker.";

/** The embedded paper broker's accounts, in the user's database. */
export class SqliteVenueStore implements VenueStore {
  readonly #database: LocalDatabase;
  readonly #statements: Statements;

  constructor(database: LocalDatabase) {
    this.#database = database;
    this.#statements = statementsOf(database);
  }

  transact<T>(account: string, work: (records: VenueRecords) => T): T {
    return this.#database.write(MEANING, () => work(recordsOf(this.#statements, account)));
  }
}

function recordsOf(statements: Statements, account: string): VenueRecords {
  return {
    state: () => statements.state().get(account)?.body ?? null,
    saveState: (body) => {
      statements.saveState().run(account, body);
    },
    append: (entries) => {
      for (const { id, body } of entries) statements.append().run(account, id, body);
    },
    entriesSince: (id, limit) => statements.entriesSince().all(account, id, limit),
    archive: (items) => {
      for (const { kind, id, clientOrderId, body } of items) {
        statements.archive().run(account, kind, id, clientOrderId, body);
      }
    },
    archived: (kind, limit) => statements.archived().all(account, kind, limit),
    archivedById: (kind, id) => statements.archivedById().get(account, kind, id) ?? null,
    archivedByClientId: (clientOrderId) =>
      statements.archivedByClientId().get(account, clientOrderId) ?? null,
  };
}

type Kind = VenueArchiveItem["kind"];
type Statements = ReturnType<typeof statementsOf>;

const ITEM = "kind, id, client_order_id AS clientOrderId, body";

function statementsOf({ connection }: LocalDatabase) {
  return {
    state: lazy(() =>
      connection.prepare<[string], { body: string }>(
        "SELECT body FROM venue_accounts WHERE account = ?",
      ),
    ),
    saveState: lazy(() =>
      connection.prepare<[string, string]>(
        `INSERT INTO venue_accounts (account, body) VALUES (?, ?)
         ON CONFLICT (account) DO UPDATE SET body = excluded.body`,
      ),
    ),
    append: lazy(() =>
      connection.prepare<[string, number, string]>(
        "INSERT INTO venue_log (account, id, body) VALUES (?, ?, ?)",
      ),
    ),
    entriesSince: lazy(() =>
      connection.prepare<[string, number, number], VenueLogEntry>(
        "SELECT id, body FROM venue_log WHERE account = ? AND id > ? ORDER BY id LIMIT ?",
      ),
    ),
    archive: lazy(() =>
      connection.prepare<[string, Kind, number, string | null, string]>(
        `INSERT INTO venue_archive (account, kind, id, client_order_id, body) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (account, kind, id)
         DO UPDATE SET client_order_id = excluded.client_order_id, body = excluded.body`,
      ),
    ),
    archived: lazy(() =>
      connection.prepare<[string, Kind, number], VenueArchiveItem>(
        `SELECT ${ITEM} FROM venue_archive WHERE account = ? AND kind = ? ORDER BY id DESC LIMIT ?`,
      ),
    ),
    archivedById: lazy(() =>
      connection.prepare<[string, Kind, number], VenueArchiveItem>(
        `SELECT ${ITEM} FROM venue_archive WHERE account = ? AND kind = ? AND id = ?`,
      ),
    ),
    archivedByClientId: lazy(() =>
      connection.prepare<[string, string], VenueArchiveItem>(
        `SELECT ${ITEM} FROM venue_archive WHERE account = ? AND client_order_id = ?
         AND kind = 'order' ORDER BY id DESC LIMIT 1`,
      ),
    ),
  };
}
