/** Random choices that a seed repeats. */
export type Random = {
  /** A whole number, both ends included. */
  int(low: number, high: number): number;
  chance(share: number): boolean;
  pick<T>(values: readonly T[]): T;
  /** A whole number whose size is spread evenly: as often around 10 as around 10,000. */
  scale(low: number, high: number): number;
};

export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const share = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (low: number, high: number) => low + Math.floor(share() * (high - low + 1));
  return {
    int,
    chance: (wanted) => share() < wanted,
    pick(values) {
      const value = values[int(0, values.length - 1)];
      if (value === undefined) throw new RangeError("nothing to pick from");
      return value;
    },
    scale: (low, high) => Math.round(low * (high / low) ** share()),
  };
}
