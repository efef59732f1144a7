import { type Question, rememberLast } from "./remember.ts";

/**
 * A currency's deviation from its usual value as a function of time, in billionths: knots every 48.5 days that keep
 * near zero, and between them a random walk by midpoint displacement. Any second is reached in 22 steps, and every
 * displacement is bounded, so that bounds over a stretch of time can be proven without looking at each second.
 * All values are whole numbers below 2^53, so the arithmetic is exact and the same on every machine.
 */
export type CurrencyPath = {
  readonly valueAt: Question<number>;
  /** Bounds over all seconds from `first` to `last`, both included. */
  readonly boundsOf: Question<{ readonly low: number; readonly high: number }>;
  /** The path from one knot to the next, for a search of its own; knots are KNOT_SECONDS apart, counted from 1970. */
  knot(index: number): KnotPath;
  /** By level: how far the path can stray, to either side, from the straight line through a cell's two ends. */
  readonly reach: readonly number[];
};

/** Between two knots: a cell of 2^TOP_LEVEL seconds, whose halves again are cells of a level less. */
export type KnotPath = {
  readonly left: number;
  readonly right: number;
  /** The value in the middle of a cell; cells are counted like a heap: the halves of 1 are 2 and 3. */
  middleOf(cell: CellEnds): number;
};

export type CellEnds = {
  readonly node: number;
  readonly level: number;
  readonly left: number;
  readonly right: number;
};

/** A path that never moves. */
export const STILL: CurrencyPath = {
  valueAt: () => 0,
  boundsOf: () => ({ low: 0, high: 0 }),
  knot: () => ({ left: 0, right: 0, middleOf: () => 0 }),
  reach: [],
};

/** A stretch of 2^level seconds from `first`, with the values at its ends. */
type Cell = {
  readonly seed: number;
  /** Its place below the knots, counted like a heap: its halves are 2n and 2n + 1. */
  node: number;
  level: number;
  first: number;
  left: number;
  right: number;
};

type Span = {
  readonly first: number;
  readonly last: number;
  /** Cells of this level and below are bounded as a whole. */
  readonly grain: number;
  low: number;
  high: number;
};

export const TOP_LEVEL = 22;
export const KNOT_SECONDS = 2 ** TOP_LEVEL;
/** A span is covered by about 2^this cells: more are slower and tighter. */
const GRAIN_BITS = 3;

/** What makes a currency's path: by level, the largest displacement of a middle, and what they add up to at most. */
type Shape = {
  readonly seed: number;
  readonly amplitudes: readonly number[];
  readonly reach: readonly number[];
};

/** The path of one currency; `volatility` is the usual move of one second, in billionths. */
export function openCurrencyPath(seed: number, volatility: number): CurrencyPath {
  const amplitudes = displacements(volatility);
  const shape: Shape = { seed, amplitudes, reach: reachOf(amplitudes) };
  return {
    valueAt: rememberLast((second) => {
      const cell = topCell(shape, Math.floor(second / KNOT_SECONDS));
      while (cell.first !== second) halve(shape, cell, second);
      return cell.left;
    }),
    boundsOf: rememberLast((first, last) => {
      const grain = Math.max(0, Math.floor(Math.log2(last - first + 1)) - GRAIN_BITS);
      const span: Span = { first, last, grain, low: Infinity, high: -Infinity };
      const lastKnot = Math.floor(last / KNOT_SECONDS);
      for (let knot = Math.floor(first / KNOT_SECONDS); knot <= lastKnot; knot += 1) {
        const cell = topCell(shape, knot);
        narrow(shape, cell, span);
        widen(shape, cell, span);
      }
      return span;
    }),
    knot: (index) => {
      const { seed, left, right } = topCell(shape, index);
      return { left, right, middleOf: (cell) => middleOf(shape, seed, cell) };
    },
    reach: shape.reach,
  };
}

/** A well-mixed unsigned 32-bit number of a seed and an index below 2^53. */
export function mix(seed: number, index: number): number {
  const high = Math.floor(index / 2 ** 32);
  let hash = Math.imul(seed ^ index, 0x9e3779b1) ^ Math.imul(high + 0x7f4a7c15, 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
  hash = Math.imul(hash ^ (hash >>> 15), 0x735a2d97);
  hash = Math.imul(hash ^ (hash >>> 15) ^ seed, 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** A whole number from -bound to bound, picked by `hash`. */
function spread(hash: number, bound: number): number {
  return Math.floor(((hash >>> 8) * (2 * bound + 1)) / 2 ** 24) - bound;
}

function topCell(shape: Shape, knot: number): Cell {
  const left = knotValue(shape, knot);
  const right = knotValue(shape, knot + 1);
  const first = knot * KNOT_SECONDS;
  return { seed: mix(shape.seed, knot), node: 1, level: TOP_LEVEL, first, left, right };
}

function knotValue({ seed, amplitudes }: Shape, knot: number): number {
  const bound = amplitudes[TOP_LEVEL] ?? 0;
  return spread(mix(mix(seed, 0x6b6e6f74), knot), bound + Math.floor(bound / 4));
}

/** The value in the middle of a cell. */
function middleOf({ amplitudes }: Shape, seed: number, cell: CellEnds): number {
  const { node, level, left, right } = cell;
  return Math.floor((left + right) / 2) + spread(mix(seed, node), amplitudes[level] ?? 0);
}

/** Makes a cell the one of its halves that `second` lies in. */
function halve(shape: Shape, cell: Cell, second: number): void {
  const middle = middleOf(shape, cell.seed, cell);
  cell.level -= 1;
  cell.node *= 2;
  const start = cell.first + 2 ** cell.level;
  if (second < start) {
    cell.right = middle;
  } else {
    cell.node += 1;
    cell.first = start;
    cell.left = middle;
  }
}

/** Halves a cell for as long as its part of the span lies in one of its halves. */
function narrow(shape: Shape, cell: Cell, span: Span): void {
  while (cell.level > span.grain) {
    const length = 2 ** (cell.level - 1);
    const start = cell.first + length;
    if (span.last > cell.first && span.last < start) halve(shape, cell, span.last);
    else if (span.first > start && span.first < start + length) halve(shape, cell, span.first);
    else return;
  }
}

/** Widens the span's bounds by its part of a cell. */
function widen(shape: Shape, cell: Cell, span: Span): void {
  const { level, first, left, right } = cell;
  const last = first + 2 ** level;
  const isInside = first >= span.first && last <= span.last;
  if (first === span.last) {
    extend(span, left, 0);
  } else if (last === span.first) {
    extend(span, right, 0);
  } else if (isInside && level <= span.grain) {
    const beyond = shape.reach[level] ?? 0;
    extend(span, left, beyond);
    extend(span, right, beyond);
  } else {
    widenByHalves(shape, cell, span);
  }
}

function widenByHalves(shape: Shape, cell: Cell, span: Span): void {
  const { seed, first, left, right } = cell;
  const middle = middleOf(shape, cell.seed, cell);
  const node = cell.node * 2;
  const level = cell.level - 1;
  const start = first + 2 ** level;
  if (span.first <= start) {
    widen(shape, { seed, node, level, first, left, right: middle }, span);
  }
  if (span.last >= start) {
    widen(shape, { seed, node: node + 1, level, first: start, left: middle, right }, span);
  }
}

function extend(span: Span, value: number, reach: number): void {
  span.low = Math.min(span.low, value - reach);
  span.high = Math.max(span.high, value + reach);
}

/**
 * The largest displacement of the middle of 2^level seconds: √3/2 of the usual move over that time, as a uniform
 * displacement of it then has a random walk's variance. It doubles every second level.
 */
function displacements(volatility: number): readonly number[] {
  const bounds = [0, Math.floor((volatility * 12_247) / 10_000)];
  bounds.push(Math.floor((volatility * 17_320) / 10_000));
  for (let level = 3; level <= TOP_LEVEL; level += 1) bounds.push(2 * (bounds[level - 2] ?? 0));
  return bounds;
}

/**
 * By level, how far a path strays at most from the line through a cell's ends. A moment's distance is the sum of the
 * displacements of the middles around it, each by how near to its middle the moment is: from 1 in the middle down to 0
 * at the ends. Where that share exceeds 2/3 by e, the next level's lies 2e below 2/3, and its displacement is more than
 * half as large: so 2/3 of all displacements together is never exceeded, but for what the last level has no next one
 * for. Rounding adds less than one a level.
 */
function reachOf(amplitudes: readonly number[]): readonly number[] {
  let sum = 0;
  return amplitudes.map((amplitude, level) => {
    sum += amplitude;
    return level === 0 ? 0 : Math.ceil((2 * sum + (amplitudes[1] ?? 0)) / 3) + level;
  });
}
