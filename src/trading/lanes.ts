import type { Side } from "../core/order.ts";

export type LaneItem = { readonly instrument: string; readonly side: Side };

/**
 * Runs `work` for each item in their order, at most `atOnce` at a time. What buys and what sells one instrument never
 * overtake each other: an item waits for all earlier ones of its instrument on the other side. Once `isStopped`, no
 * other begins; those under way are waited for. Gives the items that never began.
 * @throws what `work` threw first, when all that are under way are over.
 */
export async function runInLanes<T extends LaneItem>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
  { atOnce, isStopped }: { readonly atOnce: number; readonly isStopped: () => boolean },
): Promise<readonly T[]> {
  const waiting = [...items];
  const running = new Set<T>();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let broken: { readonly error: unknown } | null = null;
  const start = (item: T) => {
    running.add(item);
    work(item)
      .catch((error: unknown) => {
        broken ??= { error };
      })
      .finally(() => {
        running.delete(item);
        startMore();
      });
  };
  const startMore = () => {
    const isOver = broken !== null || isStopped();
    while (!isOver && running.size < atOnce) {
      const index = firstFree(waiting, running);
      if (index === null) break;
      for (const item of waiting.splice(index, 1)) start(item);
    }
    if (running.size > 0) return;
    if (broken) reject(broken.error);
    else resolve();
  };
  startMore();
  await promise;
  return waiting;
}

/** The first that waits for nothing; null when there is none. */
function firstFree(waiting: readonly LaneItem[], running: Iterable<LaneItem>): number | null {
  const ahead = new Map<string, Set<Side>>();
  const note = ({ instrument, side }: LaneItem) => {
    const sides = ahead.get(instrument) ?? new Set();
    ahead.set(instrument, sides.add(side));
  };
  for (const item of running) note(item);
  for (const [index, item] of waiting.entries()) {
    const sides = ahead.get(item.instrument);
    if (!sides || (sides.size === 1 && sides.has(item.side))) return index;
    note(item);
  }
  return null;
}
