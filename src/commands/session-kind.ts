import { readFileSync } from "node:fs";
import type { Terminal } from "./context.ts";

/** How a command came to be run: by a person at a terminal, by cron, or by any other program. */
export type SessionKind = "terminal" | "cron" | "script";

const CRONS: ReadonlySet<string> = new Set(["cron", "crond", "anacron", "fcron"]);
/** Between cron and the program there is a shell, and perhaps the user's script. */
const MOST_GENERATIONS = 8;

let isFromCron: boolean | null = null;

/** Who asked, as far as the system tells: the audit log keeps it. */
export function sessionOf({ isInteractive }: Pick<Terminal, "isInteractive">): SessionKind {
  if (isInteractive) return "terminal";
  isFromCron ??= isCrons(process.ppid);
  return isFromCron ? "cron" : "script";
}

/** Whether cron is among the ancestors of process `pid`, itself among them; false where nobody can say (proc(5) is Linux'). */
function isCrons(pid: number, generations = MOST_GENERATIONS): boolean {
  if (pid <= 1 || generations === 0) return false;
  const [, name = "", parent] = /^\d+ \((.*)\) \S (\d+) /s.exec(statOf(pid)) ?? [];
  return CRONS.has(name.toLowerCase()) || isCrons(Number(parent ?? 0), generations - 1);
}

function statOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return "";
  }
}
