import { rmSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { openDatabase } from "../../src/history/sqlite/database.ts";
import { MIGRATIONS } from "../../src/history/sqlite/migrations.ts";
import { type Gateway, openGateway } from "../support/gateway.ts";
import { fillsByClientId, newUser, PATIENCE, type User } from "../support/program.ts";
import { copyProgram } from "../support/program-copy.ts";
import { connectOanda, openVenue, ordersSent, type Venue } from "../support/venue.ts";
import { runProgram } from "../torture/program.ts";

vi.setConfig(PATIENCE);

const TOKEN = "token-of-the-test";
const SECRETS = { TMT_BROKER_PASSPHRASE: "a passphrase", TMT_BROKER_TOKEN: TOKEN };
const ORDER = "order buy EUR_USD 100 -c oanda --json";

let user: User;
let venue: Venue;
let gateway: Gateway;

beforeEach(async () => {
  user = newUser(SECRETS);
  venue = await openVenue({ token: TOKEN });
  gateway = await openGateway(venue.url);
  await connectOanda(user, { url: gateway.url, token: TOKEN });
});

/** A build that knows one migration more than this one. */
function newerBuild() {
  const next = (MIGRATIONS.at(-1)?.version ?? 0) + 1;
  const more = `{version:${next},sql:"CREATE TABLE of_the_future (id INTEGER) STRICT"}`;
  return copyProgram((program) => program.replace(/(MIGRATIONS=\[[^\]]+)\]/, `$1,${more}]`));
}

describe("an upgrade while an order is under way", () => {
  it("PR-07 the running program ends its order as if nothing had happened, also when its files are gone", async () => {
    const old = copyProgram((program) => `${program}\n`);
    gateway.answerAfterMs = 1500;
    gateway.afterPassing = (request) => {
      if (request.startsWith("POST ")) rmSync(old.dist, { recursive: true });
    };
    const program = { path: old.path, home: user.home };
    const placed = await runProgram(program, `${ORDER} --client-id up-1`.split(" "), {
      env: SECRETS,
    });
    expect(placed.code, placed.stderr).toBe(0);
    expect(JSON.parse(placed.stdout)).toMatchObject({ status: "filled" });
    const again = await runProgram(program, ORDER.split(" "), { env: SECRETS });
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("isn't built yet")]);
    expect((await user.run("order reconcile -c oanda --json")).json()).toEqual({
      settled: [],
      open: [],
    });
    expect(fillsByClientId(await venue.log()).get("up-1")).toBe(1);
  });

  it("PR-07 a newer build changes the database: the older one ends its order, then refuses, and the newer one goes on", async () => {
    const newer = { path: newerBuild().path, home: user.home };
    expect((await user.run(ORDER)).code).toBe(0);
    gateway.answerAfterMs = 4000;
    const older = user.run(`${ORDER} --client-id mixed-1`);
    await vi.waitFor(() => expect(ordersSent(venue)).toHaveLength(2), { timeout: 30_000 });
    const looked = await runProgram(newer, "order list -c oanda --json".split(" "), {
      env: SECRETS,
    });
    expect(looked.code, looked.stderr).toBe(0);
    const placed = await older;
    expect(placed.code, placed.stderr).toBe(0);
    expect(placed.json()).toMatchObject({ clientOrderId: "mixed-1", status: "filled" });

    gateway.answerAfterMs = 0;
    const refused = await user.run(`${ORDER} --quiet`);
    expect([refused.code, refused.error().code]).toEqual([9, "STORAGE_CORRUPT"]);
    expect(refused.error().message).toMatch(
      /written by a newer version of tmt-broker.*Nothing was sent/,
    );
    expect(refused.error().hint).toContain("Upgrade tmt-broker");
    expect(ordersSent(venue)).toHaveLength(2);

    const next = await runProgram(newer, ORDER.split(" "), { env: SECRETS });
    expect(next.code, next.stderr).toBe(0);
    const words = "order reconcile -c oanda --json".split(" ");
    const reconciled = await runProgram(newer, words, { env: SECRETS });
    expect(JSON.parse(reconciled.stdout)).toEqual({ settled: [], open: [] });
    const verified = await runProgram(newer, ["history", "verify", "--json"], { env: SECRETS });
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true });
    expect([...fillsByClientId(await venue.log()).values()]).toEqual([1, 1, 1]);
  });
});

describe("a database of an older build", () => {
  it.each(MIGRATIONS.slice(0, -1).map(({ version }) => version))(
    "PR-07 of schema %i is brought up to date by the first command, which trades on it",
    async (version) => {
      const file = join(user.home, "tmt-broker.db");
      for (const name of [file, `${file}-wal`, `${file}-shm`, `${file}.anchor`]) {
        rmSync(name, { force: true });
      }
      const older = openDatabase(file, { migrations: MIGRATIONS.slice(0, version) });
      older.connection.exec("INSERT INTO halts VALUES ('paper', '2026-11-22T10:00:00Z', 'news')");
      older.close();
      const placed = await user.run(ORDER);
      expect(placed.code, placed.stderr).toBe(0);
      const halted = await user.run("order buy EUR_USD 100 -c paper --json");
      expect([halted.code, halted.error().code]).toEqual([4, "TRADING_HALTED"]);
      expect((await user.run("history verify --json")).json()).toMatchObject({ ok: true });
    },
  );
});
