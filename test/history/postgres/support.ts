import { afterAll, beforeAll, onTestFinished } from "vitest";
import { openServerHistory } from "../../../src/history/postgres/open-history.ts";
import { readServerAddress } from "../../../src/history/postgres/server-address.ts";
import type { ServerHistory } from "../../../src/ports/history.ts";
import {
  missingPostgres,
  type PostgresOptions,
  type PostgresServer,
  startPostgres,
} from "../../support/postgres-server.ts";

const missing = missingPostgres();
export const hasPostgres: boolean = missing === undefined;
if (missing) console.warn(`skipped: ${missing} isn't on this computer`);

/** One server for the tests of a file. */
export function serverOfFile(options: PostgresOptions = {}): () => PostgresServer {
  let server: PostgresServer | null = null;
  beforeAll(async () => {
    if (hasPostgres) server = await startPostgres(options);
  }, 60_000);
  afterAll(async () => server?.stop());
  return () => {
    if (server === null) throw new Error("no server was started");
    return server;
  };
}

export type HistoryOptions = Partial<Parameters<typeof openServerHistory>[1]>;

/** A history on a server, whose connections end with the test. */
export function aServerHistory(url: string, given: HistoryOptions = {}): ServerHistory {
  const store = openServerHistory(readServerAddress(url, {}), {
    intentOf: () => undefined,
    password: async () => "",
    ...given,
  });
  onTestFinished(() => store.close());
  return store;
}
