import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LaneItem, runInLanes } from "../../src/trading/lanes.ts";

type Item = LaneItem & { readonly index: number; readonly turns: number };

const items = fc
  .array(
    fc.record({
      instrument: fc.constantFrom("A", "B", "C"),
      side: fc.constantFrom("buy" as const, "sell" as const),
      turns: fc.integer({ min: 0, max: 5 }),
    }),
    { maxLength: 30 },
  )
  .map((list) => list.map((item, index): Item => ({ ...item, index })));

async function turnsOf(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
}

describe("items in lanes", () => {
  it("run once each, in order where buys and sells of one instrument meet, so many at a time, for all lists", async () => {
    await fc.assert(
      fc.asyncProperty(items, fc.integer({ min: 1, max: 10 }), async (list, atOnce) => {
        const begun: Item[] = [];
        const running = new Set<Item>();
        const over = new Set<Item>();
        const work = async (item: Item) => {
          const before = list.slice(0, item.index);
          const other = before.filter(
            (each) => each.instrument === item.instrument && each.side !== item.side,
          );
          expect(other.every((each) => over.has(each))).toBe(true);
          begun.push(item);
          running.add(item);
          expect(running.size).toBeLessThanOrEqual(atOnce);
          await turnsOf(item.turns);
          running.delete(item);
          over.add(item);
        };
        expect(await runInLanes(list, work, { atOnce, isStopped: () => false })).toEqual([]);
        expect(begun.toSorted((a, b) => a.index - b.index)).toEqual(list);
      }),
    );
  });

  it("run side by side in one instrument on one side", async () => {
    const list = Array.from({ length: 5 }, () => ({ instrument: "A", side: "buy" as const }));
    let most = 0;
    let now = 0;
    const work = async () => {
      now += 1;
      most = Math.max(most, now);
      await turnsOf(3);
      now -= 1;
    };
    await runInLanes(list, work, { atOnce: 3, isStopped: () => false });
    expect(most).toBe(3);
  });

  it("don't begin once stopped, and those that never began are told", async () => {
    const list = [1, 2, 3, 4, 5].map((id) => ({ instrument: `I${id}`, side: "buy" as const, id }));
    const done: number[] = [];
    let isStopped = false;
    const work = async ({ id }: { readonly id: number }) => {
      await turnsOf(id);
      if (id === 1) isStopped = true;
      done.push(id);
    };
    const rest = await runInLanes(list, work, { atOnce: 2, isStopped: () => isStopped });
    expect([done, rest.map(({ id }) => id)]).toEqual([
      [1, 2],
      [3, 4, 5],
    ]);
  });

  it("come to their end before a defect of one of them is thrown", async () => {
    const list = [1, 2].map((id) => ({ instrument: `I${id}`, side: "buy" as const, id }));
    const done: number[] = [];
    const work = async ({ id }: { readonly id: number }) => {
      if (id === 1) throw new Error("broken");
      await turnsOf(20);
      done.push(id);
    };
    const run = runInLanes(list, work, { atOnce: 2, isStopped: () => false });
    await expect(run).rejects.toThrow("broken");
    expect(done).toEqual([2]);
  });
});
