import type {
  CancelOrderCommand,
  EntryOrderRequest,
  ExitOrderRequest,
  ReplaceOrderCommand,
} from "./commands.ts";
import { settleNewExit } from "./execute-exit.ts";
import { findById, isExit } from "./orders.ts";
import { cancelPending, withoutOrder } from "./pending.ts";
import type { RejectReason } from "./reasons.ts";
import { type Batch, openBatch, stamp, type Work, write } from "./step.ts";
import { beginEntry, refusalOfRequest, refuseEntry } from "./take-entry.ts";
import { askedExit, beginExit, findExit, refuseExit } from "./take-exit.ts";
import type { ExitOrder, PendingOrder, VenueAccount } from "./types.ts";

/** Cancels a pending order, or refuses to. */
export function takeCancel(work: Work, { orderId, requestId }: CancelOrderCommand): void {
  const batch = openBatch(work, requestId);
  const order = findById(work.account.orders, orderId);
  const refusal = order ? refusalOfCancel(work, order) : "ORDER_DOESNT_EXIST";
  if (order && !refusal) cancelPending(work, batch, { order, reason: "CLIENT_REQUEST" });
  else if (refusal) refuseCancel(work, batch, { orderId, refusal });
}

/** Puts a new order in the place of a pending one, or refuses to: then the old one stays. */
export function takeReplacement(work: Work, command: ReplaceOrderCommand): void {
  const { orderId, order: request } = command;
  const batch = openBatch(work, command.requestId);
  const old = findById(work.account.orders, orderId);
  if (!old) {
    refuseCancel(work, batch, { orderId, refusal: "ORDER_DOESNT_EXIST" });
  } else if (isExitRequest(request)) {
    replaceByExit(work, batch, { old, request });
  } else {
    replaceByEntry(work, batch, { old, request: { ...keptLabels(old), ...request } });
  }
}

/** Why a pending order has to stay; null when it may go. */
export function refusalOfCancel({ venue }: Work, { type }: PendingOrder): RejectReason | null {
  const { mode } = venue.profile.guaranteedStops;
  const mustStay = type === "guaranteed_stop_loss" && mode === "REQUIRED";
  return mustStay ? "GUARANTEED_STOP_LOSS_ORDER_NOT_CANCELABLE" : null;
}

/** Cancels a pending order that another one replaces, the next to be written. */
export function cancelReplaced(work: Work, batch: Batch, order: PendingOrder): number {
  const replacedByOrderId = stamp(work, batch).id + 1;
  const reason = "CLIENT_REQUEST_REPLACED";
  return cancelPending(work, batch, { order, reason, replacedByOrderId }).id;
}

export function refuseCancel(
  work: Work,
  batch: Batch,
  { orderId, refusal }: { readonly orderId: number; readonly refusal: RejectReason },
): void {
  const order = findById(work.account.orders, orderId);
  write(work, {
    ...stamp(work, batch),
    type: "ORDER_CANCEL_REJECT",
    orderId,
    clientOrderId: order?.clientExtensions?.id ?? null,
    rejectReason: refusal,
  });
}

/** The account as a new order finds it once the old one is gone. */
export function accountWithout(account: VenueAccount, order: PendingOrder): VenueAccount {
  return { ...account, orders: withoutOrder(account.orders, order.id) };
}

function replaceByEntry(
  work: Work,
  batch: Batch,
  { old, request }: { readonly old: PendingOrder; readonly request: EntryOrderRequest },
): void {
  const refusal =
    old.type === request.type
      ? refusalOfRequest(work, request, accountWithout(work.account, old))
      : "REPLACING_ORDER_INVALID";
  if (refusal) {
    refuseEntry(work, batch, { request, refusal, replaced: old.id });
    return;
  }
  const cancelId = cancelReplaced(work, batch, old);
  beginEntry(work, batch, { request, replaced: { orderId: old.id, cancelId } });
}

function replaceByExit(
  work: Work,
  batch: Batch,
  { old, request }: { readonly old: PendingOrder; readonly request: ExitOrderRequest },
): void {
  const whole = { ...keptLabels(old), ...request };
  const replaced = isExit(old) ? old : null;
  const asked = { ...askedExit(whole), replaced };
  const refusal = refusalOfExitSwap(replaced, request);
  const found = refusal ?? findExit(work, asked, accountWithout(work.account, old));
  if (typeof found === "string") {
    refuseExit(work, batch, { asked, refusal: found, intended: old.id });
    return;
  }
  const cancelId = cancelReplaced(work, batch, old);
  settleNewExit(work, beginExit(work, batch, { asked, found, cancelId }), batch);
}

function refusalOfExitSwap(old: ExitOrder | null, request: ExitOrderRequest): RejectReason | null {
  if (old?.type !== request.type) return "REPLACING_ORDER_INVALID";
  return old.tradeId === request.tradeId ? null : "REPLACING_TRADE_ID_INVALID";
}

function keptLabels({ clientExtensions }: PendingOrder) {
  return clientExtensions ? { clientExtensions } : {};
}

function isExitRequest(request: EntryOrderRequest | ExitOrderRequest): request is ExitOrderRequest {
  return "tradeId" in request;
}
