import { Failure } from "../../core/failures.ts";
import type { Decimal } from "../../core/money.ts";
import type {
  AttachedStop,
  CloseOrder,
  MarketOrder,
  OrderRequest,
} from "../../core/order-request.ts";
import type { StopLossDetails } from "../../paper/engine/types.ts";
import {
  closePosition,
  closeTrade,
  placeMarketOrder,
  type VenueStep,
} from "../../paper/engine/venue.ts";
import { toLabels } from "./origin.ts";
import type { Session } from "./session.ts";

const UNTIL_CANCELLED = { timeInForce: "GTC", gtdTime: null, clientExtensions: null } as const;

/** Carries out a request at the venue. */
export function execute(session: Session, request: OrderRequest): VenueStep {
  if (request.kind === "market") return openAtMarket(session, request);
  if (request.kind === "close") return close(session, request);
  throw new Failure("UNSUPPORTED", `The paper broker takes no requests of kind ${request.kind}.`);
}

function openAtMarket({ venue, account, now }: Session, order: MarketOrder): VenueStep {
  const { instrument, side, units, timeInForce, priceBound, stopLoss, trailingStop } = order;
  const labels = toLabels(order.clientOrderId, order.origin);
  const takeProfit = order.takeProfit;
  return placeMarketOrder(venue, account, {
    at: now,
    instrument,
    units: side === "buy" ? units : units.negated(),
    timeInForce,
    priceBound,
    positionFill: order.reduceOnly ? "REDUCE_ONLY" : "DEFAULT",
    stopLossOnFill: stopLoss && toStopLoss(stopLoss),
    takeProfitOnFill: takeProfit && { ...UNTIL_CANCELLED, price: takeProfit },
    trailingStopOnFill: trailingStop && { ...UNTIL_CANCELLED, distance: trailingStop },
    clientExtensions: labels,
    tradeClientExtensions: order.reduceOnly ? null : labels,
  });
}

function close({ venue, account, now }: Session, order: CloseOrder): VenueStep {
  const { instrument, side, tradeId } = order;
  const units: Decimal | "ALL" = order.isWhole ? "ALL" : order.units;
  const clientExtensions = toLabels(order.clientOrderId, order.origin);
  const common = { at: now, units, clientExtensions };
  if (tradeId !== null) return closeTrade(venue, account, { ...common, tradeId: Number(tradeId) });
  const direction = side === "sell" ? "long" : "short";
  return closePosition(venue, account, { ...common, instrument, direction });
}

function toStopLoss(stop: AttachedStop): StopLossDetails {
  return stop.kind === "price"
    ? { ...UNTIL_CANCELLED, price: stop.price, distance: null }
    : { ...UNTIL_CANCELLED, price: null, distance: stop.distance };
}
