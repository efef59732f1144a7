import type { Decimal } from "../../core/money.ts";
import type {
  CancelOrder,
  ChangeOrder,
  CloseOrder,
  EntryOrder,
  MarketOrder,
  OrderRequest,
} from "../../core/order-request.ts";
import {
  cancelOrder,
  closePosition,
  closeTrade,
  placeEntryOrder,
  placeMarketOrder,
  replaceOrder,
  setTradeOrders,
  type VenueStep,
} from "../../paper/engine/venue.ts";
import { toReplacement, toTradeOrders } from "./changes.ts";
import { attachedExits } from "./exit-details.ts";
import { toLabels } from "./origin.ts";
import type { Session } from "./session.ts";

/**
 * Carries out a request at the venue. Everything that it makes carries our id: by it the log tells what became of it.
 * @throws Failure ORDER_NOT_FOUND when an exit to remove isn't there, USAGE when an order is of another type: nothing
 * was done.
 */
export function execute(session: Session, request: OrderRequest): VenueStep {
  switch (request.kind) {
    case "market":
      return openAtMarket(session, request);
    case "entry":
      return placeEntry(session, request);
    case "close":
      return close(session, request);
    case "cancel":
      return cancel(session, request);
    case "change":
      return change(session, request);
    case "exits": {
      const { venue, account } = session;
      const orders = toTradeOrders(request, account);
      return setTradeOrders(venue, account, { ...contextOf(session, request), ...orders });
    }
  }
}

function contextOf({ now }: Session, { clientOrderId }: OrderRequest) {
  return { at: now, requestId: clientOrderId };
}

function openAtMarket(session: Session, order: MarketOrder): VenueStep {
  return placeMarketOrder(session.venue, session.account, {
    ...contextOf(session, order),
    ...openingTerms(order),
    timeInForce: order.timeInForce,
  });
}

function placeEntry(session: Session, order: EntryOrder): VenueStep {
  return placeEntryOrder(session.venue, session.account, {
    ...contextOf(session, order),
    ...openingTerms(order),
    type: order.type === "mit" ? "market_if_touched" : order.type,
    price: order.price,
    timeInForce: order.timeInForce,
    gtdTime: order.expiresAt,
  });
}

function openingTerms(order: MarketOrder | EntryOrder) {
  const labels = toLabels(order.clientOrderId, order.origin);
  return {
    instrument: order.instrument,
    units: order.side === "buy" ? order.units : order.units.negated(),
    priceBound: order.priceBound,
    positionFill: order.reduceOnly ? "REDUCE_ONLY" : "DEFAULT",
    ...attachedExits(order),
    clientExtensions: labels,
    tradeClientExtensions: order.reduceOnly ? null : labels,
  } as const;
}

function close(session: Session, order: CloseOrder): VenueStep {
  const { venue, account } = session;
  const { instrument, side, tradeId } = order;
  const units: Decimal | "ALL" = order.isWhole ? "ALL" : order.units;
  const clientExtensions = toLabels(order.clientOrderId, order.origin);
  const common = { ...contextOf(session, order), units, clientExtensions };
  if (tradeId !== null) return closeTrade(venue, account, { ...common, tradeId: Number(tradeId) });
  const direction = side === "sell" ? "long" : "short";
  return closePosition(venue, account, { ...common, instrument, direction });
}

/** An order that doesn't wait any more is refused as its cancellation would be. */
function change(session: Session, request: ChangeOrder): VenueStep {
  const replacement = toReplacement(request, session.account);
  if (replacement === null) return cancel(session, request);
  const context = contextOf(session, request);
  return replaceOrder(session.venue, session.account, { ...context, ...replacement });
}

function cancel(session: Session, request: CancelOrder | ChangeOrder): VenueStep {
  const { orderId } = request;
  // What can't be an id is that of no order.
  const id = /^\d{1,15}$/.test(orderId) ? Number(orderId) : 0;
  const context = contextOf(session, request);
  return cancelOrder(session.venue, session.account, { ...context, orderId: id });
}
