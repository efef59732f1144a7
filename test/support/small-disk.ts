import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder for which the operating system refuses what a full or read-only disk refuses. */
export type SmallDisk = {
  readonly path: string;
  /** Whose folder it is, and who has to keep to its permissions; empty for this process's own user. */
  readonly identity: { readonly uid?: number; readonly gid?: number };
  /** From now on it takes nothing more, from programs that run already either. */
  fill(): void;
  free(): void;
  setReadOnly(isReadOnly: boolean): void;
  remove(): void;
};

/** How a disk can be filled here: each name with its opener. A file system of one's own only root may make. */
export function smallDisks(): readonly (readonly [name: string, open: () => SmallDisk])[] {
  const mounted = openMounted();
  mounted?.remove();
  return [["whose files may not grow", openLimited], ...(mounted ? [MOUNTED] : [])];
}

const MOUNTED = ["that is a file system of its own", requireMounted] as const;
const NOBODY = 65_534;

function requireMounted(): SmallDisk {
  const disk = openMounted();
  if (disk === null) throw new Error("this user may not mount a file system");
  return disk;
}

/** A file system in memory. */
function openMounted(): SmallDisk | null {
  if (process.platform !== "linux") return null;
  const path = mkdtempSync(join(tmpdir(), "tmt-disk-"));
  const isMounted = run("mount", "-t", "tmpfs", "-o", "size=16m,mode=0700", "tmpfs", path);
  if (!isMounted) {
    rmSync(path, { recursive: true });
    return null;
  }
  const filler = join(path, "filler");
  return {
    path,
    identity: {},
    fill: () => {
      const { bavail, bsize } = statfsSync(path);
      writeFileSync(filler, Buffer.alloc(bavail * bsize));
    },
    free: () => rmSync(filler, { force: true }),
    setReadOnly: (isReadOnly) =>
      must("mount", "-o", isReadOnly ? "remount,ro" : "remount,rw", path),
    remove: () => {
      run("umount", "-l", path);
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/**
 * A folder of a user who isn't root, whom the system lets write no byte (RLIMIT_FSIZE: a program that ignores its signal,
 * as Node does, gets EFBIG). It needs no rights, so that it can be tried anywhere.
 */
function openLimited(): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), "tmt-disk-"));
  const isRoot = process.geteuid?.() === 0;
  const identity = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  if (isRoot) chownSync(path, NOBODY, NOBODY);
  const limit = (bytes: string) => {
    const words = (pid: number) => ["--pid", `${pid}`, `--fsize=${bytes}:`];
    // What runs already has a limit of its own, which its user may change; what is started from now on inherits ours.
    for (const pid of childrenOf(process.pid)) {
      spawnSync("prlimit", words(pid), { stdio: "ignore", ...identity });
    }
    must("prlimit", ...words(process.pid));
  };
  return {
    path,
    identity,
    fill: () => limit("0"),
    free: () => limit("unlimited"),
    setReadOnly: (isReadOnly) => {
      for (const name of readdirSync(path)) chmodSync(join(path, name), isReadOnly ? 0o500 : 0o700);
      chmodSync(path, isReadOnly ? 0o500 : 0o700);
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

function childrenOf(pid: number): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
    .map(Number);
}

/** Its parent's number; null when it has just ended (proc(5): the fourth field, after a name in parentheses). */
function parentOf(pid: string): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return null;
  }
}

function must(program: string, ...words: readonly string[]): void {
  if (!run(program, ...words)) throw new Error(`${program} ${words.join(" ")} failed`);
}

function run(program: string, ...words: readonly string[]): boolean {
  return spawnSync(program, words, { stdio: "ignore" }).status === 0;
}
