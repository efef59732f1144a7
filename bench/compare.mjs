// Comparing things that run on a machine whose speed drifts: all of them in turn, round after round.

/**
 * Runs every subject once a round, in an order that rotates from round to round, and collects what each gives.
 * @param {Record<string, (round: number) => number | Promise<number>>} subjects
 * @param {{ rounds: number, warmup?: number, between?: () => unknown }} options
 * @returns {Promise<Record<string, number[]>>}
 */
export async function interleave(subjects, { rounds, warmup = 2, between }) {
  const names = Object.keys(subjects);
  const values = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -warmup; round < rounds; round += 1) {
    const first = (round + warmup) % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      const value = await subjects[name](round);
      if (round >= 0) values[name].push(value);
    }
    await between?.();
  }
  return values;
}

/** The median of the round-by-round ratios. */
export function medianRatio(values, peers) {
  return median(values.map((value, round) => value / peers[round]));
}

/** One median for every `size` values: turns single operations into rounds. */
export function mediansOf(values, size) {
  return Array.from({ length: Math.floor(values.length / size) }, (_, index) =>
    median(values.slice(index * size, (index + 1) * size)),
  );
}

export function median(values) {
  return quantile(values, 0.5);
}

export function quantile(values, share) {
  const sorted = values.toSorted((left, right) => left - right);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/** Milliseconds that `work` takes. */
export async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
