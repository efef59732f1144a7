import {
  type Book,
  type EntryAsk,
  type Force,
  isEntry,
  isExit,
  type OnFill,
  type PendingEntry,
  type PositionFill,
  pairOf,
  quoteOf,
  type StopAsk,
  type TargetAsk,
  type Timing,
  type Trade,
  type TrailAsk,
  type Trigger,
} from "./book.ts";
import type { Command, ExitChanges, MarketCommand } from "./commands.ts";
import type { ExitAsk } from "./fills.ts";
import type { Random } from "./random.ts";

const HOUR_MS = 3_600_000;
const NO_EXITS: OnFill = { target: null, stop: null, guaranteed: null, trail: null };

type Scene = {
  readonly book: Book;
  /** One of the open trades. */
  readonly trade: Trade | null;
  readonly hasGuaranteed: boolean;
};

/** A command without its moment; null where there is nothing to do it to. */
type Make = (random: Random, scene: Scene) => Body | null;
type Body = Command extends infer Each
  ? Each extends Command
    ? Omit<Each, "atMs">
    : never
  : never;

const KINDS: readonly (readonly [weight: number, make: Make])[] = [
  [22, (random, { book, hasGuaranteed }) => market(random, book, hasGuaranteed)],
  [36, (random, { book, ...scene }) => ({ do: "entry", ask: entry(random, book, scene) })],
  [8, (random, { book, trade }) => trade && separateExit(random, book, trade)],
  [12, (random, { book, trade }) => trade && changeOfExits(random, book, trade)],
  [8, (random, { book }) => replacement(random, book)],
  [4, (random, { book }) => ({ do: "cancel", orderId: cancelled(random, book) })],
  [4, (random, { trade }) => closing(random, trade)],
  [3, (random, { book, trade }) => closeout(random, book, trade)],
  [3, () => ({ do: "wait" })],
];

/** What a trader may do at an account that stands as `book`, at its moment. */
export function nextCommand(random: Random, book: Book, hasGuaranteed: boolean): Command {
  const atMs = book.nowMs;
  const trade = book.trades.length > 0 ? random.pick(book.trades) : null;
  let roll = random.int(0, KINDS.reduce((sum, [weight]) => sum + weight, 0) - 1);
  for (const [weight, make] of KINDS) {
    if (roll < weight) return { atMs, ...(make(random, { book, trade, hasGuaranteed }) ?? WAIT) };
    roll -= weight;
  }
  return { atMs, ...WAIT };
}

const WAIT = { do: "wait" } as const;

function closing(random: Random, trade: Trade | null) {
  const units = trade && random.chance(0.5) ? part(random, Math.abs(trade.units)) : "ALL";
  return { do: "closeTrade", tradeId: trade?.id ?? 999_999, units } as const;
}

function closeout(random: Random, book: Book, trade: Trade | null) {
  const instrument = trade?.instrument ?? instrumentOf(random, book);
  return { do: "closeout", instrument, isLong: (trade?.units ?? 1) > 0, units: "ALL" } as const;
}

function changeOfExits(random: Random, book: Book, trade: Trade) {
  const { id: tradeId, instrument } = trade;
  const changes = exitChanges(random, book, trade);
  return { do: "exits", tradeId, instrument, changes } as const;
}

function instrumentOf(random: Random, book: Book): string {
  return random.pick([...book.market.pairs.keys()]);
}

/** Whole tens, so that every amount in home currency has at most four decimals. */
function size(random: Random): number {
  // Often one of a few sizes: equal ones matter to US rules.
  if (random.chance(0.4)) return random.pick([1_000, 2_000, 3_000]);
  return random.scale(1, 3_000) * 10;
}

function part(random: Random, whole: number): number {
  return Math.max(10, Math.floor((whole * random.int(10, 100)) / 1_000) * 10);
}

function signed(random: Random): number {
  return size(random) * (random.chance(0.5) ? 1 : -1);
}

function positionFill(random: Random): PositionFill {
  if (random.chance(0.75)) return "DEFAULT";
  return random.pick(["OPEN_ONLY", "REDUCE_FIRST", "REDUCE_ONLY"]);
}

function trigger(random: Random): Trigger {
  return random.chance(0.6) ? "DEFAULT" : random.pick(["INVERSE", "BID", "ASK", "MID"]);
}

function exitTiming(random: Random, book: Book): Timing {
  const force = random.chance(0.7) ? "GTC" : random.pick(["GTD", "DAY"] as const);
  return { force, gtdMs: force === "GTD" ? later(random, book) : null, trigger: trigger(random) };
}

function later(random: Random, book: Book): number {
  const tick = book.market.ticks[book.nextTick + random.int(1, 300)];
  if (tick && random.chance(0.3) && tick.atMs > book.nowMs) return tick.atMs;
  return book.nowMs + random.scale(1, 8 * HOUR_MS);
}

function market(random: Random, book: Book, hasGuaranteed: boolean): MarketCommand {
  const instrument = instrumentOf(random, book);
  const units = signed(random);
  const { bid, ask } = quoteOf(book, instrument);
  const natural = units > 0 ? ask : bid;
  return {
    do: "market",
    instrument,
    units,
    force: random.pick(["FOK", "IOC"]),
    bound: random.chance(0.8) ? null : natural + random.int(-8, 8),
    positionFill: positionFill(random),
    onFill: onFill(random, book, { instrument, units, around: natural, hasGuaranteed }),
  };
}

type EntryOptions = { readonly hasGuaranteed: boolean; readonly like?: PendingEntry };

function entry(random: Random, book: Book, { hasGuaranteed, like }: EntryOptions): EntryAsk {
  const kind = like?.kind ?? random.pick(["limit", "stop", "mit"] as const);
  const instrument = like?.instrument ?? instrumentOf(random, book);
  const { bid, ask } = quoteOf(book, instrument);
  const units = signed(random);
  const price = (random.chance(0.5) ? bid : ask) + away(random) * (random.chance(0.5) ? 1 : -1);
  const forces: readonly Force[] = kind === "mit" ? ["GTD", "DAY"] : ["GTD", "DAY", "FOK", "IOC"];
  const force = random.chance(0.6) ? "GTC" : random.pick(forces);
  return {
    kind,
    instrument,
    units,
    price,
    force,
    gtdMs: force === "GTD" ? later(random, book) : null,
    trigger: trigger(random),
    bound:
      kind === "limit" || random.chance(0.8) ? null : price + Math.sign(units) * random.int(0, 30),
    positionFill: positionFill(random),
    onFill: onFill(random, book, { instrument, units, around: price, hasGuaranteed }),
  };
}

/** How far from the market: mostly near, so that much happens. */
function away(random: Random): number {
  return random.scale(1, 301) - 1;
}

type Place = {
  readonly instrument: string;
  readonly units: number;
  readonly around: number;
  readonly hasGuaranteed: boolean;
};

function onFill(random: Random, book: Book, { hasGuaranteed, ...place }: Place): OnFill {
  if (random.chance(0.45)) return NO_EXITS;
  const isGuaranteed = hasGuaranteed && random.chance(0.4);
  return {
    target: random.chance(0.5) ? target(random, book, place) : null,
    stop: !isGuaranteed && random.chance(0.5) ? stop(random, book, place) : null,
    guaranteed: isGuaranteed ? guaranteed(random, book, place) : null,
    trail: !isGuaranteed && random.chance(0.4) ? trailing(random, book, place) : null,
  };
}

type Spot = Omit<Place, "hasGuaranteed">;

function target(random: Random, book: Book, { units, around }: Spot): TargetAsk {
  const side = random.chance(0.93) ? 1 : -1;
  return {
    ...exitTiming(random, book),
    price: around + Math.sign(units) * side * (away(random) + 1),
  };
}

function stop(random: Random, book: Book, { units, around }: Spot): StopAsk {
  const timing = exitTiming(random, book);
  if (random.chance(0.5)) return { ...timing, price: null, distance: away(random) + 1 };
  const side = random.chance(0.93) ? 1 : -1;
  return {
    ...timing,
    price: around - Math.sign(units) * side * (away(random) + 1),
    distance: null,
  };
}

/** Far enough for the house rule of ten pips, which has tests of its own; its trigger can't be chosen. */
function guaranteed(random: Random, book: Book, { units, around }: Spot): StopAsk {
  const timing = { ...exitTiming(random, book), trigger: "DEFAULT" } as const;
  return { ...timing, price: around - Math.sign(units) * (600 + away(random)), distance: null };
}

function trailing(random: Random, book: Book, { instrument }: Spot): TrailAsk {
  const least = pairOf(book, instrument).leastTrail;
  return { ...exitTiming(random, book), distance: least + away(random) };
}

function spotOf(book: Book, trade: Trade): Spot {
  const { bid, ask } = quoteOf(book, trade.instrument);
  return { instrument: trade.instrument, units: trade.units, around: trade.units > 0 ? bid : ask };
}

function separateExit(random: Random, book: Book, trade: Trade) {
  const spot = spotOf(book, trade);
  const has = (kind: string) =>
    book.orders.some((order) => isExit(order) && order.tradeId === trade.id && order.kind === kind);
  const makers = { target, stop, trail: trailing };
  const kinds = (["target", "stop", "trail"] as const).filter((kind) => !has(kind));
  // Beside a guaranteed stop there may be no other.
  const free = has("guaranteed") ? kinds.filter((kind) => kind === "target") : kinds;
  if (free.length === 0) return null;
  const kind = random.pick(free);
  const ask: ExitAsk = makers[kind](random, book, spot);
  return { do: "exit", kind, tradeId: trade.id, instrument: trade.instrument, ask } as const;
}

function exitChanges(random: Random, book: Book, trade: Trade): ExitChanges {
  const spot = spotOf(book, trade);
  const isGuarded = book.orders.some(
    (order) => isExit(order) && order.tradeId === trade.id && order.kind === "guaranteed",
  );
  const has = (kind: string) =>
    book.orders.some((order) => isExit(order) && order.tradeId === trade.id && order.kind === kind);
  const change = <T extends ExitAsk>(kind: string, make: () => T): T | null | undefined => {
    if (random.chance(0.5)) return undefined;
    return has(kind) && random.chance(0.3) ? null : make();
  };
  return {
    target: change("target", () => target(random, book, spot)),
    stop: isGuarded ? undefined : change("stop", () => stop(random, book, spot)),
    trail: isGuarded ? undefined : change("trail", () => trailing(random, book, spot)),
  };
}

function replacement(random: Random, book: Book) {
  const waiting = book.orders.filter(isEntry);
  if (waiting.length === 0) return null;
  const old = random.pick(waiting);
  const ask = entry(random, book, { hasGuaranteed: false, like: old });
  return { do: "replaceEntry", orderId: old.id, ask } as const;
}

function cancelled(random: Random, book: Book): number {
  if (book.orders.length === 0 || random.chance(0.2)) return random.int(1, book.lastId + 3);
  return random.pick(book.orders).id;
}
