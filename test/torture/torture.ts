/**
 * Places orders by the built program at a practice server that fails in every way, kills processes at random moments,
 * and compares afterwards what the venue has, what the journal says and what the user was told:
 * `npm run torture -- --orders 1000`. Ends with 1 when an order was doubled, lost or told falsely.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { planOf, TORTURES, type Torture } from "./plan.ts";
import { type TortureResult, torture } from "./run.ts";

const USAGE = `npm run torture -- [--orders N] [--fault ${TORTURES.join("|")}] [--seed S] [--at-once K] [--program FILE]`;

const ACCOUNTS = 4;

// Servers end with this process, also when it is ended early.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));

await main();

async function main(): Promise<void> {
  const { orders, tortures, seed, atOnce, path } = readArguments();
  const queue = [...tortures];
  const results: TortureResult[] = [];
  const cache = mkdtempSync(join(tmpdir(), "tmt-compiled-"));
  const options = { isPatient: true, cache, ...path };
  const work = async () => {
    for (let kind = queue.shift(); kind; kind = queue.shift()) {
      const result = await torture(planOf(kind, { seed, orders, accounts: ACCOUNTS }), options);
      results.push(result);
      console.log(lineOf(result));
      for (const violation of result.violations) console.log(`  ${violation}`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, queue.length) }, work));
  rmSync(cache, { recursive: true, force: true });
  const broken = results.filter(({ violations }) => violations.length > 0);
  const placed = results.reduce((sum, result) => sum + result.orders, 0);
  console.log(
    `${placed} orders, ${results.length} kinds of fault: ${broken.length} with an order doubled, lost or told falsely`,
  );
  process.exitCode = broken.length > 0 ? 1 : 0;
}

function lineOf(result: TortureResult): string {
  const { torture: kind, orders, killed, codes, intents, fills, fenced, violations } = result;
  const ended = Object.entries(codes).map(([code, count]) => `${code}:${count}`);
  return [
    kind.padEnd(14),
    `${orders} orders`,
    `${killed} killed`,
    `${intents} sent`,
    `${fills} fills`,
    `${result.settledLater} settled later`,
    `${fenced} held back`,
    `${violations.length} violations`,
    `${result.seconds.toFixed(0)} s`,
    `exit codes ${ended.join(" ")}`,
  ].join(", ");
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      orders: { type: "string", default: "1000" },
      fault: { type: "string" },
      seed: { type: "string", default: "1" },
      "at-once": { type: "string", default: "1" },
      program: { type: "string" },
    },
  });
  const chosen = TORTURES.filter((kind) => values.fault === undefined || kind === values.fault);
  if (chosen.length === 0) throw new RangeError(`no fault is called ${values.fault}: ${USAGE}`);
  const tortures: readonly Torture[] = chosen;
  return {
    orders: wholeNumber(values.orders),
    seed: wholeNumber(values.seed),
    atOnce: wholeNumber(values["at-once"]),
    path: values.program === undefined ? {} : { path: values.program },
    tortures,
  };
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new RangeError(`"${text}" is no number above zero: ${USAGE}`);
}
