import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll } from "vitest";

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export type ProgramCopy = { readonly path: string; readonly dist: string };

/** Another build of the program: a copy whose text is changed. @throws when the change finds nothing to change. */
export function copyProgram(change: (program: string) => string): ProgramCopy {
  const folder = mkdtempSync(join(tmpdir(), "tmt-build-"));
  folders.push(folder);
  for (const part of ["bin", "dist", "package.json"]) {
    cpSync(resolve(part), join(folder, part), { recursive: true });
  }
  symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
  const dist = join(folder, "dist");
  const file = join(dist, "main.js");
  const program = readFileSync(file, "utf8");
  const changed = change(program);
  if (changed === program) throw new Error("the built program has nothing to change");
  writeFileSync(file, changed);
  // Compiled code is kept by build.
  writeFileSync(join(dist, "build-id"), `copy-${folders.length}`);
  return { path: join(folder, "bin/tmt-broker.js"), dist };
}
