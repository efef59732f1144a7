/**
 * Compares the program's verdicts on US currency accounts with the reference on random books:
 * `npm run compliance-model -- --books 1000000 --seed 1`. Ends with 1 when they disagree.
 */
import { parseArgs } from "node:util";
import { compareBooks, told } from "./compare.ts";

const USAGE = "npm run compliance-model -- [--books N] [--seed S]";

main();

function main(): void {
  const { books, seed } = readArguments();
  const startedMs = performance.now();
  const { disagreements, met } = compareBooks(seed, books);
  const seconds = (performance.now() - startedMs) / 1000;
  for (const [conclusion, count] of [...met].sort()) console.log(`${count}\t${conclusion}`);
  for (const disagreement of disagreements) console.log(told(disagreement));
  const result = disagreements.length === 0 ? "no disagreement" : "they disagree";
  console.log(`${books} books from seed ${seed} in ${seconds.toFixed(1)} s: ${result}`);
  process.exitCode = disagreements.length === 0 ? 0 : 1;
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      books: { type: "string", default: "1000000" },
      seed: { type: "string", default: "1" },
    },
  });
  return { books: wholeNumber(values.books), seed: wholeNumber(values.seed) };
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new RangeError(`"${text}" is no number above zero: ${USAGE}`);
}
