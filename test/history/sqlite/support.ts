import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { onTestFinished } from "vitest";
import { auditChain } from "../../../src/compliance/audit/chain.ts";
import { Failure } from "../../../src/core/failures.ts";
import { type LocalStore, openStore } from "../../../src/history/sqlite/store.ts";

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tmt-history-"));
  onTestFinished(() => {
    // A test may have made it read-only, and only root removes such a folder as it is.
    if (existsSync(folder)) makeWritable(folder);
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

function makeWritable(folder: string): void {
  chmodSync(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) makeWritable(join(folder, entry.name));
  }
}

export function temporaryPath(): string {
  return join(temporaryFolder(), "data", "tmt.db");
}

/** A store that is closed when the test ends. */
export function aStore(path: string = temporaryPath()): LocalStore & { readonly path: string } {
  const store = openStore(path, { chain: auditChain, busyTimeoutMs: 50 });
  onTestFinished(() => store.close());
  return { ...store, path };
}

/** The file as any other program with SQLite opens it. */
export function bareConnection(path: string): Database.Database {
  const connection = new Database(path);
  onTestFinished(() => {
    connection.close();
  });
  return connection;
}

export function failureOf(work: () => unknown): Failure {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("it was expected to fail");
}

export async function rejectionOf(work: Promise<unknown>): Promise<Failure> {
  const outcome = await work.then(
    () => null,
    (error: unknown) => error,
  );
  if (outcome instanceof Failure) return outcome;
  throw new Error("it was expected to be rejected with a Failure", { cause: outcome });
}

/** As `temporaryFolder`, for all tests of a file; it is the caller who removes it. */
export function sharedFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "tmt-history-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
