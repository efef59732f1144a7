import { execFile, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolders, resolvePaths } from "../../src/config/paths.ts";

const CHILD = join(import.meta.dirname, "../support/config-child.ts");
const run = promisify(execFile);
const isRoot = process.geteuid?.() === 0;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tmt-paths-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

type Options = { readonly env?: NodeJS.ProcessEnv; readonly uid?: number };

async function inChild(words: readonly string[], { env = {}, uid }: Options = {}) {
  const identity = uid === undefined ? {} : { uid, gid: uid };
  const options = { env: { PATH: process.env.PATH, ...env }, ...identity };
  const { stdout } = await run(process.execPath, [CHILD, ...words], options);
  return JSON.parse(stdout);
}

/** Whether another user of this computer could run the sources at all. */
function canRunAs(uid: number): boolean {
  return isRoot && spawnSync(process.execPath, [CHILD, "read", "/none"], { uid }).status === 0;
}

describe("the user's files", () => {
  it("are all in TMT_BROKER_HOME where it is set", async () => {
    const home = join(folder, "home");
    expect(await resolvePaths({ TMT_BROKER_HOME: home })).toEqual({
      configFile: join(home, "config.toml"),
      databaseFile: join(home, "tmt-broker.db"),
      credentialsFile: join(home, "credentials.enc"),
      dataFolder: home,
      cacheFolder: join(home, "cache"),
      stateFolder: home,
    });
  });

  it("get folders that their user alone may enter, each time anew", async () => {
    const paths = await resolvePaths({ TMT_BROKER_HOME: join(folder, "made") });
    makeFolders(paths);
    makeFolders(paths);
    expect(statSync(paths.dataFolder).mode & 0o777).toBe(0o700);
    expect(statSync(paths.cacheFolder).mode & 0o777).toBe(0o700);
  });

  it("keep an existing folder's permissions", async () => {
    const home = join(folder, "mine");
    mkdirSync(home, { mode: 0o750 });
    makeFolders(await resolvePaths({ TMT_BROKER_HOME: home }));
    expect(statSync(home).mode & 0o777).toBe(0o750);
  });

  it.each(["", ".", "relative/home", "~/tmt"])(
    "CF-04 can't be in TMT_BROKER_HOME=%j",
    async (home) => {
      await expect(resolvePaths({ TMT_BROKER_HOME: home })).rejects.toMatchObject({
        code: "CONFIG_INVALID",
        hint: expect.stringContaining("absolute"),
      });
    },
  );

  it.skipIf(process.platform !== "linux")(
    "CF-04 a home where no folder can be made is refused at once",
    async () => {
      const paths = await resolvePaths({ TMT_BROKER_HOME: "/proc/no-such-folder/deeper" });
      expect(() => makeFolders(paths)).toThrow(/proc/);
    },
  );

  it("CF-04 fail clearly where the folder can't be made", async () => {
    writeFileSync(join(folder, "plain"), "");
    const paths = await resolvePaths({ TMT_BROKER_HOME: join(folder, "plain/home") });
    expect(() => makeFolders(paths)).toThrow(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        message: expect.stringContaining("plain"),
      }),
    );
  });

  it.runIf(process.platform === "linux")("are in the platform's folders otherwise", async () => {
    const own = await resolvePaths({});
    expect(own.configFile).toMatch(/tmt-broker\/config\.toml$/);
    expect(await inChild(["paths"], { env: { HOME: "/home/t", XDG_DATA_HOME: "/data" } })).toEqual({
      configFile: "/home/t/.config/tmt-broker/config.toml",
      databaseFile: "/data/tmt-broker/tmt-broker.db",
      credentialsFile: "/data/tmt-broker/credentials.enc",
      dataFolder: "/data/tmt-broker",
      cacheFolder: "/home/t/.cache/tmt-broker",
      stateFolder: "/home/t/.local/state/tmt-broker",
    });
  });

  it.runIf(process.platform === "linux").each<[string, NodeJS.ProcessEnv]>([
    ["an empty HOME", { HOME: "" }],
    ["a relative HOME", { HOME: "here" }],
    ["a relative XDG folder", { HOME: "/home/t", XDG_CONFIG_HOME: "config" }],
  ])("CF-04 with %s are not put where the shell happens to be", async (_, env) => {
    expect(await inChild(["paths"], { env })).toMatchObject({
      code: "CONFIG_INVALID",
      hint: expect.stringContaining("TMT_BROKER_HOME"),
    });
  });

  it.runIf(canRunAs(54_321))("CF-04 need TMT_BROKER_HOME for a user without a home", async () => {
    expect(await inChild(["paths"], { uid: 54_321 })).toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining("no home folder"),
    });
  });
});

describe.runIf(canRunAs(54_321))("for a user that isn't root", () => {
  const uid = 54_321;

  /** A folder that the user may enter, with a file in it. */
  function fileOf(name: string, { owner, mode }: { owner: number; mode: number }): string {
    chmodSync(folder, 0o755);
    const path = join(folder, name);
    writeFileSync(path, "kept");
    chownSync(path, owner, owner);
    chmodSync(path, mode);
    return path;
  }

  it("CF-04 another user's file is refused", async () => {
    const path = fileOf("foreign.toml", { owner: 1_234, mode: 0o644 });
    expect(await inChild(["read", path], { uid })).toMatchObject({
      code: "PERMISSION_DENIED",
      message: expect.stringContaining("belongs to another user"),
    });
  });

  it("CF-04 a file that can't be read is refused", async () => {
    const path = fileOf("root.toml", { owner: 0, mode: 0o600 });
    expect(await inChild(["read", path], { uid })).toMatchObject({ code: "PERMISSION_DENIED" });
  });

  it("CF-04 root's file that may be read is used", async () => {
    const path = fileOf("shared.toml", { owner: 0, mode: 0o644 });
    expect(await inChild(["read", path], { uid })).toBe("kept");
  });

  it("CF-04 a folder that can't be written fails clearly and changes nothing", async () => {
    const path = fileOf("locked.toml", { owner: uid, mode: 0o600 });
    expect(await inChild(["set", path, "risk.maxUnits", "5"], { uid })).toMatchObject({
      code: "PERMISSION_DENIED",
      hint: expect.stringContaining("TMT_BROKER_HOME"),
    });
  });
});
