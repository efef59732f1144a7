import { randomUUID } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import Database from "better-sqlite3";
import { Failure, usageFailure } from "../../core/failures.ts";
import { type Instant, instantToMs } from "../../core/time.ts";
import type { AuditChain, AuditRecord } from "../../ports/journal.ts";
import type {
  DatabaseState,
  PresentDatabase,
  Replacement,
  Restoration,
} from "../../ports/restore.ts";
import { openAnchorFile, syncFolder } from "../anchor-file.ts";
import { appendEntry } from "./audit-log.ts";
import { walkChain } from "./audit-walk.ts";
import { copyDatabase, FILE_SUFFIXES, faultOf, flushFile, removeDatabase } from "./backup.ts";
import { carryOver, NOTHING_CARRIED } from "./carry-over.ts";
import { openDatabase } from "./database.ts";
import { requireOurs } from "./identity.ts";
import { MIGRATIONS } from "./migrations.ts";
import { corruptFailure, RESTORE, storageFailure } from "./storage-failure.ts";

const MEANING = "Nothing was restored.";
const BUSY_TIMEOUT_MS = 1_000;
const DRAFT = /^\.[0-9a-f-]{36}\.restore(-wal|-shm|-journal)?$/;
/** A draft of a process that was killed; no restore takes so long. */
const OLD_DRAFT_MS = 86_400_000;

export type RestoreOptions = {
  /** The database's place. */
  readonly path: string;
  /** The backup. */
  readonly file: string;
  readonly chain: AuditChain;
  readonly anchorPath: string;
  readonly now: Instant;
};

/**
 * Copies a backup beside the database and proves the copy: that it is ours, of a version that this program knows, sound from
 * end to end, and its audit chain whole. Nothing is replaced yet.
 * @throws Failure USAGE, STORAGE_CORRUPT, AUDIT_BROKEN or STORAGE_FULL.
 */
export async function prepareRestore(given: RestoreOptions): Promise<Restoration> {
  // A link stays one: what it leads to is replaced.
  const path = existsSync(given.path) ? realpathSync(given.path) : given.path;
  const options = { ...given, path };
  const file = resolve(options.file);
  requireFile(file, path);
  removeOldDrafts(dirname(path), options.now);
  const draft = join(dirname(path), `.${randomUUID()}.restore`);
  try {
    await copyDatabase(file, draft);
    const backup = await provenState(draft, { file, chain: options.chain });
    return new SqliteRestoration({ ...options, file }, { draft, backup });
  } catch (error) {
    removeDatabase(draft);
    throw backupFailure(error, file);
  }
}

/** What is wrong with a backup isn't wrong with the database, and is mended otherwise. */
function backupFailure(error: unknown, file: string): unknown {
  const failure = storageFailure(error, { path: file, meaning: MEANING });
  if (!(failure instanceof Failure)) return failure;
  const { code, message, details } = failure;
  const more = { hint: HINT, details: { ...details, path: file }, cause: failure };
  if (code === "AUDIT_BROKEN") {
    return new Failure(code, `In the backup ${file}: ${message} ${MEANING}`, more);
  }
  return code === "STORAGE_CORRUPT" && failure.hint === RESTORE
    ? new Failure(code, message.replace(/^The database/, "The backup"), more)
    : failure;
}

function requireFile(file: string, path: string): void {
  const [given, present] = [file, path].map((one) => statSync(one, { throwIfNoEntry: false }));
  if (!given) throw usageFailure(`${file} isn't there. ${MEANING}`, "Check the path.");
  if (!given.isFile()) throw usageFailure(`${file} is no file. ${MEANING}`);
  if (present && given.ino === present.ino && given.dev === present.dev) {
    throw usageFailure(`${file} is the database itself. ${MEANING}`);
  }
}

function removeOldDrafts(folder: string, now: Instant): void {
  for (const name of readdirSync(folder).filter((one) => DRAFT.test(one))) {
    const draft = join(folder, name);
    const changedMs = statSync(draft, { throwIfNoEntry: false })?.mtimeMs ?? Number.NaN;
    if (instantToMs(now) - changedMs > OLD_DRAFT_MS) removeDatabase(draft);
  }
}

/** Brought up to date where it is older: what is proven is what will be in place. */
async function provenState(
  draft: string,
  { file, chain }: Pick<RestoreOptions, "file" | "chain">,
): Promise<DatabaseState> {
  const context = { path: file, meaning: MEANING };
  const bare = new Database(draft, { fileMustExist: true });
  try {
    const version = requireOurs(bare, MIGRATIONS.at(-1)?.version ?? 0, context);
    if (version === 0) throw corruptFailure(context, `${file} is empty: it is no backup.`, HINT);
    const fault = faultOf(bare);
    if (fault !== null) throw corruptFailure(context, `${file} isn't sound: ${fault}.`, HINT);
  } finally {
    bare.close();
  }
  const database = openDatabase(draft);
  try {
    await walkChain(database, chain);
    // Whichever computer it comes from, this one uses it now; the audit entry says that it was restored.
    database.write(MEANING, () => database.connection.exec("DELETE FROM machine"));
    return stateOf(database.connection);
  } finally {
    database.close();
  }
}

const HINT = "Take another copy.";

function stateOf(connection: Database.Database): DatabaseState {
  const count = (table: string) =>
    Number(connection.prepare(`SELECT count(*) FROM ${table}`).pluck().get());
  const last = connection
    .prepare<[], { sequence: number; at: Instant; hash: string }>(
      "SELECT sequence, at, hash FROM audit ORDER BY sequence DESC LIMIT 1",
    )
    .get();
  return {
    entries: last?.sequence ?? 0,
    lastAt: last?.at ?? null,
    head: last?.hash ?? null,
    transactions: count("transactions"),
    orders: count("intents"),
  };
}

class SqliteRestoration implements Restoration {
  readonly file: string;
  readonly backup: DatabaseState;
  readonly present: PresentDatabase;
  readonly #draft: string;
  readonly #options: RestoreOptions;

  constructor(
    options: RestoreOptions,
    { draft, backup }: { readonly draft: string; readonly backup: DatabaseState },
  ) {
    this.#options = options;
    this.#draft = draft;
    this.file = options.file;
    this.backup = backup;
    this.present = presentState(options.path);
  }

  async replace(recordOf: (replacement: Replacement) => AuditRecord): Promise<Replacement> {
    const { path } = this.#options;
    try {
      const held = this.present.kind === "none" ? null : holdAlone(path, this.present);
      try {
        return await this.#putInPlace(recordOf, held);
      } finally {
        held?.close();
      }
    } catch (error) {
      throw storageFailure(error, { path, meaning: MEANING });
    } finally {
      this.discard();
    }
  }

  discard(): void {
    removeDatabase(this.#draft);
  }

  /** `held` is the present database, which nobody else can use as long as it is open; null where it can't be read. */
  async #putInPlace(
    recordOf: (replacement: Replacement) => AuditRecord,
    held: Database.Database | null,
  ): Promise<Replacement> {
    const { path, now, anchorPath } = this.#options;
    const isSound = held !== null && this.present.kind === "sound";
    const carried = isSound ? carryOver(held, this.#draft) : NOTHING_CARRIED;
    const before = isSound ? { kind: "sound" as const, ...stateOf(held) } : this.present;
    const aside = before.kind === "none" ? null : asideOf(path, now);
    const anchor = openAnchorFile(anchorPath).read();
    const replacement = { before, anchor, carried, aside };
    this.#record(recordOf(replacement));
    // What isn't sound is kept byte for byte.
    if (aside !== null) await keepAside(path, { aside, held: isSound ? held : null });
    if (!held) {
      // Nobody can use a database that can't be read; what SQLite left beside it isn't the restored one's.
      for (const suffix of FILE_SUFFIXES.slice(1)) rmSync(`${path}${suffix}`, { force: true });
    }
    renameSync(this.#draft, path);
    syncFolder(dirname(path));
    return replacement;
  }

  #record(record: AuditRecord): void {
    const database = openDatabase(this.#draft);
    try {
      database.write(MEANING, () =>
        appendEntry(database.connection, { chain: this.#options.chain, record }),
      );
    } finally {
      database.close();
    }
    flushFile(this.#draft);
  }
}

function presentState(path: string): PresentDatabase {
  const file = statSync(path, { throwIfNoEntry: false })?.ino;
  if (file === undefined) return { kind: "none" };
  try {
    // As any command opens it: brought up to date, so that what it knows can be taken over.
    const database = openDatabase(path, { busyTimeoutMs: BUSY_TIMEOUT_MS });
    try {
      const fault = faultOf(database.connection);
      if (fault !== null) return { kind: "unreadable", reason: fault };
      return { kind: "sound", ...stateOf(database.connection) };
    } finally {
      database.close();
    }
  } catch (error) {
    const failure = failureOf(error, path, file);
    // A disk that is full, or a file that is busy, says nothing about what it holds.
    if (!(failure instanceof Failure) || failure.code !== "STORAGE_CORRUPT") throw failure;
    return { kind: "unreadable", reason: failure.message };
  }
}

/** Whatever SQLite says of a file that another restore has just replaced: it is somebody else's turn. */
function failureOf(error: unknown, path: string, file: number): unknown {
  const failure = storageFailure(error, { path, meaning: MEANING });
  return isBusy(failure) || isReplaced(path, file) ? inUse(path, error) : failure;
}

function isReplaced(path: string, file: number): boolean {
  return statSync(path, { throwIfNoEntry: false })?.ino !== file;
}

function isBusy(failure: unknown): boolean {
  return failure instanceof Failure && failure.code === "STORAGE_BUSY";
}

/**
 * Opens the database so that no other process can use it, with everything in its one file: its log is written back and
 * gone, and nothing of it can be taken for the restored one's. Null for what SQLite can't even open.
 */
function holdAlone(path: string, { kind }: PresentDatabase): Database.Database | null {
  const file = statSync(path).ino;
  const connection = new Database(path, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  try {
    connection.pragma("locking_mode = EXCLUSIVE");
    connection.pragma("journal_mode = DELETE");
    connection.exec("BEGIN EXCLUSIVE; COMMIT");
    // Another restore may have put its own in place while this one waited for the lock.
    if (isReplaced(path, file)) throw inUse(path, null);
    return connection;
  } catch (error) {
    connection.close();
    const failure = failureOf(error, path, file);
    if (kind === "unreadable" && !isBusy(failure)) return null;
    throw failure;
  }
}

function inUse(path: string, cause: unknown): Failure {
  return new Failure("STORAGE_BUSY", `Another process uses the database ${path}. ${MEANING}`, {
    hint: "End what is open (watch, stream, a running batch or import), then run the command again.",
    retryable: true,
    details: { path },
    cause,
  });
}

function asideOf(path: string, now: Instant): string {
  const stamp = now.slice(0, 19).replaceAll(/[-:]/g, "");
  const name = join(dirname(path), `${basename(path)}.before-restore-${stamp}Z`);
  return existsSync(name) ? `${name}-${randomUUID().slice(0, 8)}` : name;
}

/** Through the connection that holds it: a file that is opened and closed beside it would let go of its locks. */
async function keepAside(
  path: string,
  { aside, held }: { readonly aside: string; readonly held: Database.Database | null },
): Promise<void> {
  const draft = join(dirname(path), `.${randomUUID()}.restore`);
  try {
    if (held) await held.backup(draft);
    else copyFileSync(path, draft);
    chmodSync(draft, 0o600);
    flushFile(draft);
    if (!held) keepBeside(path, aside);
    renameSync(draft, aside);
  } finally {
    removeDatabase(draft);
  }
}

function keepBeside(path: string, aside: string): void {
  for (const suffix of FILE_SUFFIXES.slice(1)) {
    if (existsSync(`${path}${suffix}`)) copyFileSync(`${path}${suffix}`, `${aside}${suffix}`);
  }
}
