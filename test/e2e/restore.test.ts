import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it, vi } from "vitest";
import { killedAtFiles } from "../support/killed-steps.ts";
import { fillsByClientId, newUser, PATIENCE, type User, type Words } from "../support/program.ts";
import { openVenue, type Venue } from "../support/venue.ts";

vi.setConfig({ ...PATIENCE, testTimeout: 300_000 });

const HEADER = "id,time,type,instrument,side,units,price,realizedPl,currency";
const ROW = "2026-03-01T12:00:00Z,fill,EUR_USD,buy,1,1.0,0,USD";

async function done(user: User, words: Words, stdin = ""): Promise<string> {
  const { code, stdout, stderr } = await user.run(words, { stdin });
  expect(code, stderr).toBe(0);
  return stdout;
}

async function documentOf(user: User, words: Words) {
  return JSON.parse(
    await done(user, [...(typeof words === "string" ? words.split(" ") : words), "--json"]),
  );
}

function fileOf({ home }: User): string {
  return join(home, "tmt-broker.db");
}

function keptAside({ home }: User): readonly string[] {
  return readdirSync(home).filter((name) => name.includes(".before-restore-"));
}

function drafts({ home }: User): readonly string[] {
  return readdirSync(home).filter((name) => /\.(restore|part)/.test(name));
}

async function importOf(user: User, ids: readonly string[]): Promise<void> {
  const lines = ids.map((id) => `${id},${ROW}`);
  await done(user, "history import - -a x", `${HEADER}\n${lines.join("\n")}\n`);
}

async function idsOf(user: User): Promise<readonly string[]> {
  const rows = await documentOf(user, "history list --all");
  return rows.map(({ id }: { id: string }) => id).toSorted();
}

/** A user with a backup of yesterday, and a day since. */
async function aUser(): Promise<{ readonly user: User; readonly backup: string }> {
  const user = newUser();
  await done(user, "order buy EUR_USD 1000 --sl 20p --signal sig-1");
  await importOf(user, ["old-1"]);
  const backup = join(user.home, "backup.copy");
  await done(user, ["history", "backup", backup]);
  await importOf(user, ["new-1", "new-2"]);
  return { user, backup };
}

function configureOanda({ home }: User, { url, account }: Venue): void {
  const config = `[connections.oanda]
broker = "oanda"
environment = "practice"
host = "${url}"
credential_store = "file"

[[connections.oanda.accounts]]
id = "${account}"
currency = "USD"
`;
  writeFileSync(join(home, "config.toml"), config, { mode: 0o600 });
}

/** As if the process that sent the orders had died on the way. */
function openAgain(user: User): void {
  const database = new Database(fileOf(user));
  database.exec("UPDATE intents SET state = 'sending', settled_at = NULL, owner = 'gone:1:1'");
  database.close();
}

describe("restoring a backup", () => {
  it("puts it in place, keeps what was there, and stands in an audit log that goes on", async () => {
    const { user, backup } = await aUser();
    const refused = await user.run(["history", "restore", backup, "--json"]);
    expect([refused.code, refused.error().code]).toEqual([10, "CONFIRMATION_REQUIRED"]);
    expect(await idsOf(user)).toEqual(["new-1", "new-2", "old-1"]);
    const before = await documentOf(user, "history verify");
    const result = await documentOf(user, ["history", "restore", backup, "--yes"]);
    expect(await idsOf(user)).toEqual(["old-1"]);
    expect(result).toMatchObject({ file: backup, before: { kind: "sound", head: before.head } });
    expect(await documentOf(user, "history verify")).toMatchObject({ ok: true });
    const trail = await documentOf(user, "history audit");
    expect(trail.at(-1)).toMatchObject({
      kind: "history.restored",
      data: { file: backup, before: { head: before.head }, anchor: { kind: "head" } },
    });
    const [aside = "", ...more] = keptAside(user);
    expect(more).toEqual([]);
    const old = new Database(join(user.home, aside), { readonly: true });
    expect(old.prepare("SELECT count(*) FROM transactions").pluck().get()).toBe(3);
    old.close();
    expect(statSync(join(user.home, aside)).mode & 0o777).toBe(0o600);
    expect(drafts(user)).toEqual([]);
    // No new word is needed: trading goes on.
    await done(user, "order buy EUR_USD 10 --sl 20p");
  });

  it("DB-09 of yesterday forgets no order, no signal and no halt of today, and sends nothing again", async () => {
    const venue = await openVenue();
    const user = newUser({ TMT_BROKER_TOKEN: venue.token });
    configureOanda(user, venue);
    const buy = (signal: string, units: string) =>
      `order buy EUR_USD ${units} --sl 20p -c oanda --signal ${signal} --client-id id-${signal}`;
    await done(user, buy("one", "100"));
    await done(user, "history sync -c oanda");
    // The backup was made while the order was on its way.
    openAgain(user);
    const backup = join(user.home, "yesterday.copy");
    await done(user, ["history", "backup", backup]);
    await done(user, "order reconcile -c oanda");
    await done(user, buy("two", "200"));
    await done(user, "connect halt oanda");
    const result = await documentOf(user, ["history", "restore", backup, "--yes"]);
    expect(result.carried).toMatchObject({ orders: 1, signals: 1, halts: 1 });
    expect((await user.run(`${buy("three", "300")} --json`)).error().code).toBe("TRADING_HALTED");
    await done(user, "connect resume oanda");
    for (const [signal, units] of [
      ["one", "100"],
      ["two", "200"],
    ] as const) {
      const again = await user.run(`${buy(signal, units)} --json`);
      expect(again.json()).toMatchObject({ known: true, status: "filled" });
    }
    await done(user, "history sync -c oanda");
    const log = await venue.log();
    const rows = await documentOf(user, "history list -c oanda");
    expect(rows.map(({ id }: { id: string }) => id)).toEqual([
      ...log.map(({ id }) => id).toReversed(),
      "1",
    ]);
    expect(await documentOf(user, "history reconcile -c oanda")).toMatchObject({ ok: true });
    expect([...fillsByClientId(log)].filter(([, fills]) => fills !== 1)).toEqual([]);
  });

  it("DB-09 looks up what was open in the backup where nothing is left of the database since", async () => {
    const venue = await openVenue();
    const user = newUser({ TMT_BROKER_TOKEN: venue.token });
    configureOanda(user, venue);
    await done(user, "order buy EUR_USD 100 --sl 20p -c oanda --client-id open-1");
    openAgain(user);
    const backup = join(user.home, "yesterday.copy");
    await done(user, ["history", "backup", backup]);
    writeFileSync(fileOf(user), "this is no database any more");
    const result = await user.run(["history", "restore", backup, "--yes"]);
    expect([result.code, result.stdout]).toEqual([
      0,
      expect.stringContaining("don't submit those signals again"),
    ]);
    const [aside = ""] = keptAside(user).filter((name) => name.endsWith("Z"));
    expect(readFileSync(join(user.home, aside), "utf8")).toBe("this is no database any more");
    const { stderr } = await user.run("order list -c oanda");
    expect(stderr).toContain("Settled an interrupted order: open-1 (EUR_USD) was filled.");
    expect(fillsByClientId(await venue.log()).get("open-1")).toBe(1);
  });

  it("keeps a database that isn't sound byte for byte, and takes nothing over from it (DB-05)", async () => {
    const { user, backup } = await aUser();
    const database = new Database(fileOf(user));
    database.unsafeMode();
    database.exec(
      `PRAGMA writable_schema = ON;
       UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'intents_counted')
       WHERE name = 'transactions_by_time'`,
    );
    database.close();
    const before = readFileSync(fileOf(user));
    const result = await documentOf(user, ["history", "restore", backup, "--yes"]);
    expect(result).toMatchObject({ before: { kind: "unreadable" }, carried: { orders: 0 } });
    const aside = readFileSync(result.aside);
    // But for the words of the header that say how it is journaled and counted.
    expect(aside.subarray(100).equals(before.subarray(100))).toBe(true);
    expect(await idsOf(user)).toEqual(["old-1"]);
  });

  it("follows a link to where the database is, and leaves it a link", async () => {
    const { user, backup } = await aUser();
    const place = join(user.home, "elsewhere");
    mkdirSync(place);
    const whole = new Database(fileOf(user));
    whole.pragma("wal_checkpoint(TRUNCATE)");
    whole.close();
    renameSync(fileOf(user), join(place, "real.db"));
    symlinkSync(join(place, "real.db"), fileOf(user));
    const result = await documentOf(user, ["history", "restore", backup, "--yes"]);
    expect(lstatSync(fileOf(user)).isSymbolicLink()).toBe(true);
    expect(result.aside).toContain(`${place}/real.db.before-restore-`);
    expect(await idsOf(user)).toEqual(["old-1"]);
    expect(await documentOf(user, "history verify")).toMatchObject({ ok: true });
  });

  it("is refused while another process uses the database, and changes nothing", async () => {
    const { user, backup } = await aUser();
    const stream = user.start("stream EUR_USD --json");
    await once(stream.stdout, "data");
    const refused = await user.run(["history", "restore", backup, "--yes", "--json"]);
    expect([refused.code, refused.error()]).toEqual([
      9,
      expect.objectContaining({ code: "STORAGE_BUSY", retryable: true }),
    ]);
    expect(refused.error().message).toMatch(/Another process uses .* Nothing was restored\./);
    const ended = once(stream, "close");
    stream.kill("SIGTERM");
    await ended;
    expect(await idsOf(user)).toEqual(["new-1", "new-2", "old-1"]);
    expect([keptAside(user), drafts(user)]).toEqual([[], []]);
    await done(user, ["history", "restore", backup, "--yes"]);
  });

  it("works where there is no database yet", async () => {
    const { backup } = await aUser();
    const user = newUser();
    await done(user, ["history", "restore", backup, "--yes"]);
    expect(await idsOf(user)).toEqual(["old-1"]);
    expect(await documentOf(user, "history verify")).toMatchObject({ ok: true });
    expect(keptAside(user)).toEqual([]);
  });
});

type Spoil = (backup: string, user: User) => string;

/** The backup with something of it changed. */
function changed(change: (database: Database.Database) => void): Spoil {
  return (backup) => {
    const database = new Database(backup);
    change(database);
    database.close();
    return backup;
  };
}

/** Another file beside the backup. */
function written(write: (file: string, user: User, backup: string) => void): Spoil {
  return (backup, user) => {
    write(`${backup}.other`, user, backup);
    return `${backup}.other`;
  };
}

describe("a file that isn't restored", () => {
  it.each<[string, number, string, Spoil]>([
    ["isn't there", 2, "isn't there", (backup) => `${backup}.not`],
    [
      "is a folder",
      2,
      "is no file",
      (_backup, { home }) => mkdirSync(join(home, "a", "f"), { recursive: true }) ?? home,
    ],
    ["is the database itself", 2, "is the database itself", (_backup, user) => fileOf(user)],
    [
      "is the database by another name",
      2,
      "is the database itself",
      written((file, user) => linkSync(fileOf(user), file)),
    ],
    ["is text", 9, "STORAGE_CORRUPT", written((file) => writeFileSync(file, "a,b\n".repeat(99)))],
    ["is empty", 9, "is empty", written((file) => writeFileSync(file, ""))],
    [
      "is cut short",
      9,
      "STORAGE_CORRUPT",
      written((file, _user, backup) => {
        copyFileSync(backup, file);
        truncateSync(file, 40_960);
      }),
    ],
    [
      "is another program's (DB-05)",
      9,
      "another program made it",
      changed((database) => database.pragma("application_id = 7")),
    ],
    [
      "is of a newer version (DB-06)",
      9,
      "newer version",
      changed((database) => database.pragma("user_version = 999")),
    ],
    [
      "has a changed audit entry (DB-07)",
      9,
      "AUDIT_BROKEN",
      changed((database) =>
        database.exec(
          "DROP TRIGGER audit_is_never_changed; UPDATE audit SET data = replace(data, '1000', '9000')",
        ),
      ),
    ],
    [
      "has an index that doesn't fit (DB-05)",
      9,
      "isn't sound",
      changed((database) => {
        database.unsafeMode();
        database.exec(
          `PRAGMA writable_schema = ON;
           UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'intents_counted')
           WHERE name = 'transactions_by_time'`,
        );
      }),
    ],
  ])("%s: exit %i, and the database is as it was", async (...given) => {
    const [, code, told, spoil] = given;
    const { user, backup } = await aUser();
    const file = spoil(backup, user);
    const before = readFileSync(fileOf(user));
    const refused = await user.run(["history", "restore", file, "--yes"]);
    expect([refused.code, refused.stderr]).toEqual([code, expect.stringContaining(told)]);
    expect(readFileSync(fileOf(user)).equals(before)).toBe(true);
    expect([keptAside(user), drafts(user)]).toEqual([[], []]);
    expect(await idsOf(user)).toEqual(["new-1", "new-2", "old-1"]);
  });
});

describe("DB-10 a database from another computer", () => {
  it("says so once, on stderr and in the audit log; a restored one needs no such word", async () => {
    const { user, backup } = await aUser();
    const database = new Database(fileOf(user));
    const isTold = database.prepare("SELECT count(*) FROM machine").pluck().get() === 1;
    database.exec("UPDATE machine SET id = 'another', name = 'laptop'");
    database.close();
    // A computer that doesn't say which it is, as a container, can't tell.
    if (!isTold) return;
    const { stderr } = await user.run("history list --all");
    expect(stderr).toMatch(/was used on laptop since .* use it on one only/);
    expect((await user.run("history list --all")).stderr).not.toContain("laptop");
    const trail = await documentOf(user, "history audit");
    expect(trail.at(-1)).toMatchObject({
      kind: "database.moved",
      data: { from: { name: "laptop" } },
    });
    const restored = await user.run(["history", "restore", backup, "--yes"]);
    expect([restored.code, restored.stderr]).toEqual([0, expect.not.stringContaining("laptop")]);
  });
});

describe("a restore that is killed", () => {
  it("leaves the old database or the new one, whole, wherever it was (PR-01)", async () => {
    const { user: origin, backup } = await aUser();
    // Everything into the one file, as the last process to close it does.
    const whole = new Database(fileOf(origin));
    whole.pragma("wal_checkpoint(TRUNCATE)");
    whole.close();
    const seen = new Set<string>();
    let step = 1;
    for (; step < 400; step += 1 + Math.floor(step / 6)) {
      const user = newUser();
      copyFileSync(fileOf(origin), fileOf(user));
      copyFileSync(`${fileOf(origin)}.anchor`, `${fileOf(user)}.anchor`);
      const { code } = await user.run(["history", "restore", backup, "--yes"], {
        env: killedAtFiles(user, step),
      });
      const database = new Database(fileOf(user));
      expect(database.pragma("integrity_check", { simple: true })).toBe("ok");
      const ids = database.prepare("SELECT id FROM transactions ORDER BY id").pluck().all();
      expect([["new-1", "new-2", "old-1"], ["old-1"]]).toContainEqual(ids);
      database.close();
      const verified = await user.run("history verify --json");
      // Between the new database and its anchor: said to be an older copy, until it is vouched for.
      expect([0, 9]).toContain(verified.code);
      if (verified.code === 9) expect(verified.error().code).toBe("AUDIT_BROKEN");
      seen.add(`${ids.length} ${verified.code}`);
      if (ids.length === 1) {
        expect(keptAside(user)).toHaveLength(1);
        expect((await user.run("history verify --reanchor --yes")).code).toBe(0);
      }
      await done(user, "order buy EUR_USD 10 --sl 20p");
      if (code === 0) break;
    }
    expect(step).toBeLessThan(400);
    expect(seen).toContain("3 0");
    expect(seen).toContain("1 0");
  });

  it("leaves drafts that a later restore removes once they are old", async () => {
    const { user, backup } = await aUser();
    const draft = join(user.home, ".00000000-0000-4000-8000-000000000000.restore");
    writeFileSync(draft, "half");
    await done(user, ["history", "restore", backup, "--yes"]);
    expect(existsSync(draft)).toBe(true);
    utimesSync(draft, 1, 1);
    await done(user, ["history", "restore", backup, "--yes"]);
    expect(existsSync(draft)).toBe(false);
  });
});
