import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { usageFailure } from "../core/failures.ts";
import type { Terminal } from "./context.ts";

/** The process's own stdin, stdout and stderr. `signal` ends a question that nobody answers. */
export function openSystemTerminal(signal: AbortSignal): Terminal {
  return {
    isInteractive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    writeResult: (text) => void process.stdout.write(text),
    writeNote: (text) => void process.stderr.write(text),
    confirm: async (question) => {
      const answer = await ask(`${question} Type yes to go on: `, { signal, isHidden: false });
      return answer.trim().toLowerCase() === "yes";
    },
    askSecret: (question) => ask(question, { signal, isHidden: true }),
    readInput: (maximumBytes) => readInput(maximumBytes),
  };
}

type Asking = { readonly signal: AbortSignal; readonly isHidden: boolean };

/** Questions go to stderr: stdout carries the result only. */
async function ask(question: string, { signal, isHidden }: Asking): Promise<string> {
  process.stderr.write(question);
  const output = isHidden
    ? new Writable({ write: (_chunk, _encoding, done) => done() })
    : process.stderr;
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  try {
    return await lines.question("", { signal });
  } finally {
    lines.close();
    if (isHidden) process.stderr.write("\n");
  }
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
