import type { PlaceClaim, StreamPlaces } from "../../ports/stream-places.ts";
import { type LocalDatabase, lazy } from "./database.ts";

const MEANING = "No stream was opened.";

/** The places of streams in the user's database. They mean nothing after a power cut, so none is flushed. */
export class SqliteStreamPlaces implements StreamPlaces {
  readonly #database: LocalDatabase;
  readonly #find;
  readonly #add;
  readonly #remove;

  constructor(database: LocalDatabase) {
    const { connection } = database;
    this.#database = database;
    this.#find = lazy(() =>
      connection.prepare<[string], { id: number; owner: string }>(
        "SELECT id, owner FROM stream_places WHERE host = ?",
      ),
    );
    this.#add = lazy(() =>
      connection.prepare<[string, string]>("INSERT INTO stream_places (host, owner) VALUES (?, ?)"),
    );
    this.#remove = lazy(() =>
      connection.prepare<[number]>("DELETE FROM stream_places WHERE id = ?"),
    );
  }

  async take(host: string, { owner, most, isAlive }: PlaceClaim): Promise<string | null> {
    return this.#database.writeRelaxed(MEANING, () => {
      const taken = this.#find().all(host);
      const gone = taken.filter((place) => !isAlive(place.owner));
      for (const { id } of gone) this.#remove().run(id);
      if (taken.length - gone.length >= most) return null;
      return `${this.#add().run(host, owner).lastInsertRowid}`;
    });
  }

  async leave(key: string): Promise<void> {
    const id = Number(key);
    // A key of another book.
    if (!Number.isInteger(id)) return;
    this.#database.writeRelaxed("Its place stays taken while this process runs.", () =>
      this.#remove().run(id),
    );
  }
}
