import { hash } from "node:crypto";
import { CAPACITY, INITIAL_STATE, INPUT, MODULE, STATE } from "./sha256-module.ts";

const BLOCK_BYTES = 64;
const LENGTH_BYTES = 8;
const WORD_BYTES = 4;
/** Whoever hashes more than a few orders need is served faster by Node, once that is loaded. */
const MOST_BYTES_HERE = 256 * 1024;
const ENCODER = new TextEncoder();

let hashedBytes = 0;
let machine: Machine | null | undefined;

/**
 * The SHA-256 of `content`, a text as UTF-8, in hexadecimal. It doesn't load Node's cryptography for the first of it:
 * that takes a command several milliseconds.
 */
export function sha256(content: string | Uint8Array): string {
  if (hashedBytes > MOST_BYTES_HERE) return hash("sha256", content);
  const bytes = typeof content === "string" ? ENCODER.encode(content) : content;
  hashedBytes += bytes.length;
  if (machine === undefined) machine = openMachine();
  return machine ? digestBy(machine, bytes) : hash("sha256", bytes);
}

/** What TypeScript knows with a browser's types only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

type Machine = {
  readonly memory: Uint8Array;
  readonly view: DataView;
  /** Takes the blocks from one place of the memory to another, at least one, into the state. */
  readonly takeBlocks: (from: number, to: number) => void;
};

/** null where Node was started without WebAssembly, or may not reserve the room for it. */
function openMachine(): Machine | null {
  try {
    const module = new WebAssembly.Module(Buffer.from(MODULE, "base64"));
    const { memory, blocks } = new WebAssembly.Instance(module).exports as {
      readonly memory: { readonly buffer: ArrayBuffer };
      readonly blocks: Machine["takeBlocks"];
    };
    const { buffer } = memory;
    return { memory: new Uint8Array(buffer), view: new DataView(buffer), takeBlocks: blocks };
  } catch {
    return null;
  }
}

function digestBy({ memory, view, takeBlocks }: Machine, bytes: Uint8Array): string {
  for (const [index, word] of INITIAL_STATE.entries()) {
    view.setUint32(STATE + index * WORD_BYTES, word, true);
  }
  const whole = bytes.length - (bytes.length % BLOCK_BYTES);
  for (let start = 0; start < whole; start += CAPACITY) {
    const part = bytes.subarray(start, Math.min(start + CAPACITY, whole));
    memory.set(part, INPUT);
    takeBlocks(INPUT, INPUT + part.length);
  }
  takeEnd({ memory, view, takeBlocks }, bytes.subarray(whole), bytes.length);
  const words = INITIAL_STATE.map((_, index) => view.getUint32(STATE + index * WORD_BYTES, true));
  return words.map((word) => word.toString(16).padStart(2 * WORD_BYTES, "0")).join("");
}

/** What is left after the last whole block, a bit that ends it, zeros, and the length of all in bits. */
function takeEnd({ memory, view, takeBlocks }: Machine, rest: Uint8Array, length: number): void {
  const fitsOne = rest.length + 1 + LENGTH_BYTES <= BLOCK_BYTES;
  const end = INPUT + (fitsOne ? 1 : 2) * BLOCK_BYTES;
  memory.fill(0, INPUT, end);
  memory.set(rest, INPUT);
  memory[INPUT + rest.length] = 0x80;
  view.setBigUint64(end - LENGTH_BYTES, BigInt(length) * 8n);
  takeBlocks(INPUT, end);
}
