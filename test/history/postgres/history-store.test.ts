import { describe } from "vitest";
import { historyStoreContract } from "../../contract/history-store.ts";
import { aServerHistory, hasPostgres, serverOfFile } from "../../support/server-history.ts";

const server = serverOfFile();

describe.skipIf(!hasPostgres)("the history in PostgreSQL keeps the history contract", () => {
  historyStoreContract(async () => {
    const url = await server().createDatabase();
    return { store: aServerHistory(url), reopen: async () => aServerHistory(url) };
  });
});
