import type { TradeOrdersCommand } from "./commands.ts";
import { settleNewExit } from "./execute-exit.ts";
import { type ExitPlan, exitPlan } from "./exits.ts";
import { findById } from "./orders.ts";
import { cancelPending, exitsOf } from "./pending.ts";
import type { RejectReason } from "./reasons.ts";
import { type Batch, markOf, openBatch, undoTo, type Work } from "./step.ts";
import { type AskedExit, beginExit, findExit, refuseExit } from "./take-exit.ts";
import { accountWithout, cancelReplaced, refusalOfCancel, refuseCancel } from "./take-replace.ts";
import type { ExitOrder, ExitOrderType, StopLossDetails } from "./types.ts";

/** What is to become of one kind of a trade's exits. */
type Part = { readonly type: ExitOrderType; readonly change: Partial<StopLossDetails> | null };

/** Makes, replaces and cancels exits of a trade, all or none of them. */
export function takeTradeOrders(work: Work, command: TradeOrdersCommand): void {
  const { tradeId } = command;
  const batch = openBatch(work, command.requestId);
  const parts = partsOf(command);
  const before = markOf(work);
  const made: ExitOrder[] = [];
  for (const part of parts) {
    const result = part.change
      ? setExit(work, batch, { tradeId, type: part.type, change: part.change })
      : dropExit(work, batch, { tradeId, type: part.type });
    if (result && "refuse" in result) {
      undoTo(work, before);
      result.refuse();
      return;
    }
    if (result) made.push(result);
  }
  for (const order of made) {
    if (findById(work.account.orders, order.id)) settleNewExit(work, order, batch);
  }
}

/** A part that isn't taken, and how that is told. */
type Refused = { readonly refuse: () => void };

/** Cancellations come first: they make room for what the other parts ask for. */
function partsOf(command: TradeOrdersCommand): readonly Part[] {
  const { takeProfit, stopLoss, guaranteedStopLoss, trailingStop } = command;
  const asked = [
    { type: "take_profit", change: takeProfit },
    { type: "stop_loss", change: stopLoss },
    { type: "guaranteed_stop_loss", change: guaranteedStopLoss },
    { type: "trailing_stop", change: trailingStop },
  ] as const;
  const parts = asked.flatMap(({ type, change }) => (change === undefined ? [] : { type, change }));
  return [...parts.filter((part) => !part.change), ...parts.filter((part) => part.change)];
}

type Target = { readonly tradeId: number; readonly type: ExitOrderType };

function pendingOf({ account }: Work, { tradeId, type }: Target): ExitOrder | undefined {
  const trade = findById(account.trades, tradeId);
  return trade && exitsOf(account, trade).find((order) => order.type === type);
}

/** Cancels an exit; there is nothing to do where the trade has none of that kind. */
function dropExit(work: Work, batch: Batch, target: Target): Refused | null {
  const order = pendingOf(work, target);
  const refusal: RejectReason | null = !findById(work.account.trades, target.tradeId)
    ? "TRADE_DOESNT_EXIST"
    : order
      ? refusalOfCancel(work, order)
      : null;
  if (refusal) {
    return { refuse: () => refuseCancel(work, batch, { orderId: order?.id ?? 0, refusal }) };
  }
  if (order) cancelPending(work, batch, { order, reason: "CLIENT_REQUEST" });
  return null;
}

function setExit(
  work: Work,
  batch: Batch,
  { tradeId, type, change }: Target & { readonly change: Partial<StopLossDetails> },
): Refused | ExitOrder {
  const replaced = pendingOf(work, { tradeId, type }) ?? null;
  const plan = replaced ? changedPlan(replaced, change) : exitPlan(type, change);
  const asked: AskedExit = { plan, tradeId, replaced, distanceFrom: "open" };
  const account = replaced ? accountWithout(work.account, replaced) : work.account;
  const found = findExit(work, asked, account);
  if (typeof found === "string") {
    const intended = replaced?.id ?? null;
    return { refuse: () => refuseExit(work, batch, { asked, refusal: found, intended }) };
  }
  if (!replaced) return beginExit(work, batch, { asked, found });
  return beginExit(work, batch, { asked, found, cancelId: cancelReplaced(work, batch, replaced) });
}

/** The old order's terms with the named ones changed: a new price drops the old distance, and the other way round. */
function changedPlan(old: ExitOrder, change: Partial<StopLossDetails>): ExitPlan {
  const level = {
    price: "price" in old ? old.price : null,
    distance: "distance" in old ? old.distance : null,
  };
  // A stop's price that came from its distance is worked out again.
  const kept = level.distance ? { price: null, distance: level.distance } : level;
  const isMoved = (change.price ?? change.distance ?? null) !== null;
  const { timeInForce, gtdTime, triggerCondition, clientExtensions } = old;
  const base = { timeInForce, gtdTime, triggerCondition, clientExtensions };
  return exitPlan(old.type, { ...base, ...(isMoved ? {} : kept), ...change });
}
