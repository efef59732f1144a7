/** Counts of what clients have sent. */
export type RequestCounts = {
  readonly total: number;
  /** The most in any one second, wherever it began. */
  readonly maxPerSecond: number;
};

export interface RequestMeter {
  /** Counts one that came at `ms` of a clock that never goes back. */
  count(ms: number): void;
  counts(): RequestCounts;
  reset(): void;
}

const SECOND_MS = 1000;

/** Remembers the moments of one second only. */
export function createMeter(): RequestMeter {
  let moments: number[] = [];
  let first = 0;
  let total = 0;
  let maxPerSecond = 0;
  return {
    count: (ms) => {
      total += 1;
      moments.push(ms);
      while (first < moments.length && (moments[first] ?? 0) <= ms - SECOND_MS) first += 1;
      maxPerSecond = Math.max(maxPerSecond, moments.length - first);
      if (first > SECOND_MS) {
        moments = moments.slice(first);
        first = 0;
      }
    },
    counts: () => ({ total, maxPerSecond }),
    reset: () => {
      moments = [];
      first = 0;
      total = 0;
      maxPerSecond = 0;
    },
  };
}
