import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { newUser, PATIENCE } from "../support/program.ts";
import { expectRefusal, kindsInAudit, NOTHING_SENT } from "../support/refusals.ts";
import { openVenue, ordersSent, type Venue } from "../support/venue.ts";

vi.setConfig(PATIENCE);

describe("a configuration that is wrong stops every order", () => {
  const live = 'broker = "oanda"\nenvironment = ';
  const rows: readonly [string, string, readonly (string | RegExp)[]][] = [
    ["CF-01 half written", "[risk]\nmaxUnits = ", ["config.toml", /line 2/]],
    ["CF-01 with a wrong type", "[risk]\nmaxUnits = true\n", ["risk.maxUnits"]],
    ["CF-01 with an unknown key", "[risk]\nmaxUnit = 5\n", ["maxUnit", "maxUnits"]],
    ["CF-01 with a key twice", '[risk]\nmaxUnits = "5"\nmaxUnits = "6"\n', ["config.toml"]],
    ["CF-01 in bytes that are no text", "\u0000\u0001[risk]", ["config.toml"]],
    ["CF-03 with live in capitals", `[connections.main]\n${live}"LIVE"\n`, ["LIVE", "live"]],
    ["CF-03 with live padded", `[connections.main]\n${live}"live "\n`, ["live", "practice"]],
    ["CF-03 with live misspelled", `[connections.main]\n${live}"lvie"\n`, ["lvie", "live"]],
    ["CF-03 with no environment", '[connections.main]\nbroker = "oanda"\n', ["environment"]],
    [
      "CF-05 with a host over plain http",
      `[connections.main]\n${live}"live"\nhost = "http://api.example.com"\n`,
      ["http://", "https://"],
    ],
    ["CF-07 with a limit of nothing", "[risk]\nmaxUnits = 0\n", ["risk.maxUnits"]],
    ["CF-07 with a negative limit", '[risk]\nmaxDailyLoss = "-5%"\n', ["risk.maxDailyLoss"]],
  ];

  it.each(rows)("%s", async (_, content, says) => {
    const user = newUser();
    writeFileSync(join(user.home, "config.toml"), content, { mode: 0o600 });
    const result = await user.run("order buy EUR_USD 100 --json");
    expectRefusal(result, { exit: 3, code: "CONFIG_INVALID", says });
    expect(existsSync(join(user.home, "tmt-broker.db")) && (await kindsInAudit(user))).toBe(false);
  });

  it("CF-01 but an empty one, one with a BOM, and one with CRLF are fine", async () => {
    for (const content of ["", "\uFEFF[risk]\nmaxUnits = 50\n", "[risk]\r\nmaxUnits = 50\r\n"]) {
      const user = newUser();
      writeFileSync(join(user.home, "config.toml"), content, { mode: 0o600 });
      const placed = await user.run("order buy EUR_USD 50 --dry-run --json");
      expect(placed.code, placed.stderr).toBe(0);
    }
  });

  it("CF-03 an environment on the command line is taken as written or not at all", async () => {
    const user = newUser();
    for (const text of ["LIVE", "live ", "prod", ""]) {
      const words = ["connect", "add", "oanda", "--env", text, "--token-stdin", "--json"];
      const result = await user.run(words, { stdin: "token" });
      expectRefusal(result, { exit: 2, code: "USAGE", says: ["--env", "practice, live"] });
    }
  });

  it("CF-03 a connection or account named by an empty variable is no default", async () => {
    const user = newUser();
    for (const name of ["TMT_BROKER_CONNECTION", "TMT_BROKER_ACCOUNT"]) {
      const result = await user.run("order buy EUR_USD 100 --json", { env: { [name]: "" } });
      expectRefusal(result, { exit: 3, code: "CONFIG_INVALID", says: [name, NOTHING_SENT] });
    }
  });

  it("CF-04 a configuration that others may read is told, and one that nobody may is refused", async () => {
    const user = newUser();
    const file = join(user.home, "config.toml");
    writeFileSync(file, "", { mode: 0o644 });
    chmodSync(file, 0o644);
    const placed = await user.run("order buy EUR_USD 100 --dry-run --json");
    expect(placed.code).toBe(0);
    expect(placed.stderr).toContain("chmod 600");
  });
});

describe("the address of a history's server", () => {
  it.each([
    [
      "postgres://u@db.example/x?sslmode=nonsense",
      /sslmode that isn't known: nonsense/,
      /verify-full/,
    ],
    ["postgres://u@db.example/x?ssl=true", /parameter that isn't known here: ssl/, /sslmode/],
    ["postgres://u@db.example:99999/x", /postgres/, /USER@HOST/],
    ["postgres://u@db.example/x?port=99999", /no usable port: 99999/, /65535/],
    ["postgres://u@db.example/x?connect_timeout=soon", /connect_timeout: soon/, /seconds/],
    ["postgres://u@a,b/x", /several hosts/, /takes writes/],
    ["postgres://u:canary@db.example/x", /holds a password/, /history login/],
  ])("CF-07 is refused when it is set as when it is used: %s", async (url, message, hint) => {
    const user = newUser();
    const set = await user.run(["config", "set", "history.database", url, "--json"]);
    const used = await user.run(["history", "migrate", "--to", url, "--json"]);
    expect([set.code, used.code]).toEqual([2, 3]);
    expect(set.error().message).toMatch(message);
    expect(set.error().message).toBe(
      `history.database: ${used.error().message} Nothing was changed.`,
    );
    expect([set.error().hint, used.error().hint]).toEqual([
      expect.stringMatching(hint),
      set.error().hint,
    ]);
    expect(JSON.stringify([set, used])).not.toContain("canary");
    expect((await user.run("config get history.database")).stdout.trim()).toBe("sqlite");
  });
});

describe("a credential that is wrong is not stored", () => {
  const user = newUser({ TMT_BROKER_PASSPHRASE: "correct horse" });
  let venue: Venue;

  beforeAll(async () => {
    venue = await openVenue();
  });

  const rows: readonly [string, string, string][] = [
    ["CR-02 of another environment or revoked", "another-token", "doesn't accept the token"],
    ["CR-04 with a letter outside ASCII", "tokén", "isn't ASCII"],
    ["CR-04 on two lines", "token\nof-the-test", "line break"],
    ["CR-04 of nothing", "", "is empty"],
    ["CR-04 of 8 KB", "x".repeat(8192), "characters"],
  ];

  it.each(rows)("%s", async (_, token, says) => {
    const words = `connect add oanda --host ${venue.url} --token-stdin --store file --json`;
    const result = await user.run(words, { stdin: token });
    expectRefusal(result, { exit: 3, code: "CREDENTIALS_INVALID", says: [says] });
    if (token !== "") expect(result.stderr).not.toContain(token);
  });

  it("CR-04 a token larger than any is refused while it is read", async () => {
    const words = `connect add oanda --host ${venue.url} --token-stdin --store file --json`;
    const result = await user.run(words, { stdin: "x".repeat(200_000) });
    expectRefusal(result, { exit: 2, code: "USAGE", says: ["larger than"] });
  });

  it("CR-02 leaves no connection, no file, no record", async () => {
    const connections = (await user.run("connect list --json")).json<{ name: string }[]>();
    expect(connections.map(({ name }) => name)).toEqual(["paper"]);
    expect(existsSync(join(user.home, "credentials.enc"))).toBe(false);
    expect(existsSync(join(user.home, "config.toml"))).toBe(false);
    expect(await kindsInAudit(user)).toEqual([]);
  });

  it("CR-04 the newline that echo leaves at its end doesn't count", async () => {
    const words = `connect add oanda --host ${venue.url} --token-stdin --store file --json`;
    const added = await user.run(words, { stdin: `${venue.token}\n` });
    expect(added.code, added.stderr).toBe(0);
    expect(readFileSync(join(user.home, "config.toml"), "utf8")).toContain(venue.url);
    expect(await kindsInAudit(user)).toEqual(["connection.added"]);
  });

  it("CR-09 a wrong passphrase is told, and opens nothing", async () => {
    const result = await user.run("order buy EUR_USD 100 -c oanda --json", {
      env: { TMT_BROKER_PASSPHRASE: "battery staple" },
    });
    expect(result.code).toBe(3);
    expect(result.error().message).toMatch(/passphrase/i);
    expect(ordersSent(venue)).toEqual([]);
  });
});
