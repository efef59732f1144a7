import { describe, expect, it, onTestFinished, vi } from "vitest";
import { auditChain } from "../../../src/compliance/audit/chain.ts";
import type { HistoryRow } from "../../../src/core/history-row.ts";
import { openStore } from "../../../src/history/sqlite/store.ts";
import { EVERYTHING, inBatches, rowsOf } from "../../contract/history-store.ts";
import { aRow, aTransaction, instant } from "../../support/history-rows.ts";
import { aStore, bareConnection, rejectionOf, temporaryPath } from "./support.ts";

vi.setConfig({ testTimeout: 60_000 });

/** More than is kept in one transaction. */
const MANY = 35_000;
const BATCH = 1_000;

/** A command of the process `owner`; those in `living` run. */
function command(path: string, owner: string, living: readonly string[] = [owner]) {
  const store = openStore(path, {
    chain: auditChain,
    busyTimeoutMs: 50,
    process: { owner, isAlive: (other) => living.includes(other) },
  });
  onTestFinished(() => store.close());
  return store;
}

/** Many rows; `during` is called before each batch, with how many rows were given before. */
async function* many(during: (given: number) => unknown): AsyncGenerator<readonly HistoryRow[]> {
  for (let given = 0; given < MANY; given += BATCH) {
    await during(given);
    yield Array.from({ length: BATCH }, (_, index) => aRow({ id: `${given + index}` }));
  }
}

function storedRows(path: string): unknown {
  return bareConnection(path).prepare("SELECT count(*) FROM transactions").pluck().get();
}

describe("an import of very many rows", () => {
  it("lets orders be written all the time, and is seen by nobody before it is over", async () => {
    const path = temporaryPath();
    const [importing, other] = [command(path, "import"), command(path, "order")];
    const history = await other.history();
    const record = { at: instant("2026-03-02T10:00:00Z"), kind: "test", data: {} };
    let looks = 0;
    const count = await (await importing.history()).importRows(
      many(async (given) => {
        await other.journal.record([record]);
        if (given % 5_000 !== 0) return;
        looks += 1;
        expect(await rowsOf(history, { limit: 1 })).toEqual([]);
        expect(await history.accounts()).toEqual([]);
        expect(await history.find("7", EVERYTHING)).toEqual([]);
        expect(await history.sums(EVERYTHING, [])).toEqual([]);
        if (given === 30_000) expect(storedRows(path)).toBeGreaterThan(5_000);
      }),
    );
    expect(looks).toBe(7);
    expect(count).toEqual({ rows: MANY, stored: MANY, known: 0 });
    expect(await rowsOf(history)).toHaveLength(MANY);
    const [sum] = await history.sums(EVERYTHING, []);
    expect(sum?.fills).toBe(MANY);
    expect([...other.audit.entries({})]).toHaveLength(MANY / BATCH);
  });

  it("stores nothing when it fails at its end, and keeps what was there", async () => {
    const path = temporaryPath();
    const history = await command(path, "import").history();
    await history.importRows(inBatches([aRow({ id: "3", agent: "before" })]));
    const failing = many((given) => {
      if (given === MANY - BATCH) throw new RangeError("the last lines");
    });
    await expect(history.importRows(failing)).rejects.toThrow("the last lines");
    expect(await rowsOf(history)).toMatchObject([{ id: "3", agent: "before" }]);
    expect(storedRows(path)).toBe(1);
    expect(await history.importRows(many(() => undefined))).toMatchObject({ known: 1 });
  });

  it("is refused while another process imports, whatever its size (TM-08)", async () => {
    const path = temporaryPath();
    const living = ["first", "second"];
    const second = await command(path, "second", living).history();
    await (await command(path, "first", living).history()).importRows(
      many(async (given) => {
        if (given !== 30_000) return;
        const refused = await rejectionOf(second.importRows(inBatches([aRow({ id: "new" })])));
        expect(refused).toMatchObject({ code: "STORAGE_BUSY", retryable: true });
        expect(refused.message).toMatch(/process first.*Nothing was imported/);
      }),
    );
    expect(await second.importRows(inBatches([aRow({ id: "new" })]))).toMatchObject({ stored: 1 });
  });

  it("that was killed leaves nothing to see, and the next one takes it away (PR-01)", async () => {
    const path = temporaryPath();
    const dead = await command(path, "dead").history();
    const killed = dead.importRows(
      many((given) => (given === 30_000 ? new Promise<never>(() => undefined) : undefined)),
    );
    // It never ends: its process is gone for everybody else.
    void killed;
    const history = await command(path, "next").history();
    await expect.poll(() => storedRows(path)).toBeGreaterThan(5_000);
    expect(await rowsOf(history)).toEqual([]);
    await history.importRows(inBatches([aRow({ id: "1", agent: "next" })]));
    expect(await rowsOf(history)).toMatchObject([{ id: "1", agent: "next" }]);
    expect(storedRows(path)).toBe(1);
  });

  it("never takes away a line that the broker's log gave meanwhile", async () => {
    const path = temporaryPath();
    const history = await command(path, "import").history();
    const { connection, account } = aRow();
    const failing = many(async (given) => {
      if (given !== 30_000) return;
      await (await aStore(path).history()).keepPage(
        { connection, account },
        {
          transactions: [aTransaction({ id: "5" })],
          currency: "USD",
          after: null,
          progress: { through: "5", beginsAt: null, syncedAt: instant("2026-03-03T00:00:00Z") },
        },
      );
      throw new RangeError("the end");
    });
    await expect(history.importRows(failing)).rejects.toThrow("the end");
    expect(await rowsOf(history)).toMatchObject([{ id: "5" }]);
  });
});
