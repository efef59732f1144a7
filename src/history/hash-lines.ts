import { hash } from "node:crypto";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

/** Hashes the lines of pages, elsewhere while the caller reads on; pages are answered in their order. */
export interface LineHasher {
  /**
   * The SHA-256 of each line in hexadecimal, one after the other; null when the thread ended before it answered.
   * The lines are given away: they are empty afterwards.
   */
  hash(lines: Uint8Array<ArrayBuffer>): Promise<string | null>;
  close(): Promise<void>;
}

/** Hashes when asked: the best for few pages. */
export function hashHere(): LineHasher {
  return { hash: async (lines) => hashLines(lines, sha256), close: async () => undefined };
}

/** Hashes in a thread of its own, where the computer has a core for it; without one it goes on here. */
export function hashAside(script: string = WORKER): LineHasher {
  if (availableParallelism() < 2) return hashHere();
  const waiting: ((hashes: string | null) => void)[] = [];
  let isGone = false;
  const worker = new Worker(script, { eval: true });
  const giveUp = () => {
    isGone = true;
    for (const answer of waiting.splice(0)) answer(null);
  };
  worker.on("message", (hashes: string) => waiting.shift()?.(hashes));
  worker.on("error", giveUp);
  worker.on("exit", giveUp);
  return {
    hash: (lines) => {
      if (isGone) return Promise.resolve(hashLines(lines, sha256));
      return new Promise((resolve) => {
        waiting.push(resolve);
        const isWhole = lines.byteLength === lines.buffer.byteLength;
        worker.postMessage(lines, isWhole ? [lines.buffer] : []);
      });
    },
    close: async () => {
      await worker.terminate();
    },
  };
}

function sha256(line: Uint8Array): string {
  return hash("sha256", line);
}

/** Uses nothing from outside: the thread gets its text alone. */
function hashLines(lines: Uint8Array, digest: typeof sha256): string {
  const newline = 10;
  let hashes = "";
  for (let start = 0; start <= lines.length; ) {
    const end = lines.indexOf(newline, start);
    const next = end < 0 ? lines.length : end;
    hashes += digest(lines.subarray(start, next));
    start = next + 1;
  }
  return hashes;
}

/** The program is one file, which a thread would load whole: this is all it needs. */
const WORKER = `
const { hash } = require("node:crypto");
const { parentPort } = require("node:worker_threads");
const hashLines = ${hashLines.toString()};
const sha256 = (line) => hash("sha256", line);
parentPort.on("message", (lines) => parentPort.postMessage(hashLines(lines, sha256)));
`;
