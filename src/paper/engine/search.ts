import { type Decimal, maximumOf } from "../../core/money.ts";

/** A stretch of time: after `fromMs`, up to and including `toMs`. */
export type Stretch = { readonly fromMs: number; readonly toMs: number };

/** A question about prices whose first "yes" is looked for. */
export type Probe = {
  /**
   * True when the answer is surely "no" at every moment of the stretch. Asked from early to late, so that a probe may
   * remember what it saw in the stretches that it let pass.
   */
  skips(stretch: Stretch): boolean;
  /** The answer at one moment; asked only where `skips` couldn't tell. */
  holdsAt(ms: number): boolean;
};

/**
 * The first moment of the stretch at which the probe holds; null when it nowhere does. Prices change at multiples of
 * `resolutionMs`, so it looks at the stretch's first moment and then at those, skipping by bounds whatever it can:
 * mostly all of it at once.
 */
export function firstTime(stretch: Stretch, resolutionMs: number, probe: Probe): number | null {
  const start = stretch.fromMs + 1;
  if (start > stretch.toMs || probe.skips(stretch)) return null;
  if (probe.holdsAt(start)) return start;
  const from = Math.floor(start / resolutionMs);
  const to = Math.floor(stretch.toMs / resolutionMs);
  return from < to ? firstTick({ from, to }, resolutionMs, probe) : null;
}

type Ticks = { readonly from: number; readonly to: number };

function firstTick(ticks: Ticks, resolutionMs: number, probe: Probe): number | null {
  const stretch = stretchOf(ticks, resolutionMs);
  if (probe.skips(stretch)) return null;
  if (ticks.to - ticks.from === 1) return probe.holdsAt(stretch.toMs) ? stretch.toMs : null;
  const middle = splitOf(ticks);
  return (
    firstTick({ from: ticks.from, to: middle }, resolutionMs, probe) ??
    firstTick({ from: middle, to: ticks.to }, resolutionMs, probe)
  );
}

/** A value whose greatest is looked for. */
export type Height = {
  /** null where there is none. */
  at(ms: number): Decimal | null;
  /** No value of the stretch is above it; null when it has none. */
  ceilingOf(stretch: Stretch): Decimal | null;
};

/** The greatest value at the stretch's multiples of `resolutionMs`, or `known` where that is greater. */
export function highest(
  stretch: Stretch & { readonly resolutionMs: number },
  height: Height,
  known: Decimal,
): Decimal {
  const { resolutionMs } = stretch;
  const from = Math.floor(stretch.fromMs / resolutionMs);
  const to = Math.floor(stretch.toMs / resolutionMs);
  const climb = (ticks: Ticks, found: Decimal): Decimal => {
    const ceiling = height.ceilingOf(stretchOf(ticks, resolutionMs));
    if (!ceiling?.isGreaterThan(found)) return found;
    if (ticks.to - ticks.from === 1) {
      const value = height.at(ticks.to * resolutionMs);
      return value ? maximumOf(value, found) : found;
    }
    const middle = splitOf(ticks);
    const halves = [
      { from: ticks.from, to: middle },
      { from: middle, to: ticks.to },
    ];
    const ceilings = halves.map((half) => height.ceilingOf(stretchOf(half, resolutionMs)) ?? found);
    const [first = found, second = found] = ceilings;
    const order = first.isLessThan(second) ? halves.toReversed() : halves;
    return order.reduce((best, half) => climb(half, best), found);
  };
  return from < to ? climb({ from, to }, known) : known;
}

function stretchOf(ticks: Ticks, resolutionMs: number): Stretch {
  return { fromMs: ticks.from * resolutionMs, toMs: ticks.to * resolutionMs };
}

/** The roundest number between the two: feeds answer best for stretches that begin and end at powers of two. */
function splitOf({ from, to }: Ticks): number {
  let step = 2 ** Math.floor(Math.log2(to - from));
  let middle = Math.floor((to - 1) / step) * step;
  while (middle <= from) {
    step /= 2;
    middle = Math.floor((to - 1) / step) * step;
  }
  return middle;
}
