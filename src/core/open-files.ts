/** What the operating system says when this process, or the whole computer, has as many files open as it may. */
const OUT_OF_FILES: ReadonlySet<unknown> = new Set(["EMFILE", "ENFILE"]);

/** What helps against it. */
export const RAISE_FILE_LIMIT =
  "Raise its limit (ulimit -n), or end what holds so many open, then try again.";

/** Whether `code`, as errors of the operating system have it, means that too many files are open. */
export function isOutOfFiles(code: unknown): boolean {
  return OUT_OF_FILES.has(code);
}
