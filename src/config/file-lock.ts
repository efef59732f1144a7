import { randomUUID } from "node:crypto";
import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { Failure } from "../core/failures.ts";
import type { Clock } from "../ports/clock.ts";

const WAIT_MS_MAX = 5_000;
const POLL_MS = 20;

type Holder = {
  readonly pid: number;
  readonly host: string;
  /** When that process started, as the kernel counts; `-` where the system doesn't tell. */
  readonly startedAt: string;
  readonly nonce: string;
};

/**
 * Runs `work` while this process alone holds the lock file `path`. A lock whose holder died is
 * taken over.
 * @throws Failure STORAGE_BUSY when another process holds it for more than five seconds.
 */
export async function withFileLock<T>(
  path: string,
  clock: Clock,
  work: () => Promise<T>,
): Promise<T> {
  const nonce = randomUUID();
  const candidate = `${path}.${nonce}`;
  writeFileSync(candidate, holderText(nonce), { flag: "wx", mode: 0o600 });
  try {
    await acquire({ path, candidate, clock });
  } finally {
    rmSync(candidate, { force: true });
  }
  try {
    return await work();
  } finally {
    if (readHolder(path)?.nonce === nonce) rmSync(path, { force: true });
  }
}

type Acquisition = { readonly path: string; readonly candidate: string; readonly clock: Clock };

async function acquire({ path, candidate, clock }: Acquisition): Promise<void> {
  const startMs = clock.monotonicMs();
  while (!isLinked(candidate, path)) {
    removeIfStale(path, candidate);
    if (clock.monotonicMs() - startMs > WAIT_MS_MAX) throw heldFailure(path);
    await clock.sleep(POLL_MS);
  }
}

/**
 * A hard link appears with its content and never over an existing file: the holder is always
 * readable.
 */
function isLinked(candidate: string, path: string): boolean {
  try {
    linkSync(candidate, path);
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

/**
 * Removes the lock of a dead process. The guard is named after the one lock it may remove, so of
 * several processes that see the same dead holder only one removes it, and none removes the next
 * holder's lock.
 */
function removeIfStale(path: string, candidate: string): void {
  const holder = readHolder(path);
  if (!holder || isAlive(holder)) return;
  const guard = `${path}.stale-${holder.nonce}`;
  if (!isLinked(candidate, guard)) return;
  try {
    if (readHolder(path)?.nonce === holder.nonce) rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

/** A holder on another computer (a shared folder, another container) counts as alive. */
function isAlive(holder: Holder): boolean {
  if (holder.host !== hostname()) return true;
  if (!isRunning(holder.pid)) return false;
  return holder.startedAt === startOf(holder.pid);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== "ESRCH";
  }
}

/**
 * Tells a process from a later one with the same id: the kernel's start time, field 22 of `stat`.
 */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "-";
  } catch {
    return "-";
  }
}

function holderText(nonce: string): string {
  return `${process.pid} ${startOf(process.pid)} ${nonce} ${hostname()}\n`;
}

const HOLDER = /^(\d{1,10}) (\S+) ([0-9a-f-]{36}) (.*)\n$/;

function readHolder(path: string): Holder | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
  const [, pid, startedAt, nonce, host] = HOLDER.exec(text) ?? [];
  if (startedAt === undefined || nonce === undefined || host === undefined) return undefined;
  return { pid: Number(pid), startedAt, nonce, host };
}

function heldFailure(path: string): Failure {
  const holder = readHolder(path);
  const who = holder ? `process ${holder.pid} on ${holder.host}` : "another process";
  return new Failure("STORAGE_BUSY", `${path} is held by ${who}. Nothing was changed.`, {
    hint: "Try again; if no tmt-broker is running there, delete that file.",
    retryable: true,
  });
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
