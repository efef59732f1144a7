import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Troubles } from "../../src/alerts/troubles.ts";
import { attempt, endBatch, inParallel } from "../../src/commands/batch.ts";
import { NO_OPTIONS } from "../../src/commands/common-options.ts";
import type { Context } from "../../src/commands/context.ts";
import { Failure } from "../../src/core/failures.ts";
import { PLAIN_THEME } from "../../src/ui/output/theme.ts";

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

  it("raises an alert for each trouble in it, and ends with the worst", () => {
    const alerts = new Troubles();
    const notes: string[] = [];
    const context = {
      options: { ...NO_OPTIONS, json: true },
      terminal: { writeNote: (text: string) => notes.push(text) },
      theme: PLAIN_THEME,
      alerts,
    } as unknown as Context;
    const unknown = (clientOrderId: string) =>
      new Failure("OUTCOME_UNKNOWN", `What became of ${clientOrderId}?`, {
        details: { clientOrderId, connection: "main" },
      });
    const failures = [
      unknown("a"),
      unknown("b"),
      unknown("b"),
      new Failure("ORDER_REJECTED", "No."),
      new Failure("STORAGE_FULL", "The disk is full."),
    ];
    const items = failures.map((failure) => ({ report: null, failure }));
    expect(() => endBatch(context, items)).toThrow("The disk is full.");
    expect(alerts.raised.map(({ kind, subject }) => [kind, subject])).toEqual([
      ["outcome_unknown", "a"],
      ["outcome_unknown", "b"],
      ["storage", "database"],
    ]);
    expect(notes).toHaveLength(4);
  });

  it("keeps an item's failure as that item's, and a defect as everybody's", async () => {
    const failure = new Failure("ORDER_NOT_FOUND", "It is gone.");
    expect(await attempt(() => Promise.reject(failure))).toEqual({ report: null, failure });
    await expect(attempt(() => Promise.reject(new TypeError("bug")))).rejects.toThrow("bug");
  });
});
