import {
  type ChildProcessWithoutNullStreams,
  type SpawnOptionsWithoutStdio,
  spawn,
} from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { afterAll } from "vitest";
import { movedClock } from "./moved-clock.ts";

/** Starting a process takes its time on a busy computer: `vi.setConfig(PATIENCE)`. */
export const PATIENCE = { testTimeout: 120_000, hookTimeout: 120_000 } as const;

/** Arguments separated by single spaces, or as a list where one of them holds a space. */
export type Words = string | readonly string[];

export type RunOptions = {
  readonly env?: Readonly<Record<string, string>>;
  /** What stands on stdin; it is closed after it. */
  readonly stdin?: string;
};

export type Finished = {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The document on stdout. */
  json<T = Record<string, unknown>>(): T;
  /** The error document on stderr: its only line. */
  error(): ErrorDocument;
};

export type ErrorDocument = {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;
};

/** A user of the built program: a folder of their own, and a shell that knows nothing of this computer. */
export type User = {
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  run(words: Words, options?: RunOptions): Promise<Finished>;
  start(words: Words, options?: RunOptions): ChildProcessWithoutNullStreams;
};

export const PROGRAM = resolve("bin/tmt-broker.js");

const PRACTICE_START = ["practice", "serve", "--json"];

/** What the file's tests leave behind: taken away when they are through. */
const homes: string[] = [];
const servers: ChildProcessWithoutNullStreams[] = [];

afterAll(async () => {
  await Promise.all(servers.map(killed));
  for (const home of homes) rmSync(home, { recursive: true, force: true });
});

/** With an identity, its programs run as that user of the computer. */
export function newUser(
  env: Readonly<Record<string, string>> = {},
  identity: { readonly uid?: number; readonly gid?: number } = {},
): User {
  const home = mkdtempSync(join(tmpdir(), "tmt-user-"));
  homes.push(home);
  const { uid, gid = uid } = identity;
  if (uid !== undefined && gid !== undefined) chownSync(home, uid, gid);
  const base = { PATH: process.env.PATH ?? "", HOME: home, TMT_BROKER_HOME: home, ...env };
  const start = (words: Words, options: RunOptions = {}) =>
    startProgram(words, { env: { ...base, ...options.env }, ...identity }, options.stdin);
  return {
    home,
    env: base,
    start,
    run: (words, options) => finished(start(words, options)),
  };
}

/** The environment of a program whose clock is ahead: so that nobody has to wait for time to pass. */
export function clockAhead(user: User, ms: number): Readonly<Record<string, string>> {
  return movedClock(user.home, ms);
}

/** Waits for the end of a started program. */
export async function finished(child: ChildProcessWithoutNullStreams): Promise<Finished> {
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return {
    code: typeof code === "number" ? code : null,
    stdout,
    stderr,
    json: () => JSON.parse(stdout),
    error: () => JSON.parse(stderr).error,
  };
}

export function argumentsOf(words: Words): readonly string[] {
  return typeof words === "string" ? words.split(" ").filter(Boolean) : words;
}

function startProgram(words: Words, options: SpawnOptionsWithoutStdio, stdin = "") {
  if (!existsSync(resolve("dist/main.js"))) throw new Error("not built yet: npm run build");
  const child = spawn(process.execPath, [PROGRAM, ...argumentsOf(words)], options);
  // A program that ends without reading its input closes the pipe: that is its own business.
  child.stdin.on("error", () => undefined);
  child.stdin.end(stdin);
  return child;
}

export type WireTransaction = {
  readonly id: string;
  readonly type: string;
  readonly clientOrderID?: string;
  readonly orderID?: string;
  readonly tradeID?: string;
  readonly price?: string;
  readonly units?: string;
  readonly clientExtensions?: { readonly id?: string; readonly tag?: string; comment?: string };
};

/** A practice server of its own process, as `practice serve` starts it. */
export type Practice = {
  readonly url: string;
  readonly port: string;
  readonly token: string;
  readonly accounts: readonly string[];
  /** The account's whole log, as any client of the server reads it. */
  log(): Promise<readonly WireTransaction[]>;
  /** Ends it as a service is ended; gives its exit code. */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
};

/** Starts `practice serve` on a free port, or on the one given with `--port`. */
export async function startPractice(words = ""): Promise<Practice> {
  const port = words.includes("--port") ? [] : ["--port", "0"];
  const child = newUser().start([...PRACTICE_START, ...port, ...argumentsOf(words)]);
  servers.push(child);
  const ended = text(child.stderr);
  const line = await Promise.race([
    once(createInterface(child.stdout), "line"),
    ended.then((stderr) => Promise.reject(new Error(`practice serve ended: ${stderr}`))),
  ]);
  const ready: Pick<Practice, "url" | "token" | "accounts"> = JSON.parse(String(line[0]));
  return {
    ...ready,
    port: new URL(ready.url).port,
    log: () => readLog(ready.url, ready.token, String(ready.accounts[0])),
    stop: async () => {
      const exit = once(child, "exit");
      child.kill("SIGTERM");
      const [code] = await exit;
      return typeof code === "number" ? code : null;
    },
    kill: () => killed(child),
  };
}

/** The log of an account of any v20 server, whole: none of our tests fills a thousand entries. */
export async function readLog(
  url: string,
  token: string,
  account: string,
): Promise<readonly WireTransaction[]> {
  const response = await fetch(`${url}/v3/accounts/${account}/transactions/sinceid?id=1`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const body = await response.json();
  return Object(body).transactions;
}

/** Fills of each client order id in a log. */
export function fillsByClientId(log: readonly WireTransaction[]): ReadonlyMap<string, number> {
  const fills = log.filter(({ type }) => type === "ORDER_FILL");
  const groups = Map.groupBy(fills, (fill) => fill.clientOrderID ?? "");
  return new Map([...groups].map(([id, group]) => [id, group.length]));
}

async function killed(child: ChildProcessWithoutNullStreams): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}
