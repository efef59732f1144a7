import { Failure } from "../core/failures.ts";

const FULL: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT", "EFBIG", "EIO"]);

/** What it means that stdout, led into a file, takes no more; any other error as it is. */
export function unwritten(error: unknown): unknown {
  const reported = error instanceof Error && "code" in error ? error.code : null;
  if (!FULL.has(reported)) return error;
  const message = `The result can't be written to stdout (${reported}): what stands there isn't whole. What the command did is done.`;
  return new Failure("STORAGE_FULL", message, {
    hint: "Free space on the disk, or choose another place. What was done stands in: tmt-broker history audit",
    details: { reported },
    cause: error,
  });
}
