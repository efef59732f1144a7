import { hash } from "node:crypto";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

/** Hashes the lines of pages, elsewhere while the caller reads on; pages are answered in their order. */
export interface LineHasher {
  /** The SHA-256 of each line in hexadecimal, one after the other. */
  hash(lines: Uint8Array): Promise<string>;
  close(): Promise<void>;
}

/** Hashes when asked: the best for few pages. */
export function hashHere(): LineHasher {
  return { hash: async (lines) => hashLines(lines), close: async () => undefined };
}

/** Hashes in a thread of its own, where the computer has a core for it. */
export function hashAside(): LineHasher {
  if (availableParallelism() < 2) return hashHere();
  const waiting: Answer[] = [];
  const worker = new Worker(WORKER, { eval: true });
  worker.on("message", (hashes: string) => waiting.shift()?.resolve(hashes));
  worker.on("error", (error) => {
    for (const { reject } of waiting.splice(0)) reject(error);
  });
  return {
    hash: (lines) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        worker.postMessage(lines);
      }),
    close: async () => {
      await worker.terminate();
    },
  };
}

type Answer = {
  readonly resolve: (hashes: string) => void;
  readonly reject: (reason: unknown) => void;
};

const NEWLINE = 10;

function hashLines(lines: Uint8Array): string {
  let hashes = "";
  for (let start = 0; start <= lines.length; ) {
    const end = lines.indexOf(NEWLINE, start);
    const next = end < 0 ? lines.length : end;
    hashes += hash("sha256", lines.subarray(start, next));
    start = next + 1;
  }
  return hashes;
}

/** The program is one file, which a thread would load whole: this is all it needs. */
const WORKER = `
const { hash } = require("node:crypto");
const { parentPort } = require("node:worker_threads");
const NEWLINE = ${NEWLINE};
${hashLines.toString()}
parentPort.on("message", (lines) => parentPort.postMessage(hashLines(lines)));
`;
