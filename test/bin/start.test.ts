import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** Stands in for the built program: says what it was given, and then does what it is told. */
const PROGRAM = `(function (exports) { exports.run = (args) => {
  process.stdout.write(process.execPath + " " + args.join(" ") + "\\n");
  if (args[0] === "exit") process.exitCode = 7;
  if (args[0] === "wait") setInterval(() => {}, 1000);
}; })`;
/** Makes the Node that reads it first look like an old one. */
const OLD_NODE = `Object.defineProperty(process, "versions", {
  value: { ...process.versions, node: "20.11.1" },
});`;

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tmt-start-"));
  for (const file of ["tmt-broker.js", "package.json"]) {
    mkdirSync(join(folder, "bin"), { recursive: true });
    copyFileSync(join("bin", file), join(folder, "bin", file));
  }
  write("package.json", '{ "type": "module", "version": "1.2.3" }');
  write("dist/package.json", '{ "type": "commonjs" }');
  write("dist/main.js", PROGRAM);
  write("dist/build-id", "0123456789abcdef");
  write("dist/help/index.txt", "help of the program\n");
  write("dist/help/order.buy.txt", "help of order buy\n");
  write("old-node.cjs", OLD_NODE);
});

afterEach(() => rmSync(folder, { recursive: true }));

describe("what is answered without loading the program", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["--version", "1.2.3\n"],
    ["-V", "1.2.3\n"],
    ["--help", "help of the program\n"],
    ["-h", "help of the program\n"],
    ["help", "help of the program\n"],
    ["order buy --help", "help of order buy\n"],
    ["order buy -h", "help of order buy\n"],
    ["help order buy", "help of order buy\n"],
  ];

  it.each(cases)("tmt-broker %s", async (words, expected) => {
    rmSync(join(folder, "dist/main.js"));
    expect(await run(words)).toEqual({ code: 0, stdout: expected, stderr: "" });
  });

  it("is answered by an old Node too", async () => {
    expect(await run("--help", { isOld: true })).toMatchObject({ code: 0, stderr: "" });
  });

  it("ends quietly when nobody reads it", async () => {
    const child = start("--help");
    child.stdout.destroy();
    const [[code], stderr] = await Promise.all([once(child, "exit"), text(child.stderr)]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });
});

describe("what is left to the program", () => {
  it.each([
    "order buy EUR_USD 100",
    "order buy EUR_USD --help",
    "order buyy --help",
    "help ../secret",
    "--version --json",
    "order buy --help --json",
  ])("tmt-broker %s", async (words) => {
    const { code, stdout } = await run(words);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${process.execPath} ${words}\n` });
  });

  it("keeps its compiled code in a folder that only the user can read", async () => {
    await run("accounts");
    expect(statSync(join(folder, "home/cache")).mode & 0o777).toBe(0o700);
  });

  it("keeps what a command has compiled, and of the newest build only", async () => {
    write("home/cache/code-fedcba9876543210-old.whole", "of another build");
    await run("accounts");
    const [name, ...others] = readdirSync(join(folder, "home/cache"));
    expect(others).toEqual([]);
    expect(name).toMatch(/^code-0123456789abcdef-v.*-accounts\.whole$/);
    expect(statSync(join(folder, "home/cache", name ?? "")).mode & 0o777).toBe(0o600);
  });

  it("never runs a damaged compiled cache", async () => {
    await run("accounts");
    const [name = ""] = readdirSync(join(folder, "home/cache"));
    const file = join(folder, "home/cache", name);
    const bytes = readFileSync(file);
    const sound = Buffer.from(bytes);
    for (const place of [40, bytes.length >> 2, bytes.length - 1]) {
      writeFileSync(file, sound.with(place, (sound[place] ?? 0) ^ 16));
      const { stdout } = await run("accounts");
      expect(stdout).toBe(`${process.execPath} accounts\n`);
      const healed = readFileSync(file);
      const half = healed.length / 2;
      expect(healed.subarray(0, half).equals(healed.subarray(half))).toBe(true);
    }
  });

  it.each(["a file", "a dangling link"])("runs where its own folder is %s", async (kind) => {
    const home = join(folder, "home");
    if (kind === "a file") writeFileSync(home, "");
    else symlinkSync(join(folder, "nowhere", "home"), home);
    expect(await run("accounts")).toMatchObject({ code: 0, stderr: "" });
  });

  it("says how to build it when it isn't built", async () => {
    rmSync(join(folder, "dist"), { recursive: true });
    const { code, stdout, stderr } = await run("accounts");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^tmt-broker isn't built yet: run "npm run build" in \S+\n$/);
  });
});

describe("a Node that is too old", () => {
  it("gets one clear line", async () => {
    const { code, stdout, stderr } = await run("accounts", { isOld: true });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(
      /^tmt-broker needs Node.js 22\.19 or newer, and this is 20\.11\.1: .+\n$/,
    );
  });

  it("gets the same line where the checkout's own Node is as old", async () => {
    plantOwnNode("20.0.0");
    expect(await run("accounts", { isOld: true })).toMatchObject({ code: 1, stdout: "" });
  });

  it("hands over to the checkout's own Node, and passes its exit code on", async () => {
    plantOwnNode("24.1.0");
    const { code, stdout } = await run("exit now", { isOld: true });
    expect({ code, stdout }).toEqual({ code: 7, stdout: `${process.execPath} exit now\n` });
  });

  it.each(["SIGTERM", "SIGHUP", "SIGINT"] as const)(
    "passes %s on, and dies of it",
    async (signal) => {
      plantOwnNode("24.1.0");
      const child = start("wait", { isOld: true });
      await once(child.stdout, "data");
      child.kill(signal);
      expect(await once(child, "exit")).toEqual([null, signal]);
    },
  );
});

function plantOwnNode(version: string): void {
  write("node_modules/node/package.json", `{ "version": "${version}" }`);
  mkdirSync(join(folder, "node_modules/node/bin"));
  symlinkSync(process.execPath, join(folder, "node_modules/node/bin/node"));
}

function start(words: string, { isOld = false } = {}) {
  const preload = isOld ? ["--require", join(folder, "old-node.cjs")] : [];
  const args = [...preload, join(folder, "bin/tmt-broker.js"), ...words.split(" ")];
  const env = { ...process.env, TMT_BROKER_HOME: join(folder, "home") };
  return spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
}

async function run(words: string, options: { readonly isOld?: boolean } = {}) {
  const child = start(words, options);
  const [[code], stdout, stderr] = await Promise.all([
    once(child, "exit"),
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, stdout, stderr };
}

function write(name: string, content: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
}
