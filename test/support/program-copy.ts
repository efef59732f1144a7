import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll } from "vitest";

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export type ProgramCopy = { readonly path: string; readonly dist: string };

/** Where the program's own code is; the screen's isn't changed by anybody. */
const FILES = ["main.js", "wire.js", "rest.js"];

/** Another build of the program: a copy whose files are changed. @throws when the change finds nothing to change. */
export function copyProgram(change: (program: string) => string): ProgramCopy {
  const folder = mkdtempSync(join(tmpdir(), "tmt-build-"));
  folders.push(folder);
  for (const part of ["bin", "dist", "package.json"]) {
    cpSync(resolve(part), join(folder, part), { recursive: true });
  }
  symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
  const dist = join(folder, "dist");
  const changed = FILES.filter((file) => changeFile(join(dist, file), change));
  if (changed.length === 0) throw new Error("the built program has nothing to change");
  // Compiled code is kept by build.
  writeFileSync(join(dist, "build-id"), `copy-${folders.length}`);
  return { path: join(folder, "bin/tmt-broker.js"), dist };
}

function changeFile(file: string, change: (program: string) => string): boolean {
  const program = readFileSync(file, "utf8");
  const changed = change(program);
  if (changed !== program) writeFileSync(file, changed);
  return changed !== program;
}
