import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { parseTickCsv } from "../../../src/paper/feed/recorded-feed.ts";
import type { RecordedTick } from "../../../src/paper/feed/recording.ts";
import { type Random, randomOf } from "./random.ts";

/** Real OANDA ticks, outside the repository. */
const FOLDER = process.env.TMT_RECORDED_DATA ?? "../shared/data";

export function isRecorded(day: string): boolean {
  return existsSync(fileOf(day));
}

export function recordedDay(day: string): readonly RecordedTick[] {
  return parseTickCsv(
    gunzipSync(readFileSync(fileOf(day)))
      .toString()
      .trim()
      .split("\n"),
  );
}

function fileOf(day: string): string {
  return `${FOLDER}/oanda-ticks-${day}.csv.gz`;
}

type Walk = {
  readonly name: string;
  readonly precision: number;
  /** The middle, in points. */
  middle: number;
  readonly usualSpread: number;
};

/** How a market moves, in points: a tight one touches the same few prices again and again, at the same time. */
type Temper = { readonly step: number; readonly jump: number; readonly spread: number };

const TEMPERS: readonly Temper[] = [
  { step: 9, jump: 250, spread: 12 },
  { step: 1, jump: 4, spread: 2 },
  { step: 60, jump: 6_000, spread: 40 },
];

/** A Tuesday, 10:00 in New York: the day ends at 22:00 UTC. */
const START_MS = Date.UTC(2026, 10, 17, 15);
const TICKS = 5_000;

/**
 * A market that a seed makes: a random walk with jumps, long quiet spells, spreads that tear open, and many ticks of
 * one millisecond.
 */
export function madeUpDay(seed: number): readonly RecordedTick[] {
  const random = randomOf(seed);
  const temper = random.pick(TEMPERS);
  const walks: readonly Walk[] = [
    { name: "EUR_USD", precision: 5, middle: 110_000, usualSpread: temper.spread },
    { name: "GBP_USD", precision: 5, middle: 130_000, usualSpread: temper.spread * 2 },
    { name: "USD_JPY", precision: 3, middle: 150_000, usualSpread: temper.spread },
  ];
  const ticks = walks.map((walk) => tickOf(walk, START_MS, walk.usualSpread));
  let atMs = START_MS;
  for (let count = 0; count < TICKS; count += 1) {
    atMs += pause(random);
    const walk = random.pick(walks);
    walk.middle += step(random, temper);
    ticks.push(tickOf(walk, atMs, spread(random, walk)));
  }
  return ticks;
}

function pause(random: Random): number {
  if (random.chance(0.25)) return 0;
  if (random.chance(0.002)) return random.int(600_000, 7_200_000);
  return random.scale(1, 20_000);
}

function step(random: Random, { step: usual, jump }: Temper): number {
  return random.chance(0.004) ? random.int(-jump, jump) : random.int(-usual, usual);
}

function spread(random: Random, { usualSpread }: Walk): number {
  if (random.chance(0.01)) return usualSpread * random.int(5, 20);
  return random.int(Math.ceil(usualSpread / 2), usualSpread * 2);
}

function tickOf({ name, precision, middle }: Walk, timeMs: number, width: number): RecordedTick {
  const bid = middle - Math.floor(width / 2);
  const price = (points: number) => {
    const digits = `${points}`.padStart(precision + 1, "0");
    return `${digits.slice(0, -precision)}.${digits.slice(-precision)}`;
  };
  return { timeMs, instrument: name, bid: price(bid), ask: price(bid + width) };
}
