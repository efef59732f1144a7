import { execFile } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDurableFile } from "../../src/config/durable-file.ts";
import { Secret } from "../../src/core/secret.ts";
import { openEncryptedFile, passphraseSource } from "../../src/credentials/encrypted-file.ts";
import { systemClock } from "../../src/resilience/system-clock.ts";
import { credentialStoreContract } from "../contract/credential-store.ts";

const CHILD = join(import.meta.dirname, "../support/file-store-child.ts");
const run = promisify(execFile);

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tmt-file-store-"));
  await openStore("sealed").store.write("main", new Secret("abc-123"));
});

afterAll(() => rmSync(folder, { recursive: true }));

function openStore(name: string, passphrase: string | null = "correct horse") {
  const path = join(folder, name);
  const warnings: string[] = [];
  const store = openEncryptedFile({
    file: openDurableFile(path, systemClock),
    passphrase: async () => (passphrase === null ? null : new Secret(passphrase)),
    warn: (text) => warnings.push(text),
  });
  return { store, path, warnings };
}

type FileDocument = { scrypt: Record<string, unknown>; [field: string]: unknown };

/** A file like the one sealed before, with its document changed by hand. */
function tampered(name: string, change: (document: FileDocument) => void): void {
  const document: FileDocument = JSON.parse(readFileSync(join(folder, "sealed"), "utf8"));
  change(document);
  writeFileSync(join(folder, name), JSON.stringify(document), { mode: 0o600 });
}

function flipped(text: unknown): string {
  const bytes = Buffer.from(String(text), "base64");
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  return bytes.toString("base64");
}

describe("the encrypted file", () => {
  // A key takes a third of a second to make: the contract's later commands share one.
  let shared: ReturnType<typeof openStore> | undefined;
  credentialStoreContract(
    async () => {
      shared ??= openStore("contract");
      return shared.store;
    },
    { runs: 25 },
  );

  it("is opened again by a later command with the same passphrase", async () => {
    await openStore("later").store.write("main", new Secret("abc-123"));
    expect((await openStore("later").store.read("main"))?.reveal()).toBe("abc-123");
  });

  it("takes a passphrase with accents in either of their spellings", async () => {
    await openStore("accents", "caf\u00e9").store.write("main", new Secret("abc-123"));
    expect((await openStore("accents", "cafe\u0301").store.read("main"))?.reveal()).toBe("abc-123");
  });

  it("is for its user alone, and nothing of it can be read in it", async () => {
    const { store, path } = openStore("private");
    await store.write("my-connection", new Secret("canary-42"));
    const text = readFileSync(path, "utf8");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(text).not.toContain("canary-42");
    expect(text).not.toContain("my-connection");
    expect(readdirSync(folder).filter((name) => name.startsWith("private"))).toEqual(["private"]);
  });

  it("is sealed anew with every write", async () => {
    const { store, path } = openStore("nonce");
    const texts: string[] = [];
    for (let write = 0; write < 2; write += 1) {
      await store.write("main", new Secret("abc-123"));
      texts.push(JSON.parse(readFileSync(path, "utf8")).nonce);
    }
    expect(texts[0]).not.toBe(texts[1]);
  });

  it("CF-04 warns when other users may read it", async () => {
    const { store, path, warnings } = openStore("readable");
    await store.write("main", new Secret("abc-123"));
    chmodSync(path, 0o644);
    expect((await store.read("main"))?.reveal()).toBe("abc-123");
    expect(warnings).toEqual([expect.stringContaining("chmod 600")]);
  });

  it("needs no passphrase to say that nothing is stored", async () => {
    const { store } = openStore("absent", null);
    expect(await store.read("main")).toBeNull();
    expect(await store.remove("main")).toBe(false);
  });

  it("without a passphrase says how to give it, and stores nothing", async () => {
    const { store, path } = openStore("no-passphrase", null);
    await expect(store.write("main", new Secret("abc-123"))).rejects.toMatchObject({
      code: "CREDENTIALS_MISSING",
      hint: expect.stringContaining("TMT_BROKER_PASSPHRASE"),
    });
    expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
  });

  it("CR-09 a wrong passphrase is told as such, and overwrites nothing", async () => {
    const { path } = openStore("wrong");
    await openStore("wrong").store.write("main", new Secret("abc-123"));
    const before = readFileSync(path);
    const { store } = openStore("wrong", "incorrect horse");
    const refusal = { code: "CREDENTIALS_INVALID", message: expect.stringContaining("passphrase") };
    await expect(store.read("main")).rejects.toMatchObject(refusal);
    await expect(store.write("main", new Secret("x"))).rejects.toMatchObject(refusal);
    await expect(store.remove("main")).rejects.toMatchObject(refusal);
    expect(readFileSync(path)).toEqual(before);
  });

  it.each<[string, (document: FileDocument) => void, RegExp]>([
    ["a changed tag", (file) => Object.assign(file, { tag: flipped(file.tag) }), /seal/],
    ["a short tag", (file) => Object.assign(file, { tag: "AAAA" }), /missing/],
    ["changed contents", (file) => Object.assign(file, { sealed: flipped(file.sealed) }), /seal/],
    ["a changed nonce", (file) => Object.assign(file, { nonce: flipped(file.nonce) }), /seal/],
    ["another format", (file) => Object.assign(file, { format: "2" }), /format/],
    ["no parameters", (file) => Object.assign(file, { scrypt: null }), /missing/],
    ["a lower cost", (file) => Object.assign(file.scrypt, { cost: 2 ** 16 }), /weakened/],
    ["a cost of one", (file) => Object.assign(file.scrypt, { cost: 1 }), /weakened/],
    ["smaller blocks", (file) => Object.assign(file.scrypt, { blockSize: 1 }), /weakened/],
    ["no lanes", (file) => Object.assign(file.scrypt, { parallelization: 0 }), /weakened/],
    ["a cost in text", (file) => Object.assign(file.scrypt, { cost: "131072" }), /missing/],
    ["an endless cost", (file) => Object.assign(file.scrypt, { cost: 2 ** 30 }), /more work/],
    ["a short salt", (file) => Object.assign(file.scrypt, { salt: "AAAA" }), /missing/],
  ])("CR-09 a file with %s is refused as damaged", async (name, change, reason) => {
    tampered(name.replaceAll(" ", "-"), change);
    const { store } = openStore(name.replaceAll(" ", "-"));
    await expect(store.read("main")).rejects.toMatchObject({
      code: "CREDENTIAL_STORE_UNAVAILABLE",
      message: expect.stringMatching(reason),
      hint: expect.stringContaining("backup"),
    });
  });

  it("CR-09 a cut file is refused as damaged, and is not overwritten", async () => {
    const { store, path } = openStore("cut");
    writeFileSync(path, '{"format":"tmt-bro', { mode: 0o600 });
    await expect(store.read("main")).rejects.toMatchObject({
      code: "CREDENTIAL_STORE_UNAVAILABLE",
    });
    await expect(store.write("main", new Secret("x"))).rejects.toMatchObject({
      code: "CREDENTIAL_STORE_UNAVAILABLE",
    });
    expect(readFileSync(path, "utf8")).toBe('{"format":"tmt-bro');
  });

  it("CF-04 a file that can't be used is an unavailable store", async () => {
    mkdirSync(join(folder, "directory"));
    const { store } = openStore("directory");
    const refusal = {
      code: "CREDENTIAL_STORE_UNAVAILABLE",
      message: expect.stringContaining("not a file"),
    };
    await expect(store.read("main")).rejects.toMatchObject(refusal);
    writeFileSync(join(folder, "plain"), "");
    const { store: below } = openStore("plain/credentials.enc");
    await expect(below.write("main", new Secret("x"))).rejects.toMatchObject({
      code: "CREDENTIAL_STORE_UNAVAILABLE",
    });
  });

  it("loses nothing when several processes write at once", async () => {
    const { path, store } = openStore("processes");
    copyFileSync(join(folder, "sealed"), path);
    const env = { ...process.env, TMT_BROKER_PASSPHRASE: "correct horse" };
    const names = ["one", "two", "three", "four"];
    await Promise.all(names.map((name) => run(process.execPath, [CHILD, path, name], { env })));
    const read = await Promise.all(names.map((name) => store.read(name)));
    expect(read.map((secret) => secret?.reveal())).toEqual(
      names.map((name) => `secret-of-${name}`),
    );
  }, 20_000);
});

describe("the passphrase", () => {
  const prompt = async () => "typed";

  it.each([
    { name: "comes from the environment first", text: "env", ask: prompt, expected: "env" },
    { name: "is asked for otherwise", text: undefined, ask: prompt, expected: "typed" },
    { name: "is missing where nobody can be asked", text: undefined, ask: null },
    { name: "is missing when it is empty", text: "", ask: null },
  ])("$name", async ({ text, ask, expected }) => {
    const source = passphraseSource({ TMT_BROKER_PASSPHRASE: text }, ask);
    expect((await source())?.reveal()).toBe(expected);
  });
});
