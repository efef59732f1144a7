import { Failure, usageFailure } from "../core/failures.ts";
import { type Decimal, type Price, toPrice, toUnits, type Units } from "../core/money.ts";
import { type Order, oppositeSide } from "../core/order.ts";
import type {
  AttachedStop,
  EntryTerms,
  EntryType,
  ExitTerms,
  ExitType,
  Waiting,
} from "../core/order-request.ts";
import { type Desk, selecting } from "./desk.ts";
import { entryBasis, expectedEntry } from "./entry-price.ts";
import {
  type ExitBasis,
  requireSide,
  resolveStop,
  resolveTarget,
  resolveTrailing,
} from "./exit-levels.ts";
import type { MarketView } from "./market-view.ts";
import type { OrderChange } from "./order-draft.ts";
import { tradeBasis } from "./trade-basis.ts";
import { validateSize } from "./validate-size.ts";

export type ChangedTerms = {
  readonly terms: EntryTerms | ExitTerms;
  readonly units: Units;
  /** What an entry should fill at; null for an exit. */
  readonly expectedPrice: Price | null;
};

/** Names of exits as orders of their own. */
const EXIT_NAMES: Readonly<Record<ExitType, string>> = {
  stop_loss: "stop loss",
  take_profit: "take profit",
  trailing_stop: "trailing stop",
  guaranteed_stop_loss: "guaranteed stop loss",
};

/**
 * The whole terms of a pending order with what is to be different in their place.
 * @throws Failure USAGE, INVALID_PRICE or INVALID_UNITS: nothing was sent.
 */
export function changedTerms(
  desk: Desk,
  { order, change }: { readonly order: Order; readonly change: OrderChange },
  view: MarketView,
): ChangedTerms {
  const { type } = order;
  if (type === "market") {
    throw new Failure(
      "ORDER_NOT_FOUND",
      `Order ${order.orderId} waits for no price. Nothing was sent.`,
    );
  }
  const isEntry = type === "limit" || type === "stop" || type === "mit";
  return isEntry
    ? changedEntry(desk, { order, type, change }, view)
    : changedExit(desk, { order, type, change }, view);
}

type EntryCase = { readonly order: Order; readonly type: EntryType; readonly change: OrderChange };

function changedEntry(desk: Desk, entry: EntryCase, view: MarketView): ChangedTerms {
  const { order, type, change } = entry;
  const { side, reduceOnly } = order;
  const price = change.price ?? order.price;
  if (!price) throw new RangeError(`the pending order ${order.orderId} has no price`);
  if (change.units) validateSize(change.units, view.instrument);
  const expectedPrice = expectedEntry({ type, price }, side, view);
  const basis = entryBasis(desk, { side, entry: expectedPrice }, view);
  const terms = {
    type,
    price,
    stopLoss: stopOf(entry, basis),
    takeProfit: targetOf(entry, basis),
    trailingStop: trailingOf(entry, basis),
    priceBound: order.priceBound && boundAt(order.priceBound, price, order),
    reduceOnly,
    ...(change.waiting ?? waitingOf(order)),
  };
  return { terms, units: change.units ? toUnits(change.units) : order.units, expectedPrice };
}

/** A stop that stays has to be on the right side of the new price as well. */
function stopOf({ order, change }: EntryCase, basis: ExitBasis): AttachedStop | null {
  const isGuaranteed = order.isStopGuaranteed || change.isStopGuaranteed;
  const guarantee = isGuaranteed ? ({ isGuaranteed: true } as const) : {};
  if (change.stopLoss === "remove") return null;
  if (change.stopLoss !== "keep") {
    const stop = resolveStop(change.stopLoss, basis);
    return stop && { ...stop.attached, ...guarantee };
  }
  const { stopLoss, stopLossDistance } = order;
  if (stopLossDistance) return { kind: "distance", distance: stopLossDistance, ...guarantee };
  if (!stopLoss) return null;
  requireSide("stop_loss", stopLoss, basis);
  return { kind: "price", price: stopLoss, ...guarantee };
}

function targetOf({ order, change }: EntryCase, basis: ExitBasis): Price | null {
  if (change.takeProfit === "remove") return null;
  if (change.takeProfit !== "keep") return resolveTarget(change.takeProfit, basis);
  if (order.takeProfit) requireSide("take_profit", order.takeProfit, basis);
  return order.takeProfit;
}

function trailingOf({ order, change }: EntryCase, basis: ExitBasis): Decimal | null {
  if (change.trailingStop === "remove") return null;
  if (change.trailingStop === "keep") return order.trailingStop;
  return resolveTrailing(change.trailingStop, basis);
}

/** The worst price moves along with the order's own: it was meant as so much slippage. */
function boundAt(bound: Price, price: Price, order: Order): Price {
  const moved = bound.plus(price).minus(order.price ?? price);
  return moved.isPositive() ? toPrice(moved) : bound;
}

type ExitCase = { readonly order: Order; readonly type: ExitType; readonly change: OrderChange };

function changedExit(desk: Desk, exit: ExitCase, view: MarketView): ChangedTerms {
  const { order, type, change } = exit;
  const { tradeId, units, side } = order;
  if (tradeId === null) throw new RangeError(`the exit ${order.orderId} belongs to no trade`);
  refuseForeign(desk, exit, tradeId);
  const trade = view.state.trades.find(({ id }) => id === tradeId);
  const openPrice = trade?.openPrice ?? order.price;
  if (!openPrice) throw new RangeError(`the exit ${order.orderId} has no price`);
  const basis = tradeBasis(desk, { id: tradeId, side: oppositeSide(side), openPrice }, view);
  const isTrailing = type === "trailing_stop";
  if (change.price) {
    requireSide(type === "take_profit" ? "take_profit" : "stop_loss", change.price, basis);
  }
  const terms = {
    type,
    tradeId,
    price: isTrailing ? null : (change.price ?? order.price),
    distance: isTrailing ? distanceOf(exit, { ...basis, entry: basis.stopLimit }) : null,
    ...(change.waiting ?? waitingOf(order)),
  };
  return { terms, units, expectedPrice: null };
}

/** A trailing stop is measured from the market. */
function distanceOf({ order, change }: ExitCase, basis: ExitBasis): Decimal | null {
  const { trailingStop } = change;
  if (trailingStop === "keep" || trailingStop === "remove") return order.distance;
  return resolveTrailing(trailingStop, basis);
}

/** An exit has but a price or a distance, and a time: anything else was meant for something else. */
function refuseForeign(desk: Desk, { order, type, change }: ExitCase, tradeId: string): void {
  const isTrailing = type === "trailing_stop";
  const [own, wrong] = isTrailing ? ["--trailing", "--price"] : ["--price", "--trailing"];
  const foreign = [
    { option: "--units", isGiven: change.units !== null },
    { option: "--sl", isGiven: change.stopLoss !== "keep" || change.isStopGuaranteed },
    { option: "--tp", isGiven: change.takeProfit !== "keep" },
    {
      option: wrong,
      isGiven: isTrailing ? change.price !== null : change.trailingStop !== "keep",
    },
    { option: "--no-trailing", isGiven: change.trailingStop === "remove" },
  ].filter(({ isGiven }) => isGiven);
  if (foreign.length === 0) return;
  const options = [...new Set(foreign.map(({ option }) => option))].join(", ");
  throw usageFailure(
    `Order ${order.orderId} is the ${EXIT_NAMES[type]} of trade ${tradeId}: it has no ${options}, only ${own}, --expires and --tif. Nothing was sent.`,
    `Set, move and remove exits with: tmt-broker positions modify ${tradeId} ${selecting(desk)}`,
  );
}

function waitingOf({ timeInForce, expiresAt }: Order): Waiting {
  return { timeInForce, expiresAt };
}
