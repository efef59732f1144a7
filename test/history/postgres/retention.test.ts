import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HistoryRow } from "../../../src/core/history-row.ts";
import { decimal, toUnits, ZERO } from "../../../src/core/money.ts";
import type { Instant } from "../../../src/core/time.ts";
import type { Transaction } from "../../../src/core/transaction.ts";
import type { HistoryStore } from "../../../src/ports/history.ts";
import type { Pruned } from "../../../src/ports/retention.ts";
import { migrateHistory } from "../../../src/trading/migrate-history.ts";
import { EVERYTHING, inBatches, rowsOf } from "../../contract/history-store.ts";
import { aRow, aTransaction, instant } from "../../support/history-rows.ts";
import {
  aServerHistory,
  cutConnections,
  databaseOf,
  hasPostgres,
  serverOfFile,
} from "../../support/server-history.ts";
import { aStore } from "../sqlite/support.ts";

const ACCOUNT = { connection: "oanda", account: aRow().account };
const CUT = instant("2018-12-31T22:00:00Z");
const SYNCED_AT = instant("2026-03-03T00:00:00Z");
const server = serverOfFile();
const told = async () => undefined;

/** Lines of fees, which nothing depends on but the last. */
function fees(days: readonly string[], given: Partial<HistoryRow> = {}): readonly HistoryRow[] {
  return days.map((day, index) =>
    aRow({
      ...{ id: `${index + 1}`, type: "fee", orderId: null, tradeId: null, ...given },
      time: instant(day.includes("T") ? day : `${day}T10:00:00Z`),
    }),
  );
}

async function daysIn(store: HistoryStore): Promise<readonly string[]> {
  return (await rowsOf(store)).map(({ time }) => time.slice(0, 10));
}

async function monthsOn(url: string): Promise<readonly string[]> {
  const partitions = await server().run(
    databaseOf(url),
    "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'tmt_broker.transactions'::regclass ORDER BY 1",
  );
  return partitions.map(({ name }) => String(name).slice(-7));
}

describe.skipIf(!hasPostgres)("old lines on a server", () => {
  it("go as those in SQLite do, for all histories and cuts, with the same digest", async () => {
    const trade = fc.constantFrom("t1", "t2", "t3");
    const change = fc.record({
      tradeId: trade,
      action: fc.constantFrom("opened" as const, "reduced" as const, "closed" as const),
      units: fc.constant(toUnits(decimal("1"))),
      realizedPl: fc.constant(ZERO),
    });
    const moment = fc
      .record({
        year: fc.integer({ min: 2016, max: 2020 }),
        month: fc.integer({ min: 1, max: 12 }),
      })
      .map(({ year, month }) => instant(`${year}-${`${month}`.padStart(2, "0")}-15T10:00:00Z`));
    const line = fc.record({
      time: moment,
      type: fc.constantFrom("order" as const, "fill" as const, "cancel" as const, "fee" as const),
      orderId: fc.option(fc.nat(20).map(String)),
      balance: fc.constantFrom(decimal("1"), null),
      trades: fc.array(change, { maxLength: 2 }),
    });
    const cuts = fc.oneof(moment, fc.constant(CUT));
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 30 }),
        fc.array(moment, { maxLength: 8 }),
        cuts,
        async (given, imported, cut) => {
          const log = given
            .toSorted((left, right) => (left.time < right.time ? -1 : 1))
            .map((one, index): Transaction => aTransaction({ ...one, id: `${index + 1}` }));
          const local = aStore();
          const history = await local.history();
          const url = await server().createDatabase();
          const remote = aServerHistory(url);
          for (const store of [history, remote]) {
            const progress = { through: "99", beginsAt: null, syncedAt: SYNCED_AT };
            const page = { transactions: log, currency: "USD", after: null, progress };
            await store.keepPage(ACCOUNT, page);
            const rows = imported.map((time, index) =>
              aRow({ time, id: `x${index}`, account: "b" }),
            );
            await store.importRows(inBatches(rows));
          }
          const retention = await local.retention();
          const held = (await retention.held(cut)).filter(({ kind }) => kind === "transactions");
          expect(await remote.retention.held(cut)).toEqual(held);
          expect(await remote.retention.newest()).toBe(await newestOf(history));
          const records: (readonly Pruned[])[] = [];
          const pruned = await remote.retention.prune(cut, async (going) => {
            records.push(going);
          });
          const here = await retention.prune(cut, (all) => {
            records.push(all);
            return { at: SYNCED_AT, kind: "history.pruned", data: {} };
          });
          expect(pruned).toEqual(here);
          expect(records).toEqual(pruned.length === 0 ? [] : [pruned, pruned]);
          expect(await bookingsOf(remote)).toEqual(await bookingsOf(history));
          expect(await rowsOf(remote)).toEqual(await rowsOf(history));
          expect(await remote.accounts()).toEqual(await history.accounts());
          expect(await remote.retention.prune(cut, told)).toEqual([]);
          await remote.close();
        },
      ),
      { numRuns: 25 },
    );
  });

  it("take whole months with them where every line of all accounts goes, and no other", async () => {
    const url = await server().createDatabase();
    const store = aServerHistory(url);
    const days = ["2015-03-01", "2015-04-01", "2018-11-30", "2018-12-30", "2019-01-02"];
    await store.importRows(inBatches(fees(days)));
    // A lot that isn't sold keeps its line, and with it the others of its month.
    const lot = { account: "lots", type: "fill", trades: null } as const;
    await store.importRows(inBatches([aRow({ ...lot, time: instant("2015-04-09T10:00:00Z") })]));
    expect(await store.retention.prune(CUT, told)).toMatchObject([
      { transactions: 3, needed: 1, lastAt: "2018-11-30T10:00:00.000000000Z" },
    ]);
    expect(await daysIn(store)).toEqual(["2015-04-09", "2018-12-30", "2019-01-02"]);
    expect(await monthsOn(url)).toEqual(["2015_04", "2018_12", "2019_01"]);
    const ids = await server().run(databaseOf(url), "SELECT 1 FROM tmt_broker.transaction_ids");
    expect(ids).toHaveLength(3);
  });

  it("go without holding up who reads: the month is left empty then, and goes the next time", async () => {
    const url = await server().createDatabase();
    const [store, other] = [aServerHistory(url), aServerHistory(url)];
    await store.importRows(inBatches(fees(["2015-03-01", "2016-03-01", "2019-01-02"])));
    for await (const read of other.rows(EVERYTHING)) {
      expect(await store.retention.prune(CUT, told)).toMatchObject([{ transactions: 1 }]);
      expect(read).toHaveLength(3);
    }
    expect(await daysIn(store)).toEqual(["2016-03-01", "2019-01-02"]);
    expect(await monthsOn(url)).toEqual(["2015_03", "2016_03", "2019_01"]);
    await store.importRows(inBatches(fees(["2016-02-01"], { id: "late" })));
    expect(await store.retention.prune(CUT, told)).toMatchObject([{ transactions: 1 }]);
    expect(await monthsOn(url)).toEqual(["2016_03", "2019_01"]);
  });

  it("are all there where the record of it fails, the connection breaks, or the server dies", async () => {
    const url = await server().createDatabase();
    const days = ["2015-03-01", "2016-03-01", "2017-03-01", "2019-01-02"];
    await aServerHistory(url).importRows(inBatches(fees(days)));
    const failures: unknown[] = [];
    for (const record of [
      () => Promise.reject(new Error("the record fails")),
      () => cutConnections(server(), url),
      async () => {
        await server().kill();
        await server().start();
      },
    ]) {
      const pruning = aServerHistory(url).retention.prune(CUT, record);
      failures.push(await pruning.catch((error: unknown) => error));
    }
    expect(failures).toMatchObject([
      { message: "the record fails" },
      { code: "STORAGE_BUSY", message: expect.stringContaining("kept isn't known") },
      { code: "STORAGE_BUSY" },
    ]);
    const later = aServerHistory(url);
    expect(await daysIn(later)).toEqual(days);
    expect(await later.retention.prune(CUT, told)).toMatchObject([{ transactions: 2 }]);
  });

  it("are taken away by one computer at a time, and not while a log is read", async () => {
    const url = await server().createDatabase();
    const [one, two] = [aServerHistory(url), aServerHistory(url)];
    await one.importRows(inBatches(fees(["2015-03-01", "2016-03-01", "2019-01-02"])));
    await two.claim(ACCOUNT, { owner: "two:1:1", isAlive: () => true });
    await expect(one.retention.prune(CUT, told)).rejects.toMatchObject({
      code: "STORAGE_BUSY",
      retryable: true,
      message: expect.stringMatching(/is being read.*Nothing was taken away/),
    });
    await two.release(ACCOUNT, "two:1:1");
    const both = await Promise.all([one, two].map((store) => store.retention.prune(CUT, told)));
    expect(both.flat()).toMatchObject([{ transactions: 1, needed: 1 }]);
    await one.retention.prune(CUT, async () => {
      const holder = await two.claim(ACCOUNT, { owner: "two:1:1", isAlive: () => false });
      expect(holder).not.toBeNull();
    });
  });

  it("come back with the log, also where another process knows the month that has gone", async () => {
    const url = await server().createDatabase();
    const store = aServerHistory(url);
    const log = ["2015-03-01", "2016-03-01", "2019-01-02"].map((day, index) =>
      aTransaction({
        id: `${index + 1}`,
        type: "fee",
        orderId: null,
        time: instant(`${day}T10:00:00Z`),
      }),
    );
    const page = (after: string | null, beginsAt: Instant | null) => ({
      ...{ transactions: log, currency: "USD", after },
      progress: { through: "3", beginsAt, syncedAt: SYNCED_AT },
    });
    await store.keepPage(ACCOUNT, page(null, null));
    await aServerHistory(url).retention.prune(CUT, told);
    expect(await store.progress(ACCOUNT)).toMatchObject({ beginsAt: CUT, prunedBefore: CUT });
    expect(await daysIn(store)).toEqual(["2016-03-01", "2019-01-02"]);
    await expect(store.keepPage(ACCOUNT, page("3", CUT))).rejects.toMatchObject({
      code: "STORAGE_BUSY",
      retryable: true,
    });
    // The same process, too.
    const later = store;
    await later.keepPage(ACCOUNT, page("3", CUT));
    expect(await later.progress(ACCOUNT)).toMatchObject({ beginsAt: CUT, prunedBefore: CUT });
    await later.keepPage(ACCOUNT, page("3", null));
    expect(await later.progress(ACCOUNT)).toEqual({
      ...{ through: "3", beginsAt: null, syncedAt: SYNCED_AT, currency: "USD" },
    });
    expect(await daysIn(later)).toEqual(["2015-03-01", "2016-03-01", "2019-01-02"]);
  });

  it("that went here before the history was copied there are told to have gone", async () => {
    const local = aStore();
    const history = await local.history();
    const log = ["2015-03-01", "2016-03-01", "2019-01-02"].map((day, index) =>
      aTransaction({
        id: `${index + 1}`,
        type: "fee",
        orderId: null,
        time: instant(`${day}T10:00:00Z`),
      }),
    );
    const progress = { through: "3", beginsAt: null, syncedAt: SYNCED_AT };
    await history.keepPage(ACCOUNT, { transactions: log, currency: "USD", after: null, progress });
    await (await local.retention()).prune(CUT, () => ({
      at: CUT,
      kind: "history.pruned",
      data: {},
    }));
    const target = aServerHistory(await server().createDatabase());
    const { signal } = new AbortController();
    await migrateHistory(history, target, { signal, onProgress: () => undefined });
    expect(await target.progress(ACCOUNT)).toEqual(await history.progress(ACCOUNT));
  });
});

async function newestOf(store: HistoryStore): Promise<Instant | null> {
  return (await rowsOf(store)).at(-1)?.time ?? null;
}

async function bookingsOf(store: HistoryStore): Promise<string> {
  const lines: unknown[] = [];
  for await (const rows of store.bookings(ACCOUNT)) lines.push(...rows);
  return JSON.stringify(lines);
}
