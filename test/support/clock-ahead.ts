import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Where the file is put that moves a program's clock. */
export type ClockFolder = { readonly home: string };

/** The environment of a program whose clock is ahead: so that nobody has to wait for time to pass. */
export function clockAhead({ home }: ClockFolder, ms: number): Readonly<Record<string, string>> {
  const preload = join(home, `clock-${ms}.cjs`);
  const code = `
    const now = Date.now;
    Date.now = () => now() + ${ms};
    const monotonic = process.hrtime.bigint;
    process.hrtime.bigint = () => monotonic() + ${ms}_000_000n;`;
  writeFileSync(preload, code);
  return { NODE_OPTIONS: `--require ${preload}` };
}
