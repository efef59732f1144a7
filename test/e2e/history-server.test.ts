import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { freePort } from "../support/postgres-server.ts";
import { finished, newUser, PATIENCE, type User } from "../support/program.ts";
import { databaseOf, hasPostgres, serverOfFile, untilActive } from "../support/server-history.ts";
import { configureOanda, openVenue, type Venue } from "../support/venue.ts";

vi.setConfig(PATIENCE);

const server = serverOfFile();
const PASSWORDS =
  "local all all trust\nhost all tmt 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
const guarded = serverOfFile({ access: PASSWORDS });
/** Enough that a program is busy with them for a while. */
const ROWS = 40_000;
const HEADER = "id,time,type,instrument,side,units,price,realizedPl,currency";

async function done(user: User, words: string | readonly string[], stdin = ""): Promise<string> {
  const { code, stdout, stderr } = await user.run(words, { stdin });
  expect(code, stderr).toBe(0);
  return stdout;
}

/** A user whose history is on the server. */
async function serverUser(url: string, env: Readonly<Record<string, string>> = {}): Promise<User> {
  const user = newUser(env);
  await done(user, ["config", "set", "history.database", url]);
  return user;
}

/** A connection whose token comes from the environment. */
async function venueUser(venue: Venue, url: string): Promise<User> {
  const user = newUser({ TMT_BROKER_TOKEN: venue.token });
  configureOanda(user, venue, `history.database = "${url}"\n\n`);
  return user;
}

function statement(count: number): string {
  const lines = Array.from({ length: count }, (_, index) => {
    const time = new Date(Date.UTC(2025, 10, 1) + index * 3_600_000).toISOString();
    return `${index + 1},${time},fill,EUR_USD,${index % 2 ? "sell" : "buy"},${index + 1},1.0810,${index % 7}.25,USD`;
  });
  return `${HEADER}\n${lines.join("\n")}\n`;
}

describe.skipIf(!hasPostgres)("a history on a PostgreSQL server", () => {
  it("is the same bytes as in SQLite, whatever the order, time zone and locale (P9)", async () => {
    const url = await server().createDatabase();
    const german = {
      TZ: "Asia/Tokyo",
      LANG: "de_DE.UTF-8",
      LC_ALL: "de_DE.UTF-8",
      PGTZ: "America/New_York",
      PGDATESTYLE: "German",
    };
    const [local, remote] = [newUser(), await serverUser(url, german)];
    await done(local, "order buy EUR_USD 1000 --sl 20p --comment x");
    await done(local, "positions close EUR_USD");
    await done(local, "history sync");
    await done(local, "history import -", statement(2_500));
    const csv = await done(local, "history export");
    const [header = "", ...lines] = csv.trimEnd().split("\n");
    await done(remote, "history import -", `${[header, ...lines.toReversed()].join("\n")}\n`);
    for (const words of [
      "history export",
      "history export --format jsonl",
      "history export --format hledger",
      "history export --format beancount",
      "history export --from 2025-12-01 --to 2025-12-31 --type fill --limit 100",
      "history pnl --by week --json",
      "history pnl --timezone Asia/Kathmandu --json",
      "history list --json",
      "history list",
    ]) {
      expect(await done(remote, words)).toBe(await done(local, words));
    }
    const again = JSON.parse(await done(remote, "history import - --json", csv));
    expect(again).toMatchObject({ rows: lines.length, stored: 0, known: lines.length });
  });

  it("is read from the broker by two computers at once, each transaction once, and reconciled", async () => {
    const [venue, url] = [await openVenue(), await server().createDatabase()];
    const [one, two] = [await venueUser(venue, url), await venueUser(venue, url)];
    await done(one, "order buy EUR_USD 1000 --sl 20p --signal sig-1 -c oanda");
    await Promise.all([one, two, one, two].map((user) => done(user, "history sync -c oanda")));
    await done(two, "positions close EUR_USD -c oanda");
    await Promise.all([one, two].map((user) => done(user, "history sync -c oanda")));
    const rows = JSON.parse(await done(one, "history list -c oanda --json"));
    const log = await venue.log();
    expect(rows.map(({ id }: { id: string }) => id)).toEqual([
      ...log.map(({ id }) => id).toReversed(),
      "1",
    ]);
    expect(await done(two, "history list -c oanda --json")).toBe(`${JSON.stringify(rows)}\n`);
    expect(JSON.parse(await done(two, "history reconcile -c oanda --json"))).toMatchObject({
      ok: true,
      drift: [],
    });
  });

  it("keeps nothing of an import whose program is killed, and holds nobody up", async () => {
    const url = await server().createDatabase();
    const user = await serverUser(url);
    const file = join(user.home, "big.csv");
    writeFileSync(file, statement(ROWS));
    const child = user.start(["history", "import", file, "-a", "x"]);
    const killed = finished(child);
    await untilActive(server(), url, "query LIKE 'WITH lines%'");
    child.kill("SIGKILL");
    expect((await killed).code).toBeNull();
    expect(JSON.parse(await done(user, ["history", "import", file, "-a", "x", "--json"]))).toEqual({
      file,
      format: "csv",
      rows: ROWS,
      stored: ROWS,
      known: 0,
    });
  });

  it("says what still works when the server is gone, exits 9, and orders go on", async () => {
    const port = await freePort();
    const user = await serverUser(`postgres://tmt@127.0.0.1:${port}/x`);
    const gone = await user.run("history list --json");
    expect(gone.code).toBe(9);
    expect(gone.error()).toMatchObject({
      code: "STORAGE_BUSY",
      retryable: true,
      hint: expect.stringMatching(
        /Start the server.*Prices, positions and closing work without it/,
      ),
    });
    await done(user, "order buy EUR_USD 1000 --sl 20p");
    await done(user, "history audit");
    const shown = await user.run("positions show EUR_USD");
    expect(shown.code, shown.stderr).toBe(0);
    expect(shown.stdout).toContain("What happened in it can't be read now.");
    const backup = await user.run(["history", "backup", join(user.home, "copy.db"), "--json"]);
    expect(backup.code).toBe(0);
    expect(backup.stderr).toContain("pg_dump -n tmt_broker");
    expect(backup.json()).toMatchObject({ server: `postgres://tmt@127.0.0.1:${port}/x` });
    // What is held isn't known without it.
    const held = await user.run("history retention --json");
    expect([held.code, held.stdout]).toEqual([9, ""]);
  });

  it("is where an order is followed to, from who asked to the end of its trade", async () => {
    const user = await serverUser(await server().createDatabase());
    await done(user, "order buy EUR_USD 1000 --sl 20p --signal sig-1 --agent alpha");
    await done(user, "positions close EUR_USD");
    await done(user, "history sync");
    const trail = JSON.parse(await done(user, "history audit --signal sig-1 --json"));
    const lines = trail.filter(({ sequence }: { sequence: number | null }) => sequence === null);
    expect(lines.map(({ data }: { data: { brokerType: string } }) => data.brokerType)).toEqual([
      ...["MARKET_ORDER", "ORDER_FILL", "STOP_LOSS_ORDER", "ORDER_FILL", "ORDER_CANCEL"],
    ]);
    const closing = lines.at(-2)?.data.id;
    const shown = JSON.parse(await done(user, `history show ${closing} --json`));
    expect(shown.openedBy).toMatchObject([{ signalId: "sig-1", agent: "alpha" }]);
  });

  it("says the same of who asked for an order on every computer, once the one that sent it has synced", async () => {
    const url = await server().createDatabase();
    const [sender, other] = [newUser(), await serverUser(url)];
    await done(sender, "order buy EUR_USD 1000 --sl 20p --signal sig-1 --agent alpha");
    await done(sender, "history sync");
    const local = await done(sender, "history export");
    const bare = local.replaceAll(",sig-1,alpha", ",,");
    expect(bare).not.toBe(local);
    // What a computer has that didn't send the order, of a broker that carries no signals.
    await done(other, "history import -", bare);
    const trail = "history audit --signal sig-1 --json";
    expect(JSON.parse(await done(other, trail))).toEqual([]);
    await done(sender, ["config", "set", "history.database", url]);
    await done(sender, "history sync");
    for (const user of [sender, other]) {
      expect(await done(user, "history export")).toBe(local);
      const lines = JSON.parse(await done(user, trail)).filter(
        ({ sequence }: { sequence: number | null }) => sequence === null,
      );
      expect(lines.length).toBeGreaterThan(1);
    }
  });

  it("asks for a password that is kept, and shows it nowhere", async () => {
    const url = await guarded().createDatabase();
    const name = databaseOf(url);
    await guarded().run("postgres", "CREATE ROLE trader LOGIN PASSWORD 'canary-1'");
    await guarded().run("postgres", `ALTER DATABASE ${name} OWNER TO trader`);
    const own = `postgres://trader@127.0.0.1:${guarded().port}/${name}`;
    const user = await serverUser(own, { TMT_BROKER_PASSPHRASE: "open", TMT_BROKER_LOG: "debug" });
    await done(user, "config set credentials.store file");
    const unknown = await user.run("history list");
    expect([unknown.code, unknown.stderr]).toEqual([3, expect.stringContaining("history login")]);
    const said = [
      unknown,
      await user.run(["config", "set", "history.database", own.replace("@", ":canary-1@")]),
      await user.run("history login --password-stdin", { stdin: "canary-2\n" }),
      await user.run("history list", { env: { PGPASSWORD: "canary-2" } }),
      await user.run("history login --password-stdin", { stdin: "canary-1\n" }),
      await user.run("history list --all --json"),
      await user.run("history list --all", { env: { PGPASSWORD: "canary-1" } }),
      await user.run("history audit"),
      await user.run("config list"),
    ];
    expect(said.map(({ code }) => code)).toEqual([3, 2, 3, 3, 0, 0, 0, 0, 0]);
    expect(JSON.stringify(said)).not.toContain("canary");
    expect(contentsOf(user.home)).not.toContain("canary");
  });
});

describe.skipIf(!hasPostgres)("history migrate", () => {
  it("goes on where it was killed, proves the copy, and names the command that switches", async () => {
    const url = await server().createDatabase();
    const user = newUser();
    await done(user, "order buy EUR_USD 1000 --sl 20p");
    await done(user, "history sync");
    await done(user, "history import - -a x", statement(ROWS));
    const child = user.start(["history", "migrate", "--to", url]);
    const killed = finished(child);
    await untilActive(server(), url, "query LIKE 'WITH lines%'");
    child.kill("SIGKILL");
    await killed;
    const first = await user.run(["history", "migrate", "--to", url, "--json"]);
    expect(first.code, first.stderr).toBe(0);
    expect(first.stderr).toContain("paper x: verified");
    const next = `tmt-broker config set history.database ${url}`;
    expect(first.json()).toMatchObject({
      server: expect.stringContaining("127.0.0.1"),
      accounts: [
        { account: "paper-001", others: 0 },
        { account: "x", rows: ROWS, others: 0, through: null },
      ],
      next,
    });
    const again = await user.run(["history", "migrate", "--to", url, "--json"]);
    expect(
      again.json<{ accounts: { copied: number }[] }>().accounts.map(({ copied }) => copied),
    ).toEqual([0, 0]);
    const shown = () =>
      Promise.all([
        done(user, "history export --all"),
        // With what the fill did to trades, which no export has.
        done(user, "history show 4 -a paper-001 --json"),
      ]);
    const before = await shown();
    await done(user, next.split(" ").slice(1));
    rmSync(join(user.home, "tmt-broker.db"));
    expect(await shown()).toEqual(before);
  });

  it("is refused without a URL, with a password in it, and where something contradicts", async () => {
    const url = await server().createDatabase();
    const [user, other] = [newUser(), await serverUser(url)];
    await done(user, "history import - -a x", statement(3));
    await done(other, "history import - -a x", statement(3).replace("1.0810", "1.0811"));
    const contradicted = await user.run(["history", "migrate", "--json", "--to", url]);
    expect(contradicted.error()).toMatchObject({ code: "DRIFT", details: { id: "1" } });
    const refused = [
      await user.run("history migrate --json"),
      await user.run(["history", "migrate", "--json", "--to", url.replace("@", ":canary@")]),
      contradicted,
    ];
    expect(refused.map(({ code }) => code)).toEqual([2, 3, 11]);
    expect(JSON.stringify(refused)).not.toContain("canary");
  });
});

/** All files of a folder, as one text. */
function contentsOf(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");
}
