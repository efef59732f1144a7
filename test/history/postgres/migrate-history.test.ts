import { describe, expect, it } from "vitest";
import { decimal, toUnits } from "../../../src/core/money.ts";
import type { ServerHistory } from "../../../src/ports/history.ts";
import { type MigrationStep, migrateHistory } from "../../../src/trading/migrate-history.ts";
import { inBatches, rowsOf } from "../../contract/history-store.ts";
import { aRow, aTransaction, instant } from "../../support/history-rows.ts";
import {
  aServerHistory,
  databaseOf,
  hasPostgres,
  serverOfFile,
} from "../../support/server-history.ts";
import { aStore } from "../sqlite/support.ts";

const ACCOUNT = { connection: "oanda", account: aRow().account };
const OTHER = { connection: "alpaca", account: "another" };
const SYNCED_AT = instant("2026-03-03T00:00:00Z");
const server = serverOfFile();
const steps: MigrationStep[] = [];
const options = {
  signal: new AbortController().signal,
  onProgress: (step: MigrationStep) => steps.push(step),
};

/** A local history of two accounts: one read from its broker, one imported. */
async function aHistory() {
  const history = await aStore().history();
  const trades = [
    {
      tradeId: "7",
      action: "opened",
      units: toUnits(decimal("1000")),
      realizedPl: decimal("-1.50"),
    },
  ] as const;
  const transactions = Array.from({ length: 1_200 }, (_, index) =>
    aTransaction({
      id: `${index + 1}`,
      trades: index % 3 === 0 ? trades : [],
      time: instant(new Date(Date.UTC(2025, 0, 1) + index * 7_200_000).toISOString()),
    }),
  );
  await history.keepPage(ACCOUNT, {
    transactions,
    currency: "USD",
    after: null,
    progress: { through: "1200", beginsAt: null, syncedAt: SYNCED_AT },
  });
  await history.importRows(inBatches([aRow(OTHER), aRow({ ...OTHER, id: "8", agent: "ünïcode" })]));
  return history;
}

async function emptyTarget(): Promise<ServerHistory> {
  return aServerHistory(await server().createDatabase());
}

describe.skipIf(!hasPostgres)("a history that is copied to a server", () => {
  it("is the same there, with what fills did to trades and how far each log is known", async () => {
    const [source, target] = [await aHistory(), await emptyTarget()];
    const migrated = await migrateHistory(source, target, options);
    expect(migrated).toMatchObject([
      { ...OTHER, rows: 2, copied: 2, others: 0, through: null },
      { ...ACCOUNT, rows: 1_200, copied: 1_200, others: 0, through: "1200" },
    ]);
    expect(await rowsOf(target)).toEqual(await rowsOf(source));
    expect(await target.accounts()).toEqual(await source.accounts());
    const [ours, theirs] = [[], []] as [unknown[], unknown[]];
    for await (const rows of source.bookings(ACCOUNT)) ours.push(...rows);
    for await (const rows of target.bookings(ACCOUNT)) theirs.push(...rows);
    expect(JSON.stringify(theirs)).toBe(JSON.stringify(ours));
    expect(steps.at(-1)).toMatchObject({ phase: "verified", rows: 1_200 });
  });

  it("goes on where it was interrupted, and copies only what is new", async () => {
    const [source, target] = [await aHistory(), await emptyTarget()];
    const interrupted = new AbortController();
    const stopped = migrateHistory(source, target, {
      signal: interrupted.signal,
      onProgress: ({ phase, rows }) => {
        if (phase === "copied" && rows >= 500) interrupted.abort(new Error("interrupted"));
      },
    });
    await expect(stopped).rejects.toThrow("interrupted");
    expect((await target.accounts()).map(({ progress }) => progress)).toEqual([null, null]);
    const [, second] = await migrateHistory(source, target, options);
    expect(second?.copied).toBeGreaterThan(0);
    expect(second?.copied).toBeLessThan(1_200);
    await source.importRows(inBatches([aRow({ id: "late" })]));
    const third = await migrateHistory(source, target, options);
    expect(third.map(({ copied }) => copied)).toEqual([0, 1]);
    expect(third[1]?.sha256).not.toBe(second?.sha256);
  });

  it("leaves what only the server has, and its mark where that reaches further", async () => {
    const [source, target] = [await aHistory(), await emptyTarget()];
    await target.importRows(inBatches([aRow({ id: "x-1" }), aRow({ id: "x-2", time: SYNCED_AT })]));
    await target.takeOverAccount({
      ...ACCOUNT,
      currency: "EUR",
      progress: { through: "1300", beginsAt: null, syncedAt: SYNCED_AT, currency: "EUR" },
    });
    const [, migrated] = await migrateHistory(source, target, options);
    expect(migrated).toMatchObject({ rows: 1_200, copied: 1_200, others: 2, through: "1300" });
    expect(await target.progress(ACCOUNT)).toMatchObject({ through: "1300", currency: "EUR" });
  });

  it("is refused, with nothing copied, where the server says something else of a transaction", async () => {
    const [source, target] = [await aHistory(), await emptyTarget()];
    await target.importRows(
      inBatches([aRow({ id: "1100", price: "1.0811", time: instant("2025-04-02T15:00:00Z") })]),
    );
    await expect(migrateHistory(source, target, options)).rejects.toMatchObject({
      code: "DRIFT",
      message: expect.stringMatching(/transaction 1100 .*price.* differ\. Nothing was copied/),
      details: { id: "1100" },
    });
    expect(await rowsOf(target)).toHaveLength(1);
  });

  it("is refused while another reads the account's log there", async () => {
    const source = await aHistory();
    const url = await server().createDatabase();
    const [target, busy] = [aServerHistory(url), aServerHistory(url)];
    await busy.claim(ACCOUNT, { owner: "host:1:1", isAlive: () => true });
    await expect(migrateHistory(source, target, options)).rejects.toMatchObject({
      code: "STORAGE_BUSY",
      message: expect.stringContaining("host:1:1"),
    });
    expect(await target.claim(OTHER, { owner: "free", isAlive: () => true })).toBeNull();
  });

  it("tells that a row was lost on the way", async () => {
    const source = await aHistory();
    const url = await server().createDatabase();
    const target = aServerHistory(url);
    await expect(migrateHistory(source, losing(target, url), options)).rejects.toMatchObject({
      code: "DRIFT",
      details: { rows: 1_200, found: 600 },
    });
    expect(await target.progress(ACCOUNT)).toBeNull();
  });
});

/** The server's history, of which somebody deletes a row as soon as it is there. */
function losing(target: ServerHistory, url: string): ServerHistory {
  const takeOver: ServerHistory["takeOver"] = async (account, rows) => {
    const count = await target.takeOver(account, rows);
    await server().run(databaseOf(url), "DELETE FROM tmt_broker.transactions WHERE id = '601'");
    return count;
  };
  return new Proxy(target, {
    get: (_, key) => {
      if (key === "takeOver") return takeOver;
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
