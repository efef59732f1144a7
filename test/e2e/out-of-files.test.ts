import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "../../src/history/sqlite/database.ts";

const CHILD = resolve("test/support/out-of-files-child.ts");
const FEW = 64;
const run = promisify(execFile);

type Told = { readonly code: string; readonly message: string; readonly hint: string | null };

/** What a process does that may open a few files only and has opened all but `free` of them. */
async function outOfFiles<T>(what: string, path: string, free = 0): Promise<T> {
  const words = [process.execPath, CHILD, what, path, String(free)];
  const { stdout } = await run("sh", ["-c", `ulimit -n ${FEW} && exec "$@"`, "sh", ...words]);
  return JSON.parse(stdout);
}

const isPosix = process.platform !== "win32";

describe.runIf(isPosix)("PR-04 a process that may open no more files", () => {
  let folder = "";

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "tmt-files-"));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([0, 1, 2])("says so when %i are left to open its database with", async (free) => {
    const path = join(folder, `history-${free}.db`);
    openDatabase(path).close();
    const told = await outOfFiles<Told>("database", path, free);
    expect(told.code).toBe("STORAGE_BUSY");
    expect(told.message).toContain("too many open files");
    expect(told.message).toContain("Nothing was sent.");
    expect(told.hint).toContain("ulimit -n");
    expect(told.hint).not.toContain("disk");
  });

  it("doesn't call the audit log broken because its anchor can't be opened, and the order is kept", async () => {
    const faults = await outOfFiles<readonly Told[]>("anchor", join(folder, "anchored.db"));
    expect(faults.length).toBe(1);
    expect(faults[0]?.code).toBe("STORAGE_BUSY");
    expect(faults[0]?.message).toContain("too many open files");
    expect(faults[0]?.message).not.toContain("broken");
    expect(faults[0]?.hint).toContain("ulimit -n");
  });

  it("is told so by each call, and its broker isn't taken for broken", async () => {
    const server = createServer((_request, response) => {
      response.setHeader("connection", "close").end("{}");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { failures, circuit } = await outOfFiles<{
      readonly failures: readonly Told[];
      readonly circuit: { readonly consecutiveFailures: number };
    }>("connect", `http://127.0.0.1:${port}`);
    server.close();
    expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(["BROKER_UNAVAILABLE"]));
    expect(failures.length).toBe(9);
    for (const { message, hint } of failures) {
      expect(message.toLowerCase()).toContain("too many open files");
      expect(hint).toContain("ulimit -n");
    }
    expect(circuit.consecutiveFailures).toBe(0);
  });
});
