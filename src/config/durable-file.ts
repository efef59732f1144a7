import { randomUUID } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { Failure } from "../core/failures.ts";
import type { Clock } from "../ports/clock.ts";
import type { DurableFile, FileContent } from "../ports/durable-file.ts";

export const FILE_BYTES_MAX = 1024 * 1024;

const OTHERS_READ = 0o044;
const OTHERS_WRITE = 0o002;

/** A durable file at `path`; a symbolic link stays one, and its target is replaced. */
export function openDurableFile(path: string, clock: Clock): DurableFile {
  return {
    path,
    read: () => readSmallFile(path),
    update: (change) =>
      guarded(path, async () => {
        const target = targetOf(path);
        makeFolder(dirname(target));
        const { withFileLock } = await import("./file-lock.ts");
        await withFileLock(`${target}.lock`, clock, async () => {
          const bytes = await change(readSmallFile(path));
          if (bytes !== null) replace(target, bytes);
        });
      }),
  };
}

/**
 * The content of a regular file of at most 1 MB; null when there is none.
 * @throws Failure PERMISSION_DENIED when it can't be read, is another user's, or everybody may
 * write it.
 */
export function readSmallFile(path: string): FileContent | null {
  const stats = statsOf(path);
  if (!stats) return null;
  if (!stats.isFile()) throw new Failure("CONFIG_INVALID", `${path} is not a file.`);
  if (stats.size > FILE_BYTES_MAX) {
    throw new Failure("CONFIG_INVALID", `${path} has ${stats.size} bytes; 1 MB is the most.`);
  }
  refuseForeign(path, stats);
  try {
    return { bytes: readFileSync(path), isReadableByOthers: (modeOf(stats) & OTHERS_READ) !== 0 };
  } catch (error) {
    throw fileFailure(path, error);
  }
}

/** Makes a folder that only its user may enter; an existing one stays as it is. */
export function makeFolder(path: string): void {
  try {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) makeWithParents(path);
  } catch (error) {
    throw fileFailure(path, error);
  }
}

/** Level by level: Node's own recursive mkdir never returns where a parent is there but takes no folders. */
function makeWithParents(path: string): void {
  const parent = dirname(path);
  if (parent !== path && !existsSync(parent)) makeWithParents(parent);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const isThere = statSync(path, { throwIfNoEntry: false })?.isDirectory();
    if (!isThere) throw error;
  }
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw fileFailure(path, error);
  }
}

function refuseForeign(path: string, stats: Stats): void {
  const user = process.geteuid?.();
  const isForeign = user !== undefined && user !== 0 && stats.uid !== user && stats.uid !== 0;
  if (!isForeign && (modeOf(stats) & OTHERS_WRITE) === 0) return;
  const reason = isForeign ? "belongs to another user" : "may be changed by every user";
  throw new Failure(
    "PERMISSION_DENIED",
    `${path} ${reason}, so it isn't trusted. Nothing was sent.`,
    {
      hint: `Check what it says, then: chown $(id -un) '${path}' && chmod 600 '${path}'`,
    },
  );
}

/** Windows keeps no such bits: its files are private by their folder. */
function modeOf(stats: Stats): number {
  return process.platform === "win32" ? 0 : stats.mode;
}

function targetOf(path: string): string {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats?.isSymbolicLink()) return path;
  return statSync(path, { throwIfNoEntry: false })
    ? realpathSync(path)
    : resolve(dirname(path), readlinkSync(path));
}

/** Readers see the old file or the new one; the new one is on disk before it takes the name. */
function replace(path: string, bytes: Uint8Array): void {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    writeFileSync(temporary, bytes, { flag: "wx", mode: 0o600, flush: true });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(path));
}

function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

async function guarded(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw fileFailure(path, error);
  }
}

function fileFailure(path: string, error: unknown): unknown {
  if (error instanceof Failure || !(error instanceof Error) || !("code" in error)) return error;
  const message = `${path}: ${error.message}. Nothing was changed.`;
  if (error.code === "ENOSPC" || error.code === "EDQUOT") {
    return new Failure("STORAGE_FULL", message, { hint: "Free some space.", cause: error });
  }
  if (error.code === "EACCES" || error.code === "EPERM" || error.code === "EROFS") {
    const hint = "Give yourself access to it, or set TMT_BROKER_HOME to a folder of your own.";
    return new Failure("PERMISSION_DENIED", message, { hint, cause: error });
  }
  const hint = "Check that path, or set TMT_BROKER_HOME to another folder.";
  return new Failure("CONFIG_INVALID", message, { hint, cause: error });
}
