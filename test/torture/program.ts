import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";

/** The program as it was built, started from some folder: `bin/tmt-broker.js` or a copy of it. */
export type Program = { readonly path: string; readonly home: string };

export const TOKEN = "token-of-the-torture";

export type Ended = {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
};

export type StartOptions = {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Ends it as `kill -9` does, unless it has ended by itself. */
  readonly killAfterMs?: number;
};

/** Runs one command to its end, or to its death. */
export async function runProgram(
  program: Program,
  words: readonly string[],
  options: StartOptions = {},
): Promise<Ended> {
  const startedMs = performance.now();
  const child = start(program, words, options);
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.stdin ?? "");
  const { killAfterMs } = options;
  const death =
    killAfterMs === undefined ? null : setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  if (death) clearTimeout(death);
  const isCode = typeof code === "number";
  return { code: isCode ? code : null, stdout, stderr, ms: performance.now() - startedMs };
}

function start(
  { path, home }: Program,
  words: readonly string[],
  { env = {} }: StartOptions,
): ChildProcessWithoutNullStreams {
  const base = { PATH: process.env.PATH ?? "", HOME: home, TMT_BROKER_HOME: home };
  const secrets = { TMT_BROKER_PASSPHRASE: "correct horse battery", TMT_BROKER_TOKEN: TOKEN };
  return spawn(process.execPath, [path, ...words], { env: { ...base, ...secrets, ...env } });
}

export type Server = {
  readonly url: string;
  readonly accounts: readonly string[];
  stop(): Promise<void>;
};

/** Starts `practice serve` on a free port. */
export async function startServer(program: Program, words: readonly string[]): Promise<Server> {
  const home = `${program.home}/server`;
  mkdirSync(home, { recursive: true });
  const usual = ["practice", "serve", "--json", "--port", "0", "--token", TOKEN];
  const child = start({ ...program, home }, [...usual, ...words], {});
  const stderr = text(child.stderr);
  const exit = once(child, "exit");
  const kill = () => child.kill("SIGKILL");
  process.on("exit", kill);
  void exit.then(() => process.off("exit", kill));
  const [line] = await Promise.race([
    once(createInterface(child.stdout), "line"),
    stderr.then((said) => Promise.reject(new Error(`practice serve ended: ${said}`))),
  ]);
  const { url, accounts } = JSON.parse(String(line));
  return {
    url,
    accounts,
    async stop() {
      child.kill("SIGTERM");
      await exit;
    },
  };
}
