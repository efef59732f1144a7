import { describe, expect, it } from "vitest";
import type { HistoryRow } from "../../../src/core/history-row.ts";
import { readServerAddress } from "../../../src/history/postgres/server-address.ts";
import type { HistoryPage } from "../../../src/ports/history.ts";
import { EVERYTHING, inBatches, rowsOf } from "../../contract/history-store.ts";
import { aRow, aTransaction, instant } from "../../support/history-rows.ts";
import {
  aServerHistory,
  cutConnections,
  databaseOf,
  hasPostgres,
  serverOfFile,
  untilActive,
} from "../../support/server-history.ts";

const ACCOUNT = { connection: "oanda", account: aRow().account };
const server = serverOfFile();

function aPage(ids: readonly string[], after: string | null = null): HistoryPage {
  return {
    transactions: ids.map((id) => aTransaction({ id })),
    currency: "USD",
    after,
    progress: {
      through: ids.at(-1) ?? "0",
      beginsAt: null,
      syncedAt: instant("2026-03-03T00:00:00Z"),
    },
  };
}

async function whileFrozen<T>(work: () => Promise<T>): Promise<T> {
  server().freeze();
  try {
    return await work();
  } finally {
    server().thaw();
  }
}

function manyRows(count: number): readonly HistoryRow[] {
  return Array.from({ length: count }, (_, index) => aRow({ id: `${index + 1}` }));
}

describe.skipIf(!hasPostgres)("a history on a server", () => {
  it("has on its disk what it kept, also where commits needn't wait for that, and goes on after the server's crash", async () => {
    const url = await server().createDatabase();
    const store = aServerHistory(url);
    await store.keepPage(ACCOUNT, aPage(["7", "8"]));
    await server().kill();
    const gone = await store.progress(ACCOUNT).catch((error: unknown) => error);
    expect(gone).toMatchObject({ code: "STORAGE_BUSY", retryable: true });
    expect((gone as Error).message).toContain("doesn't answer");
    await server().start();
    expect(await store.progress(ACCOUNT)).toMatchObject({ through: "8" });
    await store.keepPage(ACCOUNT, aPage(["9"], "8"));
    expect((await rowsOf(store)).map(({ id }) => id)).toEqual(["7", "8", "9"]);
  });

  it("keeps nothing of an import in which the server dies, and all of it when it is run again", async () => {
    const url = await server().createDatabase();
    const store = aServerHistory(url);
    const dying = async function* () {
      yield manyRows(3_000);
      await server().kill();
      yield manyRows(10);
    };
    await expect(store.importRows(dying())).rejects.toMatchObject({
      code: "STORAGE_BUSY",
      message: expect.stringContaining("Nothing was imported."),
    });
    await server().start();
    expect(await rowsOf(store)).toEqual([]);
    expect(await store.importRows(inBatches(manyRows(3_000)))).toMatchObject({ stored: 3_000 });
  });

  it("keeps all of a page or nothing when its connection breaks in the middle", async () => {
    const url = await server().createDatabase();
    const [store, other] = [aServerHistory(url), aServerHistory(url)];
    await store.keepPage(ACCOUNT, aPage(["7"]));
    const holding = async function* () {
      yield [aRow({ id: "50" })];
      const page = store.keepPage(ACCOUNT, aPage(["8", "9"], "7"));
      const outcome = page.catch((error: unknown) => error);
      await untilActive(server(), url, "wait_event_type = 'Lock'");
      await server().run(
        databaseOf(url),
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
      );
      expect(await outcome).toMatchObject({ code: "STORAGE_BUSY", retryable: true });
    };
    await other.importRows(holding());
    expect(await store.progress(ACCOUNT)).toMatchObject({ through: "7" });
    expect((await rowsOf(store)).map(({ id }) => id)).toEqual(["7", "50"]);
    await store.keepPage(ACCOUNT, aPage(["8", "9"], "7"));
    expect(await rowsOf(store)).toHaveLength(4);
  });

  it("fails a read whose connection breaks in the middle, and reads all of it the next time", async () => {
    const url = await server().createDatabase();
    const store = aServerHistory(url);
    await store.importRows(inBatches(manyRows(2_500), 1_000));
    const read = async () => {
      for await (const _ of store.rows(EVERYTHING)) await cutConnections(server(), url);
    };
    await expect(read()).rejects.toMatchObject({ code: "STORAGE_BUSY", retryable: true });
    expect(await rowsOf(store)).toHaveLength(2_500);
  });

  it("reads lines as they are at one moment, while others write and a new month begins", async () => {
    const url = await server().createDatabase();
    const [store, other] = [aServerHistory(url), aServerHistory(url)];
    await store.importRows(inBatches(manyRows(2_500), 1_000));
    const read: HistoryRow[] = [];
    for await (const rows of store.rows(EVERYTHING)) {
      if (read.length === 0) {
        const late = ["2025-01-01", "2026-03-02", "2027-08-01"].map((day) =>
          aRow({ id: `late ${day}`, time: instant(`${day}T23:00:00Z`) }),
        );
        expect(await other.importRows(inBatches(late))).toMatchObject({ stored: 3 });
      }
      read.push(...rows);
    }
    expect(read).toHaveLength(2_500);
    expect(await rowsOf(store)).toHaveLength(2_503);
  });

  it("has a partition for each month with a line, whatever the year", async () => {
    const url = await server().createDatabase();
    const store = aServerHistory(url);
    const times = ["0000-05-01", "0001-12-31", "1999-12-31", "2026-03-02", "9999-12-31"].map(
      (day) => instant(`${day}T23:59:59.999999999Z`),
    );
    const rows = times.map((time, index) => aRow({ id: `${index}`, time, amount: "1" }));
    await store.importRows(inBatches(rows.toReversed()));
    expect(await rowsOf(store)).toEqual(rows);
    expect(await rowsOf(store, { from: times[1] ?? null, before: times[4] ?? null })).toEqual(
      rows.slice(1, 4),
    );
    expect(await store.find("0", EVERYTHING)).toHaveLength(1);
    expect((await store.sums(EVERYTHING, [])).map(({ from }) => from.slice(0, 4))).toEqual([
      "0000",
      "0001",
      "1999",
      "2026",
      "9999",
    ]);
    const partitions = await server().run(
      databaseOf(url),
      "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'tmt_broker.transactions'::regclass ORDER BY 1",
    );
    expect(partitions.map(({ name }) => name)).toEqual(
      ["0001_01", "0001_12", "1999_12", "2026_03", "9999_12"].map(
        (month) => `tmt_broker.transactions_${month}`,
      ),
    );
  });

  it("keeps one line for an id, also when the broker says another month", async () => {
    const url = await server().createDatabase();
    const store = aServerHistory(url);
    await store.importRows(inBatches([aRow({ time: instant("2025-01-01T00:00:00Z") })]));
    await store.keepPage(ACCOUNT, aPage(["7"]));
    expect((await rowsOf(store)).map(({ id, time }) => [id, time.slice(0, 7)])).toEqual([
      ["7", "2026-03"],
    ]);
  });

  it("lets one computer read a log at a time; the lock of one that dies goes with its connection", async () => {
    const url = await server().createDatabase();
    const [one, two] = [aServerHistory(url), aServerHistory(url)];
    // What another computer's process is doing, nobody can tell from here.
    const isAlive = () => false;
    expect(await one.claim(ACCOUNT, { owner: "one:1:1", isAlive })).toBeNull();
    expect(await two.claim(ACCOUNT, { owner: "two:1:1", isAlive })).toBe("one:1:1");
    const other = { ...ACCOUNT, account: "another" };
    expect(await two.claim(other, { owner: "two:1:1", isAlive })).toBeNull();
    await cutConnections(server(), url);
    await expect(one.progress(ACCOUNT)).rejects.toMatchObject({ code: "STORAGE_BUSY" });
    await expect(two.progress(ACCOUNT)).rejects.toMatchObject({ code: "STORAGE_BUSY" });
    expect(await two.claim(ACCOUNT, { owner: "two:1:1", isAlive })).toBeNull();
    expect(await one.claim(ACCOUNT, { owner: "one:1:1", isAlive })).toBe("two:1:1");
    await one.release(ACCOUNT, "one:1:1");
    expect(await one.claim(ACCOUNT, { owner: "one:1:1", isAlive })).toBe("two:1:1");
    await two.release(ACCOUNT, "two:1:1");
    expect(await one.claim(ACCOUNT, { owner: "one:1:1", isAlive })).toBeNull();
  });

  it("takes two imports and two first users at once", async () => {
    const url = await server().createDatabase();
    const stores = Array.from({ length: 4 }, () => aServerHistory(url));
    const counts = await Promise.all(
      stores.map((store) => store.importRows(inBatches(manyRows(1_000), 100))),
    );
    expect(counts.map(({ stored }) => stored).toSorted()).toEqual([0, 0, 0, 1_000]);
    expect(await rowsOf(stores[0] ?? aServerHistory(url))).toHaveLength(1_000);
  });

  it("reads a read-only database, and says that nothing can be kept there", async () => {
    const url = await server().createDatabase();
    const store = aServerHistory(url);
    await store.importRows(inBatches([aRow()]));
    await server().run(
      "postgres",
      `ALTER DATABASE ${databaseOf(url)} SET default_transaction_read_only = on`,
    );
    const later = aServerHistory(url);
    expect(await rowsOf(later)).toHaveLength(1);
    const refused = { code: "STORAGE_FULL", message: expect.stringContaining("read-only") };
    await expect(later.importRows(inBatches([aRow({ id: "8" })]))).rejects.toMatchObject(refused);
    await expect(later.keepPage(ACCOUNT, aPage(["8"]))).rejects.toMatchObject(refused);
  });

  it("says what is wrong with a database that isn't there, isn't ours to change, can't hold all texts or is newer", async () => {
    const url = await server().createDatabase();
    const { port, run } = server();
    await expect(aServerHistory(`${url}x`).accounts()).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      hint: expect.stringContaining("createdb"),
    });
    await run("postgres", "CREATE ROLE guest LOGIN");
    const guest = aServerHistory(`postgres://guest@127.0.0.1:${port}/${databaseOf(url)}`);
    await expect(guest.accounts()).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    // An administrator may give a user no more than the schema.
    await run(databaseOf(url), "CREATE SCHEMA tmt_broker AUTHORIZATION guest");
    expect(await guest.accounts()).toEqual([]);
    await run(
      "postgres",
      "CREATE DATABASE latin ENCODING LATIN1 LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
    );
    await expect(
      aServerHistory(`postgres://tmt@127.0.0.1:${port}/latin`).accounts(),
    ).rejects.toMatchObject({ code: "CONFIG_INVALID", message: expect.stringContaining("LATIN1") });
    await aServerHistory(url).accounts();
    await run(databaseOf(url), "INSERT INTO tmt_broker.schema_versions (version) VALUES (99)");
    await expect(aServerHistory(url).accounts()).rejects.toMatchObject({
      code: "STORAGE_CORRUPT",
      hint: expect.stringContaining("Upgrade"),
    });
  });

  it("refuses a text that PostgreSQL can't keep, with nothing imported", async () => {
    const store = aServerHistory(await server().createDatabase());
    const rows = [aRow(), aRow({ id: "8", agent: "a\0b" })];
    await expect(store.importRows(inBatches(rows))).rejects.toMatchObject({ code: "USAGE" });
    expect(await rowsOf(store)).toEqual([]);
  });

  it("says what still works when there is no server", async () => {
    const { port } = new URL(await server().createDatabase());
    await server().kill();
    const gone = await aServerHistory(`postgres://tmt@127.0.0.1:${port}/x`)
      .accounts()
      .catch((error: unknown) => error);
    await server().start();
    expect(gone).toMatchObject({
      code: "STORAGE_BUSY",
      retryable: true,
      hint: expect.stringContaining("Prices, positions and closing work without it"),
    });
  });

  it("doesn't wait for ever for a server that takes connections and answers none", async () => {
    const url = await server().createDatabase();
    const outcome = await whileFrozen(() =>
      aServerHistory(`${url}?connect_timeout=1`)
        .accounts()
        .catch((error: unknown) => error),
    );
    expect(outcome).toMatchObject({ code: "STORAGE_BUSY", retryable: true });
  });
});

describe.skipIf(!hasPostgres)("an interrupted command", () => {
  it("doesn't wait for a server that hangs, and calls that no failure of the server's", async () => {
    const url = await server().createDatabase();
    const interrupted = new AbortController();
    const store = aServerHistory(url, { signal: interrupted.signal });
    await store.accounts();
    const outcome = await whileFrozen(() => {
      const reading = store.accounts().catch((error: unknown) => error);
      interrupted.abort(new Error("interrupted"));
      return reading;
    });
    expect(outcome).toEqual(new Error("interrupted"));
    await expect(store.accounts()).rejects.toThrow("interrupted");
  });
});

const PASSWORDS =
  "local all all trust\nhost all tmt 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
const guarded = serverOfFile({ access: PASSWORDS });

describe.skipIf(!hasPostgres)("a server that asks for a password", () => {
  it("lets the right one in, refuses another, and neither is told to anybody", async () => {
    const url = await guarded().createDatabase();
    const name = databaseOf(url);
    await guarded().run("postgres", "CREATE ROLE trader LOGIN PASSWORD 'ca:na ry\\é'");
    await guarded().run("postgres", `ALTER DATABASE ${name} OWNER TO trader`);
    const address = `postgres://trader@127.0.0.1:${guarded().port}/${name}`;
    const right = aServerHistory(address, { password: async () => "ca:na ry\\é" });
    expect(await right.accounts()).toEqual([]);
    const wrong = aServerHistory(address, { password: async () => "wrong-canary" });
    const failure = await wrong.accounts().catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: "CREDENTIALS_INVALID",
      hint: expect.stringContaining("history login"),
    });
    expect(JSON.stringify([failure, (failure as Error).message])).not.toContain("canary");
    expect(readServerAddress(address, {}).name).toBe(`trader@127.0.0.1:${guarded().port}/${name}`);
  });
});
