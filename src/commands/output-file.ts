import { randomUUID } from "node:crypto";
import { closeSync, lstatSync, openSync, readSync, realpathSync } from "node:fs";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { Failure, usageFailure } from "../core/failures.ts";
import { writeResultParts } from "./result-parts.ts";

/** What `--output` says: `-` and nothing are stdout. */
export type OutputTarget = string | undefined;

export function isStdout(target: OutputTarget): target is "-" | undefined {
  return target === undefined || target === "-";
}

/**
 * Writes a result to stdout, or to a file whole or not at all: it is made beside the file and takes its place when it is on
 * the disk. A link stays one, and what it leads to is replaced; pipes and devices are written to as they are.
 * @throws Failure USAGE, PERMISSION_DENIED or STORAGE_FULL: the file is as it was.
 */
export async function writeOutput(
  target: OutputTarget,
  parts: AsyncIterable<string>,
): Promise<void> {
  if (isStdout(target)) return writeResultParts(parts);
  try {
    const place = await placeOf(target);
    if (place.isFile) await replace(place, parts);
    else await writeInto(place.path, parts);
  } catch (error) {
    throw outputFailure(error, target);
  }
}

type Place = { readonly path: string; readonly isFile: boolean; readonly mode: number | null };

async function placeOf(target: string): Promise<Place> {
  const path = isLink(target) ? realpathSync(target) : resolve(target);
  const stats = await stat(path).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  });
  if (!stats) return { path, isFile: true, mode: null };
  if (stats.isDirectory())
    throw usageFailure(`--output ${target} is a folder. Nothing was written.`);
  if (stats.isFile() && isDatabase(path)) {
    throw usageFailure(
      `--output ${target} is a database. Nothing was written.`,
      "Name another file.",
    );
  }
  return { path, isFile: stats.isFile(), mode: stats.mode & 0o777 };
}

const DATABASE_START = "SQLite format 3\0";

/** Ours, with every order in it, or a copy: nobody means to put a table in its place. What may not be read is none of ours. */
function isDatabase(path: string): boolean {
  const start = Buffer.alloc(DATABASE_START.length);
  try {
    const file = openSync(path, "r");
    try {
      readSync(file, start);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (codeOf(error) !== "EACCES") throw error;
  }
  return start.toString("latin1") === DATABASE_START;
}

function isLink(target: string): boolean {
  return lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** A new file is made as any program makes one; a replaced one keeps who may read it. */
async function replace({ path, mode }: Place, parts: AsyncIterable<string>): Promise<void> {
  const draft = `${dirname(path)}/.${randomUUID()}.part`;
  const file = await open(draft, "wx", mode ?? 0o666);
  try {
    try {
      if (mode !== null) await file.chmod(mode);
      await writeAll(file, parts);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function writeInto(path: string, parts: AsyncIterable<string>): Promise<void> {
  const file = await open(path, "w");
  try {
    await writeAll(file, parts);
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, parts: AsyncIterable<string>): Promise<void> {
  for await (const part of parts) {
    let rest = Buffer.from(part);
    while (rest.length > 0) {
      const { bytesWritten } = await file.write(rest);
      rest = rest.subarray(bytesWritten);
    }
  }
}

const REFUSED = new Set(["EACCES", "EPERM", "EROFS"]);
const FULL = new Set(["ENOSPC", "EDQUOT", "EFBIG", "EIO"]);

function outputFailure(error: unknown, target: string): unknown {
  const code = codeOf(error);
  if (error instanceof Failure || typeof code !== "string") return error;
  const text = `${target} can't be written (${code}): it is as it was.`;
  const more = { details: { path: target, reported: code }, cause: error };
  if (REFUSED.has(code)) {
    const hint = "Choose a place where you may write.";
    return new Failure("PERMISSION_DENIED", text, { hint, ...more });
  }
  if (FULL.has(code)) {
    const hint = "Free space on the disk, or choose another place.";
    return new Failure("STORAGE_FULL", text, { hint, ...more });
  }
  return new Failure("USAGE", text, { hint: "Check the path.", ...more });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
