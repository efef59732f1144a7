import { type Decimal, type Price, sumOf, toPrice, toUnits, type Units } from "./money.ts";
import type { Instant } from "./time.ts";
import type { Direction, Trade } from "./trade.ts";

/** The net of an instrument's trades in one direction. Money is in account currency. */
export type Position = {
  readonly instrument: string;
  readonly direction: Direction;
  readonly units: Units;
  readonly averagePrice: Price;
  readonly openedAt: Instant;
  readonly unrealizedPl: Decimal;
  readonly realizedPl: Decimal;
  readonly financing: Decimal;
  readonly marginUsed: Decimal;
  /** Oldest first. */
  readonly trades: readonly Trade[];
};

const AVERAGE_PLACES = 8;

/** The positions that `trades` add up to, one for each instrument and direction, oldest first. */
export function positionsOf(trades: readonly Trade[]): readonly Position[] {
  const oldestFirst = trades.toSorted(byOpening);
  const groups = Map.groupBy(oldestFirst, (trade) => `${trade.instrument} ${trade.direction}`);
  return [...groups.values()].map(positionOf);
}

function positionOf(trades: readonly Trade[]): Position {
  const [first] = trades;
  if (!first) throw new RangeError("a position needs at least one trade");
  const units = sumOf(trades.map((trade) => trade.units));
  const cost = sumOf(trades.map((trade) => trade.units.times(trade.openPrice)));
  return {
    instrument: first.instrument,
    direction: first.direction,
    units: toUnits(units),
    averagePrice: toPrice(cost.dividedBy(units, AVERAGE_PLACES)),
    openedAt: first.openedAt,
    unrealizedPl: sumOf(trades.map((trade) => trade.unrealizedPl)),
    realizedPl: sumOf(trades.map((trade) => trade.realizedPl)),
    financing: sumOf(trades.map((trade) => trade.financing)),
    marginUsed: sumOf(trades.map((trade) => trade.marginUsed)),
    trades,
  };
}

/** Trades opened at the same time keep the order they came in. */
function byOpening(left: Trade, right: Trade): number {
  if (left.openedAt === right.openedAt) return 0;
  return left.openedAt < right.openedAt ? -1 : 1;
}
