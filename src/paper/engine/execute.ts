import type { Decimal } from "../../core/money.ts";
import { type Attempt, decideFill } from "./decide-fill.ts";
import { attachExits } from "./exits.ts";
import type { BuiltFill } from "./fill.ts";
import { cancelLinkedExits } from "./pending.ts";
import type { CancelReason } from "./reasons.ts";
import { type Batch, stamp, type Work, write } from "./step.ts";
import type { FillReason, FillTransaction } from "./transactions.ts";
import type { MarketOrderReason, MarketOrderTerms, OrderEnd, VenueMarketOrder } from "./types.ts";

/** A market order that the venue has taken. */
export type MarketExecution = {
  readonly terms: MarketOrderTerms;
  readonly reason: MarketOrderReason;
  /** The most units that get filled, whatever is on offer. */
  readonly maximumFillUnits: Decimal | null;
  /** The venue fails to make the stops that come with it, after its fill. */
  readonly areStopsRefused?: boolean;
};

const FILL_REASONS: Record<MarketOrderReason, FillReason> = {
  CLIENT_ORDER: "MARKET_ORDER",
  TRADE_CLOSE: "MARKET_ORDER_TRADE_CLOSE",
  POSITION_CLOSEOUT: "MARKET_ORDER_POSITION_CLOSEOUT",
  MARGIN_CLOSEOUT: "MARKET_ORDER_MARGIN_CLOSEOUT",
  DELAYED_TRADE_CLOSE: "MARKET_ORDER_DELAYED_TRADE_CLOSE",
};

/** Writes the order, and its fill with all that follows from it, or its cancellation. */
export function executeMarket(work: Work, batch: Batch, execution: MarketExecution): void {
  const { terms, reason } = execution;
  const { id } = write(work, { ...stamp(work, batch), ...terms, type: "MARKET_ORDER", reason });
  const decision = decideFill(work, batch, attemptOf(execution, id));
  const order: VenueMarketOrder = {
    ...terms,
    id,
    type: "market",
    createTime: batch.time,
    reason,
    end: null,
  };
  if (typeof decision === "string") {
    cancelMarket(work, batch, { order, reason: decision });
    return;
  }
  const fill = commitFill(work, batch, decision.built);
  const { areStopsRefused = false } = execution;
  attachExits(work, { batch, fill, areStopsRefused }, terms);
  work.endedOrders.push({ ...order, end: filledBy(fill) });
}

/** Writes a fill and cancels the exits of the trades it closed. */
export function commitFill(
  work: Work,
  batch: Batch,
  { transaction, account, closedTrades }: BuiltFill,
): FillTransaction {
  work.account = account;
  const fill = write(work, transaction);
  work.closedTrades.push(...closedTrades);
  cancelLinkedExits(work, { batch, fill }, closedTrades);
  return fill;
}

export function filledBy(fill: FillTransaction): OrderEnd {
  return {
    state: "filled",
    time: fill.time,
    transactionId: fill.id,
    tradeOpenedId: fill.tradeOpened?.tradeId ?? null,
    tradeReducedId: fill.tradeReduced?.tradeId ?? null,
    tradeClosedIds: fill.tradesClosed.map((part) => part.tradeId),
  };
}

function attemptOf({ terms, reason, maximumFillUnits }: MarketExecution, orderId: number): Attempt {
  return {
    terms,
    orderId,
    reason: FILL_REASONS[reason],
    tradeId: terms.tradeClose?.tradeId ?? terms.delayedTradeClose?.tradeId ?? null,
    worstPrice: terms.priceBound,
    maximumFillUnits,
    isForced: reason === "MARGIN_CLOSEOUT" || reason === "DELAYED_TRADE_CLOSE",
  };
}

function cancelMarket(
  work: Work,
  batch: Batch,
  { order, reason }: { readonly order: VenueMarketOrder; readonly reason: CancelReason },
): void {
  const { id, time } = write(work, {
    ...stamp(work, batch),
    type: "ORDER_CANCEL",
    orderId: order.id,
    clientOrderId: order.clientExtensions?.id ?? null,
    reason,
    replacedByOrderId: null,
    closedTradeId: null,
    tradeCloseTransactionId: null,
  });
  work.endedOrders.push({
    ...order,
    end: { state: "cancelled", time, transactionId: id, reason, replacedByOrderId: null },
  });
}
