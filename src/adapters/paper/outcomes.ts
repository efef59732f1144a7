import { toUnits } from "../../core/money.ts";
import type { Fill, OrderOutcome } from "../../core/order.ts";
import type {
  FillTransaction,
  MarketOrderRejectTransaction,
  MarketOrderTransaction,
  OrderCancelTransaction,
  VenueTransaction,
} from "../../paper/engine/transactions.ts";
import { toRejection } from "./errors.ts";

/**
 * What became of the request with that client order id, by the venue's log: the order or its rejection, and what
 * ended it. null when the log doesn't hold it.
 */
export function outcomeIn(
  log: readonly VenueTransaction[],
  clientOrderId: string,
): OrderOutcome | null {
  const request = log.find((entry) => isRequest(entry) && hasId(entry, clientOrderId));
  if (request?.type === "MARKET_ORDER_REJECT") return rejected(request);
  if (request?.type !== "MARKET_ORDER") return null;
  const end = log.find((entry) => isEnd(entry) && entry.orderId === request.id);
  if (end?.type === "ORDER_FILL") return filled(request, end);
  if (end?.type === "ORDER_CANCEL") return cancelled(end);
  throw new RangeError(`the market order ${request.id} has no end in the log`);
}

type Request = MarketOrderTransaction | MarketOrderRejectTransaction;

function isRequest(entry: VenueTransaction): entry is Request {
  return entry.type === "MARKET_ORDER" || entry.type === "MARKET_ORDER_REJECT";
}

function isEnd(entry: VenueTransaction): entry is FillTransaction | OrderCancelTransaction {
  return entry.type === "ORDER_FILL" || entry.type === "ORDER_CANCEL";
}

function hasId({ clientExtensions }: Request, clientOrderId: string): boolean {
  return clientExtensions?.id === clientOrderId;
}

function filled({ id, units }: MarketOrderTransaction, end: FillTransaction): OrderOutcome {
  const parts = [...end.tradesClosed, ...(end.tradeReduced ? [end.tradeReduced] : [])];
  const fill: Fill = {
    transactionId: `${end.id}`,
    units: toUnits(end.units.abs()),
    price: end.price,
    time: end.time,
    realizedPl: end.pl,
    commission: end.commission,
    financing: end.financing,
  };
  return {
    status: end.units.equals(units) ? "filled" : "partially_filled",
    orderId: `${id}`,
    fills: [fill],
    openedTradeId: end.tradeOpened ? `${end.tradeOpened.tradeId}` : null,
    closedTradeIds: parts.map((part) => `${part.tradeId}`),
  };
}

function cancelled({ id, orderId, reason }: OrderCancelTransaction): OrderOutcome {
  return {
    status: "cancelled",
    orderId: `${orderId}`,
    transactionId: `${id}`,
    rejection: toRejection(reason, "cancelled"),
  };
}

function rejected({ id, rejectReason }: MarketOrderRejectTransaction): OrderOutcome {
  return {
    status: "rejected",
    orderId: null,
    transactionId: `${id}`,
    rejection: toRejection(rejectReason, "rejected"),
  };
}
