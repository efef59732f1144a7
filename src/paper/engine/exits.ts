import { type Decimal, type Price, toPrice } from "../../core/money.ts";
import type { Instant } from "../../core/time.ts";
import { nextRollover } from "../../core/trading-day.ts";
import type { VenueQuote } from "../feed/feed.ts";
import { closingPrice } from "./figures.ts";
import { isExit } from "./orders.ts";
import type { CancelReason } from "./reasons.ts";
import { type Batch, stamp, type Work, write } from "./step.ts";
import type { FillTransaction } from "./transactions.ts";
import type {
  ExitOrder,
  MarketOrderTerms,
  PendingOrder,
  StopLossDetails,
  TakeProfitDetails,
  TrailingStopDetails,
  VenueTrade,
} from "./types.ts";

type Details = TakeProfitDetails | StopLossDetails | TrailingStopDetails;

/** Why the exits of an order can't be attached to a trade opened at `price`; null when they can. */
export function refusalOfExits(
  { units, stopLossOnFill, takeProfitOnFill }: MarketOrderTerms,
  price: Price,
  quote: VenueQuote,
): CancelReason | null {
  const sign = units.sign();
  const target = takeProfitOnFill?.price;
  if (target && target.compare(price) * sign <= 0) return "TAKE_PROFIT_ON_FILL_LOSS";
  if (!stopLossOnFill) return null;
  const stop = stopPrice(stopLossOnFill, { price, sign });
  if (!stop?.isPositive()) return "STOP_LOSS_ON_FILL_PRICE_DISTANCE_MAXIMUM_EXCEEDED";
  return stop.compare(closingPrice(units, quote)) * sign >= 0 ? "STOP_LOSS_ON_FILL_LOSS" : null;
}

/** Makes the exit orders that came with an order for the trade that its fill opened. */
export function attachExits(
  work: Work,
  { batch, fill }: { batch: Batch; fill: FillTransaction },
  terms: MarketOrderTerms,
): void {
  const opened = fill.tradeOpened;
  if (!opened) return;
  const { takeProfitOnFill, stopLossOnFill, trailingStopOnFill } = terms;
  const trade = { price: opened.price, sign: opened.units.sign() };
  const quote = fill.fullPrice;
  const base = (details: Details) => ({
    ...exitBase(work, { batch, fill }, details),
    clientTradeId: opened.clientExtensions?.id ?? null,
  });
  if (takeProfitOnFill?.price) {
    const price = toPrice(takeProfitOnFill.price);
    addExit(work, batch, { ...base(takeProfitOnFill), type: "take_profit", price });
  }
  const stop = stopLossOnFill && stopPrice(stopLossOnFill, trade);
  if (stopLossOnFill && stop) {
    const { distance } = stopLossOnFill;
    addExit(work, batch, {
      ...base(stopLossOnFill),
      type: "stop_loss",
      price: toPrice(stop),
      distance,
    });
  }
  if (trailingStopOnFill?.distance) {
    const { distance } = trailingStopOnFill;
    const from = trade.sign > 0 ? quote.bid : quote.ask;
    addExit(work, batch, {
      ...base(trailingStopOnFill),
      type: "trailing_stop",
      distance,
      trailingStopValue: moved(from, distance, -trade.sign),
    });
  }
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
  },
): void {
  const { order, reason, closedBy } = end;
  const { id, time } = write(work, {
    ...stamp(work, batch),
    type: "ORDER_CANCEL",
    orderId: order.id,
    clientOrderId: order.clientExtensions?.id ?? null,
    reason,
    replacedByOrderId: null,
    closedTradeId: closedBy && isExit(order) ? order.tradeId : null,
    tradeCloseTransactionId: closedBy?.id ?? null,
  });
  endOrder(work, order, {
    state: "cancelled",
    time,
    transactionId: id,
    reason,
    replacedByOrderId: null,
  });
}

/** Takes an order off the pending ones and keeps it with its end. */
export function endOrder(
  work: Work,
  order: PendingOrder,
  end: NonNullable<PendingOrder["end"]>,
): void {
  const orders = work.account.orders.filter((pending) => pending.id !== order.id);
  work.account = { ...work.account, orders };
  work.endedOrders.push({ ...order, end });
}

/** Cancels the exits of the trades that a fill closed. */
export function cancelLinkedExits(
  work: Work,
  { batch, fill }: { batch: Batch; fill: FillTransaction },
  closedTrades: readonly VenueTrade[],
): void {
  for (const trade of closedTrades) {
    for (const order of work.account.orders.filter(
      (pending) => isExit(pending) && pending.tradeId === trade.id,
    )) {
      cancelPending(work, batch, { order, reason: "LINKED_TRADE_CLOSED", closedBy: fill });
    }
  }
}

function exitBase(
  work: Work,
  { batch, fill }: { batch: Batch; fill: FillTransaction },
  details: Details,
) {
  return {
    id: stamp(work, batch).id,
    createTime: batch.time,
    end: null,
    tradeId: fill.id,
    timeInForce: details.timeInForce,
    gtdTime: details.gtdTime,
    triggerCondition: details.triggerCondition ?? "DEFAULT",
    clientExtensions: details.clientExtensions,
    expiresAt: expiryOf(details, batch.time),
    reason: "ON_FILL",
    orderFillTransactionId: fill.id,
    replacesOrderId: null,
  } as const;
}

function expiryOf({ timeInForce, gtdTime }: Details, now: Instant): Instant | null {
  return timeInForce === "DAY" ? nextRollover(now) : timeInForce === "GTD" ? gtdTime : null;
}

function addExit(work: Work, batch: Batch, order: ExitOrder): void {
  const { tradeId, clientTradeId, timeInForce, gtdTime, triggerCondition, reason } = order;
  const { orderFillTransactionId, replacesOrderId, clientExtensions } = order;
  const terms = {
    ...stamp(work, batch),
    tradeId,
    clientTradeId,
    timeInForce,
    gtdTime,
    triggerCondition,
    reason,
    orderFillTransactionId,
    replacesOrderId,
    clientExtensions,
    cancellingTransactionId: null,
  };
  if (order.type === "stop_loss") {
    write(work, {
      ...terms,
      type: "STOP_LOSS_ORDER",
      price: order.price,
      distance: order.distance,
    });
  } else if (order.type === "take_profit") {
    write(work, { ...terms, type: "TAKE_PROFIT_ORDER", price: order.price });
  } else if (order.type === "trailing_stop") {
    write(work, { ...terms, type: "TRAILING_STOP_LOSS_ORDER", distance: order.distance });
  }
  const { account } = work;
  const trades = account.trades.map((trade) =>
    trade.id === order.tradeId ? { ...trade, ...exitLink(order) } : trade,
  );
  work.account = { ...account, trades, orders: [...account.orders, order] };
}

function exitLink({ type, id }: ExitOrder): Partial<VenueTrade> {
  if (type === "stop_loss") return { stopLossOrderId: id };
  return type === "take_profit" ? { takeProfitOrderId: id } : { trailingStopOrderId: id };
}

/** A stop's price: as given, or its distance on the losing side of the trade's open price. */
function stopPrice(
  { price, distance }: StopLossDetails,
  trade: { readonly price: Price; readonly sign: number },
): Decimal | null {
  if (price) return price;
  return distance && moved(trade.price, distance, -trade.sign);
}

function moved(price: Decimal, distance: Decimal, sign: number): Decimal {
  return sign < 0 ? price.minus(distance) : price.plus(distance);
}
