import { type Decimal, minimumOf, ZERO } from "../../core/money.ts";
import type { PositionFill, VenueAccount, VenueTrade } from "./types.ts";

/** What a fill would do to the trades of its instrument. Units are positive. */
export type Netting = {
  /** Trades to close, wholly or in part, oldest first: at most the last in part. */
  readonly reductions: readonly { readonly trade: VenueTrade; readonly units: Decimal }[];
  readonly opened: Decimal;
};

export type NettingRequest = {
  readonly instrument: string;
  /** Signed. */
  readonly units: Decimal;
  readonly positionFill: PositionFill;
  /** The one trade that may be reduced; null for all of the instrument, oldest first. */
  readonly tradeId: number | null;
};

/** Oldest trades first, as the law has it in the US and as every netting account does it. */
export function netTrades(account: VenueAccount, request: NettingRequest): Netting {
  const { instrument, units, positionFill, tradeId } = request;
  const opposite = account.trades.filter(
    (trade) =>
      trade.instrument === instrument &&
      trade.currentUnits.isNegative() !== units.isNegative() &&
      (tradeId === null || trade.id === tradeId),
  );
  if (positionFill === "OPEN_ONLY") {
    return { reductions: [], opened: opposite.length > 0 ? ZERO : units.abs() };
  }
  let left = units.abs();
  const reductions = [];
  for (const trade of opposite) {
    if (left.isZero()) break;
    const part = minimumOf(left, trade.currentUnits.abs());
    reductions.push({ trade, units: part });
    left = left.minus(part);
  }
  return { reductions, opened: positionFill === "REDUCE_ONLY" ? ZERO : left };
}

/** Everything a netting fills. */
export function nettedUnits({ reductions, opened }: Netting): Decimal {
  return reductions.reduce((sum, { units }) => sum.plus(units), opened);
}
