import { randomUUID } from "node:crypto";
import {
  chmodSync,
  closeSync,
  fsyncSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import Database from "better-sqlite3";
import { usageFailure } from "../../core/failures.ts";
import type { BackupSummary } from "../../ports/history.ts";
import { requireOurs } from "./identity.ts";
import { MIGRATIONS } from "./migrations.ts";
import { corruptFailure, storageFailure } from "./storage-failure.ts";

const MEANING = "No backup was made.";

/**
 * Copies the database as it is at one moment, while others use it, checks the copy from end to end, and puts it in the place
 * of `target` when it is on the disk. @throws Failure USAGE, STORAGE_FULL or STORAGE_CORRUPT: `target` is as it was.
 */
export async function backUp(path: string, target: string): Promise<BackupSummary> {
  const file = placeOf(target, path);
  const draft = join(dirname(file), `.${randomUUID()}.part`);
  try {
    await copyDatabase(path, draft);
    const transactions = checked(draft);
    flushFile(draft);
    renameSync(draft, file);
    return { file, bytes: statSync(file).size, transactions };
  } catch (error) {
    throw storageFailure(error, { path: file, meaning: MEANING });
  } finally {
    removeDatabase(draft);
  }
}

/**
 * The file that a copy becomes. A link stays one: what it leads to is replaced. Devices and pipes aren't: a file in their
 * place would be theirs no more.
 */
function placeOf(target: string, path: string): string {
  if (target === "-") {
    throw usageFailure(`A backup is a file, and can't be written to stdout. ${MEANING}`);
  }
  const named = resolve(target);
  if (!statSync(dirname(named), { throwIfNoEntry: false })?.isDirectory()) {
    throw usageFailure(`The folder of ${target} isn't there. ${MEANING}`, "Check the path.");
  }
  const present = statSync(named, { throwIfNoEntry: false });
  const isLink = lstatSync(named, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  if (isLink && !present) {
    throw usageFailure(`What ${target} leads to isn't there. ${MEANING}`, "Check the path.");
  }
  if (present?.isDirectory()) throw usageFailure(`${target} is a folder. ${MEANING}`);
  if (present && !present.isFile()) throw usageFailure(`${target} is no file. ${MEANING}`);
  const database = statSync(path);
  if (present?.ino === database.ino && present.dev === database.dev) {
    throw usageFailure(`${target} is the database itself. ${MEANING}`);
  }
  return isLink ? realpathSync(named) : named;
}

/** A database's file with those that SQLite keeps beside it. */
export const FILE_SUFFIXES = ["", "-wal", "-shm", "-journal"] as const;

export function removeDatabase(path: string): void {
  for (const suffix of FILE_SUFFIXES) rmSync(`${path}${suffix}`, { force: true });
}

/** Copies a database as it is at one moment into the new file `draft`, its user's alone. */
export async function copyDatabase(path: string, draft: string): Promise<void> {
  closeSync(openSync(draft, "wx", 0o600));
  const source = new Database(path, { readonly: true, fileMustExist: true });
  try {
    await source.backup(draft);
  } finally {
    source.close();
  }
  chmodSync(draft, 0o600);
}

/** How many transactions the copy holds, once all of it is found sound. */
function checked(draft: string): number {
  const connection = new Database(draft, { fileMustExist: true });
  try {
    // A copy stands alone: what it needs is in the one file.
    connection.pragma("journal_mode = DELETE");
    const context = { path: draft, meaning: MEANING };
    requireOurs(connection, MIGRATIONS.at(-1)?.version ?? 0, context);
    const fault = faultOf(connection);
    if (fault !== null) throw corruptFailure(context, `The copy isn't sound: ${fault}.`);
    return Number(connection.prepare("SELECT count(*) FROM transactions").pluck().get());
  } finally {
    connection.close();
  }
}

/** The first thing that doesn't fit together in a database; null when it is sound. Reads all of it. */
export function faultOf(connection: Database.Database): string | null {
  const [first] = connection.pragma("integrity_check(1)") as readonly { integrity_check: string }[];
  return first?.integrity_check === "ok" ? null : (first?.integrity_check ?? "it says nothing");
}

export function flushFile(draft: string): void {
  const file = openSync(draft, "r+");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
