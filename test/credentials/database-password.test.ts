import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { Failure } from "../../src/core/failures.ts";
import { Secret } from "../../src/core/secret.ts";
import { databasePassword } from "../../src/credentials/database-password.ts";
import type { CredentialStore } from "../../src/ports/credential-store.ts";

const LOGIN = {
  host: "db.example",
  port: 5432,
  user: "trader",
  database: "tmt",
  name: "trader@db.example:5432/tmt",
};

function aHome(lines: string, mode = 0o600): { readonly HOME: string } {
  const home = mkdtempSync(join(tmpdir(), "tmt-pgpass-"));
  onTestFinished(() => rmSync(home, { recursive: true }));
  writeFileSync(join(home, ".pgpass"), lines);
  chmodSync(join(home, ".pgpass"), mode);
  return { HOME: home };
}

/** A keychain that holds one item. */
async function keychainWith(item: string): Promise<CredentialStore> {
  return {
    name: "keychain",
    read: async (name) => (name === item ? new Secret("kept") : null),
    write: async () => undefined,
    remove: async () => false,
  };
}

function passwordFor(
  login: Partial<typeof LOGIN>,
  variables: Readonly<Record<string, string>>,
  notes: string[] = [],
) {
  const note = (text: string) => notes.push(text);
  const store = () => keychainWith("history trader@db.example:5432/tmt");
  return databasePassword({ ...LOGIN, ...login }, { variables, note, store }).then((secret) =>
    secret.reveal(),
  );
}

it("takes the environment's password first, then the password file's, then the store's", async () => {
  const home = aHome("db.example:5432:tmt:trader:filed\n");
  expect(await passwordFor({}, { ...home, PGPASSWORD: "given" })).toBe("given");
  expect(await passwordFor({}, { ...home, PGPASSWORD: "" })).toBe("filed");
  expect(await passwordFor({}, aHome("other:5432:tmt:trader:filed\n"))).toBe("kept");
});

it("reads a password file as libpq does: the first line that fits, with its wildcards and backslashes", async () => {
  const lines = [
    "# a remark",
    "",
    "db.example:5433:tmt:trader:another port",
    "localhost:*:*:*:here",
    "db.example:*:t\\:mt:trader:with\\:colon and \\\\",
    "*:*:*:trader:any",
    "db.example:5432:tmt:trader:too late",
  ].join("\n");
  const home = aHome(lines);
  expect(await passwordFor({}, home)).toBe("any");
  expect(await passwordFor({ port: 5433 }, home)).toBe("another port");
  expect(await passwordFor({ host: "/run/postgresql" }, home)).toBe("here");
  expect(await passwordFor({ database: "t:mt" }, home)).toBe("with:colon and \\");
  const elsewhere = { HOME: "/nowhere", PGPASSFILE: join(home.HOME, ".pgpass") };
  expect(await passwordFor({}, elsewhere)).toBe("any");
});

it("doesn't use a password file that others may read, and says so", async () => {
  const notes: string[] = [];
  expect(await passwordFor({}, aHome("*:*:*:*:filed\n", 0o644), notes)).toBe("kept");
  expect(notes).toEqual([expect.stringContaining("chmod 600")]);
});

it("says what to do where there is no password, and why the store has none", async () => {
  const missing = passwordFor({ name: "trader@other:5432/tmt" }, { HOME: "/nowhere" });
  await expect(missing).rejects.toMatchObject({
    code: "CREDENTIALS_MISSING",
    hint: expect.stringContaining("history login"),
  });
  const store = async () => {
    throw new Failure("CREDENTIAL_STORE_UNAVAILABLE", "The keychain is locked.");
  };
  const sources = { variables: { HOME: "/nowhere" }, note: () => undefined, store };
  await expect(databasePassword(LOGIN, sources)).rejects.toMatchObject({
    code: "CREDENTIALS_MISSING",
    message: expect.stringContaining("The keychain is locked"),
  });
});
