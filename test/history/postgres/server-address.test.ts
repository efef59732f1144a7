import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { Failure } from "../../../src/core/failures.ts";
import { readServerAddress } from "../../../src/history/postgres/server-address.ts";
import { startPostgres } from "../../support/postgres-server.ts";
import { PATIENCE } from "../../support/program.ts";
import { aServerHistory, hasPostgres } from "../../support/server-history.ts";

vi.setConfig(PATIENCE);

describe("the address of a server", () => {
  it("is read as libpq does: the URL before the environment", () => {
    const variables = { PGHOST: "elsewhere", PGPORT: "6000", PGUSER: "me", PGDATABASE: "mine" };
    expect(
      readServerAddress("postgres://tr%40der@db.example:5433/t%2Fmt", variables),
    ).toMatchObject({
      host: "db.example",
      port: 5433,
      user: "tr@der",
      database: "t/mt",
      name: "tr@der@db.example:5433/t/mt",
    });
    expect(readServerAddress("postgresql:///tmt", variables)).toMatchObject({
      host: "elsewhere",
      port: 6000,
      user: "me",
      database: "tmt",
    });
    expect(readServerAddress("postgres://h", { PGUSER: "me" })).toMatchObject({ database: "me" });
    expect(readServerAddress("postgres:///x?host=/run/pg&user=u", {})).toMatchObject({
      host: "/run/pg",
      user: "u",
      tls: "disable",
    });
    expect(readServerAddress("postgres://u@[::1]:5/x", {})).toMatchObject({
      host: "::1",
      name: "u@[::1]:5/x",
    });
  });

  it.each([
    ["postgres://u@db.example/x", {}, "verify-full"],
    ["postgres://u@10.0.0.1/x", {}, "verify-full"],
    ["postgres://u@localhost/x", {}, "disable"],
    ["postgres://u@127.0.0.2/x", {}, "disable"],
    ["postgres://u@[::1]/x", {}, "disable"],
    ["postgres://u@db.example/x?sslmode=prefer", {}, "verify-full"],
    ["postgres://u@db.example/x", { PGSSLMODE: "allow" }, "verify-full"],
    ["postgres://u@db.example/x", { PGSSLMODE: "require" }, "require"],
    ["postgres://u@db.example/x?sslmode=verify-ca", { PGSSLMODE: "disable" }, "verify-ca"],
    ["postgres://u@db.example/x?sslmode=disable", {}, "disable"],
    ["postgres://u@localhost/x?sslmode=verify-full", {}, "verify-full"],
  ])("protects %s with %j by %s", (url, variables, tls) => {
    expect(readServerAddress(url, variables).tls).toBe(tls);
  });

  it.each([
    ["mysql://u@h/x", /no postgres/],
    ["postgres://u:canary@h/x", /password/],
    ["postgres://u@h/x?password=canary", /password/],
    ["postgres://u@h/x?sslmode=never", /sslmode.*never/],
    ["postgres://u@h/x?sslpassword=canary", /sslpassword/],
    ["postgres://u@h/x?port=99999", /port/],
    ["postgres://u@h/x?connect_timeout=soon", /connect_timeout/],
    ["postgres://u@h,i/x", /several hosts/],
    ["postgres://%zz@h/x", /%/],
  ])("refuses %s, and shows no password", (url, message) => {
    const failure = failureOf(() => readServerAddress(url, {}));
    expect(failure).toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(message),
    });
    expect(`${failure.message} ${failure.hint}`).not.toContain("canary");
  });
});

describe.skipIf(!hasPostgres)("a server with TLS", () => {
  it("is trusted when its certificate proves its name, and only encrypted to when that is asked for", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tmt-tls-"));
    const [file, own] = [aCertificate(folder, "own"), aCertificate(folder, "other")];
    const server = await startPostgres({
      certificate: {
        certificate: readFileSync(file, "utf8"),
        key: readFileSync(file.replace(".crt", ".key"), "utf8"),
      },
      access: "local all all trust\nhostssl all all 127.0.0.1/32 trust\n",
    });
    try {
      const url = await server.createDatabase();
      const codeOf = async (parameters: string, at = url) => {
        const store = aServerHistory(`${at}?${parameters}`);
        const code = await store.accounts().then(
          () => "connected",
          (error: unknown) => (error as Failure).code,
        );
        await store.close();
        return code;
      };
      const named = url.replace("127.0.0.1", "localhost");
      expect(await codeOf(`sslmode=verify-full&sslrootcert=${file}`)).toBe("connected");
      expect(await codeOf(`sslmode=verify-full&sslrootcert=${file}`, named)).toBe("CONFIG_INVALID");
      expect(await codeOf(`sslmode=verify-ca&sslrootcert=${file}`, named)).toBe("connected");
      expect(await codeOf("sslmode=verify-full")).toBe("CONFIG_INVALID");
      expect(await codeOf(`sslmode=verify-ca&sslrootcert=${own}`)).toBe("CONFIG_INVALID");
      expect(await codeOf("sslmode=require")).toBe("connected");
      expect(await codeOf(`sslmode=require&sslrootcert=${own}`)).toBe("CONFIG_INVALID");
      expect(await codeOf(`sslmode=verify-full&sslrootcert=${folder}/none`)).toBe("CONFIG_INVALID");
      // The server refuses whoever comes in plain text.
      expect(await codeOf("sslmode=disable")).toBe("CREDENTIALS_INVALID");
    } finally {
      await server.stop();
      rmSync(folder, { recursive: true });
    }
  });

  it("isn't talked to in plain text when it knows no TLS", async () => {
    const server = await startPostgres();
    try {
      const store = aServerHistory(`${await server.createDatabase()}?sslmode=require`);
      await expect(store.accounts()).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    } finally {
      await server.stop();
    }
  });
});

/** Signed by itself, for 127.0.0.1 alone. */
function aCertificate(folder: string, name: string): string {
  const file = join(folder, `${name}.crt`);
  const words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=tmt"];
  const { status, stderr } = spawnSync(
    "openssl",
    [
      ...words,
      "-addext",
      "subjectAltName=IP:127.0.0.1",
      "-keyout",
      join(folder, `${name}.key`),
      "-out",
      file,
    ],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(stderr);
  return file;
}

function failureOf(work: () => unknown): Failure {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("it was expected to fail");
}
