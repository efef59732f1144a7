import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attempt, inParallel } from "../../src/commands/batch.ts";
import { Failure } from "../../src/core/failures.ts";

describe("a batch", () => {
  it("for all sizes, gives every item its result in order, never more at once than allowed", async () => {
    const size = fc.integer({ min: 0, max: 30 });
    await fc.assert(
      fc.asyncProperty(size, fc.integer({ min: 1, max: 6 }), async (count, atOnce) => {
        let running = 0;
        let most = 0;
        const items = Array.from({ length: count }, (_, index) => index);
        const results = await inParallel(items, atOnce, async (item) => {
          running += 1;
          most = Math.max(most, running);
          // So that later items end before earlier ones.
          for (let turn = 0; turn < (item % 3) + 1; turn += 1) await Promise.resolve();
          running -= 1;
          return item * 2;
        });
        expect(results).toEqual(items.map((item) => item * 2));
        expect(most).toBe(Math.min(atOnce, count));
      }),
    );
  });

  it("keeps an item's failure as that item's, and a defect as everybody's", async () => {
    const failure = new Failure("ORDER_NOT_FOUND", "It is gone.");
    expect(await attempt(() => Promise.reject(failure))).toEqual({ report: null, failure });
    await expect(attempt(() => Promise.reject(new TypeError("bug")))).rejects.toThrow("bug");
  });
});
