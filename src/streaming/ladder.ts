/** Pauses between tries: each may be twice as long as the one before. */
const FIRST_PAUSE_MS = 500;
/** A try begins at most this long after the network is back. */
const LONGEST_PAUSE_MS = 4_000;
/** So long must a connection have lived before its end counts as the first one again. */
const HEALTHY_MS = 60_000;

export interface Ladder {
  /** How long to wait after a connection that lived so long; 0 for one that never came about. */
  pauseAfter(livedMs: number): number;
  /** How many tries in a row have failed. */
  readonly failures: number;
}

/** `random` gives 0 to 1: half of each pause is left to it, so that not all come back at the same moment. */
export function openLadder(random: () => number): Ladder {
  let failures = 0;
  return {
    pauseAfter(livedMs) {
      failures = livedMs >= HEALTHY_MS ? 1 : failures + 1;
      const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
      return pauseMs * (0.5 + random() / 2);
    },
    get failures() {
      return failures;
    },
  };
}
