import { type Decimal, maximumOf, minimumOf } from "../../core/money.ts";
import { dealingNow } from "./dealing.ts";
import { decideFill } from "./decide-fill.ts";
import { commitFill, filledBy } from "./execute.ts";
import { attachExits } from "./exits.ts";
import { addPending, cancelPending, endOrder } from "./pending.ts";
import { type Batch, stamp, type Work, write } from "./step.ts";
import type { EntryOrderTransaction, FillReason } from "./transactions.ts";
import { entryTrigger, isTriggered } from "./trigger.ts";
import type { ClientExtensions, EntryOrder, EntryOrderTerms, EntryOrderType } from "./types.ts";

/** How transactions name the kinds of waiting orders. */
export const ENTRY_PREFIXES = {
  limit: "LIMIT_ORDER",
  stop: "STOP_ORDER",
  market_if_touched: "MARKET_IF_TOUCHED_ORDER",
} as const satisfies Record<EntryOrderType, FillReason>;

/** Makes a new waiting order, and fills it where its price is there already; FOK and IOC don't wait. */
export function startEntry(
  work: Work,
  batch: Batch,
  {
    order,
    cancellingTransactionId,
  }: { readonly order: EntryOrder; readonly cancellingTransactionId: number | null },
): void {
  writeEntry(work, batch, { order, cancellingTransactionId });
  addPending(work, order);
  const quote = dealingNow(work, order.instrument)?.quote;
  if (quote && isTriggered(entryTrigger(order), quote)) {
    executeEntry(work, order, { batch, isNew: true });
  } else if (order.timeInForce === "FOK" || order.timeInForce === "IOC") {
    const reason = quote?.tradeable ? "TIME_IN_FORCE_EXPIRED" : "MARKET_HALTED";
    cancelPending(work, batch, { order, reason });
  }
}

/** Fills a pending order whose price came, with all that follows from it, or cancels it with the reason why not. */
export function executeEntry(
  work: Work,
  order: EntryOrder,
  { batch, isNew }: { readonly batch: Batch; readonly isNew: boolean },
): void {
  const decision = decideFill(work, batch, {
    terms: order,
    orderId: order.id,
    reason: ENTRY_PREFIXES[order.type],
    tradeId: null,
    worstPrice: worstPriceOf(order),
    maximumFillUnits: order.maximumFillUnits,
    isForced: false,
  });
  if (typeof decision === "string") {
    cancelPending(work, batch, { order, reason: decision });
    return;
  }
  const { built, rest } = decision;
  endOrder(work, order, filledBy(built.transaction));
  const account = { ...built.account, orders: work.account.orders };
  const fill = commitFill(work, batch, { ...built, account });
  attachExits(work, { batch, fill }, order);
  if (rest.isPositive() && order.timeInForce !== "FOK" && order.timeInForce !== "IOC") {
    reissue(work, batch, { order, rest, isNew });
  }
}

/** A limit is its own bound. */
function worstPriceOf({ type, price, priceBound, units }: EntryOrder): Decimal | null {
  if (type !== "limit") return priceBound;
  if (!priceBound) return price;
  return units.isNegative() ? maximumOf(price, priceBound) : minimumOf(price, priceBound);
}

/**
 * What wasn't filled goes on waiting as a new order in the same batch, as OANDA's answers have it
 * (orderReissueTransaction). UNVERIFIED: how OANDA links the two; here the new one replaces the filled one, which its
 * published fields can say. The client ids of the trade and of its exits are the first part's now: the new order goes
 * without them, or its fill would be refused. An if-touched order that was touched at once can't wait for it again.
 */
function reissue(
  work: Work,
  batch: Batch,
  {
    order,
    rest,
    isNew,
  }: { readonly order: EntryOrder; readonly rest: Decimal; readonly isNew: boolean },
): void {
  const units = order.units.isNegative() ? rest.negated() : rest;
  const next: EntryOrder = {
    ...order,
    ...withoutTakenIds(order),
    id: stamp(work, batch).id,
    createTime: batch.time,
    units,
    reason: "REPLACEMENT",
    replacesOrderId: order.id,
    maximumFillUnits: null,
  };
  if (next.type === "market_if_touched" && isNew) {
    write(work, {
      ...stamp(work, batch),
      ...entryTerms(next),
      type: "MARKET_IF_TOUCHED_ORDER_REJECT",
      reason: "REPLACEMENT",
      intendedReplacesOrderId: order.id,
      rejectReason: "INVALID_REISSUE_IMMEDIATE_PARTIAL_FILL",
    });
    return;
  }
  writeEntry(work, batch, { order: next, cancellingTransactionId: null });
  addPending(work, next);
}

function withoutTakenIds(order: EntryOrder): Partial<EntryOrderTerms> {
  const unnamed = (labels: ClientExtensions | null) => labels && { ...labels, id: null };
  const detached = <T extends { readonly clientExtensions: ClientExtensions | null }>(
    details: T | null,
  ) => details && { ...details, clientExtensions: unnamed(details.clientExtensions) };
  return {
    tradeClientExtensions: unnamed(order.tradeClientExtensions),
    takeProfitOnFill: detached(order.takeProfitOnFill),
    stopLossOnFill: detached(order.stopLossOnFill),
    guaranteedStopLossOnFill: detached(order.guaranteedStopLossOnFill),
    trailingStopOnFill: detached(order.trailingStopOnFill),
  };
}

/** What an order asks for, without what became of it. */
export function entryTerms(order: EntryOrderTerms): EntryOrderTerms {
  return {
    instrument: order.instrument,
    units: order.units,
    price: order.price,
    priceBound: order.priceBound,
    timeInForce: order.timeInForce,
    gtdTime: order.gtdTime,
    positionFill: order.positionFill,
    triggerCondition: order.triggerCondition,
    takeProfitOnFill: order.takeProfitOnFill,
    stopLossOnFill: order.stopLossOnFill,
    guaranteedStopLossOnFill: order.guaranteedStopLossOnFill,
    trailingStopOnFill: order.trailingStopOnFill,
    clientExtensions: order.clientExtensions,
    tradeClientExtensions: order.tradeClientExtensions,
  };
}

function writeEntry(
  work: Work,
  batch: Batch,
  {
    order,
    cancellingTransactionId,
  }: { readonly order: EntryOrder; readonly cancellingTransactionId: number | null },
): EntryOrderTransaction {
  const { reason, replacesOrderId, initialMarketPrice } = order;
  const head = { ...stamp(work, batch), ...entryTerms(order) };
  const origin = { reason, replacesOrderId, cancellingTransactionId };
  return order.type === "market_if_touched"
    ? write(work, { ...head, ...origin, type: "MARKET_IF_TOUCHED_ORDER", initialMarketPrice })
    : write(work, { ...head, ...origin, type: ENTRY_PREFIXES[order.type] });
}
