import { Failure } from "../../core/failures.ts";
import type { CloseOrder, MarketOrder, OrderRequest } from "../../core/order-request.ts";
import { toLabels } from "./origin.ts";

/** How a request goes to OANDA: where, with what, and under which names its answer comes. */
export type OrderCall = {
  readonly method: "POST" | "PUT";
  /** After the account's path. */
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly answer: AnswerKeys;
};

export type AnswerKeys = {
  readonly created: string;
  readonly filled: string;
  readonly cancelled: string;
  readonly rejected: string;
};

const PLAIN_KEYS: AnswerKeys = {
  created: "orderCreateTransaction",
  filled: "orderFillTransaction",
  cancelled: "orderCancelTransaction",
  rejected: "orderRejectTransaction",
};

/** @throws Failure USAGE when a label is longer than OANDA keeps. */
export function toOrderCall(request: OrderRequest): OrderCall {
  if (request.kind === "market") return toMarketCall(request);
  if (request.kind !== "close") {
    throw new Failure("UNSUPPORTED", `Requests of kind ${request.kind} can't be sent to OANDA.`);
  }
  return request.tradeId === null
    ? toPositionClose(request)
    : toTradeClose(request, request.tradeId);
}

function toMarketCall(request: MarketOrder): OrderCall {
  const { stopLoss, takeProfit, trailingStop, priceBound, reduceOnly } = request;
  const labels = toLabels(request.clientOrderId, request.origin);
  const order = {
    type: "MARKET",
    instrument: request.instrument,
    units: `${request.side === "sell" ? "-" : ""}${request.units}`,
    timeInForce: request.timeInForce,
    positionFill: reduceOnly ? "REDUCE_ONLY" : "DEFAULT",
    clientExtensions: labels,
    // An order that can't open a trade may carry no labels for one.
    ...(reduceOnly ? {} : { tradeClientExtensions: labels }),
    ...(priceBound === null ? {} : { priceBound }),
    ...(stopLoss === null ? {} : { stopLossOnFill: stopDetails(stopLoss) }),
    ...(takeProfit === null ? {} : { takeProfitOnFill: { price: takeProfit } }),
    ...(trailingStop === null ? {} : { trailingStopLossOnFill: { distance: trailingStop } }),
  };
  return { method: "POST", path: "/orders", body: { order }, answer: PLAIN_KEYS };
}

function stopDetails(stop: NonNullable<MarketOrder["stopLoss"]>) {
  return stop.kind === "price" ? { price: stop.price } : { distance: stop.distance };
}

function toTradeClose(request: CloseOrder, tradeId: string): OrderCall {
  const path = `/trades/${encodeURIComponent(tradeId)}/close`;
  return { method: "PUT", path, body: { units: unitsToClose(request) }, answer: PLAIN_KEYS };
}

function toPositionClose(request: CloseOrder): OrderCall {
  const [closed, kept] = request.side === "sell" ? ["long", "short"] : ["short", "long"];
  const body = {
    [`${closed}Units`]: unitsToClose(request),
    // Said outright: a side that isn't named might be closed as well.
    [`${kept}Units`]: "NONE",
    [`${closed}ClientExtensions`]: toLabels(request.clientOrderId, request.origin),
  };
  const answer = {
    created: `${closed}OrderCreateTransaction`,
    filled: `${closed}OrderFillTransaction`,
    cancelled: `${closed}OrderCancelTransaction`,
    rejected: `${closed}OrderRejectTransaction`,
  };
  const path = `/positions/${encodeURIComponent(request.instrument)}/close`;
  return { method: "PUT", path, body, answer };
}

function unitsToClose({ isWhole, units }: CloseOrder): string {
  return isWhole ? "ALL" : units.toString();
}
