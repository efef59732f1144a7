/** The one source of chance of a run: the same seed gives the same numbers on every machine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** At least 0 and below 1 (mulberry32, public domain). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from `low` up to and including `high`. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(first: T, ...rest: readonly T[]): T {
    return rest[this.between(0, rest.length) - 1] ?? first;
  }

  /** One key of `weights`, each as likely as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const keys = keysOf(weights);
    const total = keys.reduce((sum, key) => sum + weights[key], 0);
    let left = this.next() * total;
    for (const key of keys) {
      left -= weights[key];
      if (left < 0) return key;
    }
    throw new RangeError("no weight is above zero");
  }
}

function keysOf<K extends string>(record: Readonly<Record<K, number>>): readonly K[] {
  return Object.keys(record).filter((key): key is K => key in record);
}
