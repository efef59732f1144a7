import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NOTICE } from "../../src/config/document.ts";
import { openDurableFile } from "../../src/config/durable-file.ts";
import {
  withAlias,
  withConnection,
  withDefaultConnection,
  withoutConnection,
  withSetting,
} from "../../src/config/edit.ts";
import { getKey, listKeys } from "../../src/config/keys.ts";
import { loadConfig, readConfig } from "../../src/config/load.ts";
import { updateConfig } from "../../src/config/save.ts";
import { exitDistanceFor, SETTING_KEYS } from "../../src/config/schema.ts";
import type { ConnectionProfile } from "../../src/core/connection.ts";
import { distanceText } from "../../src/core/distance.ts";
import { systemClock } from "../../src/resilience/system-clock.ts";

const CHILD = join(import.meta.dirname, "../support/config-child.ts");
const run = promisify(execFile);
const PROFILE: ConnectionProfile = {
  name: "real",
  broker: "oanda",
  environment: "live",
  accounts: [
    { id: "001-001-1234567-001", alias: "main", region: "US", currency: "USD" },
    { id: "001-001-1234567-002", alias: null, region: "UK", currency: null },
  ],
  host: null,
  streamHost: null,
  credentialStore: "keychain",
};

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tmt-save-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

function fileAt(name: string, content?: string) {
  const path = join(folder, name, "config.toml");
  const file = openDurableFile(path, systemClock);
  return { path, file, write: () => file.update(async () => Buffer.from(content ?? "")) };
}

describe("a change of the configuration", () => {
  it("makes the file and its folder for their user alone", async () => {
    const { path, file } = fileAt("fresh");
    await updateConfig(file, (document) => withSetting(document, "risk.maxUnits", "5000"));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "fresh")).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(folder, "fresh"))).toEqual(["config.toml"]);
    expect(readFileSync(path, "utf8")).toBe(`${NOTICE}\n\n[risk]\nmaxUnits = "5000"\n`);
  });

  it("is what the next command reads", async () => {
    const { path, file } = fileAt("round");
    const written = await updateConfig(file, (document) =>
      withDefaultConnection(withConnection(document, PROFILE, "main"), "real"),
    );
    const read = await loadConfig(path, {});
    expect(read.profiles.get("real")).toEqual(PROFILE);
    expect(read.defaultAccounts.get("real")).toBe("001-001-1234567-001");
    expect(read.defaultConnection).toBe("real");
    expect(written.profiles).toEqual(read.profiles);
  });

  it("keeps everything else, and the comments at the top", async () => {
    const { path, file, write } = fileAt(
      "keep",
      "# Mine.\r\n#  Since 2026.\r\n\r\nrisk.maxUnits = 5000 # inner\r\n" +
        '[notify]\r\ncommand = "beep"\r\n',
    );
    await write();
    await updateConfig(file, (document) => withSetting(document, "display.color", "never"));
    await updateConfig(file, (document) => withSetting(document, "display.timezone", "UTC"));
    expect(readFileSync(path, "utf8")).toBe(
      `${NOTICE}\n# Mine.\n#  Since 2026.\n\n[risk]\nmaxUnits = 5000\n\n[notify]\n` +
        'command = "beep"\n\n[display]\ncolor = "never"\ntimezone = "UTC"\n',
    );
  });

  it("that would be refused when read is not written", async () => {
    const { path, file, write } = fileAt("refused", "# as it was\n");
    await write();
    const change = () => ({ connections: { main: { broker: "oanda", environment: "Live" } } });
    await expect(updateConfig(file, change)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    expect(readFileSync(path, "utf8")).toBe("# as it was\n");
    expect(readdirSync(join(folder, "refused"))).toEqual(["config.toml"]);
  });

  it("CF-01 never overwrites a file that can't be read", async () => {
    const { path, file, write } = fileAt("broken", '[risk]\nmaxUnits = "50');
    await write();
    const change = updateConfig(file, (document) => document);
    await expect(change).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    expect(readFileSync(path, "utf8")).toBe('[risk]\nmaxUnits = "50');
  });

  it("goes to the target of a symbolic link, also of one without a target yet", async () => {
    const target = join(folder, "dotfiles.toml");
    const link = join(folder, "link.toml");
    symlinkSync("dotfiles.toml", link);
    const file = openDurableFile(link, systemClock);
    for (const units of ["1", "2"]) {
      await updateConfig(file, (document) => withSetting(document, "risk.maxUnits", units));
      expect(lstatSync(link).isSymbolicLink()).toBe(true);
      expect(readFileSync(target, "utf8")).toContain(`maxUnits = "${units}"`);
    }
  });

  it("CF-04 fails clearly where the folder can't be made", async () => {
    writeFileSync(join(folder, "plain"), "");
    await expect(fileAt("plain/below").write()).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      hint: expect.stringContaining("TMT_BROKER_HOME"),
    });
  });
});

describe("writers of one file", () => {
  it("lose none of each other's changes", async () => {
    const { path, write } = fileAt("writers", "");
    await write();
    const keys = ["risk.maxUnits", "risk.maxNotional", "risk.maxSpreadPips", "risk.maxDailyLoss"];
    await Promise.all(keys.map((key) => run(process.execPath, [CHILD, "set", path, key, "77"])));
    const config = await loadConfig(path, {});
    expect(keys.map((key) => getKey(config, key).value)).toEqual(["77", "77", "77", "77"]);
    expect(readdirSync(join(folder, "writers"))).toEqual(["config.toml"]);
  });

  it("take over the lock of a writer that was killed", async () => {
    const { path, file } = fileAt("killed");
    const child = spawn(process.execPath, [CHILD, "hold", path], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    expect(existsSync(`${path}.lock`)).toBe(true);
    child.kill("SIGKILL");
    await once(child, "exit");
    const keys = ["risk.maxUnits", "risk.maxNotional", "risk.maxSpreadPips"];
    await Promise.all(
      keys.map((key) => updateConfig(file, (document) => withSetting(document, key, "77"))),
    );
    const config = await loadConfig(path, {});
    expect(keys.map((key) => getKey(config, key).value)).toEqual(["77", "77", "77"]);
    expect(readdirSync(join(folder, "killed"))).toEqual(["config.toml"]);
  });

  it("take over the lock of a dead process whose number a living one has now", async () => {
    const { path, file, write } = fileAt("reused", "");
    await write();
    const nonce = "00000000-0000-4000-8000-000000000000";
    writeFileSync(`${path}.lock`, `${process.pid} 1 ${nonce} ${hostname()}\n`);
    await updateConfig(file, (document) => withSetting(document, "risk.maxUnits", "77"));
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it.each([
    ["another computer", "1 1 00000000-0000-4000-8000-000000000000 elsewhere\n", /1 on elsewhere/],
    ["nobody we know", "something else", /another process/],
  ])("give up on a lock held by %s, and name it", async (name, lock, who) => {
    const { path, write } = fileAt(name.replaceAll(" ", "-"), "");
    await write();
    writeFileSync(`${path}.lock`, lock);
    let nowMs = 0;
    const clock = {
      ...systemClock,
      monotonicMs: () => nowMs,
      sleep: async (ms: number) => {
        nowMs += ms * 50;
      },
    };
    const held = openDurableFile(path, clock).update(async () => null);
    await expect(held).rejects.toMatchObject({ code: "STORAGE_BUSY", retryable: true });
    await expect(held).rejects.toThrow(who);
    expect(readFileSync(`${path}.lock`, "utf8")).toBe(lock);
  });
});

describe("edits", () => {
  const base = withConnection({ risk: { maxUnits: "5" } }, PROFILE);

  it("remove a connection, and paper is the default again where it was the default", () => {
    const removed = withoutConnection(withDefaultConnection(base, "real"), "real");
    expect(removed).toEqual({ risk: { maxUnits: "5" }, connections: {} });
    const other = withConnection(base, { ...PROFILE, name: "twin" });
    expect(withoutConnection(withDefaultConnection(other, "twin"), "real")).toMatchObject({
      default_connection: "twin",
    });
  });

  it("give an account an alias, and take it away", () => {
    const account = { connection: "real", id: "001-001-1234567-002" };
    const named = readConfig(withAlias(base, account, "joint"), {});
    expect(named.profiles.get("real")?.accounts[1]?.alias).toBe("joint");
    const bare = readConfig(withAlias(withAlias(base, account, "joint"), account, null), {});
    expect(bare.profiles.get("real")).toEqual(PROFILE);
  });

  it.each([
    ["a connection to remove", () => withoutConnection(base, "none"), "CONNECTION_NOT_FOUND"],
    ["an inherited name", () => withDefaultConnection(base, "toString"), "CONNECTION_NOT_FOUND"],
    ["a new default", () => withSetting(base, "default_connection", "x"), "CONNECTION_NOT_FOUND"],
    [
      "an account to name",
      () => withAlias(base, { connection: "real", id: "x" }, "a"),
      "ACCOUNT_NOT_FOUND",
    ],
    [
      "a connection to name an account of",
      () => withAlias(base, { connection: "none", id: "x" }, "a"),
      "ACCOUNT_NOT_FOUND",
    ],
    ["a legal name", () => withConnection(base, { ...PROFILE, name: "a b" }), "USAGE"],
  ])("refuse without %s", (_, edit, code) => {
    expect(edit).toThrow(expect.objectContaining({ code }));
  });

  it("make paper the default without any connection", () => {
    expect(withDefaultConnection({}, "paper")).toEqual({ default_connection: "paper" });
  });

  it("set what an account's rules are, by an id with dots", () => {
    const document = withSetting({}, "compliance.DU1.2.region", "UK");
    expect(document).toEqual({ compliance: { "DU1.2": { region: "UK" } } });
  });

  it.each([
    ["risk.maxUnits", "0", /risk\.maxUnits: "0" is refused: expected a number above 0/],
    ["notify.webhook", "ftp://canary", /that value is refused/],
    ["compliance.a.region", "us", /expected one of US/],
    ["risk.maxUnit", "5", /No key "risk\.maxUnit"/],
    ["compliance.region", "US", /No key/],
  ])("refuse %s = %s as a usage error", (key, text, message) => {
    expect(() => withSetting({}, key, text)).toThrow(
      expect.objectContaining({ code: "USAGE", message: expect.stringMatching(message) }),
    );
  });
});

describe("configuration keys", () => {
  it("are listed with their values and where those come from", () => {
    const document = { risk: { maxUnits: 5n }, compliance: { a: { region: "UK" } } };
    const config = readConfig(document, { TMT_BROKER_CONNECTION: "paper" });
    const rows = listKeys(config).map(({ key, value, source }) => `${key}=${value} (${source})`);
    expect(rows).toHaveLength(SETTING_KEYS.length + 2);
    expect(rows).toEqual(
      expect.arrayContaining([
        "default_connection=paper (environment)",
        "risk.maxUnits=5 (file)",
        "risk.maxNotional=10000000 (default)",
        "order.stopLoss=null (default)",
        "compliance.a.region=UK (file)",
      ]),
    );
    expect(getKey(readConfig({}, {}), "default_connection").source).toBe("default");
  });

  it("hide a private value in the list, and give it when it is asked for", () => {
    const url = "https://hooks.example/canary";
    const config = readConfig({ notify: { webhook: url } }, {});
    expect(JSON.stringify(listKeys(config))).not.toContain("canary");
    expect(getKey(config, "notify.webhook").value).toBe(url);
  });

  it.each([
    ["risk.maxUnit", "Did you mean risk.maxUnits?"],
    ["Risk.MaxUnits", "Did you mean risk.maxUnits?"],
    ["everything", "config list"],
    ["compliance.a.law", "compliance.<account>.region"],
  ])("suggest the nearest for %s", (key, hint) => {
    expect(() => getKey(readConfig({}, {}), key)).toThrow(
      expect.objectContaining({ code: "USAGE", hint: expect.stringContaining(hint) }),
    );
  });

  it("all have a default that is legal, and a description", () => {
    for (const entry of listKeys(readConfig({}, {}))) {
      expect(entry.description).not.toBe("");
      if (entry.default !== null && entry.key !== "default_connection") {
        expect(() => withSetting({}, entry.key, entry.default ?? "")).not.toThrow();
      }
    }
  });
});

describe("an exit without a distance", () => {
  it.each([
    ["stopLoss", "forex", "20p"],
    ["takeProfit", "forex", "40p"],
    ["trailingStop", "forex", "20p"],
    ["stopLoss", "stock", "2%"],
    ["takeProfit", "stock", "4%"],
    ["trailingStop", "stock", "2%"],
    ["stopLoss", "metal", "2%"],
  ] as const)("%s of a %s is %s away", (exit, type, text) => {
    expect(distanceText(exitDistanceFor(exit, type, readConfig({}, {}).settings))).toBe(text);
  });

  it("takes the user's own", () => {
    const { settings } = readConfig({ order: { stopLoss: "15p" } }, {});
    expect(distanceText(exitDistanceFor("stopLoss", "stock", settings))).toBe("15p");
  });
});
