import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { defectiveCopy } from "./defects.ts";
import { planOf, TORTURES, type Torture } from "./plan.ts";
import { type TortureResult, torture } from "./run.ts";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const PLAN = { seed: 20_261, orders: 24, accounts: 2 };
const SMALL_PLAN = { seed: 1, orders: 12, accounts: 1 };
/** Kinds at the same time: most of them wait for time limits. */
const AT_ONCE = 4;

/** Compiled code of the program, the same for all kinds. */
const cache = mkdtempSync(join(tmpdir(), "tmt-compiled-"));
afterAll(() => rmSync(cache, { recursive: true, force: true }));

/** One result for each kind, worked on beside each other. */
function tortureAll(): ReadonlyMap<Torture, Promise<TortureResult>> {
  const waiting: (() => void)[] = [];
  let free = AT_ONCE;
  const run = async (kind: Torture) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free -= 1;
    try {
      return await torture(planOf(kind, PLAN), { isPatient: false, lanes: 3, cache });
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
  // What takes longest begins first.
  const order = TORTURES.toSorted((a, b) => Number(b === "stall") - Number(a === "stall"));
  return new Map(order.map((kind) => [kind, run(kind)]));
}

describe("the built program at a venue that fails, killed at random moments", () => {
  let results: ReadonlyMap<Torture, Promise<TortureResult>>;

  beforeAll(() => {
    results = tortureAll();
    return Promise.allSettled(results.values());
  });

  it.each(TORTURES)(
    "P1 P2 PR-01 PR-05 NW-03 HT-07 loses and doubles no order: %s",
    async (kind) => {
      const result = await results.get(kind);
      expect(result?.violations).toEqual([]);
      expect(result?.orders).toBe(PLAN.orders);
      expect(result?.fills).toBeGreaterThan(PLAN.orders / 4);
    },
  );

  it("was killed on its way, in one kind or another: some end before their moment comes", async () => {
    const all = await Promise.all(results.values());
    const killed = all.reduce((sum, result) => sum + result.killed, 0);
    expect(killed).toBeGreaterThan(TORTURES.length / 2);
  });
});

describe("the torture itself", () => {
  it.each([
    ["sends again under another id", /belongs to no intent/],
    ["calls it not sent", /told as not sent .*, and at the venue/],
  ] as const)("finds a program that, when an answer is lost, %s", async (defect, found) => {
    const options = { isPatient: false, path: defectiveCopy(defect) };
    const { violations } = await torture(planOf("lost-response", SMALL_PLAN), options);
    expect(violations.join("\n")).toMatch(found);
  });
});
