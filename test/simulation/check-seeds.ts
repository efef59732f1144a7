import { describe, expect, it } from "vitest";
import { simulate } from "./run.ts";
import { EVERYTHING, failureText } from "./shrink.ts";

const BLOCK = 25;
const PATIENCE_MS = 240_000;

/** Checks every promise in the runs of `count` seeds. Four files share the 500, for as many threads. */
export function checkSeeds({ from, count }: { readonly from: number; readonly count: number }) {
  const blocks = Array.from({ length: count / BLOCK }, (_, index) => from + index * BLOCK);
  describe("P1 P2 P4 P5 P6 PR-01 PR-05 NW-03 HT-07 TM-01 whatever happens on the road of an order", () => {
    it.each(blocks)(
      `the promises are kept for ${BLOCK} seeds from %i`,
      async (first) => {
        const failures: string[] = [];
        let submissions = 0;
        for (let seed = first; seed < first + BLOCK; seed += 1) {
          const result = await simulate(seed, EVERYTHING);
          submissions += result.submissions;
          if (result.violations.length > 0) failures.push(failureText(result, EVERYTHING));
        }
        expect(failures.join("\n")).toBe("");
        expect(submissions).toBe(BLOCK * EVERYTHING.submissions);
      },
      PATIENCE_MS,
    );
  });
}
