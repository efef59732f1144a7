import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDocument } from "../../src/config/document.ts";
import { parseHost } from "../../src/config/hosts.ts";
import { readConfig, type Variables, withRules } from "../../src/config/load.ts";
import {
  chooseAccount,
  chosenConnection,
  selectAccount,
  selectConnection,
} from "../../src/config/selection.ts";

async function configOf(text: string, variables: Variables = {}) {
  return readConfig(await parseDocument(Buffer.from(text)), variables);
}

async function refusalOf(text: string): Promise<string> {
  return configOf(text).then(
    () => "accepted",
    (error) => `${error.code} ${error.message} ${error.hint}`,
  );
}

const FULL = `default_connection = "real"

[connections.real]
broker = "oanda"
environment = "live"
credential_store = "file"
default_account = "joint"

[[connections.real.accounts]]
id = "001-001-1234567-001"
alias = "main"
region = "US"
currency = "USD"

[[connections.real.accounts]]
id = "001-001-1234567-002"
alias = "joint"
region = "UK"

[connections.demo]
broker = "oanda"
environment = "practice"
host = "http://127.0.0.1:8090"
stream_host = "http://localhost:8090/"

[connections.sandbox]
broker = "paper"
`;

describe("connections", () => {
  it("are read as written, beside the paper connection", async () => {
    const { profiles, defaultAccounts, defaultConnection } = await configOf(FULL);
    expect([...profiles.keys()]).toEqual(["demo", "paper", "real", "sandbox"]);
    expect(profiles.get("real")).toEqual({
      name: "real",
      broker: "oanda",
      environment: "live",
      accounts: [
        { id: "001-001-1234567-001", alias: "main", region: "US", currency: "USD" },
        { id: "001-001-1234567-002", alias: "joint", region: "UK", currency: null },
      ],
      host: null,
      streamHost: null,
      credentialStore: "file",
    });
    expect(profiles.get("demo")).toMatchObject({
      host: "http://127.0.0.1:8090",
      streamHost: "http://localhost:8090",
      credentialStore: "keychain",
    });
    expect(profiles.get("sandbox")).toMatchObject({
      environment: "paper",
      credentialStore: null,
      accounts: [{ id: "paper-001" }],
    });
    expect(defaultAccounts.get("real")).toBe("001-001-1234567-002");
    expect(defaultConnection).toBe("real");
  });

  it("without a store of their own use the configured one", async () => {
    const { profiles } = await configOf(
      `credentials.store = "file"\n${FULL}`.replace('default_connection = "real"', ""),
    );
    expect(profiles.get("demo")?.credentialStore).toBe("file");
  });

  const main = (lines: string) => `[connections.main]\n${lines}\n`;
  const oanda = (lines: string) => main(`broker = "oanda"\nenvironment = "practice"\n${lines}`);
  const account = (lines: string) => oanda(`[[connections.main.accounts]]\n${lines}`);

  it.each([
    ["environment", "Live", "live"],
    ["environment", " live", "live"],
    ["environment", "live ", "live"],
    ["environment", "lvie", "live"],
    ["environment", "practise", "practice"],
    ["environment", "PRACTICE", "practice"],
    ["environment", "l\u0456ve", "live"],
    ["environment", "paper", "paper"],
    ["broker", "Oanda", "oanda"],
    ["broker", "ondaa", "oanda"],
    ["broker", "ibrk", "ibkr"],
    ["credential_store", "Keychain", "keychain"],
    ["credential_store", "keychian", "keychain"],
    ["credential_store", "files", "file"],
  ])("CF-03 %s = %j is refused, never taken for another", async (key, value, meant) => {
    const fields = { broker: "oanda", environment: "practice", [key]: value };
    const lines = Object.entries(fields).map(
      (field) => `${field[0]} = ${JSON.stringify(field[1])}`,
    );
    const refusal = await refusalOf(main(lines.join("\n")));
    expect(refusal).toContain(`connections.main.${key}`);
    expect(refusal).toMatch(meant === value ? /is none of/ : new RegExp(`Did you mean ${meant}`));
  });

  it("CF-03 for all texts but its own two an environment is refused", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        fc.pre(text !== "live" && text !== "practice");
        const document = { connections: { main: { broker: "oanda", environment: text } } };
        expect(() => readConfig(document, {})).toThrow(/environment/);
      }),
    );
  });

  it.each([
    ["environment set twice", oanda('environment = "live"'), /line 4/],
    ["environment under two names", oanda('enviroment = "live"'), /Did you mean environment/],
    ["no environment", main('broker = "oanda"'), /practice or live/],
    ["no broker", main('environment = "live"'), /broker is missing/],
    ["paper as another broker's name", "[connections.paper]\nbroker='oanda'", /be called paper/],
    ["a live paper broker", main('broker = "paper"\nenvironment = "live"'), /Possible here: paper/],
    ["a paper broker with a host", main('broker="paper"\nhost="http://[::1]"'), /has no host/],
    ["an illegal name", '[connections."a b"]', /1 to 40 letters/],
    ["names that differ by case", `${oanda("")}[connections.Main]`, /differ by case/],
    ["a name like paper", '[connections.Paper]\nbroker="paper"', /differ by case/],
    ["an account without id", account('alias = "a"'), /id is missing/],
    ["an account called with spaces", account('id = " 101"'), /can't name an account/],
    ["an unknown region", account('id = "1"\nregion = "us"'), /Did you mean US/],
    ["an unknown account key", account('id = "1"\nregoin = "US"'), /Did you mean region/],
    ["a strange currency", account('id = "1"\ncurrency = "usd"'), /no currency/],
    [
      "two accounts of one name",
      account('id="1"\n[[connections.main.accounts]]\nid="2"\nalias="1"'),
      /called "1"/,
    ],
    ["an unknown default account", oanda('default_account = "x"'), /none of the connection's/],
    ["CF-05 a live account for practice", account('id = "001-001-1-001"'), /is a live account/],
    [
      "CF-05 a practice account for live",
      account('id = "101-001-1-001"').replace("practice", "live"),
      /is a practice account/,
    ],
  ])("CF-03 with %s are refused", async (_, text, part) => {
    expect(await refusalOf(text)).toMatch(part);
  });

  it("CF-08 that share one account are pointed out", async () => {
    const second = FULL.split("[connections.demo]")[0]?.replaceAll(
      "connections.real",
      "connections.twin",
    );
    const { warnings } = await configOf(FULL + (second ?? "").replace(/^default.*\n/, ""));
    expect(warnings).toEqual([
      "The connections real and twin share the oanda live account 001-001-1234567-001.",
      "The connections real and twin share the oanda live account 001-001-1234567-002.",
    ]);
  });
});

describe("a host", () => {
  const LIVE = { broker: "oanda", environment: "live" } as const;
  const PRACTICE = { broker: "oanda", environment: "practice" } as const;

  it.each([
    ["https://api-fxtrade.oanda.com", LIVE, "https://api-fxtrade.oanda.com"],
    ["https://API-FXTRADE.oanda.com/", LIVE, "https://api-fxtrade.oanda.com"],
    ["https://api-fxtrade.oanda.com:443", LIVE, "https://api-fxtrade.oanda.com"],
    ["http://127.0.0.1:8090", LIVE, "http://127.0.0.1:8090"],
    ["http://[::1]:8090", LIVE, "http://[::1]:8090"],
    ["http://localhost", PRACTICE, "http://localhost"],
    ["https://api-fxpractice.oanda.com", PRACTICE, "https://api-fxpractice.oanda.com"],
    ["https://practice.example:8443", PRACTICE, "https://practice.example:8443"],
    [
      "https://api.ibkr.com",
      { broker: "ibkr", environment: "live" } as const,
      "https://api.ibkr.com",
    ],
  ])("%s is taken", (text, use, origin) => {
    expect(parseHost(text, use)).toBe(origin);
  });

  it.each([
    ["http://api-fxtrade.oanda.com", LIVE, /unprotected/],
    ["http://practice.example", PRACTICE, /unprotected/],
    ["http://127.0.0.1.example.com", PRACTICE, /unprotected/],
    ["https://api-fxpractice.oanda.com", LIVE, /oanda's practice host/],
    ["https://api-fxtrade.oanda.com", PRACTICE, /oanda's live host/],
    ["https://api.alpaca.markets", LIVE, /alpaca's live host/],
    ["https://api-fxtrade.oanda.com:8443", LIVE, /looks like/],
    ["https://api-fxtrade.oanda.com.", LIVE, /looks like/],
    ["https://api-fxtrade.oanda.co", LIVE, /looks like/],
    ["https://api-fxtrade.oanda.com.evil.example", PRACTICE, /looks like/],
    ["https://api-fxtrade-oanda.com", PRACTICE, /looks like/],
    ["https://api-fxtrade.0anda.com", PRACTICE, /looks like/],
    ["https://xn--oand-5na.com", PRACTICE, /looks like/],
    ["https://proxy.example", LIVE, /none of oanda's live hosts/],
    ["https://api-fxtrade.oanda.com/v3", LIVE, /without a path/],
    ["https://api-fxtrade.oanda.com@evil.example", LIVE, /without a path/],
    [" https://api-fxtrade.oanda.com", LIVE, /without a path/],
    ["https://api-fxtrade.oanda.com\n", LIVE, /without a path/],
    ["https:\\\\api-fxtrade.oanda.com", LIVE, /without a path/],
    ["api-fxtrade.oanda.com", LIVE, /without a path/],
    ["https://a:99999", PRACTICE, /without a path/],
    ["ftp://localhost", PRACTICE, /without a path/],
  ])("CF-05 %j is refused", (text, use, reason) => {
    expect(() => parseHost(text, use)).toThrow(reason);
  });
});

describe("the connection to use", () => {
  it.each([
    ["the option", "demo", { TMT_BROKER_CONNECTION: "sandbox" }, FULL, "demo", "option"],
    ["the environment", null, { TMT_BROKER_CONNECTION: "sandbox" }, FULL, "sandbox", "environment"],
    ["the file", null, {}, FULL, "real", "file"],
    ["nothing", null, {}, "", "paper", "default"],
  ] as const)("is chosen by %s", async (...row) => {
    const [, option, variables, text, name, source] = row;
    const config = await configOf(text, variables);
    expect(selectConnection(config, option).name).toBe(name);
    expect(chosenConnection(config, option).source).toBe(source);
  });

  it("CF-03 that is misspelled is refused with the nearest name", async () => {
    const config = await configOf(FULL);
    for (const name of ["Real", "reel", " real"]) {
      expect(() => selectConnection(config, name)).toThrow(
        expect.objectContaining({
          code: "CONNECTION_NOT_FOUND",
          hint: expect.stringContaining("Did you mean real?"),
        }),
      );
    }
    const lost = await configOf("", { TMT_BROKER_CONNECTION: "real" });
    expect(() => selectConnection(lost, null)).toThrow(/TMT_BROKER_CONNECTION/);
  });

  it("CF-08 that is gone although it is the default is refused, not replaced", async () => {
    const config = await configOf('default_connection = "gone"');
    expect(() => selectConnection(config, null)).toThrow(/No connection "gone" by default/);
  });
});

describe("the account to use", () => {
  it.each([
    ["the option", "main", {}, "001-001-1234567-001"],
    ["the option's id", "001-001-1234567-001", {}, "001-001-1234567-001"],
    ["the environment", null, { TMT_BROKER_ACCOUNT: "main" }, "001-001-1234567-001"],
    ["the connection's default", null, {}, "001-001-1234567-002"],
  ] as const)("is chosen by %s", async (...row) => {
    const [, option, variables, id] = row;
    const config = await configOf(FULL, variables);
    expect(selectAccount(config, selectConnection(config, "real"), option)?.id).toBe(id);
  });

  it("is the only one there is, and asked of the broker where there is none", async () => {
    const config = await configOf(FULL);
    expect(selectAccount(config, selectConnection(config, "paper"), null)?.id).toBe("paper-001");
    expect(selectAccount(config, selectConnection(config, "demo"), null)).toBeNull();
  });

  it("that only the broker knows has the strictest rules, or those that its settings give it", async () => {
    const told = { id: "A1", alias: null, currency: "USD" };
    const chosen = async (text: string) => {
      const config = await withRules(await configOf(FULL + text));
      const ask = async () => [told];
      return chooseAccount(config, selectConnection(config, "demo"), { option: null, ask });
    };
    expect(await chosen("")).toEqual({ ...told, region: "US" });
    const rules = '\n[compliance.A1]\nregion = "EU"\nrules = "own-cap.check=leverage-cap"';
    const own = { rule: "own-cap", set: { check: "leverage-cap" } };
    expect(await chosen(rules)).toEqual({ ...told, region: "EU", ruleChanges: [own] });
  });

  it("must be named where there are several", async () => {
    const config = await configOf(FULL.replace('default_account = "joint"', ""));
    expect(() => selectAccount(config, selectConnection(config, "real"), null)).toThrow(
      expect.objectContaining({ code: "USAGE", hint: expect.stringContaining("main, joint") }),
    );
  });

  it("that isn't there is refused with the nearest", async () => {
    const config = await configOf(FULL);
    expect(() => selectAccount(config, selectConnection(config, "real"), "mian")).toThrow(
      expect.objectContaining({
        code: "ACCOUNT_NOT_FOUND",
        hint: expect.stringContaining("Did you mean main?"),
      }),
    );
  });
});
