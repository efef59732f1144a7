import { hostname } from "node:os";
import type { Context } from "./commands/context.ts";
import type { Config } from "./config/load.ts";
import { once } from "./core/once.ts";
import type { Secret } from "./core/secret.ts";
import type { Credentials } from "./credentials/chain.ts";
import type { ServerAddress } from "./history/postgres/server-address.ts";
import type { LocalStore as Store } from "./history/sqlite/store.ts";
import { noted } from "./open-connection.ts";
import type { HistoryStore, ServerHistory } from "./ports/history.ts";
import type { FenceServer, OrderFence } from "./ports/order-fence.ts";
import type { HistoryLines } from "./ports/order-lines.ts";
import { processIdentity } from "./resilience/process-identity.ts";
import { systemClock } from "./resilience/system-clock.ts";

const LONGEST_ASIDE_MS = 2_000;

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
  readonly #aside = new Set<Promise<unknown>>();
  readonly #fences = new Map<string, Promise<FenceServer>>();

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

  /** The fence of an account's orders on the server at `url`. */
  async fence(url: string, account: string): Promise<OrderFence> {
    const opened = this.#fences.get(url) ?? this.#openFences(url);
    this.#fences.set(url, opened);
    return (await opened).fence(account);
  }

  /** Work that nobody waits for, and that needs a server: its failure is nobody's. */
  aside(work: Promise<unknown>): void {
    const done: Promise<void> = work.then(
      () => undefined,
      () => undefined,
    );
    void done.then(() => this.#aside.delete(done));
    this.#aside.add(done);
  }

  async close(): Promise<void> {
    const patience = new AbortController();
    const late = systemClock.sleep(LONGEST_ASIDE_MS, patience.signal).catch(() => undefined);
    await Promise.race([Promise.all(this.#aside), late]);
    patience.abort();
    const all = [...this.#servers.values(), ...this.#fences.values()];
    for (const opened of await Promise.allSettled(all)) {
      if (opened.status === "fulfilled") await opened.value.close();
    }
  }

  async #open(url: string, secret: Secret | undefined): Promise<ServerHistory> {
    const [{ openServerHistory, readServerAddress }, store] = await Promise.all([
      import("./history/postgres/open-history.ts"),
      this.#parts.store(),
    ]);
    const address = readServerAddress(url, process.env);
    return openServerHistory(address, {
      ...(await this.#access(address, secret)),
      labels: await store.journalLabels(),
    });
  }

  async #openFences(url: string): Promise<FenceServer> {
    const { openFenceServer, readServerAddress } = await import(
      "./history/postgres/open-history.ts"
    );
    const address = readServerAddress(url, process.env);
    return openFenceServer(address, {
      ...(await this.#access(address)),
      ...{ host: hostname(), owner: processIdentity(), clock: systemClock },
    });
  }

  async #access(address: ServerAddress, secret?: Secret) {
    const { databasePassword } = await import("./credentials/database-password.ts");
    const { note, signal, configuration, credentials } = this.#parts;
    const kept = async () => {
      const name = (await configuration()).settings.credentials.store;
      return (await credentials()).store(name);
    };
    const sources = { variables: process.env, store: kept, note };
    const password = once(async () =>
      noted(secret ?? (await databasePassword(address, sources)), this.#parts),
    );
    return { signal, password: async () => (await password()).reveal() };
  }
}
