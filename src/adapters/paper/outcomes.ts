import { toUnits } from "../../core/money.ts";
import type { DoneOutcome, Fill, OrderOutcome } from "../../core/order.ts";
import type { ExitsChange, OrderRequest } from "../../core/order-request.ts";
import type {
  EntryOrderTransaction,
  ExitOrderTransaction,
  FillTransaction,
  MarketOrderTransaction,
  OrderCancelTransaction,
  VenueTransaction,
} from "../../paper/engine/transactions.ts";
import { toRejection } from "./errors.ts";

type Log = readonly VenueTransaction[];
type Created = MarketOrderTransaction | EntryOrderTransaction | ExitOrderTransaction;
type Reject = Extract<VenueTransaction, { rejectReason: unknown }>;

/**
 * What became of a request, by the venue's log: what it made, and what ended that since. null when the log doesn't
 * hold it.
 */
export function outcomeIn(log: Log, request: OrderRequest): OrderOutcome | null {
  const own = log.filter((entry) => isOwn(entry, request));
  if (own.length === 0) return null;
  const reject = own.find(isReject);
  if (reject) return rejected(request, reject);
  if (request.kind === "cancel") return done(request.orderId, own);
  if (request.kind === "exits") return exitsOutcome(request, own);
  const created = own.find(isCreated);
  return created ? outcomeOf(request, created, log) : null;
}

/**
 * Everything that a request makes carries our id as the request's. Orders of before that was so are known by their
 * client id.
 */
function isOwn(entry: VenueTransaction, { kind, clientOrderId }: OrderRequest): boolean {
  if (entry.requestId !== null) return entry.requestId === clientOrderId;
  const isMarket = entry.type === "MARKET_ORDER" || entry.type === "MARKET_ORDER_REJECT";
  const isOld = isMarket && (kind === "market" || kind === "close");
  return isOld && entry.clientExtensions?.id === clientOrderId;
}

function isReject(entry: VenueTransaction): entry is Reject {
  return "rejectReason" in entry;
}

function isCreated(entry: VenueTransaction): entry is Created {
  return entry.type.endsWith("_ORDER");
}

/** What ended an order since it was made; where it was replaced, what became of the one in its place. */
function outcomeOf(request: OrderRequest, first: Created, log: Log): OrderOutcome {
  let created = first;
  for (;;) {
    const { id } = created;
    const filled = log.find((entry) => isFillOf(entry, id));
    if (filled) return toFilled(created, filled);
    const cancel = log.find((entry) => isCancelOf(entry, id));
    if (!cancel) return { status: "pending", orderId: `${id}` };
    const next = log.filter(isCreated).find((entry) => entry.id === cancel.replacedByOrderId);
    if (!next) return cancelled(request, cancel);
    created = next;
  }
}

function isFillOf(entry: VenueTransaction, orderId: number): entry is FillTransaction {
  return entry.type === "ORDER_FILL" && entry.orderId === orderId;
}

function isCancelOf(entry: VenueTransaction, orderId: number): entry is OrderCancelTransaction {
  return entry.type === "ORDER_CANCEL" && entry.orderId === orderId;
}

/** An exit whose price was passed already is filled, or dropped, as soon as it is made. */
function exitsOutcome(request: ExitsChange, own: Log): OrderOutcome {
  const made = own.filter(isCreated);
  for (const created of made) {
    const filled = own.find((entry) => isFillOf(entry, created.id));
    if (filled) return toFilled(created, filled);
  }
  for (const created of made) {
    const cancel = own.find((entry) => isCancelOf(entry, created.id));
    if (cancel) return cancelled(request, cancel);
  }
  const newest = made.at(-1);
  return done(newest ? `${newest.id}` : null, own);
}

function done(orderId: string | null, own: Log): DoneOutcome {
  return { status: "done", orderId, transactionId: `${own.at(-1)?.id}` };
}

function toFilled(created: Created, end: FillTransaction): OrderOutcome {
  const parts = [...end.tradesClosed, ...(end.tradeReduced ? [end.tradeReduced] : [])];
  const fill: Fill = {
    transactionId: `${end.id}`,
    units: toUnits(end.units.abs()),
    price: end.price,
    time: end.time,
    realizedPl: end.pl,
    commission: end.commission.plus(end.guaranteedExecutionFee),
    financing: end.financing,
  };
  // An exit has no size of its own: it is filled when it has closed its trade.
  const isWhole =
    "units" in created
      ? end.units.equals(created.units)
      : end.tradesClosed.some((part) => part.tradeId === created.tradeId);
  return {
    status: isWhole ? "filled" : "partially_filled",
    orderId: `${created.id}`,
    fills: [fill],
    openedTradeId: end.tradeOpened ? `${end.tradeOpened.tradeId}` : null,
    closedTradeIds: parts.map((part) => `${part.tradeId}`),
  };
}

function cancelled({ kind }: OrderRequest, { id, orderId, reason }: OrderCancelTransaction) {
  return {
    status: "cancelled",
    orderId: `${orderId}`,
    transactionId: `${id}`,
    rejection: toRejection(reason, { what: "cancelled", about: kind }),
  } as const;
}

function rejected({ kind }: OrderRequest, { id, rejectReason }: Reject): OrderOutcome {
  return {
    status: "rejected",
    orderId: null,
    transactionId: `${id}`,
    rejection: toRejection(rejectReason, { what: "rejected", about: kind }),
  };
}
