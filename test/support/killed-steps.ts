import { writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Loaded into the program before it starts. Everything it writes to its database or to a socket, and
 * everything a socket brings it, is two steps: just before and just after. At the step it was given it
 * kills itself as `kill -9` would.
 */
const PRELOAD = `
const { Socket } = require("node:net");
const fatal = Number(process.env.TEST_FATAL_STEP);
let steps = 0;
function step() {
  steps += 1;
  if (steps === fatal) process.kill(process.pid, "SIGKILL");
}
function watch(owner, name) {
  const original = owner[name];
  owner[name] = function (...given) {
    step();
    const result = original.apply(this, given);
    step();
    return result;
  };
}
watch(Socket.prototype, "_writeGeneric");
watch(Socket.prototype, "push");
// The database driver's native part, as it is loaded.
const open = process.dlopen;
process.dlopen = function (module, ...rest) {
  const result = open.call(this, module, ...rest);
  const { Statement, Database } = module.exports;
  if (Statement) watch(Statement.prototype, "run");
  if (Database) watch(Database.prototype, "exec");
  return result;
};
`;

/** Everything that changes a folder, or flushes it or a file, is two steps as well. */
const WITH_FILES = `
const fs = require("node:fs");
for (const name of ["renameSync", "rmSync", "fsyncSync", "copyFileSync", "chmodSync"]) watch(fs, name);
`;

/** As `killedAt`, with what is done to files among the steps. */
export function killedAtFiles(
  user: { readonly home: string },
  step: number,
): Readonly<Record<string, string>> {
  const environment = killedAt(user, step);
  writeFileSync(join(user.home, "killed-steps.cjs"), PRELOAD + WITH_FILES);
  return environment;
}

/** The environment of a program that kills itself at the given step, counted from 1. */
export function killedAt(
  { home }: { readonly home: string },
  step: number,
): Readonly<Record<string, string>> {
  const preload = join(home, "killed-steps.cjs");
  writeFileSync(preload, PRELOAD);
  return { NODE_OPTIONS: `--require ${preload}`, TEST_FATAL_STEP: String(step) };
}
