import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { auditChain } from "../../../src/compliance/audit/chain.ts";
import { openDatabase } from "../../../src/history/sqlite/database.ts";
import { MIGRATIONS } from "../../../src/history/sqlite/migrations.ts";
import { openStore } from "../../../src/history/sqlite/store.ts";
import { anIntent, at, keyOf, slowMigration } from "./records.ts";
import { aStore, temporaryFolder, temporaryPath } from "./support.ts";

vi.setConfig({ testTimeout: 120_000 });

const PROGRAM = join(import.meta.dirname, "process.ts");
const NOBODY = 65_534;
const isWindows = process.platform === "win32";

type Child = ChildProcessByStdio<Writable, Readable, null>;

function started(child: Child): { readonly child: Child; readonly lines: AsyncIterator<string> } {
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() };
}

function start(...words: readonly string[]) {
  const stdio: ["pipe", "pipe", "inherit"] = ["pipe", "pipe", "inherit"];
  return started(spawn(process.execPath, [PROGRAM, ...words], { stdio }));
}

async function lineOf({ lines }: ReturnType<typeof started>): Promise<string> {
  const line = await lines.next();
  return line.done ? "(the process ended)" : line.value;
}

async function ended({ child }: ReturnType<typeof started>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

async function kill({ child }: ReturnType<typeof started>): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

describe("several processes with one database", () => {
  it("may all be the first to open it, and lose no order and no audit entry", async () => {
    const path = temporaryPath();
    const processes = ["a", "b", "c", "d"].map((name) => start("trade", path, name));
    await Promise.all(processes.map(lineOf));
    for (const { child } of processes) child.stdin.write("go\n");
    expect(await Promise.all(processes.map(lineOf))).toEqual(Array(4).fill("done"));
    const { journal, audit } = aStore(path);
    expect(await journal.unsettled("paper", "001")).toHaveLength(100);
    expect((await audit.verify([audit.anchored()])).entries).toBe(100);
  });

  it("PR-01 an order of a process killed after writing it is found unsettled", async () => {
    const path = temporaryPath();
    const process = start("hangAfterOpen", path, "tmt-1");
    expect(await lineOf(process)).toBe("opened");
    await kill(process);
    const { journal, audit } = aStore(path);
    const [intent, ...others] = await journal.unsettled("paper", "001");
    expect(others).toEqual([]);
    expect(intent).toMatchObject({
      clientOrderId: "tmt-1",
      state: "sending",
      owner: "desk:4711:1",
    });
    expect(intent?.request.units.toString()).toBe("10000");
    expect((await audit.verify([audit.anchored()])).entries).toBe(1);
    await journal.settle(keyOf(anIntent("tmt-1")), { status: "filled" }, []);
    expect(await journal.unsettled("paper", "001")).toEqual([]);
  });

  it("PR-06 a process killed inside a write leaves nothing half done or locked", async () => {
    const path = temporaryPath();
    const process = start("hangInTransaction", path);
    expect(await lineOf(process)).toBe("locked");
    const { halts, journal } = aStore(path);
    await expect(journal.open(anIntent("tmt-1"), [])).rejects.toMatchObject({
      code: "STORAGE_BUSY",
    });
    await kill(process);
    await journal.open(anIntent("tmt-1"), []);
    expect(await halts.haltOf("paper")).toBeNull();
  });
});

describe("a migration", () => {
  it("DB-06 killed half way has changed nothing, and goes through the next time", async () => {
    const path = temporaryPath();
    const before = aStore(path);
    await before.halts.halt(null, { since: at(0), reason: "as it was" });
    before.close();
    const migrating = start("migrate", path);
    expect(await lineOf(migrating)).toBe("ready");
    // It has begun once it writes more than opening does.
    const size = () => statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    await vi.waitUntil(() => size() > 1_000_000, { timeout: 60_000 });
    await kill(migrating);
    expect(await aStore(path).halts.haltOf("paper")).toMatchObject({ reason: "as it was" });
    const migrations = [...MIGRATIONS, slowMigration(1_000)];
    const after = openStore(path, { chain: auditChain, migrations });
    expect(await after.halts.haltOf("paper")).toMatchObject({ reason: "migrated" });
    after.close();
  }, 90_000);

  it("DB-06 of a large database keeps every row", async () => {
    const path = temporaryPath();
    const rows = 100_000;
    openDatabase(path, { migrations: [...MIGRATIONS, slowMigration(rows)] }).close();
    const newest = slowMigration(0).version + 1;
    const next = { version: newest, sql: "ALTER TABLE filler ADD COLUMN venue TEXT DEFAULT 'x'" };
    const rewrite = {
      version: newest + 1,
      sql: `CREATE TABLE kept AS SELECT * FROM filler; DROP TABLE filler;
        ALTER TABLE kept RENAME TO filler`,
    };
    const migrations = [...MIGRATIONS, slowMigration(rows), next, rewrite];
    const { connection } = openDatabase(path, { migrations });
    const sum = connection.prepare("SELECT count(*) AS rows, sum(n) AS sum FROM filler").get();
    connection.close();
    expect(sum).toEqual({ rows, sum: (rows * (rows + 1)) / 2 });
  });
});

describe.skipIf(isWindows)("a disk that refuses", () => {
  it("DB-01 keeps every order that was acknowledged before it was full", async () => {
    const path = temporaryPath();
    const command = `ulimit -f 400; exec "$0" "$@"`;
    const words = ["-c", command, process.execPath, PROGRAM, "fill", path, "tmt"];
    const child = started(spawn("sh", words, { stdio: ["pipe", "pipe", "inherit"] }));
    const acknowledged: string[] = [];
    let line = await lineOf(child);
    for (; line.startsWith("tmt-"); line = await lineOf(child)) acknowledged.push(line);
    expect(JSON.parse(line)).toMatchObject({ code: "STORAGE_FULL" });
    expect(line).toContain("nothing was sent");
    // While it ends, it may have the file for itself.
    await ended(child);
    const { journal, audit } = aStore(path);
    const stored = await journal.unsettled("paper", "001");
    expect(stored.map(({ clientOrderId }) => clientOrderId)).toEqual(acknowledged);
    expect((await audit.verify([audit.anchored()])).entries).toBe(acknowledged.length);
    expect(acknowledged.length).toBeGreaterThan(0);
  });

  it.each([
    ["no database yet", false],
    ["a database", true],
  ])(
    "DB-01 a folder that is read-only, with %s, is named with what to do",
    async (_what, exists) => {
      const folder = temporaryFolder();
      const path = join(folder, "data", "tmt.db");
      if (exists) aStore(path).close();
      else mkdirSync(dirname(path));
      chmodSync(folder, 0o755);
      chmodSync(dirname(path), 0o555);
      if (exists) chmodSync(path, 0o444);
      const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
      const words = [PROGRAM, "open", path, "tmt-1"];
      const child = started(
        spawn(process.execPath, words, { stdio: ["pipe", "pipe", "inherit"], ...user }),
      );
      const failure: unknown = JSON.parse(await lineOf(child));
      expect(failure).toMatchObject({ code: "STORAGE_FULL" });
      expect(failure).toMatchObject({ message: expect.stringContaining(path) });
      expect(failure).toMatchObject({ hint: expect.stringContaining("its folder") });
    },
  );
});
