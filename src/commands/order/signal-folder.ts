import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  type Stats,
  unlinkSync,
  writeSync,
} from "node:fs";
import { opendir } from "node:fs/promises";
import { join } from "node:path";

const SIGNALS = ".jsonl";
const RESULTS = ".results.jsonl";
/** Files that are being worked on: `NAME.jsonl~OWNER`, and beside them `NAME.results~OWNER`. */
const TAKEN = "taken";
const NEWLINE = 10;
/** Files of one look; those beyond come once some of these are done. */
const MOST_SEEN = 10_000;
const MOST_NAMES = 1_000;

/** A file of signals that this process alone works on. */
export type TakenFile = {
  /** As it was called in the folder. */
  readonly name: string;
  readonly path: string;
  /** Adds a line to its results, which are kept from the beginning. */
  readonly result: (document: unknown) => void;
};

/** What is odd about an entry of the folder, said once as long as it is so. */
export type FolderRemark = (name: string, text: string) => void;

export type FolderOptions = {
  /** `host:pid:start` of this process. */
  readonly owner: string;
  readonly isAlive: (owner: string) => boolean;
  readonly remark: FolderRemark;
};

type Seen = Pick<Stats, "size" | "mtimeMs" | "ino">;

/**
 * A folder into which programs put files of signals. A file is taken by moving it into `taken/` under its taker's name, so that
 * only one process has it; what a dead process of this computer took is taken over. Done with, it is moved to `done/` or
 * `refused/` with its results beside it.
 */
export class SignalFolder {
  readonly #folder: string;
  readonly #options: FolderOptions;
  #seen = new Map<string, Seen>();

  constructor(folder: string, options: FolderOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  /**
   * The next file that is whole: it ends in a newline, and is as it was at the last look. Null where there is none.
   * @throws the system's error where the folder can't be read.
   */
  async next(): Promise<TakenFile | null> {
    const names = await this.#names();
    for (const name of this.#orphans()) {
      const taken = this.#move(join(TAKEN, name), nameIn(name));
      if (!taken) continue;
      removeIfThere(resultsOf(join(this.#folder, TAKEN, name)));
      return taken;
    }
    const before = this.#seen;
    this.#seen = new Map();
    for (const name of names) {
      const now = this.#statOf(name);
      if (!now) continue;
      this.#seen.set(name, now);
      const earlier = before.get(name);
      if (!(earlier && isSame(earlier, now)) || !this.#isWhole(name, now)) continue;
      const taken = this.#move(name, name);
      if (taken) return taken;
    }
    return null;
  }

  /** Puts a file away with its results; its name is given a number where that is taken. */
  putAway(file: TakenFile, where: "done" | "refused"): string {
    const folder = join(this.#folder, where);
    makeFolder(folder);
    const stem = file.name.slice(0, -SIGNALS.length);
    for (let number = 1; ; number += 1) {
      const name = number === 1 ? stem : `${stem}-${number}`;
      if (!linkTo(file.path, join(folder, `${name}${SIGNALS}`))) continue;
      // Until the file itself is gone it would be worked on again: nothing is lost in between.
      ifThere(() => renameSync(resultsOf(file.path), join(folder, `${name}${RESULTS}`)));
      removeIfThere(file.path);
      return join(where, `${name}${SIGNALS}`);
    }
  }

  /** Puts a file back where it was, for whoever watches next; it stays taken where another has its name now. */
  giveBack({ name, path }: TakenFile): void {
    if (!linkTo(path, join(this.#folder, name))) return;
    removeIfThere(resultsOf(path));
    removeIfThere(path);
  }

  async #names(): Promise<readonly string[]> {
    const names: string[] = [];
    for await (const entry of await opendir(this.#folder)) {
      const { name } = entry;
      const isMeant = name.endsWith(SIGNALS) && !name.endsWith(RESULTS) && !name.startsWith(".");
      if (!isMeant) continue;
      if (entry.isFile()) names.push(name);
      else this.#options.remark(name, "is no file, or a link to one: it is left where it is");
      if (names.length >= MOST_SEEN) break;
    }
    return names.toSorted((left, right) => (left < right ? -1 : 1));
  }

  /** What dead processes of this computer left half done. */
  #orphans(): readonly string[] {
    const { owner, isAlive } = this.#options;
    return listIfThere(join(this.#folder, TAKEN)).filter((name) => {
      const taker = ownerIn(name);
      return (
        taker !== null && taker !== owner && hostOf(taker) === hostOf(owner) && !isAlive(taker)
      );
    });
  }

  #statOf(name: string): Seen | null {
    try {
      const { size, mtimeMs, ino } = lstatSync(join(this.#folder, name));
      return { size, mtimeMs, ino };
    } catch {
      // Another process was quicker.
      return null;
    }
  }

  /** Whether its writer is through with it, as far as a file can tell. */
  #isWhole(name: string, { size }: Seen): boolean {
    if (size === 0) return false;
    try {
      if (lastByte(join(this.#folder, name), size) === NEWLINE) return true;
      this.#options.remark(name, "doesn't end in a newline: it is waited for");
    } catch (error) {
      if (isGone(error)) return false;
      this.#options.remark(name, `can't be read (${textOf(error)}): it is left where it is`);
    }
    return false;
  }

  /** Takes the file at `from`; null where another process was quicker, or it can't be moved. */
  #move(from: string, name: string): TakenFile | null {
    const { owner, remark } = this.#options;
    const path = join(this.#folder, TAKEN, `${name}~${encodeURIComponent(owner)}`);
    try {
      makeFolder(join(this.#folder, TAKEN));
      renameSync(join(this.#folder, from), path);
    } catch (error) {
      if (!isGone(error)) remark(name, `can't be taken (${textOf(error)}): it is left where it is`);
      return null;
    }
    if (!lstatSync(path).isFile()) {
      remark(name, "is no file any more: it is left in taken/");
      return null;
    }
    return { name, path, result: openResults(resultsOf(path)) };
  }
}

function isSame(left: Seen, right: Seen): boolean {
  return left.size === right.size && left.mtimeMs === right.mtimeMs && left.ino === right.ino;
}

/** Each line is on the disk before the next order is told of. */
function openResults(path: string): TakenFile["result"] {
  let isNew = true;
  return (document) => {
    const file = openSync(path, isNew ? "w" : "a", 0o600);
    isNew = false;
    try {
      writeSync(file, `${JSON.stringify(document)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  };
}

function lastByte(path: string, size: number): number | undefined {
  const file = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(1);
    readSync(file, buffer, 0, 1, size - 1);
    return buffer[0];
  } finally {
    closeSync(file);
  }
}

/** Whether `to` was free and is `from` now as well. */
function linkTo(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === "EEXIST") return false;
    if (!UNLINKABLE.has(code)) throw error;
    if (existsSync(to)) return false;
    renameSync(from, to);
    return true;
  }
}

/** What file systems say that have no hard links. */
const UNLINKABLE = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

function removeIfThere(path: string): void {
  ifThere(() => unlinkSync(path));
}

function ifThere(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** One level only. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
}

function listIfThere(path: string): readonly string[] {
  try {
    return readdirSync(path)
      .filter((name) => ownerIn(name) !== null)
      .slice(0, MOST_NAMES);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** Who took `NAME.jsonl~OWNER`; null for anything else. */
function ownerIn(taken: string): string | null {
  const [, owner] = /\.jsonl~([^~]+)$/.exec(taken) ?? [];
  try {
    return owner === undefined ? null : decodeURIComponent(owner);
  } catch {
    return null;
  }
}

function nameIn(taken: string): string {
  return taken.slice(0, taken.lastIndexOf("~"));
}

function hostOf(owner: string): string {
  return owner.split(":")[0] ?? "";
}

function resultsOf(path: string): string {
  return path.replace(/\.jsonl~([^~]*)$/, ".results~$1");
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function isGone(error: unknown): boolean {
  return codeOf(error) === "ENOENT";
}

function textOf(error: unknown): string {
  return codeOf(error) || String(error);
}
