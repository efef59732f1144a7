import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig, readConfig } from "../../src/config/load.ts";

let folder: string;
let files = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tmt-config-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(content: string | Uint8Array): string {
  files += 1;
  const path = join(folder, `config-${files}.toml`);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

function load(content: string | Uint8Array) {
  return loadConfig(fileOf(content), {});
}

/** Expects a refusal whose message or hint matches each of `parts`. */
async function expectRefusal(content: string | Uint8Array, ...parts: readonly RegExp[]) {
  const rejection = load(content);
  await expect(rejection).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  const told = await rejection.catch((error) => `${error.message}\n${error.hint}`);
  for (const part of parts) expect(told).toMatch(part);
}

const LIVE = `[connections.main]
broker = "oanda"
environment = "live"
`;

describe("the configuration file", () => {
  it("CF-01 that is missing leaves the defaults and the paper connection", async () => {
    const { settings, profiles, defaultConnection, warnings } = await loadConfig(
      join(folder, "missing.toml"),
      {},
    );
    expect(JSON.parse(JSON.stringify(settings.risk))).toEqual({
      maxUnits: "10000000",
      maxNotional: "10000000",
      maxOrdersPerMinute: 60,
      maxDailyLoss: { kind: "share", share: "0.1" },
      maxSpreadPips: "250",
      priceCollar: "0.05",
      duplicateWindowMs: 10_000,
    });
    expect(settings.order).toEqual({
      stopLoss: null,
      takeProfit: null,
      trailingStop: null,
      maxQuoteAgeMs: 60_000,
      onStopRefused: "ask",
    });
    expect(settings.credentials.store).toBe("keychain");
    expect([...profiles.values()]).toEqual([
      {
        name: "paper",
        broker: "paper",
        environment: "paper",
        accounts: [{ id: "paper-001", alias: null, region: "US", currency: "USD" }],
        host: null,
        streamHost: null,
        credentialStore: null,
      },
    ]);
    expect({ defaultConnection, warnings }).toEqual({ defaultConnection: null, warnings: [] });
  });

  it.each([
    ["empty", ""],
    ["only a comment", "# nothing yet\n"],
    ["only an empty table", "[risk]\n"],
  ])("CF-01 that is %s leaves the defaults", async (_, content) => {
    expect((await load(content)).settings.risk.maxUnits.toString()).toBe("10000000");
  });

  it.each([
    ["a byte order mark", '\ufeff[risk]\nmaxUnits = "5000"\n'],
    ["CRLF line ends", '[risk]\r\nmaxUnits = "5000"\r\n'],
    ["tabs", '[risk]\n\tmaxUnits\t=\t"5000"\n'],
    ["no newline at its end", '[risk]\nmaxUnits = "5000"'],
    ["a whole number without quotes", "risk.maxUnits = 5000\n"],
  ])("CF-01 is read with %s", async (_, content) => {
    expect((await load(content)).settings.risk.maxUnits.toString()).toBe("5000");
  });

  it("keeps every digit of a number", async () => {
    const { settings } = await load(
      'risk.maxUnits = 999999999999\nrisk.maxSpreadPips = "0.12345678901234567"\n',
    );
    expect(settings.risk.maxUnits.toString()).toBe("999999999999");
    expect(settings.risk.maxSpreadPips.toString()).toBe("0.12345678901234567");
  });

  it.each<[string, string | Uint8Array, RegExp[]]>([
    ["half-written", '[risk]\nmaxUnits = "50', [/line 2, column/]],
    ["cut in a table's name", '[risk]\nmaxUnits = "5"\n[conn', [/line 3/]],
    ["not TOML", "maxUnits: 5000", [/line 1/]],
    ["with a key twice", 'risk.maxUnits = "1"\nrisk.maxUnits = "2"', [/line 2/]],
    ["with a table twice", "[risk]\n[risk]\n", [/line 2/]],
    ["not UTF-8", Buffer.from([0xff, 0xfe, 0x5b, 0x00]), [/UTF-8/]],
    ["with a dangerous key", "[__proto__]\nx = 1", [/line 1/]],
    ["with an unknown table", "[riks]\n", [/riks: unknown key/, /Did you mean risk\?/]],
    ["with an unknown key", 'risk.maxUnit = "5"', [/risk\.maxUnit: unknown/, /mean maxUnits\?/]],
    ["with a key in another case", 'risk.maxunits = "5"', [/unknown key/, /mean maxUnits\?/]],
    ["with a token in it", 'connections.a = { token = "x" }', [/token: unknown key/]],
    ["with a list for a value", 'risk.maxUnits = ["5"]', [/risk\.maxUnits: .* a list/]],
    ["with a truth for a value", "risk.maxUnits = true", [/true or false/]],
    ["with a date for a value", "risk.maxUnits = 2026-11-22", [/a date/]],
    ["with a table for a value", "[risk.maxUnits]", [/a table/, /one value/]],
    ["with a number that isn't exact", "risk.maxSpreadPips = 2.5", [/decimals in quotes/]],
    ["with a number for text", "display.timezone = 5", [/whole number/, /quotes/]],
    ["with a value for a table", "risk = 5", [/risk: expected a table, not a whole number/]],
    ["with one connection for the table", 'connections = "main"', [/expected a table, not text/]],
    ["with text for accounts", `${LIVE}accounts = "001"`, [/\[\[connections\.main\.accounts\]\]/]],
    ["with an empty text", 'default_connection = ""', [/1 to 500 characters/]],
    ["with a newline in a text", 'default_connection = "a\\nb"', [/one line/]],
    ["larger than 1 MB", `#${"x".repeat(1024 * 1024)}`, [/1 MB/]],
  ])("CF-01 that is %s is refused with the place", async (_, content, parts) => {
    await expectRefusal(content, ...parts);
  });

  it("CF-01 is named in the message, and its text is not shown", async () => {
    const path = fileOf("[connections.a]\ntoken = canary-99\n");
    await expect(loadConfig(path, {})).rejects.toMatchObject({
      message: expect.stringContaining(`${path}, line 2`),
    });
    await expect(loadConfig(path, {})).rejects.not.toThrow(/canary-99/);
  });

  it("CF-04 that other users may read is used with a warning", async () => {
    const path = fileOf("");
    chmodSync(path, 0o644);
    expect((await loadConfig(path, {})).warnings).toEqual([expect.stringContaining("chmod 600")]);
  });

  it("CF-04 that every user may change is refused", async () => {
    const path = fileOf("");
    chmodSync(path, 0o666);
    await expect(loadConfig(path, {})).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
  });

  it("that is a folder is refused", async () => {
    mkdirSync(join(folder, "directory"));
    await expect(loadConfig(join(folder, "directory"), {})).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining("is not a file"),
    });
  });
});

describe("settings", () => {
  it.each([
    ["risk.maxUnits", "0"],
    ["risk.maxUnits", "-5"],
    ["risk.maxUnits", "unlimited"],
    ["risk.maxUnits", "none"],
    ["risk.maxUnits", "inf"],
    ["risk.maxUnits", "1e5"],
    ["risk.maxUnits", "1000000000001"],
    ["risk.maxUnits", ""],
    ["risk.maxNotional", "0"],
    ["risk.maxNotional", "-1"],
    ["risk.maxNotional", "1000000000001"],
    ["risk.maxOrdersPerMinute", "0"],
    ["risk.maxOrdersPerMinute", "-1"],
    ["risk.maxOrdersPerMinute", "1.5"],
    ["risk.maxOrdersPerMinute", "6001"],
    ["risk.maxDailyLoss", "0"],
    ["risk.maxDailyLoss", "0%"],
    ["risk.maxDailyLoss", "101%"],
    ["risk.maxDailyLoss", "-10%"],
    ["risk.maxSpreadPips", "0"],
    ["risk.maxSpreadPips", "10001"],
    ["risk.priceCollar", "0%"],
    ["risk.priceCollar", "51%"],
    ["risk.priceCollar", "5"],
    ["risk.duplicateWindow", "0s"],
    ["risk.duplicateWindow", "2h"],
    ["order.maxQuoteAge", "0s"],
    ["order.maxQuoteAge", "61m"],
    ["order.maxQuoteAge", "60"],
    ["order.stopLoss", "0p"],
    ["order.stopLoss", "1.0850"],
    ["order.onStopRefused", "Ask"],
    ["order.onStopRefused", " ask"],
    ["credentials.store", "Keychain"],
    ["credentials.store", "plain"],
    ["display.timezone", "Mars/Olympus"],
    ["display.color", "yes"],
    ["history.database", "mysql://localhost/x"],
    ["history.database", "postgres://"],
    ["notify.webhook", "http://example.com/hook"],
    ["notify.webhook", "not a url"],
  ])("CF-07 %s can't be %j", async (key, text) => {
    await expectRefusal(`${key} = ${JSON.stringify(text)}`, new RegExp(`${key}: .*expected`));
  });

  it("CF-07 at their ceilings and smallest values are taken", async () => {
    const { settings } = await load(`
      order.maxQuoteAge = "1h"
      order.stopLoss = "0.1p"
      order.takeProfit = "1.5%"
      [risk]
      maxUnits = "1000000000000"
      maxNotional = "0.01"
      maxOrdersPerMinute = 1
      maxDailyLoss = "100%"
      maxSpreadPips = 10000
      priceCollar = "50%"
      duplicateWindow = "500ms"`);
    expect(JSON.parse(JSON.stringify(settings))).toMatchObject({
      order: {
        maxQuoteAgeMs: 3_600_000,
        stopLoss: { kind: "pips", pips: "0.1" },
        takeProfit: { kind: "percent", percent: "1.5" },
      },
      risk: {
        maxUnits: "1000000000000",
        maxNotional: "0.01",
        maxOrdersPerMinute: 1,
        maxDailyLoss: { kind: "share", share: "1" },
        maxSpreadPips: "10000",
        priceCollar: "0.5",
        duplicateWindowMs: 500,
      },
    });
  });

  it("take a daily loss in account currency", async () => {
    const { settings } = await load('risk.maxDailyLoss = "500.50"');
    expect(JSON.parse(JSON.stringify(settings.risk.maxDailyLoss))).toEqual({
      kind: "amount",
      amount: "500.5",
    });
  });

  it("name the place of the database, a webhook and the time zone", async () => {
    const { settings } = await load(`
      history.database = "postgres://trader@db.example/tmt"
      notify = { webhook = "http://127.0.0.1:9/hook", command = "beep" }
      display = { timezone = "America/New_York", color = "never" }`);
    expect(settings.history.database).toEqual({
      kind: "postgres",
      url: "postgres://trader@db.example/tmt",
    });
    expect(settings.notify).toEqual({
      bell: true,
      desktop: false,
      orders: true,
      webhook: "http://127.0.0.1:9/hook",
      command: "beep",
      pagerduty: "off",
    });
    expect(settings.display).toMatchObject({ timezone: "America/New_York", color: "never" });
  });

  it.each([
    'history.database = "postgres://trader:canary@db.example/tmt"',
    'history.database = "postgres://db.example/tmt?password=canary"',
    'notify.webhook = "ftp://canary.example"',
    `${LIVE}host = "https://me:canary@api-fxtrade.oanda.com"`,
  ])("never hold or show a password: %s", async (content) => {
    const rejection = load(content);
    await expect(rejection).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    await expect(rejection).rejects.not.toThrow(/canary/);
  });

  it("of an account go by its id, and those of an unknown account are pointed out", async () => {
    const { settings, profiles, warnings } = await load(`
      ${LIVE}
      [[connections.main.accounts]]
      id = "001-001-1234567-001"
      region = "US"
      [compliance."001-001-1234567-001"]
      region = "UK"
      rules = ["uk-crypto=warn", "own-cap.check=leverage-cap", "own-cap.account=10"]
      [compliance.001-001-1234567-002]
      region = "EU"
      [compliance.paper-001]
      region = "NONE"
      rules = "us-fifo=off"`);
    expect(settings.compliance.get("001-001-1234567-001")).toEqual({
      region: "UK",
      rules: "uk-crypto=warn,own-cap.check=leverage-cap,own-cap.account=10",
    });
    expect(profiles.get("main")?.accounts[0]?.region).toBe("UK");
    expect(profiles.get("paper")?.accounts[0]?.region).toBe("NONE");
    expect(profiles.get("main")?.accounts[0]?.ruleChanges).toEqual([
      { rule: "uk-crypto", set: { enforcement: "warn" } },
      { rule: "own-cap", set: { check: "leverage-cap", account: "10" } },
    ]);
    expect(warnings).toEqual([
      expect.stringContaining("compliance.001-001-1234567-002"),
      "compliance.paper-001.rules: us-fifo has no effect, the account's region is NONE.",
    ]);
  });

  it("that switch a law off say so", async () => {
    const { warnings } = await load(
      'compliance.paper-001.rules = "us-fifo=off, us-leverage-table=off"',
    );
    expect(warnings).toEqual(["compliance.paper-001.rules: us-fifo is switched off."]);
  });

  it.each([
    [
      "an unknown region",
      'compliance.a.region = "us"',
      /"us" is refused: expected one of US.*; did you mean US\?/,
    ],
    ["a region spelled with a blank", 'compliance.a.region = "US "', /expected one of US/],
    ["an unknown rule", 'compliance.a.rules = "us-fifi=off"', /Did you mean us-fifo/],
    ["an unknown parameter", 'compliance.a.rules = "us-leverage.otehrs=5%"', /Did you mean others/],
    ["an unknown key", 'compliance.a.regoin = "US"', /Did you mean region/],
    ["a strange rule", 'compliance.a.rules = "fifo,,x"', /expected RULE=off or RULE.FIELD=VALUE/],
    ["a number of rules", "compliance.a.rules = 3", /expected text/],
    ["no table", 'compliance.a = "US"', /expected a table/],
  ])("of an account with %s are refused", async (_, content, part) => {
    await expectRefusal(content, part);
  });
});

describe("the environment", () => {
  it("gives the defaults of -c and -a, and the log level", () => {
    const variables = {
      TMT_BROKER_CONNECTION: "main",
      TMT_BROKER_ACCOUNT: "a",
      TMT_BROKER_LOG: "debug",
    };
    expect(readConfig({}, variables).environment).toEqual({
      connection: "main",
      account: "a",
      logLevel: "debug",
    });
    expect(readConfig({}, {}).environment).toEqual({
      connection: null,
      account: null,
      logLevel: null,
    });
  });

  it.each([
    ["TMT_BROKER_LOG", "DEBUG", /none of the log levels/],
    ["TMT_BROKER_LOG", "", /empty/],
    ["TMT_BROKER_CONNECTION", "", /empty/],
    ["TMT_BROKER_ACCOUNT", "", /empty/],
  ])("CF-03 with %s=%j is refused", (name, value, part) => {
    expect(() => readConfig({}, { [name]: value })).toThrow(part);
  });
});
