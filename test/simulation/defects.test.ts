import { describe, expect, it } from "vitest";
import { DEFECTS } from "./defects.ts";
import { HAZARDS } from "./plan.ts";
import { simulate } from "./run.ts";

const SEEDS = 25;
const OPTIONS = { submissions: 120, hazards: new Set(HAZARDS) };
const PATIENCE_MS = 120_000;

describe("a program that", () => {
  it.each(DEFECTS)(
    "$name is found out to break $breaks",
    async ({ breaks, make }) => {
      const found: string[] = [];
      for (let seed = 1; seed <= SEEDS && !found.includes(breaks); seed += 1) {
        const { violations } = await simulate(seed, { ...OPTIONS, defect: make() });
        found.push(...violations.map(({ promise }) => promise));
      }
      expect(found).toContain(breaks);
    },
    PATIENCE_MS,
  );
});
