import type { Decimal, Price } from "../../core/money.ts";
import { dealingNow } from "./dealing.ts";
import { commitFill, filledBy } from "./execute.ts";
import { buildFill } from "./fill.ts";
import { netTrades } from "./netting.ts";
import { findById } from "./orders.ts";
import { cancelPending, endOrder } from "./pending.ts";
import type { Batch, Work } from "./step.ts";
import type { FillReason } from "./transactions.ts";
import { exitTrigger, isTriggered, marketPrice } from "./trigger.ts";
import type { ExitOrder, ExitOrderType } from "./types.ts";

const EXIT_REASONS: Record<ExitOrderType, FillReason> = {
  stop_loss: "STOP_LOSS_ORDER",
  guaranteed_stop_loss: "GUARANTEED_STOP_LOSS_ORDER",
  take_profit: "TAKE_PROFIT_ORDER",
  trailing_stop: "TRAILING_STOP_LOSS_ORDER",
};

/** Fills an exit order whose price came, at the market or at its guaranteed price, with all that follows from it. */
export function executeExit(work: Work, order: ExitOrder, batch: Batch): void {
  const trade = findById(work.account.trades, order.tradeId);
  const dealing = trade && dealingNow(work, trade.instrument);
  if (!trade || !dealing) throw new RangeError(`the exit order ${order.id} has nothing to close`);
  const requestedUnits = trade.currentUnits.negated();
  const built = buildFill(
    work,
    { batch, dealing },
    {
      orderId: order.id,
      clientOrderId: order.clientExtensions?.id ?? null,
      reason: EXIT_REASONS[order.type],
      requestedUnits,
      netting: netTrades(work.account, {
        instrument: trade.instrument,
        units: requestedUnits,
        positionFill: "REDUCE_ONLY",
        tradeId: trade.id,
      }),
      tradeClientExtensions: null,
      ...guaranteeOf(order),
    },
  );
  endOrder(work, order, filledBy(built.transaction));
  commitFill(work, batch, { ...built, account: { ...built.account, orders: work.account.orders } });
}

/**
 * Fills a new exit whose price is already passed, in the batch that made it. A take-profit that would close its trade
 * at a loss is cancelled instead.
 */
export function settleNewExit(work: Work, order: ExitOrder, batch: Batch): void {
  const trade = findById(work.account.trades, order.tradeId);
  if (!trade || order.type === "trailing_stop") return;
  const quote = dealingNow(work, trade.instrument)?.quote;
  if (!quote || !isTriggered(exitTrigger(order, trade), quote)) return;
  const isShort = trade.currentUnits.isNegative();
  const gain = marketPrice(quote, isShort).compare(trade.price);
  if (order.type === "take_profit" && (isShort ? gain > 0 : gain < 0)) {
    cancelPending(work, batch, { order, reason: "LOSING_TAKE_PROFIT" });
  } else {
    executeExit(work, order, batch);
  }
}

type Guarantee = { readonly guarantee: { readonly price: Price; readonly premium: Decimal } };

function guaranteeOf(order: ExitOrder): Guarantee | object {
  if (order.type !== "guaranteed_stop_loss") return {};
  const { price, guaranteedExecutionPremium: premium } = order;
  return { guarantee: { price, premium } };
}
