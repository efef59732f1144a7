import { writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Loaded into the program before it starts: runs the fault just after the first bytes of a request with the given
 * method have left, as it may happen anywhere else in the program.
 */
const PRELOAD = `
const { Socket } = require("node:net");
const { TEST_FAULT: fault, TEST_FAULT_AT: method } = process.env;
const faults = {
  exception: () => setImmediate(() => { throw new Error("broke with " + process.env.TMT_BROKER_TOKEN); }),
  rejection: () => { void Promise.reject(new Error("broke with " + process.env.TMT_BROKER_TOKEN)); },
  memory: () => { const hoard = []; for (;;) hoard.push(new Array(10_000).fill(hoard.length)); },
};
const write = Socket.prototype._writeGeneric;
let isPlanted = false;
Socket.prototype._writeGeneric = function (...given) {
  const result = write.apply(this, given);
  const data = Array.isArray(given[1]) ? given[1].map(({ chunk }) => chunk).join("") : String(given[1]);
  if (!isPlanted && data.startsWith(method)) {
    isPlanted = true;
    // The bytes are with the operating system first.
    setTimeout(faults[fault], fault === "memory" ? 50 : 0);
  }
  return result;
};
`;

export type PlantedFault = "exception" | "rejection" | "memory";

/** The environment of a program that suffers `fault` while its first request with `method` is under way. */
export function planted(
  folder: string,
  fault: PlantedFault,
  { method, options = "" }: { readonly method: string; readonly options?: string },
): Readonly<Record<string, string>> {
  const preload = join(folder, "planted-faults.cjs");
  writeFileSync(preload, PRELOAD);
  const words = `--require ${preload} ${options}`;
  return { NODE_OPTIONS: words, TEST_FAULT: fault, TEST_FAULT_AT: method };
}
