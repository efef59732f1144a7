import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { clockAhead, newUser, PATIENCE, type User } from "../support/program.ts";

vi.setConfig(PATIENCE);

const DAY_MS = 86_400_000;
const homes: string[] = [];

afterAll(() => {
  for (const home of homes) rmSync(home, { recursive: true, force: true });
});

/** What cron gives a job (crontab(5)): a home, a short path, no terminal, no session. */
function cronUser(): User {
  const home = mkdtempSync(join(tmpdir(), "tmt-cron-"));
  homes.push(home);
  const env = { HOME: home, LOGNAME: "trader", SHELL: "/bin/sh", PATH: "/usr/bin:/bin" };
  return newUser({ ...env, TMT_BROKER_HOME: join(home, "tmt") });
}

async function done(user: User, words: string, env = {}): Promise<string> {
  const { code, stdout, stderr } = await user.run(words, { env });
  expect([code, stderr]).toEqual([0, ""]);
  return stdout;
}

function homeOf({ env }: User): string {
  return String(env.TMT_BROKER_HOME);
}

describe("TM-08 jobs of cron", () => {
  it("run without a terminal and a session, and print their result only", async () => {
    const user = cronUser();
    const file = join(homeOf(user), "out.csv");
    await done(user, "order buy EUR_USD 1000 --sl 20p -q");
    expect(await done(user, "history sync --all -q")).toMatch(/^paper .* new transactions.*\n$/);
    for (const words of [
      "history reconcile -q",
      "history list -q",
      "history pnl --by day -q",
      "history retention -q",
      "history audit -q",
      "history verify -q",
      "history backup out.db -q",
    ]) {
      const place = words.replace("out.db", join(homeOf(user), "out.db"));
      expect(await done(user, place), words).not.toBe("");
    }
    expect(await done(user, `history export -q -o ${file}`)).toBe("");
    expect(readFileSync(file, "utf8").split("\n").length).toBeGreaterThan(3);
    const { code, stdout } = await user.run("history restore /nothing -q");
    expect([code, stdout]).toEqual([2, ""]);
  });

  it("that were missed leave no gap, and twice is once", async () => {
    const user = cronUser();
    await done(user, "order buy EUR_USD 1000 --sl 20p -q");
    await done(user, "history sync -q");
    const missed = clockAhead(user, 3 * DAY_MS);
    await done(user, "order buy EUR_USD 500 --sl 20p -q", missed);
    await done(user, "history sync -q", missed);
    const once = await done(user, "history export -q");
    expect(await done(user, "history sync -q", missed)).toContain("nothing new");
    expect(await done(user, "history export -q")).toBe(once);
    const ids = once
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((line) => Number(line.split(",")[0]));
    expect(ids).toEqual(ids.map((_, index) => index + 1));
    expect(JSON.parse(await done(user, "history reconcile -q --json", missed))).toMatchObject({
      ok: true,
    });
  });

  it("that overlap with themselves all end well, and what they write is whole", async () => {
    const user = cronUser();
    await done(user, "order buy EUR_USD 1000 --sl 20p -q");
    const [csv, copy] = [join(homeOf(user), "all.csv"), join(homeOf(user), "all.db")];
    const jobs = [
      "history sync -q",
      "history reconcile -q",
      `history export -q -o ${csv}`,
      `history backup -q ${copy}`,
      "history pnl -q",
    ];
    const results = await Promise.all(
      [...jobs, ...jobs, "history sync -q"].map((words) => user.run(words)),
    );
    expect(results.map(({ code }) => code)).toEqual(results.map(() => 0));
    await done(user, `history export -q -o ${csv}`);
    const digest = createHash("sha256").update(readFileSync(csv)).digest("hex");
    const again = await done(user, "history export -q");
    expect(createHash("sha256").update(again).digest("hex")).toBe(digest);
    expect(readdirSync(homeOf(user)).filter((name) => name.endsWith(".part"))).toEqual([]);
    expect(JSON.parse(await done(user, "history verify -q --json"))).toMatchObject({ ok: true });
  });

  it("say that a period isn't over", async () => {
    const user = cronUser();
    await done(user, "order buy EUR_USD 1000 --sl 20p -q");
    await done(user, "positions close EUR_USD -q");
    await done(user, "history sync -q");
    for (const by of ["day", "week", "month"]) {
      const { stdout, stderr } = await user.run(`history pnl --by ${by}`);
      expect(stdout).toMatch(/^\S+ \*/m);
      expect(stderr).toContain(`The last ${by} isn't over yet.`);
    }
    const later = await user.run("history pnl --by month", {
      env: clockAhead(user, 40 * DAY_MS),
    });
    expect(later.stdout).not.toContain("*");
    expect(later.stderr).not.toContain("isn't over");
  });

  it("of an import that overlaps another exit 9, and are done the next time", async () => {
    const user = cronUser();
    await done(user, "history list -q");
    const file = join(homeOf(user), "big.csv");
    const lines = Array.from({ length: 120_000 }, (_, index) => {
      const time = new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString();
      return `${index},${time},fill,EUR_USD,buy,1,1.0,0,USD`;
    });
    writeFileSync(
      file,
      `id,time,type,instrument,side,units,price,realizedPl,currency\n${lines.join("\n")}\n`,
    );
    const words = `history import ${file} -a x -q --json`;
    const results = await Promise.all([user.run(words), user.run(words), user.run(words)]);
    for (const result of results) {
      // One that began when another was through has nothing left to store.
      if (result.code === 0) expect(result.json()).toMatchObject({ rows: 120_000 });
      else expect([result.code, result.error().code]).toEqual([9, "STORAGE_BUSY"]);
    }
    const stored = results.flatMap((one) => (one.code === 0 ? [Number(one.json().stored)] : []));
    expect(stored.toSorted((left, right) => right - left)[0]).toBe(120_000);
    expect(JSON.parse(await done(user, words))).toMatchObject({ stored: 0, known: 120_000 });
  });
});
