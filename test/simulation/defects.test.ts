import { describe, expect, it } from "vitest";
import { DEFECTS, KEPT_BACK, type KnownDefect } from "./defects.ts";
import type { DeskOptions } from "./desk.ts";
import { FENCE_DEFECTS } from "./fence-defects.ts";
import { HAZARDS, planOf } from "./plan.ts";
import { simulate } from "./run.ts";
import type { Violation } from "./violation.ts";

const SEEDS = 25;
const OPTIONS = { submissions: 120, hazards: new Set(HAZARDS) };
const PATIENCE_MS = 120_000;

/** The violations of seeds from 1 on, up to `seeds` or until one is as `isWanted` says. */
async function violationsOf(
  { make }: KnownDefect,
  { seeds, isWanted, ...options }: Search,
): Promise<readonly Violation[]> {
  const found: Violation[] = [];
  for (let seed = 1; seed <= seeds && !found.some(isWanted); seed += 1) {
    const { violations } = await simulate(seed, { ...OPTIONS, ...options, defect: make() });
    found.push(...violations);
  }
  return found;
}

type Search = Pick<DeskOptions, "isGated"> & {
  readonly seeds: number;
  readonly isWanted: (violation: Violation) => boolean;
};

describe("a program without a wire gate that", () => {
  it.each(DEFECTS)(
    "$name is found out to break $breaks",
    async (defect) => {
      const isWanted = ({ promise }: Violation) => promise === defect.breaks;
      const found = await violationsOf(defect, { seeds: SEEDS, isWanted, isGated: false });
      expect(found.filter(isWanted)).not.toEqual([]);
    },
    PATIENCE_MS,
  );
});

const SEEDS_OF_SEVERAL = 25;

/** Seeds from 1 on that have several computers. */
function severalComputers(): readonly number[] {
  const all = Array.from({ length: SEEDS_OF_SEVERAL * 4 }, (_, index) => index + 1);
  return all.filter((seed) => planOf(seed, OPTIONS).computers > 1).slice(0, SEEDS_OF_SEVERAL);
}

describe("a fence between computers that", () => {
  it.each(FENCE_DEFECTS)(
    "$name is found out to break $breaks (PR-05 PR-06)",
    async (fenceDefect) => {
      const found: Violation[] = [];
      const isFound = () => found.some(({ promise }) => promise === fenceDefect.breaks);
      for (const seed of severalComputers()) {
        if (isFound()) break;
        found.push(...(await simulate(seed, { ...OPTIONS, fenceDefect })).violations);
      }
      expect(isFound()).toBe(true);
    },
    PATIENCE_MS,
  );
});

const SEEDS_BEHIND_THE_GATE = 4;

describe("a program behind the wire gate that", () => {
  it.each(KEPT_BACK)(
    "$name sends nothing by which $breaks is broken (P5 P6)",
    async (defect) => {
      const isWanted = ({ promise, what }: Violation) =>
        promise === defect.breaks && / leaves | is order /.test(what);
      const without = await violationsOf(defect, { seeds: SEEDS, isWanted, isGated: false });
      expect(without.filter(isWanted)).not.toEqual([]);
      const behind = await violationsOf(defect, { seeds: SEEDS_BEHIND_THE_GATE, isWanted });
      expect(behind.filter(isWanted)).toEqual([]);
    },
    PATIENCE_MS,
  );
});
