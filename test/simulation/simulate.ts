/**
 * Simulates the road of an order over many seeds, on every core: `npm run simulate -- --seeds 1000`.
 * Ends with 1 when a promise was broken, after telling which run shows it and what happened there.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { HAZARDS, type Hazard, type PlanOptions } from "./plan.ts";
import { type RunResult, simulate } from "./run.ts";
import { EVERYTHING, failureText, shrink } from "./shrink.ts";

const USAGE = `npm run simulate -- [--seeds N] [--from S] [--submissions M] [--without ${HAZARDS.join(",")}] [--trace]`;
const LAST_LINES = 60;

type Job = PlanOptions & { readonly seed: number };
type Done = Pick<RunResult, "seed" | "submissions" | "violations" | "hash">;

if (isMainThread) await main();
else serve();

async function main(): Promise<void> {
  const { seeds, from, options, isTraced } = readArguments();
  const jobs = Array.from({ length: seeds }, (_, index) => ({ ...options, seed: from + index }));
  const startedMs = performance.now();
  const done = isTraced ? await trace(jobs) : await spread(jobs);
  const seconds = (performance.now() - startedMs) / 1000;
  const submissions = done.reduce((sum, each) => sum + each.submissions, 0);
  const failed = done.filter(({ violations }) => violations.length > 0);
  const perSecond = Math.round(submissions / seconds);
  console.log(
    `${done.length} seeds, ${submissions} submissions in ${seconds.toFixed(1)} s (${perSecond}/s): ${failed.length} seeds break a promise`,
  );
  const [first] = failed;
  if (first && !isTraced) await explain(first.seed, options);
  process.exitCode = failed.length > 0 ? 1 : 0;
}

/** Every run in this thread, with all that happens in it. */
async function trace(jobs: readonly Job[]): Promise<readonly Done[]> {
  const done: Done[] = [];
  for (const job of jobs) {
    const result = await simulate(job.seed, job);
    console.log(result.trace().join("\n"));
    console.log(`seed ${job.seed}: hash ${result.hash}`);
    if (result.violations.length > 0) console.log(failureText(result, job));
    done.push(result);
  }
  return done;
}

/** The seeds, one after the other, on as many threads as there are cores. */
async function spread(jobs: readonly Job[]): Promise<readonly Done[]> {
  const left = [...jobs];
  const done: Done[] = [];
  const work = async () => {
    const worker = new Worker(new URL(import.meta.url));
    for (let job = left.shift(); job; job = left.shift()) {
      const result = await ask(worker, job);
      done.push(result);
      if (result.violations.length > 0)
        console.log(failureText({ ...result, trace: () => [] }, job));
    }
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), jobs.length) }, work));
  return done;
}

function ask(worker: Worker, job: Job): Promise<Done> {
  return new Promise((resolve, reject) => {
    worker.once("message", (result: Done) => {
      worker.off("error", reject);
      resolve(result);
    });
    worker.once("error", reject);
    worker.postMessage(job);
  });
}

function serve(): void {
  parentPort?.on("message", async (job: Job) => {
    const { seed, submissions, violations, hash } = await simulate(job.seed, job);
    parentPort?.postMessage({ seed, submissions, violations, hash });
  });
}

/** The smallest run that still shows it, and its last lines. */
async function explain(seed: number, options: PlanOptions): Promise<void> {
  const smallest = await shrink(seed, options, await simulate(seed, options));
  const trace = smallest.result.trace();
  const end = trace.findIndex((line) => line.includes("WITNESS")) + 1;
  console.log(`\nThe smallest run found, up to the first broken promise:\n`);
  console.log(trace.slice(Math.max(0, end - LAST_LINES), end).join("\n"));
  console.log(`\n${failureText(smallest.result, smallest.options)}`);
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "100" },
      from: { type: "string", default: "1" },
      submissions: { type: "string", default: String(EVERYTHING.submissions) },
      without: { type: "string", default: "" },
      trace: { type: "boolean", default: false },
    },
  });
  const without = values.without.split(",").filter((word) => word !== "");
  const unknown = without.filter((word) => !HAZARDS.some((hazard) => hazard === word));
  if (unknown.length > 0) throw new RangeError(`no trouble is called ${unknown[0]}: ${USAGE}`);
  const hazards = new Set<Hazard>(HAZARDS.filter((hazard) => !without.includes(hazard)));
  const options: PlanOptions = { submissions: wholeNumber(values.submissions), hazards };
  return {
    seeds: wholeNumber(values.seeds),
    from: wholeNumber(values.from),
    options,
    isTraced: values.trace,
  };
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new RangeError(`"${text}" is no number above zero: ${USAGE}`);
}
