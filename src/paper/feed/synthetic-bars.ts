import { type CurrencyPath, KNOT_SECONDS, type KnotPath, TOP_LEVEL } from "./currency-path.ts";
import type { Bar, Extent } from "./price-history.ts";

/** What the search has to know of a synthetic market; prices are in points. */
export type BarMarket = {
  readonly base: CurrencyPath;
  readonly quote: CurrencyPath;
  /** The mid price of two deviations, to the point. */
  midOf(baseDeviation: number, quoteDeviation: number): number;
  /** The mid price without deviations, as a fraction: off by less than one part in 10^13. */
  readonly usualMid: number;
  /** The spread in force at a second; constant over each block of 2^spreadLevel seconds. */
  spreadAt(second: number): number;
  readonly spreadLow: number;
  readonly spreadHigh: number;
  readonly spreadLevel: number;
};

export type BarFinder = (first: number, last: number) => Bar;

const BILLION = 1_000_000_000;
const ROUNDING = 1e-12;

/**
 * Finds the bar of the seconds from `first` to `last`, both included, exact to the point. The extremes are looked for
 * only where bounds allow something beyond the best so far: in a few hundred places even of a month.
 */
export function barFinder(market: BarMarket): BarFinder {
  const [up, down] = [slopeOf(market, 1), slopeOf(market, -1)];
  return (first, last) => {
    const [open, close] = [pricesAt(market, first), pricesAt(market, last)];
    const high = search({ market, slope: up, first, last }, [open, close]);
    const low = search({ market, slope: down, first, last }, [open, close]);
    const extent = (part: keyof Prices): Extent => ({
      open: open[part],
      high: high[part],
      low: low[part],
      close: close[part],
    });
    return { bid: extent("bid"), ask: extent("ask"), mid: extent("mid"), ticks: last - first + 1 };
  };
}

/** One second's prices; the mid in half points. */
type Prices = { bid: number; ask: number; mid: number };

/** Which way is better, and by level how far each currency's value can stray that way from a line through its ends. */
type Slope = {
  readonly direction: 1 | -1;
  readonly baseReach: readonly number[];
  readonly quoteReach: readonly number[];
};

type Span = {
  readonly market: BarMarket;
  readonly slope: Slope;
  readonly first: number;
  readonly last: number;
};

/** The best prices so far are seen so that up is better. */
type Search = Span & { readonly best: Prices; readonly base: KnotPath; readonly quote: KnotPath };

/** A stretch of 2^level seconds from `first`, with both currencies' values at its ends. */
type Cell = {
  readonly node: number;
  readonly level: number;
  readonly first: number;
  readonly baseLeft: number;
  readonly baseRight: number;
  readonly quoteLeft: number;
  readonly quoteRight: number;
};

function slopeOf({ base, quote }: BarMarket, direction: 1 | -1): Slope {
  const levels = Array.from({ length: TOP_LEVEL + 1 }, (_, level) => level);
  const reachOf = ({ reach }: CurrencyPath, sign: number) =>
    levels.map((level) => BILLION + (reach[level] ?? 0) * sign);
  return {
    direction,
    baseReach: reachOf(base, direction),
    quoteReach: reachOf(quote, -direction),
  };
}

function pricesAt(market: BarMarket, second: number): Prices {
  const mid = market.midOf(market.base.valueAt(second), market.quote.valueAt(second));
  return around(mid, market.spreadAt(second));
}

function around(mid: number, spread: number): Prices {
  const bid = mid - Math.floor(spread / 2);
  return { bid, ask: bid + spread, mid: 2 * bid + spread };
}

function search(span: Span, known: readonly Prices[]): Prices {
  const { market, slope, first, last } = span;
  const best = { bid: -Infinity, ask: -Infinity, mid: -Infinity };
  for (const prices of known) keepBest(best, prices, slope.direction);
  const lastKnot = Math.floor(last / KNOT_SECONDS);
  for (let knot = Math.floor(first / KNOT_SECONDS); knot <= lastKnot; knot += 1) {
    const state = { ...span, best, base: market.base.knot(knot), quote: market.quote.knot(knot) };
    const top = topCell(state, knot * KNOT_SECONDS);
    climb(state, top, edgeOf(state, top));
  }
  const sign = (value: number) => value * slope.direction;
  return { bid: sign(best.bid), ask: sign(best.ask), mid: sign(best.mid) };
}

function topCell({ base, quote }: Search, first: number): Cell {
  return {
    node: 1,
    level: TOP_LEVEL,
    first,
    baseLeft: base.left,
    baseRight: base.right,
    quoteLeft: quote.left,
    quoteRight: quote.right,
  };
}

function keepBest(best: Prices, prices: Prices, direction: number): void {
  best.bid = Math.max(best.bid, direction * prices.bid);
  best.ask = Math.max(best.ask, direction * prices.ask);
  best.mid = Math.max(best.mid, direction * prices.mid);
}

/** Looks into a cell whose mids don't go beyond `edge`, the more promising half first. */
function climb(state: Search, cell: Cell, edge: number): void {
  const { market, best, slope, first, last } = state;
  if (cell.first > last || cell.first + 2 ** cell.level <= first) return;
  if (cell.level === 0) {
    const mid = market.midOf(cell.baseLeft, cell.quoteLeft);
    keepBest(best, around(mid, market.spreadAt(cell.first)), slope.direction);
    return;
  }
  if (!canImprove(state, cell, edge)) return;
  const middle = middleOf(state, cell);
  const [left, right] = [leftHalf(cell, middle), rightHalf(cell, middle)];
  const [leftEdge, rightEdge] = [edgeOf(state, left), edgeOf(state, right)];
  if (leftEdge < rightEdge) {
    climb(state, right, rightEdge);
    climb(state, left, leftEdge);
  } else {
    climb(state, left, leftEdge);
    climb(state, right, rightEdge);
  }
}

type Middle = { readonly base: number; readonly quote: number };

function middleOf({ base, quote }: Search, cell: Cell): Middle {
  const { node, level, baseLeft, baseRight, quoteLeft, quoteRight } = cell;
  return {
    base: base.middleOf({ node, level, left: baseLeft, right: baseRight }),
    quote: quote.middleOf({ node, level, left: quoteLeft, right: quoteRight }),
  };
}

function leftHalf(cell: Cell, middle: Middle): Cell {
  return {
    node: cell.node * 2,
    level: cell.level - 1,
    first: cell.first,
    baseLeft: cell.baseLeft,
    baseRight: middle.base,
    quoteLeft: cell.quoteLeft,
    quoteRight: middle.quote,
  };
}

function rightHalf(cell: Cell, middle: Middle): Cell {
  return {
    node: cell.node * 2 + 1,
    level: cell.level - 1,
    first: cell.first + 2 ** (cell.level - 1),
    baseLeft: middle.base,
    baseRight: cell.baseRight,
    quoteLeft: middle.quote,
    quoteRight: cell.quoteRight,
  };
}

/** Whether a second of the cell may have a price beyond the best ones. */
function canImprove({ market, best, slope }: Search, cell: Cell, edge: number): boolean {
  const isOneSpread = cell.level <= market.spreadLevel;
  const spread = isOneSpread ? market.spreadAt(cell.first) : 0;
  const narrow = isOneSpread ? spread : market.spreadLow;
  const wide = isOneSpread ? spread : market.spreadHigh;
  if (slope.direction > 0) {
    return (
      edge - Math.floor(narrow / 2) > best.bid ||
      edge + Math.ceil(wide / 2) > best.ask ||
      2 * edge + 1 > best.mid
    );
  }
  return (
    edge + Math.floor(wide / 2) > best.bid ||
    edge - Math.ceil(narrow / 2) > best.ask ||
    2 * edge > best.mid
  );
}

/**
 * A whole number of points that no mid of the cell is above; looking down, none of their negatives. Along straight
 * lines through both currencies' ends their ratio is greatest at one of the ends, also with the reach added.
 */
function edgeOf({ market, slope }: Search, cell: Cell): number {
  const { level, baseLeft, baseRight, quoteLeft, quoteRight } = cell;
  const base = slope.baseReach[level] ?? 0;
  const quote = slope.quoteReach[level] ?? 0;
  const left = (base + baseLeft) / (quote + quoteLeft);
  const right = (base + baseRight) / (quote + quoteRight);
  return slope.direction > 0
    ? Math.floor(market.usualMid * Math.max(left, right) * (1 + ROUNDING))
    : -Math.floor(market.usualMid * Math.min(left, right) * (1 - ROUNDING));
}
