import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it, vi } from "vitest";
import { killedAtFiles } from "../support/killed-steps.ts";
import { newUser, PATIENCE, type User } from "../support/program.ts";
import { aUser, done, drafts, fileOf, idsOf, keptAside } from "./restore-user.ts";

vi.setConfig({ ...PATIENCE, testTimeout: 300_000 });

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
    [
      "is text: what is said is said of the backup",
      9,
      "Take another copy.",
      written((file) => writeFileSync(file, "a,b\n".repeat(99))),
    ],
    [
      "has an audit entry that was taken out",
      9,
      "were taken out or added. Nothing was restored.\n  Take another copy.",
      changed((database) =>
        database.exec(
          "DROP TRIGGER audit_is_never_shortened; DELETE FROM audit WHERE sequence = 1",
        ),
      ),
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
