import {
  type ChildProcessByStdio,
  type SpawnOptionsWithStdioTuple,
  type StdioNull,
  type StdioPipe,
  spawn,
} from "node:child_process";
import { once } from "node:events";
import type { Writable } from "node:stream";
import type { AlertMessage, AlertTarget } from "./message.ts";

/** What a command doesn't get to see. */
const PRIVATE_VARIABLES =
  /^(TMT_BROKER_(TOKEN|KEY_ID|SECRET|PASSPHRASE|PAGERDUTY_KEY)|VAULT_TOKEN|PGPASSWORD)$/;

/**
 * The user's own command, run by the shell: the alert is one line of JSON on its standard input, and in
 * TMT_ALERT_EVENT, _KIND, _KEY and _SUMMARY. Nothing of the alert ever stands in the command's text.
 */
export function commandTarget(
  command: string,
  variables: Readonly<Record<string, string | undefined>>,
): AlertTarget {
  return {
    name: "notify.command",
    tell: (message, signal) => {
      const env = { ...publicOnes(variables), ...alertVariables(message) };
      const child = spawn(command, { ...spawning(env), shell: true });
      return ended(child, { input: `${JSON.stringify(message)}\n`, signal });
    },
  };
}

export function spawning(
  env: NodeJS.ProcessEnv,
): SpawnOptionsWithStdioTuple<StdioPipe, StdioNull, StdioNull> {
  return {
    stdio: ["pipe", "ignore", "ignore"],
    // A group of its own, so that what it started ends with it.
    detached: process.platform !== "win32",
    env,
  };
}

type Ending = { readonly input: string; readonly signal: AbortSignal };

/** Waits for the end of a program that was just started. @throws Error when it fails, or is stopped. */
export async function ended(
  child: ChildProcessByStdio<Writable, null, null>,
  { input, signal }: Ending,
): Promise<void> {
  const end = () => stop(child.pid);
  signal.addEventListener("abort", end, { once: true });
  // A command that doesn't read its input is no error.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  try {
    const [code]: unknown[] = await once(child, "exit");
    if (signal.aborted) throw new Error("it took too long and was ended");
    if (code !== 0) throw new Error(`it ended with ${String(code)}`);
  } finally {
    signal.removeEventListener("abort", end);
  }
}

function alertVariables({ event, key, alert }: AlertMessage): Record<string, string> {
  return {
    TMT_ALERT_EVENT: event,
    TMT_ALERT_KIND: alert.kind,
    TMT_ALERT_KEY: key,
    TMT_ALERT_SUMMARY: "summary" in alert ? alert.summary : `${alert.kind} is over`,
  };
}

/** The variables of the environment that another program may see. */
export function publicOnes(variables: Readonly<Record<string, string | undefined>>) {
  return Object.fromEntries(
    Object.entries(variables).filter(([name]) => !PRIVATE_VARIABLES.test(name)),
  );
}

function stop(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
  } catch {
    // It ended by itself just now.
  }
}
