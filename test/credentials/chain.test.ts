import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openDurableFile } from "../../src/config/durable-file.ts";
import type { ConnectionProfile } from "../../src/core/connection.ts";
import { Secret } from "../../src/core/secret.ts";
import { openCredentials } from "../../src/credentials/chain.ts";
import { openEncryptedFile, passphraseSource } from "../../src/credentials/encrypted-file.ts";
import { openKeychain } from "../../src/credentials/keychain.ts";
import { pairToken, parseToken, splitPair } from "../../src/credentials/token.ts";
import { systemClock } from "../../src/resilience/system-clock.ts";

const folder = mkdtempSync(join(tmpdir(), "tmt-chain-"));
afterAll(() => rmSync(folder, { recursive: true }));

const file = openDurableFile(join(folder, "credentials.enc"), systemClock);
const PROFILE: ConnectionProfile = {
  name: "main",
  broker: "oanda",
  environment: "practice",
  accounts: [],
  host: null,
  streamHost: null,
  credentialStore: "file",
};
const PAIR_PROFILE: ConnectionProfile = { ...PROFILE, broker: "alpaca" };

function credentialsOf(variables: Record<string, string> = {}, runConnection = "main") {
  const passphrase = passphraseSource({ TMT_BROKER_PASSPHRASE: "correct horse" }, null);
  return openCredentials({
    variables,
    runConnection,
    keychain: () => openKeychain({ clock: systemClock }),
    file: () => openEncryptedFile({ file, passphrase, warn: () => expect.unreachable() }),
  });
}

describe("the credential of a connection", () => {
  it("comes from the connection's own store", async () => {
    await credentialsOf().store("file").write("main", new Secret("stored"));
    const secret = await credentialsOf().of(PROFILE);
    expect(secret.reveal()).toBe("stored");
  });

  it("comes from TMT_BROKER_TOKEN ahead of any store", async () => {
    const variables = { TMT_BROKER_TOKEN: "given\n" };
    expect((await credentialsOf(variables).of(PROFILE)).reveal()).toBe("given");
  });

  it("is never taken from the environment for another connection than the run's", async () => {
    const variables = { TMT_BROKER_TOKEN: "for-another" };
    expect((await credentialsOf(variables, "another").of(PROFILE)).reveal()).toBe("stored");
  });

  it("that is missing names the connection and what to run", async () => {
    const absent = { ...PROFILE, name: "absent" };
    await expect(credentialsOf().of(absent)).rejects.toMatchObject({
      code: "CREDENTIALS_MISSING",
      message:
        "No credential for the connection absent: the file store has none. Nothing was sent.",
      hint: expect.stringMatching(/connect rotate absent.*connect add oanda --name absent/),
    });
    const storeless = { ...PROFILE, credentialStore: null };
    await expect(credentialsOf().of(storeless)).rejects.toMatchObject({
      code: "CREDENTIALS_MISSING",
    });
  });

  it("in a vault is refused until there is one", async () => {
    const profile: ConnectionProfile = { ...PROFILE, credentialStore: "vault" };
    await expect(credentialsOf().of(profile)).rejects.toMatchObject({
      code: "UNSUPPORTED",
    });
  });

  it("CR-01 an item of another program under the same name is refused, and not shown", async () => {
    await credentialsOf().store("file").write("foreign", new Secret("not a\ntoken"));
    const profile = { ...PROFILE, name: "foreign" };
    const rejection = credentialsOf().of(profile);
    await expect(rejection).rejects.toMatchObject({ code: "CREDENTIALS_INVALID" });
    await expect(rejection).rejects.not.toThrow(/not a/);
  });

  it("opens the keychain by name", async () => {
    expect(credentialsOf().store("keychain").name).toBe("keychain");
  });

  it("that is a pair comes from two variables, or one", async () => {
    const both = { TMT_BROKER_KEY_ID: "id", TMT_BROKER_SECRET: "secret" };
    const pair = await credentialsOf(both).of(PAIR_PROFILE);
    expect(pair.reveal()).toBe("id:secret");
    const one = { TMT_BROKER_TOKEN: "id:secret" };
    const joined = await credentialsOf(one).of(PAIR_PROFILE);
    expect(joined.reveal()).toBe("id:secret");
  });

  it.each([
    ["TMT_BROKER_KEY_ID", "TMT_BROKER_SECRET"],
    ["TMT_BROKER_SECRET", "TMT_BROKER_KEY_ID"],
  ])("that is half a pair (%s) names the missing half", async (there, missing) => {
    const rejection = credentialsOf({ [there]: "x" }).of(PAIR_PROFILE);
    await expect(rejection).rejects.toMatchObject({
      code: "CREDENTIALS_MISSING",
      hint: expect.stringContaining(`Set ${missing}`),
    });
  });

  it("that is set but empty is refused rather than replaced by the stored one", async () => {
    const variables = { TMT_BROKER_TOKEN: "" };
    await expect(credentialsOf(variables).of(PROFILE)).rejects.toMatchObject({
      code: "CREDENTIALS_INVALID",
      message: expect.stringContaining("TMT_BROKER_TOKEN is empty"),
    });
  });
});

describe("a token", () => {
  it.each([
    ["as it is", "abc-123", "abc-123"],
    ["without a trailing newline", "abc-123\n", "abc-123"],
    ["without a trailing CRLF", "abc-123\r\n", "abc-123"],
    ["of 4096 characters", "x".repeat(4_096), "x".repeat(4_096)],
  ])("CR-04 is taken %s", (_, text, expected) => {
    expect(parseToken(text).reveal()).toBe(expected);
  });

  it.each([
    ["empty", "", /is empty/],
    ["a newline only", "\n", /is empty/],
    ["two newlines at the end", "canary\n\n", /line break/],
    ["a leading space", " canary", /space/],
    ["an inner space", "can ary", /space/],
    ["a no-break space", "can\u00a0ary", /space/],
    ["a NUL", "canary\0", /control character/],
    ["an escape", "\u001b[31mcanary", /control character/],
    ["a letter that isn't ASCII", "can\u00e4ry", /ASCII/],
    ["a byte order mark", "\ufeffcanary", /space|ASCII/],
    ["4097 characters", "x".repeat(4_097), /4097 characters/],
    ["64 KB", "x".repeat(65_536), /65536 characters/],
  ])("CR-04 with %s is refused without being shown", (_, text, reason) => {
    let message = "";
    try {
      parseToken(text);
    } catch (error) {
      message = String(error);
      expect(error).toMatchObject({ code: "CREDENTIALS_INVALID" });
    }
    expect(message).toMatch(reason);
    expect(message).not.toMatch(/canary|can.?ary|xxx/);
  });

  it("that is a pair is split where it was joined", () => {
    const { keyId, secret } = splitPair(pairToken(new Secret("id"), new Secret("se:cret")));
    expect([keyId.reveal(), secret.reveal()]).toEqual(["id", "se:cret"]);
  });

  it.each(["no-colon", ":secret", "id:"])("that is no pair (%s) can't be split", (text) => {
    expect(() => splitPair(new Secret(text))).toThrow(/isn't a key id and a secret/);
  });

  it("with a colon in its key id can't be a pair", () => {
    expect(() => pairToken(new Secret("i:d"), new Secret("x"))).toThrow(/colon/);
  });
});
