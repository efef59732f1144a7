import { renameSync, statSync } from "node:fs";

/** The log and its older parts together take at most four times this. */
export const LOG_BYTES_MAX = 5 * 1024 * 1024;
const OLDER_PARTS = [3, 2, 1] as const;

/** Puts a log that has grown too large aside: `.1` is the newest of three older parts. */
export function rotate(file: string, maxBytes: number = LOG_BYTES_MAX): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size < maxBytes) return;
  for (const part of OLDER_PARTS)
    move(part === 1 ? file : `${file}.${part - 1}`, `${file}.${part}`);
}

/** Another process may have done it just now. */
function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}
