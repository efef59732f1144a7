import { describe, expect, it } from "vitest";
import { simulateByCommand } from "./command-line.ts";
import { DEFECTS } from "./defects.ts";
import { simulate } from "./run.ts";
import { EVERYTHING, replayCommand, shrink } from "./shrink.ts";

const PATIENCE_MS = 120_000;
const SEEDS = [7, 11, 12] as const;

describe("P12 a seed", () => {
  it.each(SEEDS)(
    "%i happens the same way twice",
    async (seed) => {
      const first = await simulate(seed, EVERYTHING);
      const second = await simulate(seed, EVERYTHING);
      expect(second.hash).toBe(first.hash);
      expect(second.trace()).toEqual(first.trace());
    },
    PATIENCE_MS,
  );

  it(
    "happens the same way in another process, after other seeds",
    async () => {
      const here = await Promise.all(SEEDS.map((seed) => simulate(seed, EVERYTHING)));
      const { stdout } = await simulateByCommand("--seeds", "6", "--from", "7", "--trace");
      const told = [...stdout.matchAll(/^seed (\d+): hash (\w+)$/gm)];
      const there = new Map(told.map(([, seed, hash]) => [Number(seed), hash]));
      expect(here.map(({ seed }) => there.get(seed))).toEqual(here.map(({ hash }) => hash));
    },
    PATIENCE_MS,
  );

  it("is another run than the next", async () => {
    const options = { ...EVERYTHING, submissions: 10 };
    const hashes = [1, 2, 3].map(async (seed) => (await simulate(seed, options)).hash);
    expect(new Set(await Promise.all(hashes)).size).toBe(3);
  });
});

describe("a run that breaks a promise", () => {
  it(
    "is made smaller while it still breaks it, and tells how to see it again",
    async () => {
      const defect = DEFECTS[0]?.make() ?? null;
      const options = { ...EVERYTHING, submissions: 100, defect, isGated: false };
      const failed = await simulate(1, options);
      expect(failed.violations.length).toBeGreaterThan(0);
      const smaller = await shrink(1, options, failed);
      expect(smaller.options.submissions).toBeLessThan(100);
      expect(smaller.options.hazards.has("network")).toBe(true);
      expect(smaller.options.hazards.size).toBeLessThan(EVERYTHING.hazards.size);
      expect(smaller.result.violations.map(({ promise }) => promise)).toContain("P1");
      expect(replayCommand(1, smaller.options)).toMatch(
        /--from 1 --submissions \d+ --without .*kills/,
      );
    },
    PATIENCE_MS,
  );

  it("is told by the command line, and an unknown word is refused", async () => {
    const few = ["--seeds", "2", "--submissions", "20"];
    const { code, stdout } = await simulateByCommand(...few, "--without", "kills");
    expect(stdout).toMatch(/^2 seeds, 40 submissions in .* 0 seeds break a promise\n$/);
    expect(code).toBe(0);
    const refused = await simulateByCommand("--without", "rain");
    expect(refused.stderr).toContain("no trouble is called rain");
    expect(refused.code).toBe(1);
  });
});
