import { usageFailure } from "../../core/failures.ts";
import type { OrderOutcome } from "../../core/order.ts";
import type { AttachedStop, ChangeOrder, EntryTerms, ExitTerms } from "../../core/order-request.ts";
import { toGone } from "./gone.ts";
import { checkBound, type OrderCall, signedUnits, stopLevel } from "./order-requests.ts";
import { oneOrder, typeOf, type WireOrder } from "./wire-orders.ts";
import { toDuration } from "./wire-terms.ts";
import { asRecord, type Raw, readWire } from "./wire-values.ts";

/** A waiting order: all that the broker says of it, and the parts that are known here. */
export type WaitingOrder = { readonly raw: Raw; readonly known: WireOrder };

/** Reads the answer of GET …/orders/{id}, and keeps what it doesn't know as it is. */
export function toWaitingOrder(body: unknown): WaitingOrder {
  const { order: known } = readWire(oneOrder, body, "order");
  return { raw: asRecord(asRecord(body).order), known };
}

/**
 * What OANDA tells of an order and can't be asked for. Its labels are left out as well: the new order keeps them, and
 * an id that is sent again would be taken already.
 */
const NOT_ASKED = new Set([
  ...["id", "createTime", "state", "clientExtensions", "reason", "partialFill", "triggerMode"],
  ...["fillingTransactionID", "filledTime", "cancellingTransactionID", "cancelledTime"],
  ...["tradeOpenedID", "tradeReducedID", "tradeClosedIDs", "tradeState"],
  ...["replacesOrderID", "replacedByOrderID", "orderFillTransactionID"],
  ...["initialMarketPrice", "trailingStopValue", "triggerDistance", "isTriggerDistanceExact"],
  "guaranteedExecutionPremium",
]);

/**
 * Replaces a waiting order with itself, changed: everything that isn't ours to change goes back as it is, also what
 * another program asked for and this one has no word for.
 * An order that has ended is changed no more: then this is the outcome.
 */
export function toChangeCall(
  request: ChangeOrder,
  { raw, known }: WaitingOrder,
): OrderCall | OrderOutcome {
  const { orderId, terms } = request;
  if (known.state !== "PENDING") return toGone(request, endOf(known));
  if (typeOf(known) !== terms.type) {
    throw usageFailure(`Order ${orderId} is no ${terms.type} order. Nothing was sent.`);
  }
  const kept = Object.entries(raw).filter(([name]) => !NOT_ASKED.has(name));
  const changed =
    "tradeId" in terms ? changedExit(terms) : changedEntry(request, { ...terms, was: raw });
  const waiting = {
    timeInForce: toDuration(terms.timeInForce),
    gtdTime: terms.expiresAt ?? undefined,
  };
  const order = { ...Object.fromEntries(kept), ...changed, ...waiting };
  return { method: "PUT", path: `/orders/${encodeURIComponent(orderId)}`, body: { order } };
}

/** An order that shows both price and distance may be asked for with one of them only. */
function changedExit({ type, price, distance }: ExitTerms) {
  const isAtPrice = type !== "trailing_stop" && price !== null;
  return isAtPrice ? { price, distance: undefined } : { price: undefined, distance };
}

function changedEntry(request: ChangeOrder, terms: EntryTerms & { readonly was: Raw }) {
  const { was, takeProfit, trailingStop, reduceOnly } = terms;
  checkBound(terms);
  const onlyReduced = was.positionFill === "REDUCE_ONLY";
  return {
    units: signedUnits(request),
    price: terms.price,
    priceBound: terms.priceBound ?? undefined,
    ...(onlyReduced === reduceOnly ? {} : { positionFill: reduceOnly ? "REDUCE_ONLY" : "DEFAULT" }),
    // An order that can't open a trade may carry no labels for one.
    ...(reduceOnly ? { tradeClientExtensions: undefined } : {}),
    ...changedStop(terms.stopLoss, was),
    takeProfitOnFill: takeProfit
      ? { ...withoutLevel(was.takeProfitOnFill), price: takeProfit }
      : undefined,
    trailingStopLossOnFill: trailingStop
      ? { ...withoutLevel(was.trailingStopLossOnFill), distance: trailingStop }
      : undefined,
  };
}

const NO_STOP = { stopLossOnFill: undefined, guaranteedStopLossOnFill: undefined };

/** A stop that stays of its kind keeps its other terms; one that becomes guaranteed, or plain, begins anew. */
function changedStop(stop: AttachedStop | null, was: Raw) {
  if (stop === null) return NO_STOP;
  const isGuaranteed = stop.isGuaranteed === true;
  const plain = asRecord(was.stopLossOnFill);
  const name = isGuaranteed && !plain.guaranteed ? "guaranteedStopLossOnFill" : "stopLossOnFill";
  const isSameKind = isGuaranteed || !plain.guaranteed;
  const kept = isSameKind ? withoutLevel(was[name]) : {};
  return { ...NO_STOP, [name]: { ...kept, ...stopLevel(stop) } };
}

function withoutLevel(details: unknown): Raw {
  const { price: _price, distance: _distance, ...rest } = asRecord(details);
  return rest;
}

/** What ended an order, as the order itself tells it. */
function endOf({
  fillingTransactionID,
  cancellingTransactionID,
  replacedByOrderID,
  id,
}: WireOrder) {
  if (fillingTransactionID) return { id: fillingTransactionID, type: "ORDER_FILL" };
  return { id: cancellingTransactionID ?? id, type: "ORDER_CANCEL", replacedByOrderID };
}
