import { once } from "node:events";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { fillsByClientId, newUser, PATIENCE, type User } from "../support/program.ts";
import { smallDisks } from "../support/small-disk.ts";
import { configureOanda, openVenue } from "../support/venue.ts";
import {
  aUser,
  documentOf,
  done,
  drafts,
  fileOf,
  idsOf,
  importOf,
  keptAside,
} from "./restore-user.ts";

vi.setConfig({ ...PATIENCE, testTimeout: 300_000 });

/** As if the process that sent the orders had died on the way. */
function openAgain(user: User): void {
  const database = new Database(fileOf(user));
  database.exec("UPDATE intents SET state = 'sending', settled_at = NULL, owner = 'gone:1:1'");
  database.close();
}

/** Puts another database in place right before the program's first look into the one that it has opened. */
const REPLACED = `
const { renameSync } = require("node:fs");
const open = process.dlopen;
let isDone = false;
process.dlopen = function (module, ...rest) {
  const result = open.call(this, module, ...rest);
  const { Statement } = module.exports;
  for (const name of Statement ? ["run", "get", "all"] : []) {
    const original = Statement.prototype[name];
    Statement.prototype[name] = function (...given) {
      if (!isDone) renameSync(process.env.TEST_NEW, process.env.TEST_PATH);
      isDone = true;
      return original.apply(this, given);
    };
  }
  return result;
};
`;

function headOf(file: string): unknown {
  const database = new Database(file, { readonly: true });
  const head = database.prepare("SELECT hash FROM audit ORDER BY sequence DESC").pluck().get();
  database.close();
  return head;
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

  it("at once with others loses none of the databases that were in place (TM-08)", async () => {
    const { user, backup } = await aUser();
    const words = ["history", "restore", backup, "--yes", "--json"];
    const results = await Promise.all([1, 2, 3, 4].map(() => user.run(words)));
    const through = results.filter(({ code }) => code === 0);
    expect(through.length).toBeGreaterThan(0);
    for (const result of results.filter(({ code }) => code !== 0)) {
      expect(result.error()).toMatchObject({ code: "STORAGE_BUSY" });
    }
    const replaced = through.map(({ json }) => Object(json().before).head);
    expect(new Set(replaced).size).toBe(through.length);
    const aside = keptAside(user).map((name) => headOf(join(user.home, name)));
    expect(aside.toSorted()).toEqual(replaced.toSorted());
    expect(await documentOf(user, "history verify")).toMatchObject({ ok: true });
  });

  it("while orders are made loses none that was acknowledged, whenever it came between (P2)", async () => {
    const { user, backup } = await aUser();
    const acknowledged = new Set<string>();
    const order = async (id: string) => {
      const { code } = await user.run(`order buy EUR_USD 10 --sl 20p --client-id ${id} -q`);
      if (code === 0) acknowledged.add(id);
    };
    const restoring = async () => {
      for (let round = 0; round < 4; round += 1) {
        await user.run(["history", "restore", backup, "--yes", "-q"]);
      }
    };
    const trading = async (lane: string) => {
      for (let round = 0; round < 8; round += 1) await order(`${lane}-${round}`);
    };
    await Promise.all([restoring(), trading("a"), trading("b"), trading("c")]);
    await done(user, ["history", "restore", backup, "--yes"]);
    const database = new Database(fileOf(user), { readonly: true });
    const journaled = database.prepare("SELECT client_order_id FROM intents").pluck().all();
    database.close();
    expect(acknowledged.size).toBeGreaterThan(0);
    expect([...acknowledged].filter((id) => !journaled.includes(id))).toEqual([]);
    expect(await documentOf(user, "history verify")).toMatchObject({ ok: true });
  });

  it("while an order waits for the database gives it the new one, not the one that left its place (P2)", async () => {
    const { user } = await aUser();
    const whole = new Database(fileOf(user));
    whole.pragma("wal_checkpoint(TRUNCATE)");
    whole.close();
    // One whose pages are laid out otherwise: what is meant for the old one doesn't fit it by chance.
    const other = newUser();
    const ids = Array.from({ length: 2_000 }, (_, index) => `${index}`.padStart(4, "0"));
    await importOf(other, ids);
    await done(other, "order buy EUR_USD 20 --sl 20p");
    const backup = join(user.home, "other.copy");
    await done(other, ["history", "backup", backup]);
    const preload = join(user.home, "replaced.cjs");
    writeFileSync(preload, REPLACED);
    const anchorless = `${fileOf(user)}.anchor`;
    rmSync(anchorless);
    const env = {
      NODE_OPTIONS: `--require ${preload}`,
      TEST_NEW: backup,
      TEST_PATH: fileOf(user),
    };
    const ordered = await user.run("order buy EUR_USD 10 --sl 20p --client-id late -q", { env });
    expect(ordered.code, ordered.stderr).toBe(0);
    const database = new Database(fileOf(user));
    const journaled = database.prepare("SELECT client_order_id FROM intents").pluck().all();
    const sound = database.pragma("integrity_check", { simple: true });
    database.close();
    expect(journaled).toContain("late");
    expect(sound).toBe("ok");
    expect(await idsOf(user)).toEqual(ids);
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

describe.each(smallDisks())("DB-01 a restore on a disk %s", (_name, open) => {
  it("that is full changes nothing, and goes through with room", async () => {
    const disk = open();
    onTestFinished(() => disk.remove());
    const user = newUser({ TMT_BROKER_HOME: disk.path }, disk.identity);
    await importOf(user, ["old-1"]);
    const backup = join(user.home, "backup.copy");
    await done(user, ["history", "backup", backup]);
    await importOf(user, ["new-1"]);
    disk.fill();
    const refused = await user.run(["history", "restore", backup, "--yes", "--json"]);
    disk.free();
    expect([refused.code, refused.error().code]).toEqual([9, "STORAGE_FULL"]);
    expect(refused.error().message).toContain("Nothing was restored.");
    expect(await idsOf(user)).toEqual(["new-1", "old-1"]);
    expect(readdirSync(disk.path).filter((name) => /restore/.test(name))).toEqual([]);
    await done(user, ["history", "restore", backup, "--yes"]);
    expect(await idsOf(user)).toEqual(["old-1"]);
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
