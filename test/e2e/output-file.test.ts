import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { newUser, PATIENCE, type User } from "../support/program.ts";
import { type SmallDisk, smallDisks } from "../support/small-disk.ts";

vi.setConfig(PATIENCE);

const HEADER = "id,time,type,instrument,side,units,price,realizedPl,currency";
/** So many rows are more than the small disks hold. */
const MANY = 120_000;
const open: SmallDisk[] = [];

afterAll(() => {
  for (const disk of open) disk.remove();
});

function statement(count: number): string {
  const lines = Array.from({ length: count }, (_, index) => {
    const time = new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString();
    return `${index},${time},fill,EUR_USD,buy,1,1.0810,0,USD`;
  });
  return `${HEADER}\n${lines.join("\n")}\n`;
}

async function done(user: User, words: readonly string[], stdin = ""): Promise<string> {
  const { code, stdout, stderr } = await user.run(words, { stdin });
  expect(code, stderr).toBe(0);
  return stdout;
}

async function aTrader(disk?: SmallDisk, count = 50): Promise<User> {
  const user = newUser({}, disk?.identity);
  await done(user, ["history", "import", "-", "-a", "x", "-q"], statement(count));
  await done(user, ["order", "buy", "EUR_USD", "1", "--sl", "20p", "-q"]);
  return user;
}

/** What writes a file, whole or not at all. */
const WRITERS = [
  ["history export", (file: string) => ["history", "export", "-q", "-o", file]],
  ["history audit", (file: string) => ["history", "audit", "-q", "--format", "csv", "-o", file]],
  ["history backup", (file: string) => ["history", "backup", "-q", file]],
] as const;

describe.each(smallDisks())("CI-15 a disk %s", (_name, openDisk) => {
  it.each(WRITERS)("that is full: %s leaves the file as it was (DB-01)", async (...[, wordsOf]) => {
    const disk = openDisk();
    open.push(disk);
    const user = await aTrader(disk);
    const file = join(disk.path, "out");
    await done(user, wordsOf(file));
    const before = readFileSync(file);
    disk.fill();
    const refused = await user.run([...wordsOf(file), "--json"]);
    disk.free();
    expect([refused.code, refused.error().code]).toEqual([9, "STORAGE_FULL"]);
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(readdirSync(disk.path).filter((name) => name.includes(".part"))).toEqual([]);
    await done(user, wordsOf(file));
  });

  it.each(WRITERS)("that may only be read: %s says so", async (...[, wordsOf]) => {
    const disk = openDisk();
    open.push(disk);
    const user = await aTrader(disk);
    const file = join(disk.path, "out");
    await done(user, wordsOf(file));
    const before = readFileSync(file);
    disk.setReadOnly(true);
    const refused = await user.run([...wordsOf(file), "--json"]);
    const names = readdirSync(disk.path);
    disk.setReadOnly(false);
    expect([3, 9]).toContain(refused.code);
    expect(["PERMISSION_DENIED", "STORAGE_FULL"]).toContain(refused.error().code);
    expect(refused.error().hint).toBeTruthy();
    expect([names, readFileSync(file).equals(before)]).toEqual([["out"], true]);
  });
});

describe("CI-15 a file that is being written", () => {
  it("to a disk that turns out too small in the middle stays as it was", async () => {
    const [, openDisk] = smallDisks().at(-1) ?? [];
    const disk = openDisk?.();
    // Only a file system of its own fills up by itself.
    if (!disk || disk.identity.uid !== undefined || smallDisks().length < 2) return disk?.remove();
    open.push(disk);
    const user = await aTrader(disk, MANY);
    const file = join(disk.path, "out.csv");
    writeFileSync(file, "what was there\n");
    const refused = await user.run(["history", "export", "--all", "-q", "--json", "-o", file]);
    expect([refused.code, refused.error().code]).toEqual([9, "STORAGE_FULL"]);
    expect(readFileSync(file, "utf8")).toBe("what was there\n");
    expect(readdirSync(disk.path)).toEqual(["out.csv"]);
  });

  it("by a process that is killed is the old one or the new one, whole", async () => {
    const user = await aTrader(undefined, MANY);
    const file = join(user.home, "out.csv");
    const words = ["history", "export", "--all", "-q", "-o", file];
    const whole = await done(user, ["history", "export", "--all", "-q"]);
    writeFileSync(file, "what was there\n");
    const child = user.start(words);
    const ended = once(child, "exit");
    await expect
      .poll(() => readdirSync(user.home).some((name) => name.endsWith(".part")), {
        timeout: 60_000,
        interval: 1,
      })
      .toBe(true);
    child.kill("SIGKILL");
    await ended;
    expect(["what was there\n", whole]).toContain(readFileSync(file, "utf8"));
    await done(user, words);
    expect(readFileSync(file, "utf8")).toBe(whole);
  });
});

describe("CI-15 a database that is named as the output", () => {
  it("stays: neither the one in use nor a copy becomes a table", async () => {
    const user = await aTrader();
    const copy = join(user.home, "copy.db");
    await done(user, ["history", "backup", copy, "-q"]);
    const before = readFileSync(copy);
    for (const file of [join(user.home, "tmt-broker.db"), copy]) {
      for (const words of [
        ["history", "export"],
        ["history", "audit"],
      ]) {
        const refused = await user.run([...words, "-q", "--json", "-o", file]);
        expect([refused.code, refused.error()]).toMatchObject([
          2,
          { code: "USAGE", message: `--output ${file} is a database. Nothing was written.` },
        ]);
      }
    }
    expect(readFileSync(copy).equals(before)).toBe(true);
    expect(await done(user, ["history", "verify"])).toContain("whole");
  });
});

describe("CI-16 a reader that leaves", () => {
  it.each([
    "history list --json --all",
    "history export --all",
    "history audit --json",
    "history audit --format csv",
    "history retention --json",
  ])("ends %s quietly", async (words) => {
    const user = await aTrader(undefined, 5_000);
    const child = user.start(`${words} -q`);
    child.stdout.destroy();
    let told = "";
    child.stderr.on("data", (chunk) => (told += chunk));
    const [code] = await once(child, "exit");
    expect([code, told]).toEqual([0, ""]);
  });
});

describe("SE-01 text of a broker or an agent in a CSV", () => {
  it.each(["=cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "'=1", "a,b\n=1"])(
    "%j runs nowhere, and reads back as it was",
    async (agent) => {
      const [one, two] = [newUser(), newUser()];
      const row = { ...ROW, agent };
      await done(one, ["history", "import", "-", "--format", "jsonl"], `${JSON.stringify(row)}\n`);
      const csv = await done(one, ["history", "export", "--all", "-q"]);
      const [, field = ""] = /,([^,]*(?:"(?:[^"]|"")*")?)\n$/s.exec(csv) ?? [];
      expect(field.replace(/^"/, "")).toMatch(agent.startsWith("a") ? /^a/ : /^'/);
      await done(two, ["history", "import", "-"], csv);
      expect(await done(two, ["history", "export", "--all", "-q"])).toBe(csv);
      const rows = JSON.parse(await done(two, ["history", "list", "--all", "--json", "-q"]));
      expect(rows).toMatchObject([{ agent }]);
    },
  );
});

const ROW = {
  ...{ id: "1", connection: "paper", account: "x", time: "2026-03-01T00:00:00Z", type: "fill" },
  ...{ instrument: "EUR_USD", side: "buy", units: "1", price: "1.0", currency: "USD" },
};
