import type { Random } from "../../simulation/random.ts";
import { type BookTrade, type Dealer, inOrderOfOpening, type Wish } from "./us-forex.ts";

/** One question: all open trades of a person, a wish, and the dealer who is asked. */
export type Question = {
  readonly trades: readonly BookTrade[];
  readonly wish: Wish;
  readonly dealer: Dealer;
};

export const ACCOUNTS = ["A", "B"] as const;
export const PAIRS = ["EUR_USD", "GBP_USD", "USD_JPY"] as const;

/** Few sizes, and sums and differences of them: that is where sizes meet. */
const SIZES = [500n, 1000n, 1001n, 1500n, 2000n, 3000n] as const;

/** Ids go from one digit to two: as text, 10 comes before 9. */
const FIRST_ID = 5;

/** The same seed makes the same question on every machine. */
export function askQuestion(random: Random): Question {
  const dealer = { hasSafeguard: random.chance(0.7) };
  const trades = drawTrades(random, dealer);
  return { trades, wish: drawWish(random, trades), dealer };
}

/** A book that its dealer can have let arise: pairs are one-sided, and with the safeguard no trade with exits has an equal. */
function drawTrades(random: Random, { hasSafeguard }: Dealer): readonly BookTrade[] {
  const sides = new Map<string, bigint>();
  const trades: BookTrade[] = [];
  const count = random.between(0, 7);
  for (let number = 1; number <= count; number += 1) {
    const id = FIRST_ID + number;
    const account = random.chance(0.85) ? "A" : "B";
    const pair = random.chance(0.75) ? "EUR_USD" : random.pick(...PAIRS);
    const key = `${account} ${pair}`;
    const side = sides.get(key) ?? (random.chance(0.5) ? 1n : -1n);
    sides.set(key, side);
    const units = side * random.pick(...SIZES);
    // Some of one moment: then the id decides.
    const openedAt = random.chance(0.3) ? (trades.at(-1)?.openedAt ?? number) : number;
    trades.push({ id, account, pair, units, openedAt, hasExits: random.chance(0.4) });
  }
  const legal = hasSafeguard ? trades.map((trade) => withoutClash(trade, trades)) : trades;
  return shuffled(random, legal);
}

function withoutClash(trade: BookTrade, trades: readonly BookTrade[]): BookTrade {
  const equals = inOrderOfOpening(trades, trade.account, trade.pair).filter(
    (other) => other.units === trade.units,
  );
  return equals.length > 1 ? { ...trade, hasExits: false } : trade;
}

function drawWish(random: Random, trades: readonly BookTrade[]): Wish {
  const named = trades[random.between(0, trades.length - 1)];
  if (!named) return drawOrder(random, trades);
  switch (random.weighted({ order: 5, close: 5, position: 1, exits: 2 })) {
    case "order":
      return drawOrder(random, trades);
    case "close":
      return { kind: "close_trade", id: named.id, units: drawPart(random, named.units) };
    case "position": {
      const { account, pair } = named;
      const total = inOrderOfOpening(trades, account, pair).reduce(
        (sum, each) => sum + each.units,
        0n,
      );
      return { kind: "close_position", account, pair, units: drawPart(random, total) };
    }
    case "exits":
      return { kind: "set_exits", id: named.id };
  }
}

function drawOrder(random: Random, trades: readonly BookTrade[]): Wish {
  const near = trades[random.between(0, trades.length - 1)];
  const { account, pair } =
    near && random.chance(0.9)
      ? near
      : { account: random.pick(...ACCOUNTS), pair: random.pick(...PAIRS) };
  const book = inOrderOfOpening(trades, account, pair);
  const total = book.reduce((sum, trade) => sum + trade.units, 0n);
  const size = random.chance(0.3) && total !== 0n ? magnitude(total) : random.pick(...SIZES);
  const more = random.chance(0.15) ? random.pick(...SIZES) : 0n;
  return {
    kind: "order",
    account,
    pair,
    units: (size + more) * (random.chance(0.5) ? 1n : -1n),
    hasExits: random.chance(0.5),
    fill: random.weighted({ reduce_first: 8, reduce_only: 2 }),
  };
}

function drawPart(random: Random, units: bigint): bigint | "all" {
  if (random.chance(0.5)) return "all";
  const size = magnitude(units);
  const part = random.chance(0.7) ? 500n : BigInt(random.between(1, 1500));
  return part < size ? part : "all";
}

function shuffled<T>(random: Random, items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

function magnitude(units: bigint): bigint {
  return units < 0n ? -units : units;
}
