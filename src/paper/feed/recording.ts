import type { Instrument } from "../../core/instrument.ts";
import { parseDecimal } from "../../core/money.ts";
import type { Bar, Extent } from "./price-history.ts";

/** One recorded quote; the prices are the recorded text. */
export type RecordedTick = {
  readonly timeMs: number;
  readonly instrument: string;
  readonly bid: string;
  readonly ask: string;
};

/** One instrument's ticks in order of time; prices are multiples of the last decimal of its price. */
export type Recording = {
  readonly instrument: Instrument;
  readonly times: Float64Array;
  readonly bids: BigInt64Array;
  readonly asks: BigInt64Array;
  /** Extremes of each block of ticks, worked out when first asked for. */
  readonly blocks: (Extremes | undefined)[];
};

/** The least and the greatest of a stretch of ticks; a sum is a tick's bid and ask together. */
export type Extremes = {
  readonly bidLow: bigint;
  readonly bidHigh: bigint;
  readonly askLow: bigint;
  readonly askHigh: bigint;
  readonly sumLow: bigint;
  readonly sumHigh: bigint;
};

const BLOCK = 256;

/** The ticks of one instrument, at the moments that `present` says. @throws RangeError on a price that is none. */
export function buildRecording(
  instrument: Instrument,
  ticks: readonly RecordedTick[],
  present: (tickMs: number) => number,
): Recording {
  const times = new Float64Array(ticks.length);
  const bids = new BigInt64Array(ticks.length);
  const asks = new BigInt64Array(ticks.length);
  ticks.forEach((tick, index) => {
    times[index] = present(tick.timeMs);
    bids[index] = pointsOf(tick.bid, instrument.pricePrecision);
    asks[index] = pointsOf(tick.ask, instrument.pricePrecision);
  });
  return { instrument, times, bids, asks, blocks: [] };
}

/** The most decimals that any price of `ticks` is written with. */
export function decimalsOf(ticks: readonly RecordedTick[]): number {
  let most = 0;
  for (const { bid, ask } of ticks) most = Math.max(most, textDecimals(bid), textDecimals(ask));
  return most;
}

/** Index of the newest tick at or before `ms`; -1 before the first. */
export function indexAt(times: Float64Array, ms: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) <= ms) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The bar of the ticks from index `first` to `last`, both included. */
export function barBetween(recording: Recording, first: number, last: number): Bar {
  const range = extremesBetween(recording, first, last);
  const { bids, asks } = recording;
  const [bidOpen = 0n, bidClose = 0n] = [bids[first], bids[last]];
  const [askOpen = 0n, askClose = 0n] = [asks[first], asks[last]];
  return {
    bid: extent([bidOpen, range.bidHigh, range.bidLow, bidClose]),
    ask: extent([askOpen, range.askHigh, range.askLow, askClose]),
    mid: extent([bidOpen + askOpen, range.sumHigh, range.sumLow, bidClose + askClose]),
    ticks: last - first + 1,
  };
}

function extent([open, high, low, close]: readonly [bigint, bigint, bigint, bigint]): Extent {
  return { open: Number(open), high: Number(high), low: Number(low), close: Number(close) };
}

/** The extremes of the ticks from index `first` to `last`, both included. */
export function extremesBetween(recording: Recording, first: number, last: number): Extremes {
  const firstBlock = Math.ceil(first / BLOCK);
  const endBlock = Math.floor((last + 1) / BLOCK);
  if (firstBlock >= endBlock) return scan(recording, first, last);
  let found = blockOf(recording, firstBlock);
  for (let block = firstBlock + 1; block < endBlock; block += 1) {
    found = union(found, blockOf(recording, block));
  }
  if (first < firstBlock * BLOCK) {
    found = union(found, scan(recording, first, firstBlock * BLOCK - 1));
  }
  if (last >= endBlock * BLOCK) found = union(found, scan(recording, endBlock * BLOCK, last));
  return found;
}

function blockOf(recording: Recording, block: number): Extremes {
  const known = recording.blocks[block];
  if (known) return known;
  const extremes = scan(recording, block * BLOCK, block * BLOCK + BLOCK - 1);
  recording.blocks[block] = extremes;
  return extremes;
}

function scan({ bids, asks }: Recording, first: number, last: number): Extremes {
  let [bidLow = 0n, askLow = 0n] = [bids[first], asks[first]];
  let [bidHigh, askHigh] = [bidLow, askLow];
  let [sumLow, sumHigh] = [bidLow + askLow, bidLow + askLow];
  for (let index = first + 1; index <= last; index += 1) {
    const [bid = 0n, ask = 0n] = [bids[index], asks[index]];
    if (bid < bidLow) bidLow = bid;
    if (bid > bidHigh) bidHigh = bid;
    if (ask < askLow) askLow = ask;
    if (ask > askHigh) askHigh = ask;
    const sum = bid + ask;
    if (sum < sumLow) sumLow = sum;
    if (sum > sumHigh) sumHigh = sum;
  }
  return { bidLow, bidHigh, askLow, askHigh, sumLow, sumHigh };
}

function union(left: Extremes, right: Extremes): Extremes {
  return {
    bidLow: lesser(left.bidLow, right.bidLow),
    bidHigh: greater(left.bidHigh, right.bidHigh),
    askLow: lesser(left.askLow, right.askLow),
    askHigh: greater(left.askHigh, right.askHigh),
    sumLow: lesser(left.sumLow, right.sumLow),
    sumHigh: greater(left.sumHigh, right.sumHigh),
  };
}

function lesser(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}

function greater(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}

function textDecimals(text: string): number {
  const point = text.indexOf(".");
  return point < 0 ? 0 : text.length - point - 1;
}

/** @throws RangeError when `text` is no price. */
function pointsOf(text: string, precision: number): bigint {
  const price = parseDecimal(text);
  if (!price?.isPositive()) throw new RangeError(`not a price: ${text.slice(0, 60)}`);
  return price.digits * 10n ** BigInt(precision - price.scale);
}
