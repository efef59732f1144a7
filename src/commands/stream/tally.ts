import type { QuoteDoubt } from "../../ports/live.ts";

export interface Tally {
  shown(instrument: string): void;
  /** Counts a price that was passed over; true for the first of an instrument and a reason. */
  doubted(instrument: string, doubt: QuoteDoubt): boolean;
  /** What was shown, and what wasn't, in a sentence. */
  summary(end: TallyEnd): string;
}

export type TallyEnd = {
  readonly nowMs: number;
  readonly dropped: number;
  readonly reconnects: number;
};

/** Counts what a stream has shown since `startedMs`, on our monotonic clock. */
export function openTally(startedMs: number): Tally {
  const shown = new Map<string, number>();
  const doubts = new Map<string, number>();
  const add = (counts: Map<string, number>, key: string) =>
    counts.set(key, (counts.get(key) ?? 0) + 1);
  const sum = (counts: Map<string, number>) =>
    [...counts.values()].reduce((total, count) => total + count, 0);
  return {
    shown: (instrument) => add(shown, instrument),
    doubted(instrument, doubt) {
      const key = `${instrument} ${doubt}`;
      add(doubts, key);
      return doubts.get(key) === 1;
    },
    summary({ nowMs, dropped, reconnects }) {
      const seconds = ((nowMs - startedMs) / 1000).toFixed(1);
      const each = [...shown].map(([instrument, count]) => `${instrument} ${count}`).join(", ");
      const counted = `${countOf(sum(shown), "price")} in ${seconds} s${each === "" ? "" : ` (${each})`}`;
      const rest = `${dropped} dropped, ${sum(doubts)} passed over, ${countOf(reconnects, "reconnect")}`;
      return `${counted}; ${rest}.`;
    },
  };
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
