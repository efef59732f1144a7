import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { aRow } from "../support/history-rows.ts";
import { type Finished, finished, newUser, PATIENCE, type User } from "../support/program.ts";
import {
  aServerHistory,
  databaseOf,
  hasPostgres,
  serverOfFile,
  untilActive,
} from "../support/server-history.ts";
import { smallDisks } from "../support/small-disk.ts";

vi.setConfig(PATIENCE);

const PASSWORDS =
  "local all all trust\nhost all tmt 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
const server = serverOfFile({ access: PASSWORDS });
/** Enough that a program is busy with them for a while. */
const ROWS = 40_000;
const HEADER = "id,time,type,instrument,side,units,price,realizedPl,currency";
const WRITES = "query LIKE 'WITH lines%'";

function statement(count: number, first = 1): string {
  const lines = Array.from({ length: count }, (_, index) => {
    const time = new Date(Date.UTC(2025, 10, 1) + index * 60_000).toISOString();
    return `${first + index},${time},fill,EUR_USD,${index % 2 ? "sell" : "buy"},1,1.0810,0.25,USD`;
  });
  return `${HEADER}\n${lines.join("\n")}\n`;
}

async function done(user: User, words: string | readonly string[], stdin = ""): Promise<string> {
  const { code, stdout, stderr } = await user.run(words, { stdin });
  expect(code, stderr).toBe(0);
  return stdout;
}

async function use(user: User, url: string): Promise<User> {
  await done(user, ["config", "set", "history.database", url]);
  return user;
}

/** A user with orders on paper, a large statement and a history here of both. */
async function aTrader(): Promise<User & { readonly file: string }> {
  const user = newUser();
  const file = join(user.home, "big.csv");
  writeFileSync(file, statement(ROWS));
  await done(user, "order buy EUR_USD 1000 --sl 20p");
  return { ...user, file };
}

function expectFailure({ code, stdout, stderr }: Finished, exit: number, words: RegExp): void {
  expect([code, stdout], stderr).toEqual([exit, ""]);
  expect(stderr).toMatch(words);
}

async function countIn(user: User, account = ""): Promise<number> {
  const lines = await done(user, `history export --all --format jsonl ${account}`);
  return lines.split("\n").length - 1;
}

/** Runs a command, and the server dies as soon as a connection of the program's fits `condition`; then it starts again. */
async function whileServerDies(
  user: User,
  words: readonly string[],
  { url, condition }: { readonly url: string; readonly condition: string },
): Promise<Finished> {
  const child = user.start(words);
  const end = finished(child);
  await untilActive(server(), url, condition);
  await server().kill();
  const outcome = await end;
  await server().start();
  return outcome;
}

describe.skipIf(!hasPostgres)("a server that dies", () => {
  it("in the middle of an import, a copy and an export fails each, and the next run does it", async () => {
    const url = await server().createDatabase();
    const user = await use(await aTrader(), url);
    const { file } = user as Awaited<ReturnType<typeof aTrader>>;
    const importing = ["history", "import", file, "-a", "x", "--json"];
    const gone = /doesn't answer|ended the connection|going down/;
    const dying = { url, condition: WRITES };
    expectFailure(await whileServerDies(user, importing, dying), 9, gone);
    expect(await countIn(user)).toBe(0);
    expect(JSON.parse(await done(user, importing))).toMatchObject({ stored: ROWS, known: 0 });
    const output = join(user.home, "out.csv");
    const exporting = ["history", "export", "--all", "-o", output];
    const fetching = { url, condition: "query LIKE 'FETCH%'" };
    expectFailure(await whileServerDies(user, exporting, fetching), 9, gone);
    expect(existsSync(output)).toBe(false);
    await done(user, exporting);
    await use(user, "sqlite");
    await done(user, importing);
    const target = await server().createDatabase();
    const copying = ["history", "migrate", "--to", target, "--json"];
    const outcome = await whileServerDies(user, copying, { url: target, condition: WRITES });
    expectFailure(outcome, 9, gone);
    const [account] = JSON.parse(await done(user, copying)).accounts;
    expect(account).toMatchObject({ account: "x", rows: ROWS, others: 0 });
    expect(account.copied).toBeLessThanOrEqual(ROWS);
  });

  it("in the middle of a sync fails it, and the next one reads on", async () => {
    const url = await server().createDatabase();
    const user = await use(await aTrader(), url);
    await done(user, "history sync");
    const before = await countIn(user);
    await done(user, "positions close EUR_USD");
    const account = { connection: "paper", account: "paper-001" };
    const holding = async function* () {
      yield [aRow({ id: "held", ...account })];
      const lock = { url, condition: "wait_event_type = 'Lock'" };
      const outcome = await whileServerDies(user, ["history", "sync"], lock);
      expectFailure(outcome, 9, /doesn't answer|ended the connection|going down/);
    };
    await expect(aServerHistory(url).importRows(holding())).rejects.toMatchObject({
      code: "STORAGE_BUSY",
    });
    expect(await countIn(user)).toBe(before);
    await done(user, "history sync");
    expect(await countIn(user)).toBeGreaterThan(before);
    await done(user, "history reconcile");
  });
});

describe.skipIf(!hasPostgres)("a server that says no", () => {
  it("has no connection left, gives no right or has another password: each by its exit code, and then goes on", async () => {
    const url = await server().createDatabase();
    const user = await use(newUser(), url);
    await done(user, "history import - -a x", statement(3));
    await server().run("postgres", `ALTER DATABASE ${databaseOf(url)} CONNECTION LIMIT 1`);
    await server().run("postgres", "CREATE ROLE few LOGIN PASSWORD 'one'");
    await server().run(
      databaseOf(url),
      "GRANT USAGE ON SCHEMA tmt_broker TO few; GRANT ALL ON ALL TABLES IN SCHEMA tmt_broker TO few",
    );
    const other = { env: { PGPASSWORD: "one" } };
    await use(user, url.replace("tmt@", "few@"));
    // An export reads over a second connection.
    const output = join(user.home, "out.csv");
    for (const words of [`history export --all -o ${output}`, "history import - -a x"]) {
      const outcome = await user.run(words, { ...other, stdin: statement(3, 10) });
      expectFailure(outcome, 9, /takes no more connections/);
    }
    await server().run("postgres", `ALTER DATABASE ${databaseOf(url)} CONNECTION LIMIT -1`);
    expect(existsSync(output)).toBe(false);
    const again = await user.run("history export --all", other);
    expect([again.code, again.stdout.split("\n").length]).toEqual([0, 5]);
    // A right that is missing, and a password that has changed.
    const months = await user.run("history import - -a x", {
      ...other,
      stdin: statement(3, 20).replaceAll("2025-", "2024-"),
    });
    expectFailure(months, 3, /doesn't let few@.*Nothing was imported/);
    await server().run("postgres", "ALTER ROLE few PASSWORD 'two'");
    expectFailure(await user.run("history list --all", other), 3, /refuses few@.*28P01/);
    expect((await user.run("history list --all", { env: { PGPASSWORD: "two" } })).code).toBe(0);
  });

  it("takes no writes: exit 9, and lists and exports go on", async () => {
    const url = await server().createDatabase();
    const user = await use(newUser(), url);
    await done(user, "order buy EUR_USD 1000 --sl 20p");
    await done(user, "history sync");
    const before = await done(user, "history export");
    await server().run(
      "postgres",
      `ALTER DATABASE ${databaseOf(url)} SET default_transaction_read_only = on`,
    );
    expectFailure(await user.run("history sync"), 9, /read-only.*standby/);
    expectFailure(
      await user.run("history import - -a x", { stdin: statement(3) }),
      9,
      /read-only.*Nothing was imported/,
    );
    expect(await done(user, "history export")).toBe(before);
    await done(user, "history retention --json");
    await done(user, "order buy EUR_USD 1000 --sl 20p");
  });
});

describe.skipIf(!hasPostgres).each(smallDisks().filter(([name]) => name.includes("file system")))(
  "a server's disk %s and is full",
  (_name, open) => {
    it("keeps all or nothing, and goes on when there is room (DB-01)", async () => {
      const disk = open();
      onTestFinished(() => disk.remove());
      spawnSync("chown", ["postgres:postgres", disk.path]);
      const name = "on_a_small_disk";
      await server().run("postgres", `CREATE TABLESPACE small LOCATION '${disk.path}'`);
      await server().run("postgres", `CREATE DATABASE ${name} TABLESPACE small`);
      onTestFinished(async () => {
        disk.free();
        await server().run("postgres", `DROP DATABASE ${name} WITH (FORCE)`);
        await server().run("postgres", "DROP TABLESPACE small");
      });
      const user = await use(await aTrader(), `postgres://tmt@127.0.0.1:${server().port}/${name}`);
      await done(user, "history sync");
      await done(user, "history import - -a x", statement(10));
      const before = await done(user, "history export --all");
      disk.fill();
      const many = statement(5_000, 100);
      const full = await user.run("history import - -a x", { stdin: many });
      expectFailure(full, 9, /has no room left.*Nothing was imported/);
      expect(await done(user, "history export --all")).toBe(before);
      await done(user, "order buy EUR_USD 1000 --sl 20p");
      disk.free();
      expect(JSON.parse(await done(user, "history import - -a x --json", many))).toMatchObject({
        stored: 5_000,
      });
      await done(user, "history sync");
      await done(user, "history reconcile");
    });
  },
);
