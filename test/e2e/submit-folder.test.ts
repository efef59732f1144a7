import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, it, vi } from "vitest";
import { killedAt } from "../support/killed-steps.ts";
import { newUser, PATIENCE, type User } from "../support/program.ts";
import { aSignal, type Signal, signalLines } from "../support/signals.ts";
import { configureLive, LIVE_ACCOUNT, openVenue } from "../support/venue.ts";

vi.setConfig(PATIENCE);

type Line = { readonly file: string; readonly signalId?: string; readonly status: string };

const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

/** `order submit --watch` on a folder, and what it has told so far. */
function watch(
  user: User,
  folder: string,
  options: { words?: string; env?: Record<string, string> } = {},
) {
  const { words = "--json", env = {} } = options;
  const child = user.start(["order", "submit", "--watch", folder, ...words.split(" ")], { env });
  started.push(child);
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const heard = () => {
    for (const look of waiting) look();
  };
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on("line", (line) => {
      lines.push(line);
      heard();
    });
  }
  const exit = once(child, "exit").then(([code, signal]) => {
    heard();
    return (code ?? signal) as number | string;
  });
  /** Waits until it is so; looks whenever the program says something, and ten times a second. */
  const until = (isSo: () => boolean) =>
    new Promise<void>((resolve) => {
      const timer = setInterval(() => look(), 100);
      const look = () => {
        if (!isSo()) return;
        clearInterval(timer);
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  const watching = {
    ...{ child, lines, exit, until },
    documents: (): readonly Line[] =>
      lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line)),
    end: (signal: NodeJS.Signals) => {
      child.kill(signal);
      return exit;
    },
  };
  return watching;
}

function aFolder(user: User): string {
  const folder = join(user.home, "signals");
  mkdirSync(folder);
  return folder;
}

/** As a good writer does it. */
function put(folder: string, name: string, text: string): void {
  writeFileSync(join(folder, `${name}.tmp`), text);
  renameSync(join(folder, `${name}.tmp`), join(folder, name));
}

const linesIn = (...signals: readonly Signal[]) => signalLines(signals);
const filesIn = (folder: string) =>
  existsSync(folder) ? readdirSync(folder).toSorted((a, b) => a.localeCompare(b)) : [];
const isIn = (folder: string, name: string) => () => existsSync(join(folder, name));

async function fillsOf(user: User): Promise<Readonly<Record<string, number>>> {
  const orders = await user.run("order list --state filled --json");
  const ids = orders
    .json<{ signalId: string | null }[]>()
    .flatMap(({ signalId }) => signalId ?? []);
  return Object.fromEntries([...Map.groupBy(ids, (id) => id)].map(([id, all]) => [id, all.length]));
}

describe("order submit --watch", () => {
  it("submits what appears, and puts it away with its results", async () => {
    const user = newUser();
    const folder = aFolder(user);
    put(folder, "b.jsonl", linesIn(aSignal("b-1"), aSignal("b-2", { units: "20000000" })));
    put(folder, "a.jsonl", linesIn(aSignal("a-1")));
    const run = watch(user, folder, { words: "--json --concurrency 1" });
    await run.until(isIn(folder, "done/b.jsonl"));
    put(folder, "a.jsonl", linesIn(aSignal("a-1"), aSignal("a-2")));
    await run.until(isIn(folder, "done/a-2.jsonl"));
    expect(await run.end("SIGTERM")).toBe(0);
    expect(run.documents().map(({ file, signalId, status }) => [file, signalId, status])).toEqual([
      ["a.jsonl", "a-1", "filled"],
      ["b.jsonl", "b-1", "filled"],
      ["b.jsonl", "b-2", "rejected"],
      ["a.jsonl", "a-1", "filled"],
      ["a.jsonl", "a-2", "filled"],
    ]);
    expect(filesIn(join(folder, "done"))).toEqual([
      ...["a-2.jsonl", "a-2.results.jsonl", "a.jsonl", "a.results.jsonl"],
      ...["b.jsonl", "b.results.jsonl"],
    ]);
    const results = readFileSync(join(folder, "done/b.results.jsonl"), "utf8");
    expect(results.trim().split("\n")).toEqual(run.lines.slice(1, 3));
    expect(filesIn(join(folder, "taken"))).toEqual([]);
    expect(await fillsOf(user)).toEqual({ "a-1": 1, "a-2": 1, "b-1": 1 });
  });

  it("leaves alone what is still being written", async () => {
    const user = newUser();
    const folder = aFolder(user);
    const half = linesIn(aSignal("s-1"), aSignal("s-2")).slice(0, -1);
    writeFileSync(join(folder, "growing.jsonl"), half);
    const run = watch(user, folder, { words: "--concurrency 1" });
    await run.until(() => run.lines.some((line) => line.includes("doesn't end in a newline")));
    put(folder, "other.jsonl", linesIn(aSignal("o-1")));
    await run.until(isIn(folder, "done/other.jsonl"));
    expect(existsSync(join(folder, "growing.jsonl"))).toBe(true);
    appendFileSync(join(folder, "growing.jsonl"), "\n");
    await run.until(isIn(folder, "done/growing.jsonl"));
    await run.end("SIGTERM");
    expect(await fillsOf(user)).toEqual({ "o-1": 1, "s-1": 1, "s-2": 1 });
  });

  it.each<[string, string | Buffer, string]>([
    ["a line that can't be used", linesIn(aSignal("x-1"), aSignal("x-2", { side: "up" })), "side"],
    [
      "10 MB of garbage",
      Buffer.concat([Buffer.alloc(10_000_000, "x"), Buffer.from("\n")]),
      "larger",
    ],
    ["what is no text", Buffer.from([0xff, 0xfe, 0, 10]), "UTF-8"],
    ["nothing but an empty line", "\n", "no signal"],
  ])("refuses %s whole, says why, and goes on", async (_, content, why) => {
    const user = newUser();
    const folder = aFolder(user);
    writeFileSync(join(folder, "bad.jsonl"), content);
    put(folder, "good.jsonl", linesIn(aSignal("g-1")));
    const run = watch(user, folder);
    await run.until(isIn(folder, "done/good.jsonl"));
    expect(await run.end("SIGTERM")).toBe(0);
    const [refused] = run.documents();
    expect(refused).toMatchObject({
      file: "bad.jsonl",
      status: "refused",
      error: { code: "USAGE" },
    });
    expect(Object(refused).error.message).toContain(why);
    expect(Object(refused).error.message).not.toContain("taken");
    expect(filesIn(join(folder, "refused"))).toEqual(["bad.jsonl", "bad.results.jsonl"]);
    expect(await fillsOf(user)).toEqual({ "g-1": 1 });
  });

  it("leaves links and folders where they are, says so once, and goes on", async () => {
    const user = newUser();
    const folder = aFolder(user);
    writeFileSync(join(user.home, "outside"), linesIn(aSignal("outside")));
    symlinkSync(join(user.home, "outside"), join(folder, "a-link.jsonl"));
    mkdirSync(join(folder, "b-folder.jsonl"));
    writeFileSync(join(folder, "notes.txt"), "no signals\n");
    const run = watch(user, folder, { words: "--concurrency 2" });
    put(folder, "good.jsonl", linesIn(aSignal("g-1")));
    await run.until(isIn(folder, "done/good.jsonl"));
    await run.end("SIGTERM");
    const said = run.lines.filter((line) => line.includes("is no file"));
    expect(said).toHaveLength(2);
    expect(await fillsOf(user)).toEqual({ "g-1": 1 });
    expect(filesIn(folder)).toEqual([
      ...["a-link.jsonl", "b-folder.jsonl", "done", "notes.txt", "taken"],
    ]);
  });

  it.skipIf(process.getuid?.() !== 0)(
    "a file that it may not read is refused or left, and it goes on",
    async () => {
      const user = newUser({}, { uid: 65_534 });
      const folder = join(user.home, "signals");
      mkdirSync(folder, { mode: 0o777 });
      const { chmodSync } = await import("node:fs");
      chmodSync(folder, 0o777);
      writeFileSync(join(folder, "a.jsonl"), linesIn(aSignal("a-1")), { mode: 0o600 });
      const run = watch(user, folder, { words: "--concurrency 2" });
      await run.until(() =>
        run.lines.some((line) => line.includes("a.jsonl can't be read (EACCES)")),
      );
      writeFileSync(join(folder, "b.jsonl"), linesIn(aSignal("b-1")), { mode: 0o644 });
      await run.until(isIn(folder, "done/b.jsonl"));
      await run.end("SIGTERM");
      expect(existsSync(join(folder, "a.jsonl"))).toBe(true);
    },
  );

  it("a folder that vanishes is waited for", async () => {
    const user = newUser();
    const folder = aFolder(user);
    const run = watch(user, folder, { words: "--concurrency 2" });
    await run.until(() => run.lines.some((line) => line.includes("Watching")));
    renameSync(folder, `${folder}-away`);
    await run.until(() => run.lines.some((line) => line.includes("can't be read (ENOENT)")));
    renameSync(`${folder}-away`, folder);
    put(folder, "a.jsonl", linesIn(aSignal("a-1")));
    await run.until(isIn(folder, "done/a.jsonl"));
    expect(run.lines.filter((line) => line.includes("ENOENT"))).toHaveLength(1);
    expect(await run.end("SIGINT")).toBe(130);
  });

  it("two on one folder share the files, and no signal makes two orders", async () => {
    const user = newUser();
    await user.run("config set risk.maxOrdersPerMinute 1000");
    const folder = aFolder(user);
    const names = Array.from({ length: 12 }, (_, at) => `f-${at}`);
    const runs = [watch(user, folder), watch(user, folder)];
    for (const name of names)
      put(folder, `${name}.jsonl`, linesIn(aSignal(name), aSignal("shared")));
    const isDone = () => names.every((name) => existsSync(join(folder, `done/${name}.jsonl`)));
    for (const run of runs) await run.until(isDone);
    for (const run of runs) expect(await run.end("SIGTERM")).toBe(0);
    const told = runs.flatMap((run) => run.documents());
    expect(told.filter(({ signalId }) => signalId !== "shared")).toHaveLength(names.length);
    const expected = Object.fromEntries([...names, "shared"].map((name) => [name, 1]));
    expect(await fillsOf(user)).toEqual(expected);
    expect(filesIn(join(folder, "taken"))).toEqual([]);
  });

  it("PR-01 kill -9 at any step: every signal makes one order, and every file is put away", async () => {
    const user = newUser();
    await user.run("config set risk.maxOrdersPerMinute 1000");
    const folder = aFolder(user);
    const expected: Record<string, number> = {};
    let died = 0;
    for (let step = 3; step <= 60; step += 6) {
      const [one, two] = [`s-${step}-1`, `s-${step}-2`];
      Object.assign(expected, { [one]: 1, [two]: 1 });
      put(folder, `f-${step}.jsonl`, linesIn(aSignal(one), aSignal(two)));
      const killed = watch(user, folder, { env: killedAt(user, step) });
      const isDone = isIn(folder, `done/f-${step}.jsonl`);
      let ended = false;
      void killed.exit.then(() => {
        ended = true;
      });
      await killed.until(() => ended || isDone());
      await killed.end("SIGKILL");
      if (isDone()) continue;
      died += 1;
      const next = watch(user, folder);
      await next.until(isDone);
      await next.end("SIGTERM");
    }
    expect(died).toBeGreaterThan(2);
    expect(await fillsOf(user)).toEqual(expected);
    expect(filesIn(join(folder, "taken"))).toEqual([]);
  });

  it("ends once what is under way is settled, and gives back what it hasn't begun", async () => {
    const user = newUser();
    await user.run("config set risk.maxOrdersPerMinute 1000");
    const folder = aFolder(user);
    const signals = Array.from({ length: 200 }, (_, at) => aSignal(`s-${at}`));
    put(folder, "many.jsonl", linesIn(...signals));
    const run = watch(user, folder, { words: "--json --concurrency 1" });
    await run.until(() => run.documents().length >= 3);
    expect(await run.end("SIGTERM")).toBe(0);
    const begun = run.documents().length;
    expect(begun).toBeLessThan(signals.length);
    expect(filesIn(folder)).toContain("many.jsonl");
    expect((await user.run("order reconcile --json")).json()).toMatchObject({ open: [] });
    const next = watch(user, folder);
    await next.until(isIn(folder, "done/many.jsonl"));
    await next.end("SIGTERM");
    const known = next.documents().filter((line) => Object(line).known);
    expect(known).toHaveLength(begun);
    expect(Object.values(await fillsOf(user)).every((count) => count === 1)).toBe(true);
  });

  it("refuses what makes no sense, before anything is sent", async () => {
    const user = newUser();
    const folder = aFolder(user);
    for (const words of [
      ["--watch", join(user.home, "nowhere")],
      ["--watch", folder, "--dry-run"],
      ["some.jsonl", "--watch", folder],
    ]) {
      const refused = await user.run(["order", "submit", ...words, "--json"]);
      expect([refused.code, refused.error().code]).toEqual([2, "USAGE"]);
    }
  });

  it("on a live connection needs --yes", async () => {
    const user = newUser({ TMT_BROKER_TOKEN: "token-of-the-test", TMT_BROKER_CONNECTION: "main" });
    const venue = await openVenue({ account: LIVE_ACCOUNT });
    configureLive(user, venue);
    const folder = aFolder(user);
    put(folder, "a.jsonl", linesIn(aSignal("a-1")));
    const refused = await user.run(["order", "submit", "--watch", folder, "-c", "main", "--json"]);
    expect(refused.error().code).toBe("CONFIRMATION_REQUIRED");
    expect(filesIn(folder)).toEqual(["a.jsonl"]);
  });
});
