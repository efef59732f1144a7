import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { bareConnection } from "../history/sqlite/support.ts";
import { clockAhead, newUser, PATIENCE, type RunOptions, type User } from "../support/program.ts";

vi.setConfig(PATIENCE);

const YEAR_MS = 365 * 86_400_000;
const HEADER = "id,time,type,instrument,side,units,price,realizedPl,currency";

type HeldRow = {
  readonly kind: string;
  readonly count: number;
  readonly prunable: number;
  readonly needed: number;
  readonly isPermanent: boolean;
  readonly lastKeptUntil: string | null;
};
type Report = { readonly cut: string | null; readonly held: readonly HeldRow[] };

async function done(user: User, words: string, options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await user.run(words, options);
  expect(code, stderr).toBe(0);
  return stdout;
}

function year(time: Date): number {
  return time.getUTCFullYear();
}

/** A user who traded in the years that are given, and today. */
async function aTrader(years: readonly number[]): Promise<User> {
  const user = newUser();
  const lines = years.flatMap((one) => [
    `${one}-1,${one}-03-01T12:00:00Z,fill,EUR_USD,buy,1000,1.0810,0,USD`,
    `${one}-2,${one}-03-02T12:00:00Z,fill,EUR_USD,sell,1000,1.0820,1.00,USD`,
    `${one}-3,${one}-03-03T12:00:00Z,fill,AAPL,buy,1,100,0,USD`,
  ]);
  await done(user, "history import - -a x", { stdin: `${HEADER}\n${lines.join("\n")}\n` });
  await done(user, "order buy EUR_USD 1000 --sl 20p");
  return user;
}

async function reported(user: User, env = {}): Promise<Report> {
  return JSON.parse(await done(user, "history retention --json", { env }));
}

function heldOf({ held }: Report, kind: string): HeldRow | undefined {
  return held.find((one) => one.kind === kind);
}

async function idsOf(user: User): Promise<readonly string[]> {
  const rows = JSON.parse(await done(user, "history list --all --json"));
  return rows.map(({ id }: { id: string }) => id).toReversed();
}

describe("what is held", () => {
  it("is told by kind, and goes after seven whole years, but for lots that aren't sold", async () => {
    const thisYear = year(new Date(Date.now() + 10 * 86_400_000));
    const [gone, kept] = [thisYear - 8, thisYear - 7];
    const user = await aTrader([gone, kept]);
    const report = await reported(user);
    expect(report.cut?.slice(0, 7)).toBe(`${kept - 1}-12`);
    expect(heldOf(report, "transactions")).toMatchObject({
      count: 6,
      prunable: 2,
      needed: 1,
      lastKeptUntil: `${kept + 7}-12-31`,
    });
    for (const kind of ["orders", "audit"]) {
      expect(heldOf(report, kind)).toMatchObject({ isPermanent: true, prunable: 0 });
    }
    const refused = await user.run("history retention --prune --json");
    expect([refused.code, refused.error().code]).toEqual([10, "CONFIRMATION_REQUIRED"]);
    expect(await idsOf(user)).toHaveLength(6);
    const pruned = JSON.parse(await done(user, "history retention --prune --yes --json")).pruned;
    expect(pruned).toMatchObject([{ account: "x", transactions: 2, needed: 1 }]);
    expect(await idsOf(user)).toEqual([`${gone}-3`, `${kept}-1`, `${kept}-2`, `${kept}-3`]);
    // Nor is it left in what the file has free.
    const database = join(user.home, "tmt-broker.db");
    for (const file of [database, `${database}-wal`].filter((one) => existsSync(one))) {
      expect(readFileSync(file).includes(`${gone}-2`)).toBe(false);
    }
    const trail = JSON.parse(await done(user, "history audit --json"));
    expect(trail.at(-1)).toMatchObject({
      kind: "history.pruned",
      data: { accounts: [{ transactions: 2, digest: expect.stringMatching(/^[0-9a-f]{64}$/) }] },
    });
    await done(user, "history verify");
    // Twice is once, and nothing is said to have gone that didn't.
    expect(JSON.parse(await done(user, "history retention --prune --yes --json")).pruned).toEqual(
      [],
    );
    expect(JSON.parse(await done(user, "history audit --json"))).toHaveLength(trail.length);
  });

  it("is all of it: nothing goes for somebody who names one connection or account", async () => {
    const user = await aTrader([2010]);
    const before = await idsOf(user);
    for (const where of ["-c paper", "-a x"]) {
      for (const words of ["history retention", "history retention --prune --yes"]) {
        const refused = await user.run(`${words} ${where} --json`);
        expect([refused.code, refused.error()]).toMatchObject([
          2,
          { code: "USAGE", hint: "Leave out -c and -a." },
        ]);
      }
    }
    expect(await idsOf(user)).toEqual(before);
  });

  it("stays longer where the user says so, and never less long", async () => {
    const thisYear = year(new Date());
    const user = await aTrader([thisYear - 9]);
    await done(user, "config set history.retention 20y");
    expect(heldOf(await reported(user), "transactions")).toMatchObject({ prunable: 0 });
    await done(user, "config set history.retention forever");
    expect(await reported(user)).toMatchObject({ cut: null });
    expect(JSON.parse(await done(user, "history retention --prune --yes --json")).pruned).toEqual(
      [],
    );
    for (const value of ["6y", "0y", "-7y", "7", "84m", "never"]) {
      const { code } = await user.run(`config set history.retention ${value}`);
      expect([value, code]).not.toEqual([value, 0]);
    }
    writeFileSync(join(user.home, "config.toml"), '[history]\nretention = "1y"\n', { mode: 0o600 });
    const refused = await user.run("history retention --prune --yes --json");
    expect([refused.code, refused.error().code]).toEqual([3, "CONFIG_INVALID"]);
    rmSync(join(user.home, "config.toml"));
    expect(await idsOf(user)).toHaveLength(3);
  });

  it("stays when only the clock of this computer says that the years are over (TM-01)", async () => {
    const user = await aTrader([year(new Date()) - 1]);
    const ahead = clockAhead(user, 20 * YEAR_MS);
    expect(heldOf(await reported(user, ahead), "transactions")).toMatchObject({ prunable: 0 });
    await done(user, "history retention --prune --yes", { env: ahead });
    expect(await idsOf(user)).toHaveLength(3);
  });

  it("is all there when taking it away fails half way", async () => {
    const user = await aTrader([year(new Date()) - 10]);
    const database = bareConnection(join(user.home, "tmt-broker.db"));
    database.exec(
      `CREATE TRIGGER fails BEFORE INSERT ON audit WHEN NEW.kind = 'history.pruned'
       BEGIN SELECT RAISE(ABORT, 'the test says no'); END`,
    );
    const { code } = await user.run("history retention --prune --yes");
    expect(code).not.toBe(0);
    expect(await idsOf(user)).toHaveLength(3);
  });
});
