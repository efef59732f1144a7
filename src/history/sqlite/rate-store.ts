import type { Slots } from "../../core/rate-limit.ts";
import type { RateStore } from "../../ports/rate-limit.ts";
import { type LocalDatabase, lazy } from "./database.ts";

const MEANING = "Nothing was sent.";

/** The slots of requests in the user's database. They mean nothing after a power cut, so none is flushed. */
export class SqliteRateStore implements RateStore {
  readonly #database: LocalDatabase;
  readonly #find;
  readonly #save;

  constructor(database: LocalDatabase) {
    const { connection } = database;
    this.#database = database;
    this.#find = lazy(() =>
      connection.prepare<[string], string>("SELECT slots FROM rate_slots WHERE name = ?").pluck(),
    );
    this.#save = lazy(() =>
      connection.prepare<[string, string]>("INSERT OR REPLACE INTO rate_slots VALUES (?, ?)"),
    );
  }

  async read(name: string): Promise<Slots> {
    return this.#database.read(MEANING, () => this.#stored(name));
  }

  async update(name: string, change: (slots: Slots) => Slots | null): Promise<void> {
    this.#database.writeRelaxed(MEANING, () => {
      const slots = change(this.#stored(name));
      if (slots !== null) this.#save().run(name, JSON.stringify(slots));
    });
  }

  #stored(name: string): Slots {
    const text = this.#find().get(name);
    return text === undefined ? [] : JSON.parse(text);
  }
}
