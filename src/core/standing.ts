import { type Instrument, toPips } from "./instrument.ts";
import { type Decimal, type Price, sumOf, ZERO } from "./money.ts";
import type { OrderRequest } from "./order-request.ts";
import { type Direction, hasStop, type Trade } from "./trade.ts";

/** Where a trade stands between its stop and its target. Distances are null where an end, or the price, isn't known. */
export type Standing = {
  readonly hasStop: boolean;
  /** Pips from the price down to the nearer stop, and up to the target; below zero where the price is beyond. */
  readonly stopPips: Decimal | null;
  readonly targetPips: Decimal | null;
  /** Gain over what the trade's first stop would have lost; null where that stop isn't known. */
  readonly r: Decimal | null;
};

/** A trade, the price it could be closed at, and how far its first stop was from its open price (a price difference). */
export type Held = {
  readonly trade: Trade;
  readonly currentPrice: Decimal | null;
  readonly firstStop: Decimal | null;
};

const R_PLACES = 2;

/** Where one trade stands. Financing is no part of R: that is the price's own way. */
export function standingOf(held: Held, instrument: Pick<Instrument, "pipSize">): Standing {
  const { trade, currentPrice } = held;
  const { direction, takeProfit } = trade;
  const stop = stopPriceOf(trade);
  const pips = (from: Decimal, to: Decimal) => toPips(rise(direction, from, to), instrument);
  return {
    hasStop: hasStop(trade),
    stopPips: stop && currentPrice && pips(stop, currentPrice),
    targetPips: takeProfit && currentPrice && pips(currentPrice, takeProfit),
    r: ratioOf([held]),
  };
}

/** The trades of one position as one: the nearest stop and target, and R over all of them where each is known. */
export function netStanding(
  held: readonly Held[],
  instrument: Pick<Instrument, "pipSize">,
): Standing & { readonly unitsWithoutStop: Decimal } {
  const each = held.map((one) => standingOf(one, instrument));
  const bare = held.filter(({ trade }) => !hasStop(trade));
  return {
    hasStop: bare.length === 0,
    unitsWithoutStop: sumOf(bare.map(({ trade }) => trade.units)),
    stopPips: leastOf(each.map(({ stopPips }) => stopPips)),
    targetPips: leastOf(each.map(({ targetPips }) => targetPips)),
    r: ratioOf(held),
  };
}

/** How far the stop that an order brought is from what it was filled at; null for one without. */
export function firstStopDistance(request: OrderRequest, openPrice: Price): Decimal | null {
  if (request.kind !== "market" && request.kind !== "entry") return null;
  const { stopLoss, trailingStop, side } = request;
  const direction = side === "buy" ? "long" : "short";
  const fixed =
    stopLoss?.kind === "price"
      ? rise(direction, stopLoss.price, openPrice)
      : (stopLoss?.distance ?? null);
  return leastOf([fixed, trailingStop].map((one) => (one?.isPositive() ? one : null)));
}

/** The nearer of a trade's stops; null where there is none, or nobody knows where it trails. */
export function stopPriceOf({
  direction,
  stopLoss,
  trailingStop,
}: Pick<Trade, "direction" | "stopLoss" | "trailingStop">): Price | null {
  const trailing = trailingStop?.price ?? null;
  if (!stopLoss || !trailing) return stopLoss ?? trailing;
  return rise(direction, stopLoss, trailing).isPositive() ? trailing : stopLoss;
}

/** How much better `to` is than `from` for a trade of that direction. */
function rise(direction: Direction, from: Decimal, to: Decimal): Decimal {
  return direction === "long" ? to.minus(from) : from.minus(to);
}

function ratioOf(held: readonly Held[]): Decimal | null {
  let [gained, risked] = [ZERO, ZERO];
  for (const { trade, currentPrice, firstStop } of held) {
    if (!currentPrice || !firstStop?.isPositive()) return null;
    const { direction, openPrice, units } = trade;
    gained = gained.plus(units.times(rise(direction, openPrice, currentPrice)));
    risked = risked.plus(units.times(firstStop));
  }
  return risked.isPositive() ? gained.dividedBy(risked, R_PLACES) : null;
}

function leastOf(values: readonly (Decimal | null)[]): Decimal | null {
  return values.reduce<Decimal | null>(
    (least, value) => (value && (!least || value.isLessThan(least)) ? value : least),
    null,
  );
}
