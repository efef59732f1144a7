import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { inBatches, rowsOf } from "../../contract/history-store.ts";
import { aRow } from "../../support/history-rows.ts";
import { freePort } from "../../support/postgres-server.ts";
import { aServerHistory, hasPostgres, serverOfFile } from "../../support/server-history.ts";

const POOLER = "/usr/sbin/pgbouncer";
const hasPooler = existsSync(POOLER);
if (!hasPooler) console.warn("skipped: pgbouncer isn't on this computer");
const ACCOUNT = { connection: "oanda", account: aRow().account };
const server = serverOfFile();

/** The database at `url` by way of a pooler. */
async function pooled(url: string, settings: readonly string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "tmt-pooler-"));
  chmodSync(folder, 0o755);
  const [port, { pathname }] = [await freePort(), new URL(url)];
  const file = join(folder, "pgbouncer.ini");
  const lines = [
    "[databases]",
    `* = host=127.0.0.1 port=${server().port}`,
    "[pgbouncer]",
    "listen_addr = 127.0.0.1",
    `listen_port = ${port}`,
    "unix_socket_dir =",
    "auth_type = any",
    ...settings,
  ];
  writeFileSync(file, lines.join("\n").replace("port=", "user=tmt port="));
  const asUser = process.getuid?.() === 0 ? ["-u", "postgres"] : [];
  const child = spawn(POOLER, ["-q", ...asUser, file], { stdio: "ignore" });
  onTestFinished(async () => {
    await ended(child);
    rmSync(folder, { recursive: true });
  });
  const through = `postgres://tmt@127.0.0.1:${port}${pathname}`;
  await vi.waitFor(
    async () => {
      const client = new pg.Client({ connectionString: through });
      await client.connect();
      await client.end();
    },
    { timeout: 10_000, interval: 50 },
  );
  return through;
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = once(child, "exit");
  child.kill("SIGQUIT");
  await exit;
}

describe.skipIf(!(hasPostgres && hasPooler))("a history behind a pooler", () => {
  it.each([
    ["transaction", "default_pool_size = 20"],
    ["transaction", "default_pool_size = 1"],
    ["transaction", "server_round_robin = 1"],
    ["statement", "default_pool_size = 20"],
  ])("is refused where no session is one's own: pool_mode = %s, %s", async (mode, setting) => {
    const direct = await server().createDatabase();
    const url = await pooled(direct, [`pool_mode = ${mode}`, setting]);
    // Several that are free: a session may be another one each time.
    const open = await Promise.all(
      ["1", "2", "3"].map(async () => {
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        await client.query("SELECT pg_sleep(0.1)");
        return client;
      }),
    );
    await Promise.all(open.map((client) => client.end()));
    for (let time = 0; time < 3; time += 1) {
      await expect(aServerHistory(url).accounts()).rejects.toMatchObject({
        code: "CONFIG_INVALID",
        message: expect.stringMatching(/pooler.*Nothing was done/),
        hint: expect.stringContaining("pool_mode = session"),
      });
    }
    const made = await server().run(
      new URL(direct).pathname.slice(1),
      "SELECT 1 FROM pg_namespace WHERE nspname = 'tmt_broker'",
    );
    expect(made).toEqual([]);
  });

  it("is as any other where sessions are kept", async () => {
    const url = await pooled(await server().createDatabase(), ["pool_mode = session"]);
    const [one, two] = [aServerHistory(url), aServerHistory(url)];
    await one.importRows(inBatches([aRow()]));
    const isAlive = () => false;
    expect(await one.claim(ACCOUNT, { owner: "one:1:1", isAlive })).toBeNull();
    expect(await two.claim(ACCOUNT, { owner: "two:1:1", isAlive })).toBe("one:1:1");
    expect(await rowsOf(two)).toHaveLength(1);
    await one.release(ACCOUNT, "one:1:1");
    expect(await two.claim(ACCOUNT, { owner: "two:1:1", isAlive })).toBeNull();
  });

  it("is as any other where there is one session and it is kept", async () => {
    const url = await pooled(await server().createDatabase(), [
      "pool_mode = session",
      "default_pool_size = 1",
    ]);
    expect(await aServerHistory(url).accounts()).toEqual([]);
  });
});
