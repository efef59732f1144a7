import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  type DatabaseOptions,
  type LocalDatabase,
  openDatabase,
} from "../../../src/history/sqlite/database.ts";
import { MIGRATIONS, type Migration } from "../../../src/history/sqlite/migrations.ts";
import { anIntent } from "./records.ts";
import { aStore, bareConnection, failureOf, temporaryPath } from "./support.ts";

const NEWEST = MIGRATIONS.at(-1)?.version ?? 0;

function open(path: string, options: DatabaseOptions = {}): LocalDatabase {
  const database = openDatabase(path, { busyTimeoutMs: 50, ...options });
  onTestFinished(() => database.close());
  return database;
}

function pragma(database: LocalDatabase, name: string): unknown {
  return database.connection.pragma(name, { simple: true });
}

/** Where in the file the first page of a table is. */
function pageOf(path: string, table: string) {
  const connection = bareConnection(path);
  const find = connection.prepare("SELECT rootpage FROM sqlite_schema WHERE name = ?").pluck();
  const page = Number(find.get(table));
  const size = Number(connection.pragma("page_size", { simple: true }));
  connection.close();
  return { from: (page - 1) * size, to: page * size };
}

/** A closed database with some pages of content. */
function aClosedDatabase(): string {
  const path = temporaryPath();
  const { connection } = openDatabase(path);
  connection.exec("CREATE TABLE filler (x); INSERT INTO filler VALUES (zeroblob(100000))");
  connection.close();
  return path;
}

describe("opening the user's database", () => {
  it.skipIf(process.platform === "win32")("makes folder and file for the user alone", () => {
    const path = temporaryPath();
    open(path);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    for (const suffix of ["", "-wal", "-shm"]) {
      expect(statSync(path + suffix).mode & 0o777).toBe(0o600);
    }
  });

  it("flushes every commit, says whose file it is, and bounds the write-ahead log", () => {
    const path = temporaryPath();
    openDatabase(path).close();
    const again = open(path);
    const settings = ["journal_mode", "synchronous", "foreign_keys", "user_version"];
    expect(settings.map((name) => pragma(again, name))).toEqual(["wal", 2, 1, NEWEST]);
    expect(readFileSync(path).toString("latin1", 68, 72)).toBe("TMTB");
    expect(pragma(again, "journal_size_limit")).toBe(16 * 1024 * 1024);
  });

  it("brings a restored copy without a write-ahead log back to one", () => {
    const path = temporaryPath();
    const copy = `${path}.copy`;
    open(path).connection.exec(`VACUUM INTO '${copy}'`);
    expect(pragma(open(copy), "journal_mode")).toBe("wal");
  });

  it("DB-05 leaves another program's database as it is", () => {
    const path = aClosedDatabase();
    const other = bareConnection(path);
    other.pragma("application_id = 252006673");
    other.close();
    const before = readFileSync(path);
    const failure = failureOf(() => open(path));
    expect(failure).toMatchObject({ code: "STORAGE_CORRUPT", retryable: false, sent: false });
    expect(failure.message).toMatch(/not ours.*Nothing was sent\./);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it("DB-05 leaves a nameless database with tables as it is", () => {
    const path = `${aClosedDatabase()}.other`;
    const other = bareConnection(path);
    other.exec("CREATE TABLE accounts (id)");
    expect(failureOf(() => open(path)).message).toContain("not ours");
  });

  it("DB-05 refuses a database of a newer version and says to upgrade", () => {
    const path = aClosedDatabase();
    const newer = bareConnection(path);
    newer.pragma(`user_version = ${NEWEST + 1}`);
    newer.close();
    const failure = failureOf(() => open(path));
    expect(failure.code).toBe("STORAGE_CORRUPT");
    expect(failure.message).toContain(
      `newer version of tmt-broker (schema ${NEWEST + 1}; this one knows up to ${NEWEST})`,
    );
    expect(failure.hint).toContain("Upgrade tmt-broker");
  });

  it.each<[string, (path: string) => void]>([
    ["text", (path) => writeFileSync(path, "timestamp,open,high,low,close\n".repeat(400))],
    ["a file cut short", (path) => truncateSync(path, 5000)],
    ["a header full of zeros", (path) => overwrite(path, { from: 0, to: 100 })],
  ])("DB-05 refuses %s, and offers a way back", (_what, damage) => {
    const path = aClosedDatabase();
    damage(path);
    const failure = failureOf(() => open(path).connection.prepare("SELECT x FROM filler").all());
    expect(failure.code).toBe("STORAGE_CORRUPT");
    expect(failure.message).toContain("Nothing was sent.");
    expect(failure.hint).toContain("backup in its place");
  });

  it("DB-05 says so when a page turns out damaged later", () => {
    const path = aClosedDatabase();
    overwrite(path, pageOf(path, "intents"));
    const database = open(path);
    const read = () => database.connection.prepare("SELECT * FROM intents").all();
    const failure = failureOf(() => database.read("Nothing was sent.", read));
    expect(failure).toMatchObject({ code: "STORAGE_CORRUPT", sent: false });
    expect(failure.cause).toBeInstanceOf(Database.SqliteError);
  });

  it("DB-05 says so when tables are missing", () => {
    const path = aClosedDatabase();
    const other = bareConnection(path);
    other.exec("DROP TABLE halts");
    const failure = failureOf(() =>
      open(path).read("Nothing was sent.", () => other.prepare("SELECT * FROM halts").get()),
    );
    expect(failure).toMatchObject({
      code: "STORAGE_CORRUPT",
      details: { reported: "SQLITE_ERROR" },
    });
  });

  it("DB-01 says which file can't be made", () => {
    const path = temporaryPath();
    mkdirSync(dirname(path));
    writeFileSync(join(dirname(path), "file"), "");
    const inFile = join(dirname(path), "file", "tmt.db");
    for (const impossible of [inFile, dirname(path)]) {
      const failure = failureOf(() => open(impossible));
      expect(failure.code).toBe("STORAGE_FULL");
      expect(failure.message).toContain(`${impossible} can't be written`);
      expect(failure.hint).toContain("Free space");
    }
  });

  it("reports what is not a fault of the disk as it is", () => {
    const database = open(temporaryPath());
    const bug = new TypeError("a bug");
    const fail = () => {
      throw bug;
    };
    expect(() => database.write("Nothing was sent.", fail)).toThrow(bug);
    expect(database.connection.inTransaction).toBe(false);
    const forbidden = () => database.connection.exec("INSERT INTO halts VALUES (NULL, NULL, NULL)");
    expect(failureOf(() => database.write("Nothing was sent.", forbidden)).code).toBe("INTERNAL");
  });
});

const STEPS: readonly Migration[] = [
  {
    version: 1,
    sql: "CREATE TABLE fills (id TEXT, price TEXT); INSERT INTO fills VALUES ('1', '1.0810')",
  },
  { version: 2, sql: "ALTER TABLE fills ADD COLUMN venue TEXT NOT NULL DEFAULT 'paper'" },
  { version: 3, sql: "CREATE INDEX fills_by_venue ON fills (venue)" },
];

describe("bringing a database up to date", () => {
  it.each([0, 1, 2, 3])("goes from version %i to the newest and keeps what is there", (version) => {
    const path = temporaryPath();
    openDatabase(path, { migrations: STEPS.slice(0, version) }).close();
    const database = open(path, { migrations: STEPS });
    expect(pragma(database, "user_version")).toBe(3);
    expect(database.connection.prepare("SELECT * FROM fills").all()).toEqual([
      { id: "1", price: "1.0810", venue: "paper" },
    ]);
  });

  it("DB-06 changes nothing when a step fails half way", () => {
    const path = temporaryPath();
    openDatabase(path, { migrations: STEPS.slice(0, 1) }).close();
    const broken = { version: 3, sql: "DELETE FROM fills; CREATE TABLE fills (id)" };
    expect(() => open(path, { migrations: [...STEPS.slice(0, 2), broken] })).toThrow();
    const database = open(path, { migrations: STEPS.slice(0, 1) });
    expect(database.connection.prepare("SELECT * FROM fills").all()).toEqual([
      { id: "1", price: "1.0810" },
    ]);
  });
});

describe("a database that others use too", () => {
  it("DB-03 waits for another process's write, then says that nothing was sent", () => {
    const path = temporaryPath();
    const database = open(path);
    bareConnection(path).exec("BEGIN IMMEDIATE");
    const failure = failureOf(() => database.write("Nothing was sent.", () => 1));
    expect(failure).toMatchObject({ code: "STORAGE_BUSY", retryable: true, sent: false });
    expect(failure.message).toMatch(/locked by another process .*Nothing was sent\./);
  });

  it("DB-03 opens and reads while another process writes", () => {
    const path = temporaryPath();
    open(path);
    bareConnection(path).exec("BEGIN IMMEDIATE");
    const read = () => open(path).connection.prepare("SELECT count(*) FROM intents").pluck().get();
    expect(read()).toBe(0);
  });

  it("DB-03 gives a new file time when another process holds it, then says that it is busy", () => {
    const path = temporaryPath();
    mkdirSync(dirname(path));
    const other = bareConnection(path);
    other.exec("BEGIN IMMEDIATE");
    expect(failureOf(() => open(path)).code).toBe("STORAGE_BUSY");
  });

  it("DB-03 cuts the write-ahead log back after a long reader is gone", async () => {
    const store = aStore();
    const reader = bareConnection(store.path);
    reader.exec("BEGIN; SELECT * FROM sqlite_schema");
    for (let step = 0; step < 10; step += 1) {
      store.venue.transact("001", (records) => records.saveState(`${step}`.repeat(2_000_000)));
    }
    const outgrown = statSync(`${store.path}-wal`).size;
    reader.exec("COMMIT");
    await store.journal.open(anIntent("tmt-1"), []);
    await store.journal.open(anIntent("tmt-2"), []);
    expect(outgrown).toBeGreaterThan(16 * 1024 * 1024);
    expect(statSync(`${store.path}-wal`).size).toBeLessThanOrEqual(16 * 1024 * 1024);
  });
});

function overwrite(path: string, range: { readonly from: number; readonly to: number }): void {
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0, range.from, range.to));
}
