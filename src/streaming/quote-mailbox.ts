import type { BoardEntry } from "./quote-board.ts";

/** What one reader has not read yet: bounded, whatever its pace is. */
export interface QuoteMailbox {
  put(entry: BoardEntry): void;
  /** All that has come since the last call, oldest first. */
  take(): readonly BoardEntry[];
  /** Resolves when there is something to take, or `wake` is called. */
  readonly filled: () => Promise<void>;
  wake(): void;
  /** Prices that were replaced by a newer one of their instrument before they were taken. */
  readonly dropped: number;
}

/** Holds every price up to `limit`; beyond that only the newest of each instrument. */
export function openQuoteMailbox(limit: number): QuoteMailbox {
  let waiting: BoardEntry[] = [];
  let dropped = 0;
  let alarm: PromiseWithResolvers<void> | null = null;
  const wake = () => {
    alarm?.resolve();
    alarm = null;
  };
  const keepNewest = () => {
    const newest = new Map<string, BoardEntry>();
    for (const entry of waiting) {
      // Deleted first, so that the order is that of the newest prices.
      newest.delete(entry.instrument);
      newest.set(entry.instrument, entry);
    }
    dropped += waiting.length - newest.size;
    waiting = [...newest.values()];
  };
  /** Thinned out again only after as many more, so that each price costs little. */
  let thinAt = limit;
  return {
    put(entry) {
      waiting.push(entry);
      if (waiting.length > thinAt) {
        keepNewest();
        thinAt = Math.max(limit, waiting.length * 2);
      }
      wake();
    },
    take() {
      if (waiting.length > limit) keepNewest();
      const taken = waiting;
      waiting = [];
      thinAt = limit;
      return taken;
    },
    async filled() {
      if (waiting.length > 0) return;
      alarm ??= Promise.withResolvers();
      await alarm.promise;
    },
    wake,
    get dropped() {
      return dropped;
    },
  };
}
