import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system of its own in memory, small enough to be filled. Only root may make one. */
export type SmallDisk = {
  readonly path: string;
  /** Takes all its space but so many bytes. */
  fill(exceptBytes: number): void;
  free(): void;
  setReadOnly(isReadOnly: boolean): void;
  remove(): void;
};

export function canMountDisks(): boolean {
  const disk = mounted();
  disk?.remove();
  return disk !== null;
}

export function openSmallDisk(): SmallDisk {
  const disk = mounted();
  if (disk === null) throw new Error("this user may not mount a file system");
  return disk;
}

function mounted(): SmallDisk | null {
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
    fill: (exceptBytes) => {
      const { bavail, bsize } = statfsSync(path);
      writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - exceptBytes)));
    },
    free: () => rmSync(filler, { force: true }),
    setReadOnly: (isReadOnly) => {
      const how = isReadOnly ? "remount,ro" : "remount,rw";
      if (!run("mount", "-o", how, path)) throw new Error(`mount -o ${how} failed`);
    },
    remove: () => {
      run("umount", "-l", path);
      rmSync(path, { recursive: true, force: true });
    },
  };
}

function run(program: string, ...words: readonly string[]): boolean {
  return spawnSync(program, words, { stdio: "ignore" }).status === 0;
}
