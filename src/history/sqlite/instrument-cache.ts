import type { Instant } from "../../core/time.ts";
import type { CachedInstruments, InstrumentCache } from "../../ports/instrument-cache.ts";
import { parseInstruments, serializeInstruments } from "../instruments-codec.ts";
import { type LocalDatabase, lazy } from "./database.ts";

const MEANING = "The broker's instruments are not at hand, so nothing was sent.";

/** The instruments last read from each broker. A copy that a power cut takes away is read again. */
export class SqliteInstrumentCache implements InstrumentCache {
  readonly #database: LocalDatabase;
  readonly #find;
  readonly #save;

  constructor(database: LocalDatabase) {
    const { connection } = database;
    this.#database = database;
    this.#find = lazy(() =>
      connection.prepare<[string, string], CacheRow>(
        "SELECT read_at AS readAt, body FROM instrument_cache WHERE connection = ? AND account = ?",
      ),
    );
    this.#save = lazy(() =>
      connection.prepare<[string, string, Instant, string]>(
        `INSERT INTO instrument_cache (connection, account, read_at, body) VALUES (?, ?, ?, ?)
         ON CONFLICT (connection, account)
         DO UPDATE SET read_at = excluded.read_at, body = excluded.body`,
      ),
    );
  }

  async read(
    connection: string,
    account: string,
    names?: readonly string[],
  ): Promise<CachedInstruments | null> {
    const row = this.#database.read(MEANING, () => this.#find().get(connection, account));
    return row ? cached(row, names) : null;
  }

  async write(connection: string, account: string, entry: CachedInstruments): Promise<void> {
    const body = serializeInstruments(entry.instruments);
    this.#database.writeRelaxed(MEANING, () =>
      this.#save().run(connection, account, entry.readAt, body),
    );
  }
}

type CacheRow = { readonly readAt: Instant; readonly body: string };

/** A copy in the shape of another version counts as none: the broker has the original. */
function cached({ readAt, body }: CacheRow, names?: readonly string[]): CachedInstruments | null {
  try {
    return { instruments: parseInstruments(body, names), readAt };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
