import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { bareConnection } from "../history/sqlite/support.ts";
import { finished, newUser, PATIENCE, type User } from "../support/program.ts";
import { configureOanda, openVenue } from "../support/venue.ts";

vi.setConfig(PATIENCE);

const HEADER = "time,type,instrument,side,units,price,realizedPl,currency";
const KEYS =
  "id,connection,account,time,type,brokerType,instrument,side,units,price,realizedPl,commission,financing,amount,balance,currency,orderId,tradeId,clientOrderId,signalId,agent";

type Row = Readonly<Record<string, string | null>>;

async function done(user: User, words: string | readonly string[], stdin = ""): Promise<string> {
  const { code, stdout, stderr } = await user.run(words, { stdin });
  expect(code, stderr).toBe(0);
  return stdout;
}

async function listed(user: User, words = ""): Promise<readonly Row[]> {
  return JSON.parse(await done(user, `history list --json ${words}`));
}

/** Many rows of a statement, all different. */
function statement(count: number): string {
  const lines = Array.from({ length: count }, (_, index) => {
    const time = new Date(Date.UTC(2026, 0, 1) + index * 60_000).toISOString();
    return `${time},fill,EUR_USD,${index % 2 ? "sell" : "buy"},${index + 1},1.0810,${index % 7}.25,USD`;
  });
  return `${HEADER}\n${lines.join("\n")}\n`;
}

describe("the history of an account", () => {
  it("is read from the broker and shown from here, offline, with the contract's keys", async () => {
    const venue = await openVenue();
    const user = newUser({ TMT_BROKER_TOKEN: venue.token });
    configureOanda(user, venue);
    await done(user, "order buy EUR_USD 1000 --sl 20p --signal sig-1 --agent alpha -c oanda");
    await done(user, "positions close EUR_USD -c oanda");
    expect(await listed(user, "-c oanda")).toEqual([]);
    const [report] = JSON.parse(await done(user, "history sync -c oanda --json"));
    const log = await venue.log();
    expect(report).toMatchObject({
      connection: "oanda",
      account: venue.account,
      read: log.length + 1,
    });
    const asked = venue.requests.length;
    const rows = await listed(user, "-c oanda");
    expect(Object.keys(rows[0] ?? {}).join(",")).toBe(KEYS);
    expect(rows.map(({ id }) => id)).toEqual([...log.map(({ id }) => id).toReversed(), "1"]);
    const [opening] = await listed(
      user,
      "-c oanda --type fill --from 1d --instrument eur/usd",
    ).then((fills) => fills.toReversed());
    expect(opening).toMatchObject({
      signalId: "sig-1",
      agent: "alpha",
      side: "buy",
      units: "1000",
      currency: "USD",
    });
    expect(
      JSON.parse(await done(user, `history show ${opening?.id} -c oanda --json`)),
    ).toMatchObject({ id: opening?.id });
    expect((await user.run("history show 99999 -c oanda --json")).error()).toMatchObject({
      code: "TRANSACTION_NOT_FOUND",
    });
    expect(venue.requests.length).toBe(asked);
    expect(JSON.parse(await done(user, "history reconcile -c oanda --json"))).toMatchObject({
      ok: true,
      drift: [],
    });
  });

  it("tells drift item by item, exits 11, and is healed by reading the log again", async () => {
    const user = newUser();
    await done(user, "order buy EUR_USD 1000 --sl 20p");
    await done(user, "order buy USD_JPY 500 --sl 30p");
    await done(user, "history sync");
    const database = bareConnection(join(user.home, "tmt-broker.db"));
    database.exec("DELETE FROM transactions WHERE id = '5'");
    const result = await user.run("history reconcile --json");
    expect(result.code).toBe(11);
    expect(result.json().drift).toEqual([
      { kind: "order", id: "5", instrument: "EUR_USD", ours: null, brokers: "pending" },
    ]);
    expect(result.error()).toMatchObject({ code: "DRIFT", details: { connection: "paper" } });
    expect(result.error().message).toContain("differ in one place ");
    await done(user, "history sync --from 2000-01-01");
    expect(JSON.parse(await done(user, "history reconcile --json"))).toMatchObject({ ok: true });
  });

  it("is the same bytes on another machine, in another time zone and locale (P9)", async () => {
    const [one, two] = [
      newUser(),
      newUser({ TZ: "Asia/Tokyo", LANG: "de_DE.UTF-8", LC_ALL: "de_DE.UTF-8" }),
    ];
    await done(one, "order buy EUR_USD 1000 --sl 20p --comment x");
    await done(one, "positions close EUR_USD");
    await done(one, "history sync");
    await done(one, "history import -", statement(20));
    const csv = await done(one, "history export");
    const [header = "", ...lines] = csv.trimEnd().split("\n");
    await done(two, "history import - --json", `${[header, ...lines.toReversed()].join("\n")}\n`);
    for (const words of [
      "history export",
      "history export --format jsonl",
      "history export --format hledger",
      "history pnl --by week --json",
      "history list --json",
    ]) {
      expect(await done(two, words)).toBe(await done(one, words));
    }
    const again = JSON.parse(await done(two, "history import - --json", csv));
    expect(again).toMatchObject({ rows: lines.length, stored: 0, known: lines.length });
  });
});

describe("profit and loss of accounts in several currencies", () => {
  const ROWS = `connection,account,id,time,type,instrument,side,units,price,realizedPl,commission,currency
a,1,1,2026-01-05T10:00:00Z,fill,EUR_USD,sell,1000,1.1,10.5,0.25,USD
b,2,1,2026-01-06T10:00:00Z,fill,EUR_GBP,sell,1000,0.8,7,0,EUR
b,3,1,2026-02-07T10:00:00Z,fill,USD_JPY,sell,1000,150,700,0,JPY
`;

  it("is kept apart, or put together at rates that are given and stated", async () => {
    const user = newUser();
    await done(user, "history import -", ROWS);
    const words = "history pnl --all --by month";
    const apart = JSON.parse(await done(user, `${words} --json`));
    expect(apart.map(({ net, currency }: Record<string, string>) => [net, currency])).toEqual([
      ["7", "EUR"],
      ["10.25", "USD"],
      ["700", "JPY"],
    ]);
    const rates = "--in eur --rate USD=0.92 --rate JPY=0.0061";
    expect(JSON.parse(await done(user, `${words} ${rates} --json`))).toMatchObject([
      { period: "2026-01", net: "16.43", fills: 2, currency: "EUR", rates: { USD: "0.92" } },
      { period: "2026-02", net: "4.27", fills: 1, currency: "EUR" },
    ]);
    expect(await done(user, `${words} ${rates}`)).toContain(
      "Converted at 1 USD = 0.92 EUR, 1 JPY = 0.0061 EUR.",
    );
  });

  it.each([
    ["--in EUR --rate USD=0.92", "There is no rate for JPY."],
    ["--in EUR --rate USD=-1", '--rate "USD=-1" is not a rate.'],
    ["--in EUR --rate EUR=1", "EUR is one of itself"],
    ["--in EUR --rate USD=1 --rate usd=2", "two rates of USD"],
    ["--in E1", '--in "E1" is not a currency.'],
    ["--rate USD=0.92", "without --in"],
  ])("refuses %s", async (options, message) => {
    const user = newUser();
    await done(user, "history import -", ROWS);
    const result = await user.run(`history pnl --all ${options} --json`);
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.error()).toMatchObject({ code: "USAGE" });
    expect(result.stderr).toContain(JSON.stringify(message).slice(1, -1));
  });
});

describe("a statement that can't be read", () => {
  it("stores nothing, and names line, column and value", async () => {
    const user = newUser();
    const bad = `${statement(3)}2026-02-29T00:00:00Z,fill,EUR_USD,buy,1,1.0,0,USD\n`;
    const { code, stderr } = await user.run("history import -", { stdin: bad });
    expect(code).toBe(2);
    expect(stderr).toMatch(/Line 5, column time: "2026-02-29T00:00:00Z" .*Nothing was imported\./);
    expect(await listed(user, "--all")).toEqual([]);
    for (const path of ["missing.csv", user.home]) {
      expect((await user.run(["history", "import", path, "--json"])).error()).toMatchObject({
        code: "USAGE",
      });
    }
  });

  it("stores nothing when the import is killed, and everything the next time (PR-01)", async () => {
    const user = newUser();
    const file = join(user.home, "big.csv");
    writeFileSync(file, statement(60_000));
    for (const ms of [150, 350, 600]) {
      const child = user.start(["history", "import", file, "--json", "-a", "x"]);
      setTimeout(() => child.kill("SIGKILL"), ms);
      await finished(child);
      const { length } = await listed(user, "--all --limit 60001");
      expect([0, 60_000]).toContain(length);
    }
    const count = JSON.parse(await done(user, ["history", "import", file, "--json", "-a", "x"]));
    expect(count.stored + count.known).toBe(60_000);
  });
});

describe("an exported file", () => {
  it("is written whole or not at all (CI-15)", async () => {
    const user = newUser();
    const file = join(user.home, "out.csv");
    const link = join(user.home, "link.csv");
    await done(user, "history import - -a x", statement(5));
    await done(user, ["history", "export", "-o", file]);
    symlinkSync(file, link);
    await done(user, "history import - -a y", statement(2));
    await done(user, ["history", "export", "-o", link, "-a", "y"]);
    expect(readFileSync(file, "utf8").split("\n")).toHaveLength(4);
    const before = readFileSync(file);
    const folder = join(user.home, "folder");
    mkdirSync(folder);
    for (const target of [folder, join(user.home, "none", "x.csv"), join(file, "x.csv")]) {
      const { code, stderr } = await user.run(["history", "export", "-o", target]);
      expect([code, stderr]).toEqual([2, expect.stringContaining(target)]);
    }
    if (existsSync("/dev/full")) {
      const full = await user.run(["history", "export", "-o", "/dev/full", "--json"]);
      expect(full.error()).toMatchObject({ code: "STORAGE_FULL" });
    }
    expect(readFileSync(file)).toEqual(before);
    expect(readdirSync(user.home).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it.skipIf(process.platform === "win32")(
    "ends quietly when its reader leaves (CI-16)",
    async () => {
      const user = newUser();
      await done(user, "history import - -a x", statement(3_000));
      const child = user.start("history export");
      child.stdout.once("data", () => child.stdout.destroy());
      const [code, stderr] = await new Promise<[number | null, string]>((resolve) => {
        let told = "";
        child.stderr.on("data", (chunk) => (told += chunk));
        child.once("exit", (status) => resolve([status, told]));
      });
      expect([code, stderr.replace(/^No history.*\n/, "")]).toEqual([0, ""]);
    },
  );
});

describe("a backup", () => {
  it("made while others write holds everything, and is replaced whole or not at all", async () => {
    const user = newUser();
    await done(user, "history import - -a x", statement(2_000));
    await done(user, "order buy EUR_USD 1000 --sl 20p");
    const file = join(user.home, "copy.db");
    const [summary] = await Promise.all([
      done(user, ["history", "backup", file, "--json"]),
      done(user, "history import - -a y", statement(2_000)),
      done(user, "order buy EUR_USD 500 --sl 20p"),
    ]);
    const { transactions } = JSON.parse(summary);
    expect([2_000, 4_000]).toContain(transactions);
    const other = newUser();
    copyFileSync(file, join(other.home, "tmt-broker.db"));
    expect((await listed(other, "--all --limit 5000")).length).toBe(transactions);
    const wrong = await user.run(["history", "backup", user.home, "--json"]);
    expect(wrong.error()).toMatchObject({ code: "USAGE" });
    const itself = await user.run([
      "history",
      "backup",
      join(user.home, "tmt-broker.db"),
      "--json",
    ]);
    expect(itself.error()).toMatchObject({ code: "USAGE" });
    expect(readdirSync(user.home).filter((name) => name.includes(".part"))).toEqual([]);
  });

  it("replaces files only, and what a link leads to: never a device, a pipe or the database by another name", async () => {
    const user = newUser();
    await done(user, "history import - -a x", statement(20));
    const at = (name: string) => join(user.home, name);
    execFileSync("mkfifo", [at("pipe")]);
    writeFileSync(at("older"), "an older copy");
    symlinkSync(at("older"), at("link"));
    symlinkSync(at("gone"), at("dangling"));
    linkSync(at("tmt-broker.db"), at("twin"));
    symlinkSync(at("tmt-broker.db"), at("alias"));
    for (const [file, told] of [
      [at("pipe"), "is no file"],
      [at("dangling"), "isn't there"],
      [at("none/copy.db"), "isn't there"],
      [at("older/copy.db"), "isn't there"],
      [at("twin"), "is the database itself"],
      [at("alias"), "is the database itself"],
      ["-", "can't be written to stdout"],
    ] as const) {
      const refused = await user.run(["history", "backup", file, "--json"]);
      expect([file, refused.code, refused.error()]).toMatchObject([
        file,
        2,
        { code: "USAGE", message: expect.stringMatching(`${told}.* No backup was made\\.$`) },
      ]);
    }
    expect(readdirSync(user.home).filter((name) => name.includes(".part"))).toEqual([]);
    expect(lstatSync(at("pipe")).isFIFO()).toBe(true);
    await done(user, ["history", "backup", at("link")]);
    expect(lstatSync(at("link")).isSymbolicLink()).toBe(true);
    expect(readFileSync(at("older")).subarray(0, 15).toString()).toBe("SQLite format 3");
  });

  it("of yesterday is brought up to date without a gap (DB-09)", async () => {
    const user = newUser();
    await done(user, "order buy EUR_USD 1000 --sl 20p");
    await done(user, "history sync");
    const database = bareConnection(join(user.home, "tmt-broker.db"));
    const before = await listed(user);
    await done(user, "order buy EUR_USD 500 --sl 20p");
    await done(user, "history sync");
    const after = await listed(user);
    // What a copy of before the second order knows.
    database.exec(
      `DELETE FROM transactions WHERE CAST(id AS INTEGER) > ${before[0]?.id};
       UPDATE history_accounts SET synced_through = '${before[0]?.id}'`,
    );
    expect(await listed(user)).toEqual(before);
    await done(user, "history sync");
    expect(await listed(user)).toEqual(after);
  });
});
