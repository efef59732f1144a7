import type { Context } from "./commands/context.ts";
import type { Config } from "./config/load.ts";
import { once } from "./core/once.ts";
import type { Secret } from "./core/secret.ts";
import type { Credentials } from "./credentials/chain.ts";
import type { LocalStore as Store } from "./history/sqlite/store.ts";
import { noted } from "./open-connection.ts";
import type { HistoryStore, ServerHistory } from "./ports/history.ts";
import type { HistoryLines } from "./ports/order-lines.ts";

type HistoryParts = Pick<Context, "note" | "signal"> & {
  readonly configuration: () => Promise<Config>;
  readonly store: () => Promise<Store>;
  readonly credentials: () => Promise<Credentials>;
  /** All that are in use: the log never holds one of them. */
  readonly secrets: Secret[];
};

/** The histories that a run uses, each opened once: the local one, and those on servers. */
export class Histories {
  readonly #parts: HistoryParts;
  readonly #servers = new Map<string, Promise<ServerHistory>>();

  constructor(parts: HistoryParts) {
    this.#parts = parts;
  }

  /** The one that `history.database` names. */
  async configured(): Promise<HistoryStore> {
    const { database } = (await this.#parts.configuration()).settings.history;
    return database.kind === "sqlite"
      ? (await this.#parts.store()).history()
      : this.onServer(database.url);
  }

  /** The way from orders to lines in the one that `history.database` names. */
  async orderLines(): Promise<HistoryLines> {
    const { database } = (await this.#parts.configuration()).settings.history;
    if (database.kind === "sqlite") return (await this.#parts.store()).orderLines();
    const { scanOrderLines } = await import("./history/scan-order-lines.ts");
    return scanOrderLines(await this.onServer(database.url));
  }

  /** With the password that is kept for it, or with `secret`. */
  onServer(url: string, secret?: Secret): Promise<ServerHistory> {
    const key = secret ? `${url} (new password)` : url;
    const opened = this.#servers.get(key) ?? this.#open(url, secret);
    this.#servers.set(key, opened);
    return opened;
  }

  async close(): Promise<void> {
    for (const opened of await Promise.allSettled(this.#servers.values())) {
      if (opened.status === "fulfilled") await opened.value.close();
    }
  }

  async #open(url: string, secret: Secret | undefined): Promise<ServerHistory> {
    const [{ openServerHistory, readServerAddress }, { databasePassword }, store] =
      await Promise.all([
        import("./history/postgres/open-history.ts"),
        import("./credentials/database-password.ts"),
        this.#parts.store(),
      ]);
    const { note, signal, configuration, credentials } = this.#parts;
    const address = readServerAddress(url, process.env);
    const kept = async () => {
      const name = (await configuration()).settings.credentials.store;
      return (await credentials()).store(name);
    };
    const sources = { variables: process.env, store: kept, note };
    const password = once(async () =>
      noted(secret ?? (await databasePassword(address, sources)), this.#parts),
    );
    return openServerHistory(address, {
      labels: await store.journalLabels(),
      signal,
      password: async () => (await password()).reveal(),
    });
  }
}
