// Whole processes: how long they run, and how much memory they take.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { performance } from "node:perf_hooks";

const HERE = import.meta.dirname;
const PEAK_MEMORY = join(HERE, "peak-memory.cjs");
const TIME_LIMIT_MS = 60_000;

export const PROGRAM = join(HERE, "../bin/tmt-broker.js");
export const EMPTY = join(HERE, "peers/empty.cjs");
export const PEERS = join(HERE, "peers");

/** Milliseconds from start to end of `node <args>`. @throws Error unless it ends with `exitCode`. */
export function runTime(args, { home, exitCode = 0, timeLimitMs = TIME_LIMIT_MS } = {}) {
  const start = performance.now();
  run(args, { home, exitCode, timeLimitMs, stdio: ["ignore", "ignore", "pipe"] });
  return performance.now() - start;
}

/** Peak memory of `node <args>` in KiB. */
export function runPeak(args, { home, exitCode = 0 } = {}) {
  const stdio = ["ignore", "ignore", "pipe", "pipe"];
  const { output } = run(["--require", PEAK_MEMORY, ...args], { home, exitCode, stdio });
  return Number(output[3]);
}

/** What `tmt-broker <args>` prints. */
export function runProgram(args, home) {
  const stdio = ["ignore", "pipe", "pipe"];
  return run([PROGRAM, ...args], { home, exitCode: 0, stdio }).stdout;
}

function run(args, { home, exitCode, stdio, timeLimitMs = TIME_LIMIT_MS }) {
  const result = spawnSync(process.execPath, args, {
    stdio,
    env: environmentOf(home),
    encoding: "utf8",
    timeout: timeLimitMs,
  });
  if (result.status === exitCode) return result;
  const end = result.status ?? result.signal ?? result.error?.message;
  throw new Error(
    `"node ${args.join(" ")}" ended with ${end} instead of ${exitCode}: ${result.stderr}`,
  );
}

/** Nothing of the user's own set-up may change what is measured. */
export function environmentOf(home) {
  const { PATH, HOME, TMPDIR } = process.env;
  const folder = home ? { TMT_BROKER_HOME: home.folder, ...home.variables } : {};
  return { PATH, HOME, ...(TMPDIR ? { TMPDIR } : {}), ...folder };
}
