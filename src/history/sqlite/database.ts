import { closeSync, existsSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { Failure } from "../../core/failures.ts";
import { requireOurs } from "./identity.ts";
import { migrate } from "./migrate.ts";
import { MIGRATIONS, type Migration } from "./migrations.ts";
import { corruptFailure, storageFailure } from "./storage-failure.ts";

const BUSY_TIMEOUT_MS = 5_000;
/** How often it is opened anew when it was replaced meanwhile. */
const MOST_ATTEMPTS = 5;
const WAL_RETRY_MS = 10;
/** Above the size at which SQLite checkpoints (4 MiB), so that only an outgrown log is cut back. */
const WAL_LIMIT_BYTES = 16 * 1024 * 1024;
/** A log up to this size is read in no time by whoever opens the file next. */
const SMALL_LOG_BYTES = 256 * 1024;
const NOTHING_SENT = "Nothing was sent.";

export type DatabaseOptions = {
  /** How long to wait for another process's write, in milliseconds. */
  readonly busyTimeoutMs?: number;
  readonly migrations?: readonly Migration[];
};

/**
 * Opens the user's database, made or brought up to date where needed: its folder is the user's
 * alone (0700), the file as well (0600). Every commit is flushed to the disk.
 * @throws Failure STORAGE_BUSY, STORAGE_FULL or STORAGE_CORRUPT: nothing was sent.
 */
export function openDatabase(path: string, options: DatabaseOptions = {}): LocalDatabase {
  try {
    const { busyTimeoutMs = BUSY_TIMEOUT_MS, migrations = MIGRATIONS } = options;
    for (let attempt = 1; ; attempt += 1) {
      const opened = openOnce(path, { busyTimeoutMs, migrations });
      if (opened) return opened;
      // Another was put in its place, as a restore does, while this one waited for it.
      if (attempt === MOST_ATTEMPTS) throw replacedMeanwhile(path);
    }
  } catch (error) {
    throw storageFailure(error, { path, meaning: NOTHING_SENT });
  }
}

/** Null when the path leads to another file than the one that was opened: what it says, and would take, is the old one's. */
function openOnce(path: string, options: Required<DatabaseOptions>): LocalDatabase | null {
  const before = identityOf(path);
  const connection = connect(path, options.busyTimeoutMs);
  const file = identityOf(path);
  const isSame = () => file !== null && identityOf(path) === file;
  try {
    const isStill = before === null || before === file;
    if (isStill && prepareConnection(connection, { ...options, path, isSame }) && isSame()) {
      return new LocalDatabase(connection, path);
    }
  } catch (error) {
    connection.close();
    throw error;
  }
  connection.close();
  return null;
}

function replacedMeanwhile(path: string): Failure {
  return new Failure(
    "STORAGE_BUSY",
    `The database ${path} is being replaced again and again. ${NOTHING_SENT}`,
    { hint: "Run the command again when that is over.", retryable: true, details: { path } },
  );
}

/** One open database. Writes of one process happen one after the other, never inside each other. */
export class LocalDatabase {
  readonly connection: Database.Database;
  readonly path: string;
  readonly #file: string | null;
  #hasWritten: boolean = false;
  readonly #begin = lazy(() => this.connection.prepare("BEGIN IMMEDIATE"));
  readonly #commit = lazy(() => this.connection.prepare("COMMIT"));
  readonly #rollback = lazy(() => this.connection.prepare("ROLLBACK"));

  constructor(connection: Database.Database, path: string) {
    this.connection = connection;
    this.path = path;
    this.#file = identityOf(path);
  }

  /**
   * Why nothing may be written: the file was deleted, moved or replaced since it was opened, and what is written now
   * would be gone. null when it is still the same.
   */
  replacedFailure(meaning: string): Failure | null {
    const now = identityOf(this.path);
    if (now !== null && now === this.#file) return null;
    const what = now === null ? "is gone" : "is another file now";
    return corruptFailure(
      { path: this.path, meaning },
      `The database ${this.path} ${what}: it was deleted, moved or replaced while it was open.`,
      "Put the file back in its place if you have it, then run the command again.",
    );
  }

  /**
   * Runs `work` as one durable transaction: all of it happens, or nothing. `meaning` says what
   * nothing means.
   */
  write<T>(meaning: string, work: () => T): T {
    const replaced = this.replacedFailure(meaning);
    if (replaced) throw replaced;
    return this.read(meaning, () => this.transact(work));
  }

  /** As `write`, but a power cut may take it back: only for what can be fetched again. */
  writeRelaxed<T>(meaning: string, work: () => T): T {
    return this.read(meaning, () => {
      this.connection.exec("PRAGMA synchronous = NORMAL");
      try {
        return this.#inTransaction(work);
      } finally {
        this.connection.exec("PRAGMA synchronous = FULL");
      }
    });
  }

  /** As `write`, with SQLite's own errors. */
  transact<T>(work: () => T): T {
    this.#hasWritten = true;
    return this.#inTransaction(work);
  }

  #inTransaction<T>(work: () => T): T {
    this.#begin().run();
    try {
      const result = work();
      this.#commit().run();
      return result;
    } finally {
      if (this.connection.inTransaction) this.#rollback().run();
    }
  }

  /** Runs `work` with what SQLite reports turned into failures. */
  read<T>(meaning: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storageFailure(error, { path: this.path, meaning });
    }
  }

  close(): void {
    this.connection.close();
  }

  /**
   * As `close`, for a process that ends now. The last one to close copies the write-ahead log into the file and
   * flushes it: after mere relaxed writes nobody should have to wait for that, and a later process does it.
   */
  leave(): void {
    const log = statSync(`${this.path}-wal`, { throwIfNoEntry: false });
    if (this.#hasWritten || (log?.size ?? 0) > SMALL_LOG_BYTES) this.close();
  }
}

/** A value made when it is first asked for, and kept. */
export function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Which file a path leads to now; null when to none. */
function identityOf(path: string): string | null {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats ? `${stats.dev}:${stats.ino}` : null;
}

function connect(path: string, timeout: number): Database.Database {
  try {
    return new Database(path, { fileMustExist: true, timeout });
  } catch {
    // Most likely there is no file yet; whatever else it is, the second try reports it.
    createFile(path);
    return new Database(path, { timeout });
  }
}

/** One level only: Node's recursive mkdir never returns where a parent is there but takes no folders. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

function createFile(path: string): void {
  makeFolder(dirname(path));
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

type Preparation = Required<DatabaseOptions> & {
  readonly path: string;
  readonly isSame: () => boolean;
};

/** False when the file was replaced before anything was done with it. */
function prepareConnection(
  connection: Database.Database,
  { path, busyTimeoutMs, migrations, isSame }: Preparation,
): boolean {
  const newest = migrations.at(-1)?.version ?? 0;
  const context = { path, meaning: NOTHING_SENT };
  // The first look waits for whoever holds the file alone, and may be at one that has left its place since.
  const version = requireOurs(connection, newest, context);
  if (!isSame()) return false;
  connection.exec(
    `PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
     PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES}`,
  );
  useWriteAheadLog(connection, Math.ceil(busyTimeoutMs / WAL_RETRY_MS));
  if (version < newest) migrate(connection, migrations, context);
  return true;
}

/** SQLite doesn't wait by itself while another process makes the same change on a new file. */
function useWriteAheadLog(connection: Database.Database, tries: number): void {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  for (let attempt = 1; ; attempt += 1) {
    try {
      connection.pragma("journal_mode = WAL");
      return;
    } catch (error) {
      const isBusy = error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY");
      if (!isBusy || attempt >= tries) throw error;
      Atomics.wait(cell, 0, 0, WAL_RETRY_MS);
    }
  }
}
