// Measures the program against its peers and prints one table of ratios: see docs/benchmarks.md.
//   npm run bench -- [--only start-up,order] [--rounds 15]
// Exit code 1: a must was missed. 2: wrong usage.
import { spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openLab } from "./lab.mjs";
import { measureBatch } from "./rows/batch.mjs";
import { measureHistory } from "./rows/history.mjs";
import { measureMemory, measureOrder } from "./rows/order.mjs";
import { measurePositions } from "./rows/positions.mjs";
import { measureReview } from "./rows/review.mjs";
import { measureSelf } from "./rows/self.mjs";
import { measureServer } from "./rows/server.mjs";
import { measureStartUp } from "./rows/start-up.mjs";
import { measureJournal, measureVerify } from "./rows/storage.mjs";
import { measureStream } from "./rows/stream.mjs";
import { measureBurst, measureFar, measureWarm } from "./rows/warm.mjs";
import { measureWatch } from "./rows/watch.mjs";
import { tableText, verdictOf } from "./table.mjs";

const ROUNDS = 15;
/** How far a bare Node may come out from itself before the machine is too busy to tell anything. */
const SELF_DEVIATION = 0.1;
const GROUPS = {
  "start-up": measureStartUp,
  positions: measurePositions,
  order: measureOrder,
  memory: measureMemory,
  warm: measureWarm,
  far: measureFar,
  burst: measureBurst,
  batch: measureBatch,
  journal: measureJournal,
  verify: measureVerify,
  history: measureHistory,
  server: measureServer,
  review: measureReview,
  watch: measureWatch,
  stream: measureStream,
};

process.exitCode = await main();

async function main() {
  const options = readOptions();
  if (!options) return 2;
  build();
  const lab = openLab();
  try {
    const self = await measureSelf(options);
    const rows = [];
    for (const group of options.groups) {
      process.stderr.write(`measuring ${group}\n`);
      rows.push(...(await GROUPS[group](lab, options)));
    }
    console.log(tableText(rows));
    console.log(`\n${notes(options, self)}`);
    return rows.some((row) => verdictOf(row) === "MISSES MUST") ? 1 : 0;
  } finally {
    await lab.close();
  }
}

function readOptions() {
  const names = Object.keys(GROUPS);
  try {
    const { values } = parseArgs({
      options: { only: { type: "string" }, rounds: { type: "string", default: String(ROUNDS) } },
    });
    const groups = values.only?.split(",") ?? names;
    const unknown = groups.find((group) => !names.includes(group));
    if (unknown !== undefined) throw new Error(`There are no rows called "${unknown}".`);
    const rounds = Number(values.rounds);
    if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds must be 1 or more.");
    return { groups, rounds };
  } catch (error) {
    console.error(`${error.message} Rows: ${names.join(", ")}.`);
    return null;
  }
}

function build() {
  const script = join(import.meta.dirname, "../scripts/build.mjs");
  const { status } = spawnSync(process.execPath, [script], { stdio: ["ignore", 2, 2] });
  if (status !== 0) throw new Error("the program couldn't be built");
}

function notes({ rounds }, { time, memory }) {
  const [cpu] = cpus();
  const isBusy = Math.max(Math.abs(time - 1), Math.abs(memory - 1)) > SELF_DEVIATION;
  return [
    `${process.platform} ${process.arch}, ${cpus().length} × ${cpu?.model.trim()}; Node ${process.versions.node}`,
    `${rounds} rounds; each ratio is the median of the round-by-round ratios`,
    `bare Node ÷ bare Node in this run: ${time.toFixed(2)} (time), ${memory.toFixed(2)} (memory)`,
    ...(isBusy ? ["The machine was too busy: run it again before believing a verdict."] : []),
  ].join("\n");
}
