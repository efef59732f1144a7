import { closeSync, openSync } from "node:fs";
import Database from "better-sqlite3";
import { Failure, type FailureCode } from "../../core/failures.ts";
import { isOutOfFiles, RAISE_FILE_LIMIT } from "../../core/open-files.ts";

export type StorageContext = {
  readonly path: string;
  /** What it means for the money that the call was not done, in a sentence. */
  readonly meaning: string;
};

/**
 * What SQLite reported as a failure of ours; anything that isn't an error of storage is returned as
 * it is.
 */
export function storageFailure(error: unknown, context: StorageContext): unknown {
  if (!(error instanceof Error && "code" in error) || error instanceof Failure) return error;
  const reported = String(error.code);
  if (!(error instanceof Database.SqliteError) && !FILE_ERRORS.has(reported)) return error;
  if (isOutOfFiles(reported) || (reported === "SQLITE_CANTOPEN" && mayOpenNoMore())) {
    return outOfFilesFailure(`The database ${context.path}`, context.meaning, error);
  }
  const problem = problemOf(reported);
  const { text, hint, retryable } = PROBLEMS[problem](context.path);
  return new Failure(problem, `${text} (${reported}: ${error.message}). ${context.meaning}`, {
    hint,
    retryable,
    details: { path: context.path, reported },
    cause: error,
  });
}

/** `what` can't be opened because this process, or the computer, has too many files open: nothing is wrong with it. */
export function outOfFilesFailure(what: string, meaning: string, cause: unknown): Failure {
  const message = `${what} can't be opened: too many open files. ${meaning}`.trim();
  return new Failure("STORAGE_BUSY", message, { hint: RAISE_FILE_LIMIT, retryable: true, cause });
}

/** SQLite doesn't tell why it can't open a file; it opens one, its log and its index of the log. */
const FILES_OF_A_DATABASE = 4;

function mayOpenNoMore(): boolean {
  const opened: number[] = [];
  try {
    while (opened.length < FILES_OF_A_DATABASE) opened.push(openSync(process.execPath, "r"));
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && isOutOfFiles(error.code);
  } finally {
    for (const file of opened) closeSync(file);
  }
}

/** The file is readable, but not a database this build may write to. */
export function corruptFailure(
  context: StorageContext,
  text: string,
  hint: string = RESTORE,
): Failure {
  const details = { path: context.path };
  return new Failure("STORAGE_CORRUPT", `${text} ${context.meaning}`, { hint, details });
}

export const RESTORE =
  "Put a backup in its place (tmt-broker history restore FILE), or move the file away: a new one is made. What the broker " +
  "keeps is not touched; orders sent before are then known to the broker alone, and new ones wait for " +
  "tmt-broker history verify --reanchor.";

/** What the operating system says when a folder or file can't be made. */
const FILE_ERRORS = new Set([
  "EACCES",
  "EDQUOT",
  "EEXIST",
  "EIO",
  "EISDIR",
  "EMFILE",
  "ENFILE",
  "ENOENT",
  "ENOSPC",
  "ENOTDIR",
  "EPERM",
  "EROFS",
]);

type Problem = Extract<
  FailureCode,
  "STORAGE_BUSY" | "STORAGE_FULL" | "STORAGE_CORRUPT" | "INTERNAL"
>;

const PROBLEM_PATTERNS: readonly (readonly [RegExp, Problem])[] = [
  [/^SQLITE_(BUSY|LOCKED|PROTOCOL)/, "STORAGE_BUSY"],
  [
    /^SQLITE_(CORRUPT|NOTADB|IOERR_(READ|SHORT_READ|CORRUPTFS|DATA|IN_PAGE)|ERROR)/,
    "STORAGE_CORRUPT",
  ],
  [/^(SQLITE_(FULL|IOERR|READONLY|CANTOPEN|PERM)|E)/, "STORAGE_FULL"],
];

function problemOf(reported: string): Problem {
  return PROBLEM_PATTERNS.find(([pattern]) => pattern.test(reported))?.[1] ?? "INTERNAL";
}

type Explanation = { readonly text: string; readonly hint: string; readonly retryable: boolean };

const PROBLEMS: Readonly<Record<Problem, (path: string) => Explanation>> = {
  STORAGE_BUSY: (path) => ({
    text: `The database ${path} is kept locked by another process`,
    hint: "Try again; if it stays so, find the process that holds the file and end it.",
    retryable: true,
  }),
  STORAGE_FULL: (path) => ({
    text: `The database ${path} can't be written`,
    hint: "Free space on the disk, and check that you may write to the file and its folder.",
    retryable: false,
  }),
  STORAGE_CORRUPT: (path) => ({
    text: `The database ${path} is damaged`,
    hint: RESTORE,
    retryable: false,
  }),
  INTERNAL: (path) => ({
    text: `The database ${path} refused what it was told`,
    hint: "This is a fault in tmt-broker: please report it with this message.",
    retryable: false,
  }),
};
