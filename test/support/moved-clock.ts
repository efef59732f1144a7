import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** The environment of a program whose clock is so far ahead; the file that moves it is put in `folder`. */
export function movedClock(folder: string, ms: number): Readonly<Record<string, string>> {
  const preload = join(folder, `clock-${ms}.cjs`);
  const code = `
    const now = Date.now;
    Date.now = () => now() + ${ms};
    const monotonic = process.hrtime.bigint;
    process.hrtime.bigint = () => monotonic() + ${ms}_000_000n;`;
  writeFileSync(preload, code);
  return { NODE_OPTIONS: `--require ${preload}` };
}
