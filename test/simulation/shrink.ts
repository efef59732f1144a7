import { HAZARDS, type PlanOptions } from "./plan.ts";
import { type RunOptions, type RunResult, simulate } from "./run.ts";

/** Everything that may go wrong, and as many orders as the 500 seeds of the tests have. */
export const EVERYTHING: PlanOptions = { submissions: 200, hazards: new Set(HAZARDS) };

const FEWEST = 5;

export type Shrunk = { readonly options: PlanOptions; readonly result: RunResult };

/**
 * A smaller run of the same seed that breaks the same promise: with fewer orders, then without each kind of trouble that
 * it doesn't need.
 */
export async function shrink(
  seed: number,
  options: RunOptions,
  failed: RunResult,
): Promise<Shrunk> {
  const promises = new Set(failed.violations.map(({ promise }) => promise));
  let best: Shrunk = { options, result: failed };
  const attempt = async (smaller: PlanOptions) => {
    const result = await simulate(seed, { ...options, ...smaller });
    const isSame = result.violations.some(({ promise }) => promises.has(promise));
    if (isSame) best = { options: smaller, result };
    return isSame;
  };
  for (const share of [0.5, 0.8]) {
    let submissions = Math.floor(best.options.submissions * share);
    while (submissions >= FEWEST && (await attempt({ ...best.options, submissions }))) {
      submissions = Math.floor(submissions * share);
    }
  }
  for (const hazard of HAZARDS) {
    const hazards = new Set([...best.options.hazards].filter((each) => each !== hazard));
    await attempt({ ...best.options, hazards });
  }
  return best;
}

/** How to see one run again, line by line. */
export function replayCommand(seed: number, { submissions, hazards }: PlanOptions): string {
  const without = HAZARDS.filter((hazard) => !hazards.has(hazard));
  const rest = without.length > 0 ? ` --without ${without.join(",")}` : "";
  return `npm run simulate -- --seeds 1 --from ${seed} --submissions ${submissions}${rest} --trace`;
}

/** What broke, and how to see it again. */
export function failureText({ seed, violations }: RunResult, options: PlanOptions): string {
  const lines = violations.slice(0, 10).map(({ promise, atMs, what }) => {
    return `  ${promise} at ${(atMs / 1000).toFixed(3)} s: ${what}`;
  });
  return [`seed ${seed} breaks:`, ...lines, `  again: ${replayCommand(seed, options)}`].join("\n");
}
