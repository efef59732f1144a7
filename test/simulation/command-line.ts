import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("simulate.ts", import.meta.url));

export type Ran = { readonly code: unknown; readonly stdout: string; readonly stderr: string };

/** Runs the simulation as `npm run simulate --` does. */
export async function simulateByCommand(...words: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, [PROGRAM, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await ended;
  return { code, stdout, stderr };
}
