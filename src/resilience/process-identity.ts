import { readFileSync } from "node:fs";
import { hostname } from "node:os";

const START_FIELD = 19;

/** This process as `host:pid:start`, so that a later process with the same number isn't taken for it. */
export function processIdentity(): string {
  return `${hostname()}:${process.pid}:${startOf(process.pid)}`;
}

/** Whether the process of `identity` still runs on this machine; one of another machine counts as gone. */
export function isProcessAlive(identity: string): boolean {
  const [, host, pid, start] = /^(.*):(\d+):([^:]*)$/.exec(identity) ?? [];
  if (host !== hostname() || pid === undefined) return false;
  return isRunning(Number(pid)) && mayHaveStarted(Number(pid), start);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** A process that can't be looked at, because no more files may be opened, counts as the one that it is taken for. */
function mayHaveStarted(pid: number, start: string | undefined): boolean {
  try {
    return startOf(pid) === start;
  } catch {
    return true;
  }
}

/**
 * Start of a process in clock ticks since boot (proc(5), field 22); empty where the system doesn't tell.
 * @throws when no more files may be opened.
 */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[START_FIELD] ?? "";
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "EMFILE" || code === "ENFILE") throw error;
    return "";
  }
}
