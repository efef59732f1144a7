import type { OrderExtensionsCommand, TradeExtensionsCommand } from "./commands.ts";
import { badLabel, isBlank, isIdTaken, mergedLabels } from "./labels.ts";
import { findById, isEntry, isExit } from "./orders.ts";
import { changeTrade } from "./pending.ts";
import type { RejectReason } from "./reasons.ts";
import { openBatch, stamp, type Work, write } from "./step.ts";
import type { ClientExtensions, PendingOrder, VenueTrade } from "./types.ts";

/** Changes a pending order's labels, or refuses to. */
export function takeOrderExtensions(work: Work, command: OrderExtensionsCommand): void {
  const { orderId, clientExtensions = null, tradeClientExtensions = null, requestId } = command;
  const order = findById(work.account.orders, orderId);
  const labels = { order: clientExtensions, trade: tradeClientExtensions };
  const refusal = order ? refusalOfOrderLabels(work, order, labels) : "ORDER_DOESNT_EXIST";
  const entry = {
    ...stamp(work, openBatch(work, requestId)),
    orderId,
    clientOrderId: order?.clientExtensions?.id ?? null,
    clientExtensionsModify: clientExtensions,
    tradeClientExtensionsModify: tradeClientExtensions,
  };
  if (!order || refusal) {
    const rejectReason = refusal ?? "ORDER_DOESNT_EXIST";
    write(work, { ...entry, type: "ORDER_CLIENT_EXTENSIONS_MODIFY_REJECT", rejectReason });
    return;
  }
  write(work, { ...entry, type: "ORDER_CLIENT_EXTENSIONS_MODIFY" });
  const orders = work.account.orders.map((each) =>
    each.id === order.id ? relabelled(each, labels) : each,
  );
  work.account = { ...work.account, orders };
}

/** Changes an open trade's labels, or refuses to. */
export function takeTradeExtensions(work: Work, command: TradeExtensionsCommand): void {
  const { tradeId, clientExtensions, requestId } = command;
  const trade = findById(work.account.trades, tradeId);
  const refusal = trade ? refusalOfTradeLabels(work, trade, clientExtensions) : null;
  const entry = {
    ...stamp(work, openBatch(work, requestId)),
    tradeId,
    clientTradeId: trade?.clientExtensions?.id ?? null,
    tradeClientExtensionsModify: clientExtensions,
  };
  if (!trade || refusal) {
    const rejectReason = refusal ?? "TRADE_DOESNT_EXIST";
    write(work, { ...entry, type: "TRADE_CLIENT_EXTENSIONS_MODIFY_REJECT", rejectReason });
    return;
  }
  write(work, { ...entry, type: "TRADE_CLIENT_EXTENSIONS_MODIFY" });
  const labels = mergedLabels(trade.clientExtensions, clientExtensions);
  const { account } = work;
  const orders = account.orders.map((order) =>
    isExit(order) && order.tradeId === tradeId
      ? { ...order, clientTradeId: labels?.id ?? null }
      : order,
  );
  const trades = changeTrade(account.trades, tradeId, { clientExtensions: labels });
  work.account = { ...account, trades, orders };
}

type Labels = { readonly order: ClientExtensions | null; readonly trade: ClientExtensions | null };

function refusalOfOrderLabels(
  { account }: Work,
  order: PendingOrder,
  labels: Labels,
): RejectReason | null {
  if (isBlank(labels.order) && isBlank(labels.trade)) return "CLIENT_EXTENSIONS_DATA_MISSING";
  if (labels.trade && (!isEntry(order) || order.positionFill === "REDUCE_ONLY")) {
    return "TRADE_ON_FILL_CLIENT_EXTENSIONS_NOT_SUPPORTED";
  }
  const bad = badLabel(labels.order);
  if (bad) return `CLIENT_ORDER_${bad}_INVALID`;
  const badTrade = badLabel(labels.trade);
  if (badTrade) return `CLIENT_TRADE_${badTrade}_INVALID`;
  const others = account.orders.filter((each) => each.id !== order.id);
  return isIdTaken(others, labels.order) ? "CLIENT_ORDER_ID_ALREADY_EXISTS" : null;
}

function refusalOfTradeLabels(
  { account }: Work,
  trade: VenueTrade,
  labels: ClientExtensions,
): RejectReason | null {
  if (isBlank(labels)) return "CLIENT_EXTENSIONS_DATA_MISSING";
  const bad = badLabel(labels);
  if (bad) return `CLIENT_TRADE_${bad}_INVALID`;
  const others = account.trades.filter((each) => each.id !== trade.id);
  return isIdTaken(others, labels) ? "CLIENT_TRADE_ID_ALREADY_EXISTS" : null;
}

function relabelled(order: PendingOrder, labels: Labels): PendingOrder {
  const clientExtensions = mergedLabels(order.clientExtensions, labels.order);
  if (isExit(order)) return { ...order, clientExtensions };
  const tradeClientExtensions = mergedLabels(order.tradeClientExtensions, labels.trade);
  return { ...order, clientExtensions, tradeClientExtensions };
}
