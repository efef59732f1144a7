import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Secret } from "../../src/core/secret.ts";
import { keychainFailure, openKeychain } from "../../src/credentials/keychain.ts";
import { systemClock } from "../../src/resilience/system-clock.ts";
import { credentialStoreContract } from "../contract/credential-store.ts";
import {
  missingSecretService,
  type SecretService,
  startSecretService,
} from "../support/secret-service.ts";

const missing = missingSecretService();
const CHILD = join(import.meta.dirname, "../support/keychain-child.ts");
const run = promisify(execFile);

async function inChild(env: NodeJS.ProcessEnv, ...words: readonly string[]): Promise<unknown> {
  const { stdout } = await run(process.execPath, [CHILD, ...words], { env });
  return JSON.parse(stdout);
}

if (missing) process.stderr.write(`The keychain is not tested: ${missing} not installed.\n`);

describe.skipIf(missing)("the keychain", () => {
  let service: SecretService;
  const before = process.env.DBUS_SESSION_BUS_ADDRESS;

  beforeAll(async () => {
    service = await startSecretService({ keyring: "unlocked" });
    process.env.DBUS_SESSION_BUS_ADDRESS = service.env.DBUS_SESSION_BUS_ADDRESS;
  });

  afterAll(async () => {
    if (before === undefined) delete process.env.DBUS_SESSION_BUS_ADDRESS;
    else process.env.DBUS_SESSION_BUS_ADDRESS = before;
    await service.stop();
  });

  credentialStoreContract(async () => openKeychain({ clock: systemClock }), { runs: 25 });

  it("stores items that other programs find under the service tmt-broker", async () => {
    await openKeychain({ clock: systemClock }).write("shared", new Secret("seen-outside"));
    expect(service.lookup("shared")).toBe("seen-outside");
  });

  it("is the same for another process of the user", async () => {
    await inChild(service.env, "write", "other", "from-a-child");
    expect((await openKeychain({ clock: systemClock }).read("other"))?.reveal()).toBe(
      "from-a-child",
    );
    expect(await inChild(service.env, "remove", "other")).toEqual({ value: true });
    expect(await inChild(service.env, "read", "other")).toEqual({ value: null });
  });

  it("CR-01 a keychain that doesn't answer in time is given up with word of a prompt", async () => {
    const impatient = { ...systemClock, sleep: () => Promise.resolve() };
    let abandoned = 0;
    const onAbandoned = () => {
      abandoned += 1;
    };
    const store = openKeychain({ clock: impatient, timeoutMs: 10_000, onAbandoned });
    await expect(store.read("main")).rejects.toMatchObject({
      code: "CREDENTIAL_STORE_UNAVAILABLE",
      message: "The keychain didn't answer within 10 seconds. Nothing was sent or stored.",
      hint: expect.stringMatching(/prompt may be waiting.*--store file.*TMT_BROKER_TOKEN/),
    });
    expect(abandoned).toBe(1);
  });

  it("CR-01 a keyring that hangs is reported, not waited for", async () => {
    service.freeze();
    try {
      expect(await inChild(service.env, "read", "main")).toMatchObject({
        code: "CREDENTIAL_STORE_UNAVAILABLE",
        message: "The keychain didn't answer. Nothing was sent or stored.",
      });
    } finally {
      service.thaw();
    }
  });
});

describe.skipIf(missing)("a keychain that isn't there", () => {
  it("CR-01 no session bus, as under cron, names the other stores", async () => {
    const { DBUS_SESSION_BUS_ADDRESS: _, DISPLAY: __, ...env } = process.env;
    for (const words of [
      ["read", "main"],
      ["write", "main", "canary-7"],
      ["remove", "main"],
    ]) {
      const answer = await inChild({ ...env, XDG_RUNTIME_DIR: "/nonexistent" }, ...words);
      expect(answer).toMatchObject({
        code: "CREDENTIAL_STORE_UNAVAILABLE",
        message: expect.stringContaining("no session bus"),
        hint: expect.stringMatching(/cron.*--store file.*TMT_BROKER_PASSPHRASE.*TMT_BROKER_TOKEN/),
      });
      expect(JSON.stringify(answer)).not.toContain("canary-7");
    }
  });

  it("CR-01 a session bus without a Secret Service is told as such", async () => {
    const service = await startSecretService({ keyring: "none" });
    try {
      expect(await inChild(service.env, "read", "main")).toMatchObject({
        code: "CREDENTIAL_STORE_UNAVAILABLE",
        message: expect.stringContaining("Secret Service"),
      });
    } finally {
      await service.stop();
    }
  });

  it("CR-01 a locked keychain says to unlock it", async () => {
    const service = await startSecretService({ keyring: "unlocked" });
    try {
      await inChild(service.env, "write", "main", "locked-away");
      spawnSync("secret-tool", ["lock"], { env: service.env });
      expect(await inChild(service.env, "read", "main")).toMatchObject({
        code: "CREDENTIAL_STORE_UNAVAILABLE",
        message: "The keychain is locked. Nothing was sent or stored.",
        hint: expect.stringContaining("Unlock it"),
      });
    } finally {
      await service.stop();
    }
  });
});

describe("a keychain's error", () => {
  it.each([
    ["Secret Service: unlock prompt was dismissed", "is locked"],
    ["org.freedesktop.Secret.Error.IsLocked", "is locked"],
    ["User interaction is not allowed.", "is locked"],
    ["Couldn't access platform storage: AccessDenied", "denied access"],
    ["User canceled the operation.", "denied access"],
    ["DBus error: Did not receive a reply. Possible causes include: denied", "didn't answer"],
    ["DBus error: Using X11 for dbus-daemon autolaunch was disabled", "can't be reached"],
    ["Cannot find native binding.", "isn't supported on this system"],
    ["The disk is on fire", "failed (The disk is on fire)"],
  ])("CR-01 %j says that the keychain %s", (message, state) => {
    expect(keychainFailure(new Error(message))).toMatchObject({
      code: "CREDENTIAL_STORE_UNAVAILABLE",
      message: expect.stringContaining(`The keychain ${state}`),
      hint: expect.stringContaining("--store file"),
    });
  });

  it("that is no error at all is still told", () => {
    expect(keychainFailure("odd").message).toContain("failed (odd)");
  });
});

describe.skipIf(process.platform === "win32")("a thread that waits for the keychain", () => {
  it("CR-01 doesn't keep the program from leaving with its exit code", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tmt-exit-"));
    const pipe = join(folder, "pipe");
    spawnSync("mkfifo", [pipe]);
    const keychain = join(import.meta.dirname, "../../src/credentials/keychain.ts");
    // Opening a pipe that nobody writes to blocks a thread, as a waiting prompt does.
    const program = `
      import { open } from "node:fs";
      import { exitWithoutKeychain } from ${JSON.stringify(keychain)};
      open(${JSON.stringify(pipe)}, "r", () => {});
      exitWithoutKeychain();
      setTimeout(() => { process.stdout.write("said"); process.exit(3); }, 50);`;
    const args = ["--input-type=module", "-e", program];
    const child = spawn(process.execPath, args, {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 8_000,
    });
    const output: Buffer[] = [];
    child.stdout.on("data", (chunk) => output.push(chunk));
    child.stderr.on("data", (chunk) => output.push(chunk));
    const [code, signal] = await once(child, "close");
    rmSync(folder, { recursive: true });
    expect({ code, signal, output: Buffer.concat(output).toString() }).toEqual({
      code: 3,
      signal: null,
      output: "said",
    });
  });
});
