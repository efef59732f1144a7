import { describe, expect, it } from "vitest";
import { parseInstant } from "../../../src/core/time.ts";
import {
  EVERYTHING,
  historyStoreContract,
  inBatches,
  rowsOf,
} from "../../contract/history-store.ts";
import { aRow, aTransaction } from "../../support/history-rows.ts";
import { anIntent } from "./records.ts";
import { aStore, bareConnection } from "./support.ts";

describe("the history in SQLite keeps the history contract", () => {
  historyStoreContract(async () => {
    const { path, history } = aStore();
    return { store: await history(), reopen: () => aStore(path).history() };
  });
});

describe("the history in SQLite", () => {
  it("finds who asked for an order in the journal, where the broker doesn't carry it", async () => {
    const store = aStore();
    const intent = anIntent("tmt-1");
    const origin = { signalId: "sig-5", agent: "gamma", comment: null };
    await store.journal.open({ ...intent, request: { ...intent.request, origin } }, []);
    const { connection, account } = intent;
    const history = await store.history();
    const syncedAt = parseInstant("2026-03-03T00:00:00Z");
    if (!syncedAt) throw new RangeError("no time");
    await history.keepPage(
      { connection, account },
      {
        transactions: [aTransaction({ clientOrderId: "tmt-1" })],
        currency: "USD",
        after: null,
        progress: { through: "7", beginsAt: null, syncedAt },
      },
    );
    expect(await rowsOf(history)).toMatchObject([{ signalId: "sig-5", agent: "gamma" }]);
  });

  it("reads one moment's history while others write, and lets them (DB-03)", async () => {
    const store = await aStore().history();
    const rows = Array.from({ length: 1200 }, (_, index) => aRow({ id: `${index}` }));
    await store.importRows(inBatches(rows));
    let seen = 0;
    for await (const batch of store.rows(EVERYTHING)) {
      if (seen === 0) await store.importRows(inBatches([aRow({ id: "later" })]));
      seen += batch.length;
    }
    expect(seen).toBe(1200);
  });

  it("needs no sorting of everything to give lines in order", async () => {
    const { path, history } = aStore();
    await (await history()).importRows(inBatches([aRow()]));
    const plan = bareConnection(path)
      .prepare(
        `EXPLAIN QUERY PLAN SELECT t.id FROM transactions t INDEXED BY transactions_by_time
         CROSS JOIN history_accounts a ON a.key = t.account_key
         ORDER BY t.time, a.connection, a.account, length(t.id), t.id`,
      )
      .all()
      .map((row) => String(Object(row).detail));
    expect(plan.at(-1)).toMatch(/TEMP B-TREE FOR LAST 4 TERMS/);
  });
});
