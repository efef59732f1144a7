import { Failure } from "../../core/failures.ts";
import type {
  AttachedExits,
  AttachedStop,
  CancelOrder,
  CloseOrder,
  EntryOrder,
  EntryType,
  MarketOrder,
} from "../../core/order-request.ts";
import { toLabels } from "./origin.ts";
import { toDuration } from "./wire-terms.ts";

/** How a request goes to OANDA: where and with what. */
export type OrderCall = {
  readonly method: "POST" | "PUT";
  /** After the account's path. */
  readonly path: string;
  /** Parts that are undefined aren't sent; null for no body at all. */
  readonly body: Readonly<Record<string, unknown>> | null;
};

/** @throws Failure USAGE when a label is longer than OANDA keeps. */
export function toMarketCall(request: MarketOrder): OrderCall {
  const order = {
    type: "MARKET",
    ...openingTerms(request),
    timeInForce: request.timeInForce,
  };
  return { method: "POST", path: "/orders", body: { order } };
}

const ENTRY_TYPES: Readonly<Record<EntryType, string>> = {
  limit: "LIMIT",
  stop: "STOP",
  mit: "MARKET_IF_TOUCHED",
};

/** @throws Failure USAGE as for a market order, UNSUPPORTED for a limit order with another worst price. */
export function toEntryCall(request: EntryOrder): OrderCall {
  checkBound(request);
  const order = {
    type: entryTypeOf(request),
    ...openingTerms(request),
    price: request.price,
    timeInForce: toDuration(request.timeInForce),
    gtdTime: request.expiresAt ?? undefined,
  };
  return { method: "POST", path: "/orders", body: { order } };
}

export function entryTypeOf({ type }: Pick<EntryOrder, "type">): string {
  return ENTRY_TYPES[type];
}

/** A term that can't be kept is refused, never dropped. */
export function checkBound({ type, priceBound }: Pick<EntryOrder, "type" | "priceBound">): void {
  if (type !== "limit" || priceBound === null) return;
  throw new Failure(
    "UNSUPPORTED",
    "A limit order at OANDA has no worst price besides its own. Nothing was sent.",
    { hint: "Leave the slippage out: it never fills worse than its price." },
  );
}

function openingTerms(request: MarketOrder | EntryOrder) {
  const { reduceOnly } = request;
  const labels = toLabels(request.clientOrderId, request.origin);
  return {
    instrument: request.instrument,
    units: signedUnits(request),
    positionFill: reduceOnly ? "REDUCE_ONLY" : "DEFAULT",
    clientExtensions: labels,
    // An order that can't open a trade may carry no labels for one.
    tradeClientExtensions: reduceOnly ? undefined : labels,
    priceBound: request.priceBound ?? undefined,
    ...attachedExits(request),
  };
}

/** A size as OANDA writes it: minus sells. */
export function signedUnits({ side, units }: Pick<MarketOrder, "side" | "units">): string {
  return `${side === "sell" ? "-" : ""}${units}`;
}

function attachedExits({ stopLoss, takeProfit, trailingStop }: AttachedExits) {
  return {
    stopLossOnFill: stopLoss && !stopLoss.isGuaranteed ? stopLevel(stopLoss) : undefined,
    guaranteedStopLossOnFill: stopLoss?.isGuaranteed ? stopLevel(stopLoss) : undefined,
    takeProfitOnFill: takeProfit ? { price: takeProfit } : undefined,
    trailingStopLossOnFill: trailingStop ? { distance: trailingStop } : undefined,
  };
}

/** Where a stop stands, as OANDA asks for it. */
export function stopLevel(stop: AttachedStop) {
  return stop.kind === "price" ? { price: stop.price } : { distance: stop.distance };
}

export function toCancelCall({ orderId }: CancelOrder): OrderCall {
  return { method: "PUT", path: `/orders/${encodeURIComponent(orderId)}/cancel`, body: null };
}

/** @throws Failure USAGE when a label is longer than OANDA keeps. */
export function toCloseCall(request: CloseOrder): OrderCall {
  return request.tradeId === null
    ? toPositionClose(request)
    : toTradeClose(request, request.tradeId);
}

function toTradeClose(request: CloseOrder, tradeId: string): OrderCall {
  const path = `/trades/${encodeURIComponent(tradeId)}/close`;
  return { method: "PUT", path, body: { units: unitsToClose(request) } };
}

function toPositionClose(request: CloseOrder): OrderCall {
  const [closed, kept] = closedSide(request) === "long" ? ["long", "short"] : ["short", "long"];
  const body = {
    [`${closed}Units`]: unitsToClose(request),
    // Said outright: a side that isn't named might be closed as well.
    [`${kept}Units`]: "NONE",
    [`${closed}ClientExtensions`]: toLabels(request.clientOrderId, request.origin),
  };
  return {
    method: "PUT",
    path: `/positions/${encodeURIComponent(request.instrument)}/close`,
    body,
  };
}

/** The side of the position that a close takes from. */
export function closedSide({ side }: CloseOrder): "long" | "short" {
  return side === "sell" ? "long" : "short";
}

function unitsToClose({ isWhole, units }: CloseOrder): string {
  return isWhole ? "ALL" : units.toString();
}
