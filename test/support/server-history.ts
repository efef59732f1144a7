import { afterAll, beforeAll, onTestFinished, vi } from "vitest";
import type { JournalLabels } from "../../src/history/labels.ts";
import { openServerHistory } from "../../src/history/postgres/open-history.ts";
import { readServerAddress } from "../../src/history/postgres/server-address.ts";
import type { ServerHistory } from "../../src/ports/history.ts";
import {
  missingPostgres,
  type PostgresOptions,
  type PostgresServer,
  startPostgres,
} from "./postgres-server.ts";
import { PATIENCE } from "./program.ts";

const missing = missingPostgres();
export const hasPostgres: boolean = missing === undefined;
if (missing) console.warn(`skipped: ${missing} isn't on this computer`);

/** One server for the tests of a file. */
export function serverOfFile(options: PostgresOptions = {}): () => PostgresServer {
  vi.setConfig(PATIENCE);
  let server: PostgresServer | null = null;
  beforeAll(async () => {
    if (hasPostgres) server = await startPostgres(options);
  });
  afterAll(async () => server?.stop());
  return () => {
    if (server === null) throw new Error("no server was started");
    return server;
  };
}

/** Of a computer that sent no orders. */
export const NO_LABELS: JournalLabels = { intentOf: () => undefined, newestFirst: () => [] };

export type HistoryOptions = Partial<Parameters<typeof openServerHistory>[1]>;

/** Ends every connection of the program's to a database, as a network that breaks does. */
export async function cutConnections(server: PostgresServer, url: string): Promise<void> {
  await server.run(
    databaseOf(url),
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tmt-broker' AND datname = current_database()",
  );
}

/** Resolves once a connection of the program's is in a state that `condition` describes. */
export async function untilActive(
  server: PostgresServer,
  url: string,
  condition: string,
): Promise<void> {
  await vi.waitFor(
    async () => {
      const found = await server.run(
        databaseOf(url),
        `SELECT 1 FROM pg_stat_activity WHERE application_name = 'tmt-broker' AND datname = current_database() AND ${condition}`,
      );
      if (found.length === 0) throw new Error(`no connection where ${condition}`);
    },
    { timeout: 30_000, interval: 20 },
  );
}

export function databaseOf(url: string): string {
  return new URL(url).pathname.slice(1);
}

/** A history on a server, whose connections end with the test. */
export function aServerHistory(url: string, given: HistoryOptions = {}): ServerHistory {
  const store = openServerHistory(readServerAddress(url, {}), {
    labels: NO_LABELS,
    password: async () => "",
    signal: new AbortController().signal,
    ...given,
  });
  onTestFinished(() => store.close());
  return store;
}
