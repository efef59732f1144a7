import { writeSync } from "node:fs";
import { unwritten } from "./unwritten.ts";

const STDOUT = 1;

/**
 * Writes a long result to stdout as it is made, no faster than it is read. A reader that leaves early, as `head` does,
 * ends it quietly.
 */
export async function writeResultParts(parts: AsyncIterable<string>): Promise<void> {
  for await (const part of parts) {
    if (!(await written(Buffer.from(part)))) return;
  }
}

/** Whether somebody still reads. */
async function written(bytes: Buffer): Promise<boolean> {
  let rest = bytes;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(STDOUT, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE" || code === "EBADF") return false;
      if (code !== "EAGAIN") throw unwritten(error);
      return taken(rest);
    }
  }
  return true;
}

/** A pipe that is full for now: the stream waits until it takes more. */
function taken(rest: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    process.stdout.once("error", () => resolve(false));
    process.stdout.write(rest, (error) => resolve(!error));
  });
}
