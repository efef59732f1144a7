import { Decimal } from "decimal.js";
import type { Region } from "../../../src/core/account.ts";
import type { Instrument } from "../../../src/core/instrument.ts";
import { decimal } from "../../../src/core/money.ts";
import { instantFromMs } from "../../../src/core/time.ts";
import { openAccount } from "../../../src/paper/engine/account.ts";
import { advance as advanceThere } from "../../../src/paper/engine/venue.ts";
import type { Feed } from "../../../src/paper/feed/feed.ts";
import { openRecordedFeed } from "../../../src/paper/feed/recorded-feed.ts";
import type { RecordedTick } from "../../../src/paper/feed/recording.ts";
import { type VenueProfile, venueProfile } from "../../../src/paper/venue-profile.ts";
import { advance } from "./advance.ts";
import type { Book, Entry, Market, Pair, Rules, Tick } from "./book.ts";
import { type Command, carryOut } from "./commands.ts";
import { carryOutThere, type Side } from "./engine-side.ts";
import { createReader } from "./log.ts";
import { type Random, randomOf } from "./random.ts";
import { nextCommand } from "./script.ts";

/** A recording as both sides read it: made once, replayed by many cases. */
export type Replay = {
  readonly feed: Feed;
  readonly market: Market;
  readonly startMs: number;
  readonly endMs: number;
};

export function openReplay(ticks: readonly RecordedTick[]): Replay {
  const startMs = ticks[0]?.timeMs ?? 0;
  const feed = openRecordedFeed(ticks, { start: instantFromMs(startMs), speed: 1 });
  const pairs = new Map(feed.instruments().map((each) => [each.name, pairFrom(each)]));
  const read = (tick: RecordedTick): Tick => {
    const scale = 10 ** (pairs.get(tick.instrument)?.precision ?? 0);
    const points = (price: string) => Math.round(Number(price) * scale);
    const { timeMs: atMs, instrument } = tick;
    return { atMs, instrument, bid: points(tick.bid), ask: points(tick.ask) };
  };
  const endMs = Math.min(...[...pairs.keys()].map((name) => lastOf(ticks, name)));
  return { feed, market: { pairs, ticks: ticks.map(read) }, startMs, endMs };
}

function lastOf(ticks: readonly RecordedTick[], instrument: string): number {
  return ticks.findLast((tick) => tick.instrument === instrument)?.timeMs ?? 0;
}

function pairFrom(instrument: Instrument): Pair {
  const { name, baseCurrency, quoteCurrency, pricePrecision, financing } = instrument;
  const least = instrument.minimumTrailingDistance?.toString() ?? "0";
  return {
    name,
    base: baseCurrency,
    quote: quoteCurrency,
    precision: pricePrecision,
    marginRate: new Decimal(instrument.marginRate.toString()),
    financing: financing && {
      long: new Decimal(financing.longRate.toString()),
      short: new Decimal(financing.shortRate.toString()),
    },
    leastTrail: new Decimal(least).times(10 ** pricePrecision).toNumber(),
  };
}

export type Case = {
  readonly seed: number;
  readonly commands: number;
  readonly region: Region;
  readonly balance: string;
  /** The longest time between two commands. */
  readonly longestWaitMs: number;
};

/** Plays one random session on both sides. @throws at the first event that differs, with what led to it. */
export function compare(replay: Replay, terms: Case): readonly Entry[] {
  const { seed, commands, region, balance } = terms;
  const random = randomOf(seed);
  const profile = venueProfile(region, "always");
  const book = openBook(replay, profile, balance);
  const side: Side = {
    venue: { feed: replay.feed, profile },
    scaleOf: (name) => replay.market.pairs.get(name)?.precision ?? 0,
  };
  const opening = openAccount({
    id: "001",
    currency: "USD",
    balance: decimal(balance),
    at: instantFromMs(book.nowMs),
  });
  const read = createReader(side.scaleOf);
  let { account } = opening;
  const told: Entry[] = [];
  const take = (step: ReturnType<typeof advanceThere>) => {
    account = step.account;
    for (const transaction of step.transactions) told.push(read(transaction));
  };
  const hasGuaranteed = profile.guaranteedStops.mode !== "DISABLED";
  for (let count = 0; count < commands; count += 1) {
    const atMs = nextMoment(random, book, { ...replay, ...terms });
    for (const ms of stepsBetween(random, book.nowMs, atMs)) {
      take(advanceThere(side.venue, account, instantFromMs(ms)));
    }
    advance(book, atMs);
    const command = nextCommand(random, book, hasGuaranteed);
    take(carryOutThere(side, account, command));
    carryOut(book, command);
    expectSame(book.log, told, { seed, command });
  }
  return told;
}

function openBook({ market, startMs }: Replay, profile: VenueProfile, balance: string): Book {
  const book: Book = {
    market,
    rules: rulesOf(profile),
    balance: new Decimal(balance),
    lastId: 2,
    nowMs: startMs,
    nextTick: 0,
    quotes: new Map(),
    trades: [],
    orders: [],
    log: [],
  };
  // A session begins once everything has a price.
  let tick = market.ticks[book.nextTick];
  while (tick && book.quotes.size < market.pairs.size) {
    book.quotes.set(tick.instrument, { bid: tick.bid, ask: tick.ask });
    book.nowMs = tick.atMs;
    book.nextTick += 1;
    tick = market.ticks[book.nextTick];
  }
  while (tick && tick.atMs <= book.nowMs) {
    book.quotes.set(tick.instrument, { bid: tick.bid, ask: tick.ask });
    book.nextTick += 1;
    tick = market.ticks[book.nextTick];
  }
  return book;
}

function rulesOf(profile: VenueProfile): Rules {
  return {
    isUs: profile.region === "US",
    markup: new Decimal(profile.conversionMarkup.toString()),
    closeoutShare: new Decimal(profile.closeoutShare.toString()),
    financingDays: 1,
    commissionPerUnit: new Decimal(profile.commissionPerUnit.toString()),
    guaranteedPoints: 10 * Number(profile.guaranteedStops.minimumDistancePips.toString()),
    premiumPoints: 10 * Number(profile.guaranteedStops.premiumPips.toString()),
  };
}

const MARGIN_MS = 1_000;

/** Often the very moment of a tick, or the one before it: that is where mistakes are. */
function nextMoment(
  random: Random,
  book: Book,
  { market, endMs, longestWaitMs }: Replay & Case,
): number {
  const latest = Math.max(book.nowMs, endMs - MARGIN_MS);
  const tick = market.ticks[book.nextTick + random.int(0, 400)];
  const wait = random.chance(0.15) ? 0 : random.scale(1, longestWaitMs);
  const isAtTick = tick !== undefined && random.chance(0.3);
  return Math.min(latest, isAtTick ? tick.atMs - random.int(0, 1) : book.nowMs + wait);
}

function stepsBetween(random: Random, fromMs: number, toMs: number): readonly number[] {
  const count = random.int(0, 3);
  const steps = Array.from({ length: count }, () => random.int(fromMs, toMs));
  return steps.sort((left, right) => left - right);
}

type Story = { readonly seed: number; readonly command: Command };

function expectSame(expected: readonly Entry[], told: readonly Entry[], story: Story): void {
  const length = Math.max(expected.length, told.length);
  for (let index = checkedUpTo(expected, told); index < length; index += 1) {
    if (textOf(expected[index]) === textOf(told[index])) continue;
    const tail = (log: readonly Entry[]) =>
      log
        .slice(Math.max(0, index - 8), index + 4)
        .map((entry) => `  ${textOf(entry)}`)
        .join("\n");
    throw new Error(
      `seed ${story.seed}, after ${JSON.stringify(story.command)}:\nthe reference says\n${tail(expected)}\nthe engine says\n${tail(told)}`,
    );
  }
}

/** Everything that is compared of an entry. */
function textOf(entry: Entry | undefined): string {
  if (!entry) return "nothing";
  const { id, batch, atMs, type, order, trade, price, units, reason, closed, balance } = entry;
  const parts = { order, trade, price, units, reason, closed, balance };
  return `${instantFromMs(atMs)} ${id} (${batch}) ${type} ${JSON.stringify(parts)}`;
}

const checked = new WeakMap<readonly Entry[], number>();

/** What was compared before isn't again. */
function checkedUpTo(expected: readonly Entry[], told: readonly Entry[]): number {
  const done = checked.get(expected) ?? 0;
  checked.set(expected, Math.min(expected.length, told.length));
  return done;
}
