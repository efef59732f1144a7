import { Failure } from "../../core/failures.ts";
import { type Decimal, toUnits, ZERO } from "../../core/money.ts";
import type { Fill, OrderOutcome } from "../../core/order.ts";
import type { CloseOrder, OrderRequest } from "../../core/order-request.ts";
import { toRejection } from "./rejection.ts";
import { commissionOf, priceOf, type WireTransaction } from "./wire-transactions.ts";

/** The transactions that tell one order's story. */
export type OrderStory = {
  readonly created: WireTransaction | undefined;
  readonly filled: WireTransaction | undefined;
  readonly cancelled: WireTransaction | undefined;
};

/** What became of `request`; null when the story has no end yet, or no beginning. */
export function toOutcome(request: OrderRequest, story: OrderStory): OrderOutcome | null {
  const { created, filled, cancelled } = story;
  if (filled) return toFilled(request, filled, created);
  if (cancelled) {
    const brokerCode = cancelled.reason ?? "UNKNOWN";
    return {
      status: "cancelled",
      orderId: cancelled.orderID ?? created?.id ?? null,
      transactionId: cancelled.id,
      rejection: toRejection({ what: "cancelled", brokerCode, brokerWords: null }),
    };
  }
  return created ? { status: "pending", orderId: created.id } : null;
}

/** What the log after some transaction says of `request`; null when it doesn't know it. */
export function outcomeInLog(
  request: OrderRequest,
  log: readonly WireTransaction[],
): OrderOutcome | null {
  const own = log.find((each) => each.type.startsWith("MARKET_ORDER") && isOf(request, each));
  if (!own) return null;
  if (own.type.endsWith("_REJECT")) return toRejected(own.id, own.rejectReason ?? "UNKNOWN", null);
  const ofOrder = (type: string) =>
    log.find((each) => each.type === type && each.orderID === own.id);
  const story = { created: own, filled: ofOrder("ORDER_FILL"), cancelled: ofOrder("ORDER_CANCEL") };
  return toOutcome(request, story);
}

export function toRejected(
  transactionId: string,
  brokerCode: string,
  brokerWords: string | null,
): OrderOutcome {
  const rejection = toRejection({ what: "rejected", brokerCode, brokerWords });
  return { status: "rejected", orderId: null, transactionId, rejection };
}

/** Whether a create or reject transaction came from `request`. */
export function isOf(request: OrderRequest, transaction: WireTransaction): boolean {
  if (request.kind === "close" && request.tradeId !== null) {
    // Closing one trade can carry no client id: its trade and size are what it is known by.
    return transaction.tradeClose?.tradeID === request.tradeId && isSize(request, transaction);
  }
  return transaction.clientExtensions?.id === request.clientOrderId;
}

function isSize({ isWhole, units }: CloseOrder, { tradeClose }: WireTransaction): boolean {
  const asked = tradeClose?.units;
  if (asked === "ALL") return isWhole;
  // The broker may write a whole close as the size that it had.
  return asked === null || asked === undefined || isWhole || asked.equals(units);
}

function toFilled(
  request: OrderRequest,
  filled: WireTransaction,
  created: WireTransaction | undefined,
): OrderOutcome {
  const fill = toFill(filled);
  const asked: Decimal =
    created?.units?.abs() ?? (isWholeClose(request) ? fill.units : request.units);
  const closed = [
    ...(filled.tradesClosed ?? []),
    ...(filled.tradeReduced ? [filled.tradeReduced] : []),
  ];
  return {
    status: fill.units.isLessThan(asked) ? "partially_filled" : "filled",
    orderId: filled.orderID ?? created?.id ?? filled.id,
    fills: [fill],
    openedTradeId: filled.tradeOpened?.tradeID ?? null,
    closedTradeIds: closed.map((trade) => trade.tradeID),
  };
}

function isWholeClose(request: OrderRequest): boolean {
  return request.kind === "close" && request.isWhole;
}

function toFill(wire: WireTransaction): Fill {
  const price = priceOf(wire);
  if (!wire.units || !price) {
    const message = `OANDA's fill ${wire.id} has no size or price. The order may be live.`;
    throw new Failure("BROKER_UNAVAILABLE", message, {
      hint: "It is looked up in the account's log.",
      sent: true,
      details: { transactionId: wire.id },
    });
  }
  return {
    transactionId: wire.id,
    units: toUnits(wire.units.abs()),
    price,
    time: wire.time,
    realizedPl: wire.pl ?? ZERO,
    commission: commissionOf(wire),
    financing: wire.financing ?? ZERO,
  };
}
