import { once } from "node:events";
import { fstatSync, statSync, writeSync } from "node:fs";
import { devNull } from "node:os";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { isatty } from "node:tty";
import { usageFailure } from "../core/failures.ts";
import { redact, type Secret } from "../core/secret.ts";
import type { Terminal } from "./context.ts";
import { unwritten } from "./unwritten.ts";

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const BELL = String.fromCharCode(7);

/** The process's own terminal or pipes. `signal` ends a question that nobody answers. */
export type SystemTerminal = Terminal & {
  /** Resolves when everything written has left. */
  readonly flushed: () => Promise<void>;
};

/**
 * Writes go straight to the descriptors: making `process.stdout` takes longer than most commands do. Of `secrets`, which
 * may grow, none is in a note, whoever chose its words.
 */
export function openSystemTerminal(
  signal: AbortSignal,
  secrets: readonly Secret[],
): SystemTerminal {
  const waiting: Promise<void>[] = [];
  const slow = new Set<number>();
  let noteTaker: ((text: string) => void) | null = null;
  const write = (descriptor: number, text: string) => {
    // Behind what a full pipe didn't take, everything has to wait: nothing may overtake it.
    const rest = slow.has(descriptor) ? Buffer.from(text) : writeDirectly(descriptor, text);
    if (!rest) return;
    slow.add(descriptor);
    waiting.push(writeLater(descriptor, rest));
  };
  return {
    get isInteractive() {
      return isTerminal(STDIN) && isTerminal(STDERR);
    },
    get showsNotes() {
      return isTerminal(STDERR);
    },
    get hasScreen() {
      return isTerminal(STDIN) && isTerminal(STDOUT);
    },
    divertNotes: (taker) => {
      noteTaker = taker;
    },
    ring: () => {
      if (isTerminal(STDERR)) write(STDERR, BELL);
    },
    writeResult: (text) => write(STDOUT, text),
    writeNote: (text) => {
      const clean = redact(text, secrets);
      if (noteTaker) noteTaker(clean);
      else write(STDERR, clean);
    },
    confirm: async (question) => {
      const answer = await ask(`${question} Type yes to go on: `, { signal, isHidden: false });
      return answer.trim().toLowerCase() === "yes";
    },
    askSecret: (question) => ask(question, { signal, isHidden: true }),
    writeFlow,
    inputLines,
    readInput: (maximumBytes) => readInput(maximumBytes),
    flushed: async () => {
      await Promise.all(waiting);
    },
  };
}

/** Whether a person looks at it. Pipes, files and the null device are told apart without loading anything. */
export function isTerminal(descriptor: number): boolean {
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isCharacterDevice()) return false;
    return stats.rdev !== statSync(devNull).rdev && isatty(descriptor);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EBADF") return false;
    throw error;
  }
}

export const isOutputTerminal = (): boolean => isTerminal(STDOUT);

/** What a full pipe didn't take; nothing when all is written, or when nobody reads any more. */
function writeDirectly(descriptor: number, text: string): Buffer | null {
  let rest = Buffer.from(text);
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(descriptor, rest));
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A reader that left early, as `head` does, is no failure of ours.
    if (code === "EPIPE" || code === "EBADF") return null;
    if (code === "EAGAIN") return rest;
    // What can't be said changes nothing of what is done: a full disk under stderr must not end it halfway.
    if (descriptor === STDERR) return null;
    throw unwritten(error);
  }
}

/** The stream waits until the pipe takes more. */
function writeLater(descriptor: number, rest: Buffer): Promise<void> {
  const stream = descriptor === STDOUT ? process.stdout : process.stderr;
  return new Promise((resolve) => {
    stream.once("error", () => resolve());
    stream.write(rest, () => resolve());
  });
}

/** Through the stream, which unlike a direct write leaves the program free while a full pipe waits for its reader. */
function writeFlow(text: string): Promise<boolean> {
  const { stdout } = process;
  return new Promise((resolve, reject) => {
    const onError = (error: Error) => {
      const failure = unwritten(error);
      if (failure === error) resolve(false);
      else reject(failure);
    };
    stdout.once("error", onError);
    stdout.write(text, (error) => {
      // The event of a failed write comes after this: its listener stays for it.
      if (error) return onError(error);
      stdout.off("error", onError);
      resolve(true);
    });
  });
}

/**
 * Lines of standard input. A terminal is read only where the output is one too: a job in the background that reads from
 * its terminal is stopped.
 */
async function* inputLines(maximumLength: number, signal: AbortSignal): AsyncGenerator<string> {
  if (isTerminal(STDIN) && !isOutputTerminal()) return;
  const { stdin } = process;
  const stop = () => stdin.destroy();
  signal.addEventListener("abort", stop, { once: true });
  let rest = "";
  try {
    for await (const chunk of stdin.setEncoding("utf8") as AsyncIterable<string>) {
      const lines = (rest + chunk).split("\n");
      rest = (lines.pop() ?? "").slice(0, maximumLength + 1);
      for (const line of lines) yield line.slice(0, maximumLength + 1);
    }
    if (rest !== "") yield rest;
  } catch (error) {
    // It was let go of, or can't be read: there is nothing more to come.
    if (!(error instanceof Error)) throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

type Asking = { readonly signal: AbortSignal; readonly isHidden: boolean };

/** Questions go to stderr: stdout carries the result only. */
async function ask(question: string, { signal, isHidden }: Asking): Promise<string> {
  const output = isHidden
    ? new Writable({ write: (_chunk, _encoding, done) => done() })
    : process.stderr;
  // It takes the echo off the terminal, so a secret is asked for only once it is there.
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  // While keys are read one by one, Ctrl-C is a key too: it means here what it means everywhere.
  lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  const closed = once(lines, "close").then(() => "");
  if (isHidden) process.stderr.write(question);
  try {
    const answer = lines.question(isHidden ? "" : question, { signal });
    return await Promise.race([answer.catch(withoutAnswer(signal)), closed]);
  } finally {
    lines.close();
    if (isHidden) process.stderr.write("\n");
  }
}

/** Ctrl-D ends a question without an answer, which is none to go on with; an interruption is passed on. */
function withoutAnswer(signal: AbortSignal): (error: unknown) => string {
  return (error) => {
    const isClosed = error instanceof Error && error.name === "AbortError" && !signal.aborted;
    if (isClosed) return "";
    throw error;
  };
}

async function readInput(maximumBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maximumBytes) {
      throw usageFailure(`Standard input is larger than ${maximumBytes} bytes: that can't be it.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Whether the output may be in colour: as the user asks, or else where a terminal shows it. */
export function hasColor(argv: readonly string[]): boolean {
  const { NO_COLOR, TERM, FORCE_COLOR } = process.env;
  if (argv.includes("--no-color") || (NO_COLOR !== undefined && NO_COLOR !== "")) return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== "0") return true;
  return TERM !== "dumb" && isOutputTerminal();
}
