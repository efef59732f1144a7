import * as v from "valibot";
import { Failure } from "../../core/failures.ts";
import type { OrderOutcome } from "../../core/order.ts";
import type { ExitChange, ExitsChange } from "../../core/order-request.ts";
import { toTradeGone } from "./gone.ts";
import { type OrderCall, stopLevel } from "./order-requests.ts";
import { readWire, wireId } from "./wire-values.ts";

const exit = v.nullish(
  v.object({ state: v.nullish(v.string()), guaranteed: v.nullish(v.boolean()) }),
);

const tradeWithExits = v.object({
  trade: v.object({
    id: wireId,
    state: v.nullish(v.string()),
    closingTransactionIDs: v.nullish(v.array(wireId)),
    takeProfitOrder: exit,
    stopLossOrder: exit,
    guaranteedStopLossOrder: exit,
    trailingStopLossOrder: exit,
  }),
});
type Exit = v.InferOutput<typeof exit>;

/** The exits that wait for a trade's price; undefined for those that don't, or don't any more. */
export type TradeExits = {
  /** The transaction that closed it; null while it is open. */
  readonly closedBy: string | null;
  readonly takeProfit: Exit;
  readonly stopLoss: Exit;
  readonly guaranteedStopLoss: Exit;
  readonly trailingStopLoss: Exit;
};

/** Reads the answer of GET …/trades/{id}. */
export function toTradeExits(body: unknown): TradeExits {
  const { trade } = readWire(tradeWithExits, body, "trade");
  const waiting = (order: Exit) => ((order?.state ?? "PENDING") === "PENDING" ? order : undefined);
  return {
    closedBy: trade.state === "CLOSED" ? (trade.closingTransactionIDs?.at(-1) ?? trade.id) : null,
    takeProfit: waiting(trade.takeProfitOrder),
    stopLoss: waiting(trade.stopLossOrder),
    guaranteedStopLoss: waiting(trade.guaranteedStopLossOrder),
    trailingStopLoss: waiting(trade.trailingStopLossOrder),
  };
}

/**
 * Sets, moves and removes the exits of a trade with one request. What isn't named stays, and an exit that is moved
 * keeps its other terms at the broker. A closed trade has no exits any more: then this is the outcome.
 * @throws Failure ORDER_NOT_FOUND when an exit to remove isn't there: what was never there couldn't be proven gone, were
 * the answer lost. Nothing was sent.
 */
export function toExitsCall(request: ExitsChange, trade: TradeExits): OrderCall | OrderOutcome {
  const { tradeId } = request;
  if (trade.closedBy !== null) return toTradeGone(request, { id: trade.closedBy });
  checkRemovals(request, trade);
  const takeProfit = partOf(request.takeProfit, (price) => ({ price }));
  const trailingStopLoss = partOf(request.trailingStop, (distance) => ({ distance }));
  const body = { ...stopParts(request, trade), takeProfit, trailingStopLoss };
  return { method: "PUT", path: `/trades/${encodeURIComponent(tradeId)}/orders`, body };
}

function checkRemovals(request: ExitsChange, trade: TradeExits): void {
  const { stopLoss, takeProfit, trailingStop, tradeId } = request;
  const anyStop = trade.stopLoss ?? trade.guaranteedStopLoss;
  if (stopLoss === "remove" && !anyStop) throw absent(tradeId, "stop-loss");
  if (takeProfit === "remove" && !trade.takeProfit) throw absent(tradeId, "take-profit");
  if (trailingStop === "remove" && !trade.trailingStopLoss) throw absent(tradeId, "trailing stop");
}

/** An absent part leaves the exit alone, null removes it. */
function partOf<T>(change: ExitChange<T>, toDetails: (level: T) => object) {
  if (change === "keep") return undefined;
  return change === "remove" ? null : toDetails(change.set);
}

/** A plain and a guaranteed stop are two kinds of exit: the one makes way for the other. */
function stopParts({ stopLoss: change }: ExitsChange, trade: TradeExits) {
  if (change === "keep") return {};
  const { stopLoss: plain, guaranteedStopLoss: guaranteed } = trade;
  const plainGone = plain ? { stopLoss: null } : {};
  const guaranteedGone = guaranteed ? { guaranteedStopLoss: null } : {};
  if (change === "remove") return { ...plainGone, ...guaranteedGone };
  const { isGuaranteed = false } = change.set;
  const level = stopLevel(change.set);
  // The older way: the plain stop itself says whether it is guaranteed.
  if (plain?.guaranteed) return { stopLoss: { ...level, guaranteed: isGuaranteed } };
  return isGuaranteed
    ? { ...plainGone, guaranteedStopLoss: level }
    : { ...guaranteedGone, stopLoss: level };
}

function absent(tradeId: string, name: string): Failure {
  const message = `Trade ${tradeId} has no ${name} to remove. Nothing was sent.`;
  const hint = "Look at its exits, then ask for what is still needed.";
  return new Failure("ORDER_NOT_FOUND", message, { hint, details: { tradeId } });
}
