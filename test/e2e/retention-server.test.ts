import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { aRow, instant } from "../support/history-rows.ts";
import { hasPostgresTools, runTool } from "../support/postgres-server.ts";
import { clockAhead, finished, newUser, PATIENCE, type User } from "../support/program.ts";
import {
  aServerHistory,
  databaseOf,
  hasPostgres,
  serverOfFile,
  untilActive,
} from "../support/server-history.ts";

vi.setConfig(PATIENCE);

const server = serverOfFile();
const HEADER = "id,time,type,instrument,side,units,price,realizedPl,currency";
const OLD = new Date(Date.now() + 10 * 86_400_000).getUTCFullYear() - 8;

async function done(user: User, words: string | readonly string[], stdin = ""): Promise<string> {
  const { code, stdout, stderr } = await user.run(words, { stdin });
  expect(code, stderr).toBe(0);
  return stdout;
}

/** A user of a server with lines of nine years, of which the older ones may go. */
async function aTrader(url: string): Promise<User> {
  const user = newUser();
  await done(user, ["config", "set", "history.database", url]);
  const lines = [OLD - 1, OLD, OLD + 1, OLD + 8].flatMap((year) => [
    `${year}-1,${year}-03-01T12:00:00Z,fill,EUR_USD,buy,1000,1.0810,0,USD`,
    `${year}-2,${year}-03-02T12:00:00Z,fill,EUR_USD,sell,1000,1.0820,1.00,USD`,
  ]);
  await done(user, "history import - -a x", `${HEADER}\n${lines.join("\n")}\n`);
  return user;
}

async function auditKinds(user: User): Promise<readonly string[]> {
  const trail = JSON.parse(await done(user, "history audit --json"));
  return trail
    .map(({ kind }: { kind: string }) => kind)
    .filter((kind: string) => /prun/.test(kind));
}

async function idsIn(user: User): Promise<readonly string[]> {
  const rows = JSON.parse(await done(user, "history list --all --json"));
  return rows.map(({ id }: { id: string }) => id).toReversed();
}

/** Runs the copy that was advised, word for word. */
function follow(advice: string, file: string): void {
  const words = /pg_dump -n tmt_broker -f FILE '([^']+)'/.exec(advice);
  expect(words).not.toBeNull();
  runTool(words?.[0].replace("FILE", `'${file}'`) ?? "");
}

describe.skipIf(!(hasPostgres && hasPostgresTools))("old lines on a server", () => {
  it("are told, go when their owner says so, on record before and after, and are in the copy that was advised", async () => {
    const url = await server().createDatabase();
    const user = await aTrader(url);
    const before = await done(user, "history export --all");
    const report = JSON.parse(await done(user, "history retention --json"));
    const there = report.held.filter(
      ({ server: name }: { server: string | null }) => name !== null,
    );
    expect(there).toMatchObject([
      { kind: "transactions", account: "x", count: 8, prunable: 4, needed: 0 },
    ]);
    expect(await done(user, "history retention")).toContain(`@127.0.0.1:${server().port}/`);
    const asked = await user.run("history retention --prune --json");
    expect([asked.code, asked.error().code]).toEqual([10, "CONFIRMATION_REQUIRED"]);
    const file = join(user.home, "copy.sql");
    follow(asked.error().hint ?? "", file);
    const { pruned } = JSON.parse(await done(user, "history retention --prune --yes --json"));
    expect(pruned).toMatchObject([
      { account: "x", transactions: 4, server: there[0].server, digest: expect.any(String) },
    ]);
    expect(await idsIn(user)).toEqual(
      [OLD + 1, OLD + 8].flatMap((year) => [`${year}-1`, `${year}-2`]),
    );
    const trail = JSON.parse(await done(user, "history audit --json")).slice(-2);
    expect(trail).toMatchObject(
      ["history.pruning", "history.pruned"].map((kind) => ({
        kind,
        data: {
          server: there[0].server,
          accounts: [{ transactions: 4, digest: pruned[0].digest }],
        },
      })),
    );
    await done(user, "history verify");
    expect(JSON.parse(await done(user, "history retention --prune --yes --json")).pruned).toEqual(
      [],
    );
    expect(await auditKinds(user)).toHaveLength(2);
    const other = await server().createDatabase();
    runTool(`psql -qX -v ON_ERROR_STOP=1 -f '${file}' '${other}'`);
    await done(user, ["config", "set", "history.database", other]);
    expect(await done(user, "history export --all")).toBe(before);
  });

  it("go with those that are still on this computer, each in its own entry", async () => {
    const user = newUser();
    const line = `${OLD - 1}-1,${OLD - 1}-03-01T12:00:00Z,fill,EUR_USD,buy,1000,1.0810,0,USD`;
    const sold = `${OLD - 1}-2,${OLD - 1}-03-02T12:00:00Z,fill,EUR_USD,sell,1000,1.0810,0,USD`;
    const statement = `${HEADER}\n${line}\n${sold}\n`;
    await done(user, "history import - -a x", statement);
    await done(user, ["config", "set", "history.database", await server().createDatabase()]);
    await done(user, "history import - -a x", statement);
    await done(
      user,
      "history import - -a y",
      `${HEADER}\n${line.replaceAll(`${OLD - 1}-`, `${OLD + 8}-`)}\n`,
    );
    const { pruned } = JSON.parse(await done(user, "history retention --prune --yes --json"));
    expect(pruned.map((one: { server: string | null }) => one.server !== null)).toEqual([
      ...[true, false],
    ]);
    expect(await auditKinds(user)).toEqual(["history.pruning", "history.pruned", "history.pruned"]);
  });

  it("stay when only the clock of this computer, or the newest line there, says that the years are over (TM-01)", async () => {
    const url = await server().createDatabase();
    const user = await aTrader(url);
    const ahead = clockAhead(user, 20 * 365 * 86_400_000);
    const pruned = await user.run("history retention --prune --yes --json", { env: ahead });
    expect(pruned.code, pruned.stderr).toBe(0);
    expect(await idsIn(user)).toHaveLength(4);
    await server().run(
      databaseOf(url),
      `UPDATE tmt_broker.transactions SET time = '9999' || substr(time, 5) WHERE id = '${OLD + 8}-2'`,
    );
    expect(JSON.parse(await done(user, "history retention --prune --yes --json")).pruned).toEqual(
      [],
    );
  });

  it("are all there when the program is killed half way, and nothing says that they went", async () => {
    const url = await server().createDatabase();
    const user = await aTrader(url);
    const held = async function* () {
      yield [aRow({ account: "y", time: instant("2026-03-02T10:00:00Z") })];
      const child = user.start("history retention --prune --yes");
      const killed = finished(child);
      await untilActive(server(), url, "wait_event_type = 'Lock'");
      child.kill("SIGKILL");
      await killed;
    };
    await aServerHistory(url).importRows(held());
    expect(await idsIn(user)).toHaveLength(9);
    expect(await auditKinds(user)).toEqual([]);
    await done(user, "history retention --prune --yes");
    expect(await idsIn(user)).toHaveLength(5);
  });
});
