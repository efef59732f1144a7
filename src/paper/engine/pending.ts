import type { TimeInForce } from "../../core/order.ts";
import type { Instant } from "../../core/time.ts";
import { nextRollover } from "../../core/trading-day.ts";
import { findById, isExit } from "./orders.ts";
import type { CancelReason } from "./reasons.ts";
import { type Batch, stamp, type Work, write } from "./step.ts";
import type { FillTransaction, OrderCancelTransaction } from "./transactions.ts";
import type { ExitOrderType, OrderEnd, PendingOrder, VenueAccount, VenueTrade } from "./types.ts";

/** OANDA allows so many at once. UNVERIFIED: 1000 is told by users, no document of OANDA's names a number. */
export const MAX_PENDING_ORDERS = 1000;
export const MAX_OPEN_TRADES = 1000;

type ExitLink =
  | "takeProfitOrderId"
  | "stopLossOrderId"
  | "guaranteedStopLossOrderId"
  | "trailingStopOrderId";

const EXIT_LINKS: Record<ExitOrderType, ExitLink> = {
  take_profit: "takeProfitOrderId",
  stop_loss: "stopLossOrderId",
  guaranteed_stop_loss: "guaranteedStopLossOrderId",
  trailing_stop: "trailingStopOrderId",
};

/** When an order ends by itself; null when it doesn't. */
export function expiryOf(
  { timeInForce, gtdTime }: { readonly timeInForce: TimeInForce; readonly gtdTime: Instant | null },
  now: Instant,
): Instant | null {
  return timeInForce === "DAY" ? nextRollover(now) : timeInForce === "GTD" ? gtdTime : null;
}

/** Adds an order to the pending ones, and to its trade. */
export function addPending(work: Work, order: PendingOrder): void {
  const { account } = work;
  const trades = isExit(order)
    ? changeTrade(account.trades, order.tradeId, { [EXIT_LINKS[order.type]]: order.id })
    : account.trades;
  work.account = { ...account, trades, orders: [...account.orders, order] };
}

/** The trades with some fields of one of them changed. */
export function changeTrade(
  trades: readonly VenueTrade[],
  id: number,
  changes: Partial<VenueTrade>,
): readonly VenueTrade[] {
  const trade = findById(trades, id);
  return trade ? trades.with(trades.indexOf(trade), { ...trade, ...changes }) : trades;
}

/** Takes an order off the pending ones and keeps it with its end. */
export function endOrder(work: Work, order: PendingOrder, end: OrderEnd): void {
  work.account = { ...work.account, orders: withoutOrder(work.account.orders, order.id) };
  work.endedOrders.push({ ...order, end });
}

/** The pending orders but one. */
export function withoutOrder(orders: readonly PendingOrder[], id: number) {
  const order = findById(orders, id);
  return order ? orders.toSpliced(orders.indexOf(order), 1) : orders;
}

/** Ends a pending order without a fill. */
export function cancelPending(
  work: Work,
  batch: Batch,
  end: {
    readonly order: PendingOrder;
    readonly reason: CancelReason;
    /** The fill that closed its trade. */
    readonly closedBy?: FillTransaction;
    /** The order that takes its place. */
    readonly replacedByOrderId?: number;
  },
): OrderCancelTransaction {
  const { order, reason, closedBy, replacedByOrderId = null } = end;
  const cancel = write(work, {
    ...stamp(work, batch),
    type: "ORDER_CANCEL",
    orderId: order.id,
    clientOrderId: order.clientExtensions?.id ?? null,
    reason,
    replacedByOrderId,
    closedTradeId: closedBy && isExit(order) ? order.tradeId : null,
    tradeCloseTransactionId: closedBy?.id ?? null,
  });
  const { id, time } = cancel;
  endOrder(work, order, {
    state: "cancelled",
    time,
    transactionId: id,
    reason,
    replacedByOrderId,
  });
  return cancel;
}

/** Cancels the exits of the trades that a fill closed, those of the oldest trade first. */
export function cancelLinkedExits(
  work: Work,
  { batch, fill }: { readonly batch: Batch; readonly fill: FillTransaction },
  closedTrades: readonly VenueTrade[],
): void {
  for (const trade of closedTrades) {
    for (const order of exitsOf(work.account, trade)) {
      cancelPending(work, batch, { order, reason: "LINKED_TRADE_CLOSED", closedBy: fill });
    }
  }
}

/** A trade's pending exits, oldest first. */
export function exitsOf({ orders }: Pick<VenueAccount, "orders">, trade: VenueTrade) {
  const { takeProfitOrderId, stopLossOrderId, guaranteedStopLossOrderId, trailingStopOrderId } =
    trade;
  const ids = [takeProfitOrderId, stopLossOrderId, guaranteedStopLossOrderId, trailingStopOrderId];
  return ids
    .flatMap((id) => (id === null ? [] : (findById(orders, id) ?? [])))
    .filter(isExit)
    .toSorted((left, right) => left.id - right.id);
}
