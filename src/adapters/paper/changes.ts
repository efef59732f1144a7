import { Failure, usageFailure } from "../../core/failures.ts";
import type { Decimal } from "../../core/money.ts";
import type {
  AttachedStop,
  ChangeOrder,
  EntryTerms,
  ExitChange,
  ExitsChange,
  ExitTerms,
} from "../../core/order-request.ts";
import type { ReplaceOrderCommand, TradeOrdersCommand } from "../../paper/engine/commands.ts";
import { findById, isExit } from "../../paper/engine/orders.ts";
import type {
  EntryOrder,
  ExitOrder,
  ExitOrderType,
  VenueAccount,
} from "../../paper/engine/types.ts";
import { stopLevel, UNTIL_CANCELLED } from "./exit-details.ts";
import { orderType } from "./wire.ts";

/**
 * A waiting order with its new terms: what isn't ours to change stays as it is. null when it doesn't wait any more.
 * @throws Failure USAGE when it is of another type.
 */
export function toReplacement(
  request: ChangeOrder,
  account: VenueAccount,
): Pick<ReplaceOrderCommand, "orderId" | "order"> | null {
  const { orderId, terms } = request;
  const old = findById(account.orders, Number(orderId));
  if (!old) return null;
  const isSameType = orderType(old) === terms.type;
  if (isSameType && isExit(old) && "tradeId" in terms) {
    return { orderId: old.id, order: changedExit(old, terms) };
  }
  if (isSameType && !isExit(old) && !("tradeId" in terms)) {
    return { orderId: old.id, order: changedEntry(old, terms, signedUnits(request)) };
  }
  throw usageFailure(`Order ${orderId} is no ${terms.type} order. Nothing was sent.`);
}

function signedUnits({ side, units }: ChangeOrder): Decimal {
  return side === "buy" ? units : units.negated();
}

function changedExit(old: ExitOrder, terms: ExitTerms) {
  const { type, tradeId, triggerCondition } = old;
  const isAtPrice = type !== "trailing_stop" && terms.price !== null;
  return {
    type,
    tradeId,
    triggerCondition,
    price: isAtPrice ? terms.price : null,
    distance: isAtPrice ? null : terms.distance,
    timeInForce: terms.timeInForce,
    gtdTime: terms.expiresAt,
  };
}

function changedEntry(old: EntryOrder, terms: EntryTerms, units: Decimal) {
  const { reduceOnly, takeProfit, trailingStop } = terms;
  const onlyReduced = old.positionFill === "REDUCE_ONLY";
  const plain = reduceOnly ? "REDUCE_ONLY" : "DEFAULT";
  return {
    type: old.type,
    instrument: old.instrument,
    units,
    price: terms.price,
    priceBound: terms.priceBound,
    timeInForce: terms.timeInForce,
    gtdTime: terms.expiresAt,
    triggerCondition: old.triggerCondition,
    positionFill: onlyReduced === reduceOnly ? old.positionFill : plain,
    tradeClientExtensions: reduceOnly ? null : old.tradeClientExtensions,
    ...changedStop(old, terms.stopLoss),
    takeProfitOnFill: takeProfit && {
      ...(old.takeProfitOnFill ?? UNTIL_CANCELLED),
      price: takeProfit,
    },
    trailingStopOnFill: trailingStop && {
      ...(old.trailingStopOnFill ?? UNTIL_CANCELLED),
      distance: trailingStop,
    },
  };
}

const NO_STOP = { stopLossOnFill: null, guaranteedStopLossOnFill: null };

function changedStop(old: EntryOrder, stop: AttachedStop | null) {
  if (!stop) return NO_STOP;
  const name = stop.isGuaranteed ? "guaranteedStopLossOnFill" : "stopLossOnFill";
  return { ...NO_STOP, [name]: { ...(old[name] ?? UNTIL_CANCELLED), ...stopLevel(stop) } };
}

/**
 * What is to become of a trade's exits.
 * @throws Failure ORDER_NOT_FOUND when an exit to remove isn't there: nothing was done.
 */
export function toTradeOrders(
  request: ExitsChange,
  account: VenueAccount,
): Omit<TradeOrdersCommand, "at"> {
  const { tradeId } = request;
  const id = Number(tradeId);
  const isOpen = findById(account.trades, id) !== undefined;
  const waiting = account.orders.filter((order) => isExit(order) && order.tradeId === id);
  // Of a trade that isn't open any more the venue itself says that.
  const has = (type: ExitOrderType) => !isOpen || waiting.some((order) => order.type === type);
  const part = <T>(change: ExitChange<T>, type: ExitOrderType, toDetails: (level: T) => object) => {
    if (change === "keep") return undefined;
    if (change !== "remove") return toDetails(change.set);
    if (!has(type)) throw absent(tradeId, type);
    return null;
  };
  const takeProfit = part(request.takeProfit, "take_profit", (price) => ({ price }));
  const trailingStop = part(request.trailingStop, "trailing_stop", (distance) => ({ distance }));
  return {
    tradeId: id,
    ...stopParts(request, has),
    ...(takeProfit === undefined ? {} : { takeProfit }),
    ...(trailingStop === undefined ? {} : { trailingStop }),
  };
}

/** A plain and a guaranteed stop are two kinds of exit: the one makes way for the other. */
function stopParts(
  { stopLoss: change, tradeId }: ExitsChange,
  has: (type: ExitOrderType) => boolean,
) {
  if (change === "keep") return {};
  const plainGone = has("stop_loss") ? { stopLoss: null } : {};
  const guaranteedGone = has("guaranteed_stop_loss") ? { guaranteedStopLoss: null } : {};
  if (change === "remove") {
    const parts = { ...plainGone, ...guaranteedGone };
    if (Object.keys(parts).length === 0) throw absent(tradeId, "stop_loss");
    return parts;
  }
  const { kind } = change.set;
  const { price, distance } = stopLevel(change.set);
  const level = kind === "price" ? { price } : { distance };
  return change.set.isGuaranteed
    ? { ...plainGone, guaranteedStopLoss: level }
    : { ...guaranteedGone, stopLoss: level };
}

function absent(tradeId: string, type: ExitOrderType): Failure {
  const message = `Trade ${tradeId} has no ${type.replaceAll("_", " ")} to remove. Nothing was sent.`;
  const hint = "Look at its exits, then ask for what is still needed.";
  return new Failure("ORDER_NOT_FOUND", message, { hint, details: { tradeId } });
}
