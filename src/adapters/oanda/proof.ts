import type {
  CancelOrder,
  ChangeOrder,
  CloseOrder,
  EntryOrder,
  MarketOrder,
  OrderRequest,
} from "../../core/order-request.ts";
import { toGone } from "./gone.ts";
import { entryTypeOf } from "./order-requests.ts";
import {
  type Log,
  type OrderStory,
  type Proof,
  toDone,
  toOutcome,
  toRejected,
} from "./outcomes.ts";
import { proveExits } from "./proof-exits.ts";
import { isSameChange } from "./same-terms.ts";
import { proveStop } from "./stop-after-fill.ts";
import type { WireOrder } from "./wire-orders.ts";
import type { WireTransaction } from "./wire-transactions.ts";

/**
 * What the log after some transaction says of `request`; null when it doesn't know it. `exits` are the orders that the
 * log shows as cancelled: a removed exit is known by them only.
 */
export function proofInLog(
  request: OrderRequest,
  log: Log,
  exits: ReadonlyMap<string, WireOrder>,
): Proof | null {
  if (request.kind === "change") return proveChange(request, log);
  if (request.kind === "cancel") return proveCancel(request, log);
  if (request.kind === "exits") return proveExits(request, log, exits);
  return proveOrder(request, log);
}

/** An order is known by our id (one trade's close by trade and size): by its creation, or its rejection. */
function proveOrder(request: MarketOrder | EntryOrder | CloseOrder, log: Log): Proof | null {
  const own = log.find((each) => isNew(request, each) && isOf(request, each));
  if (!own) return null;
  if (isReject(own)) return { outcome: toRejected(request, own), isFinal: true };
  return toProof(request, own, log);
}

/** Whether it makes a new order of that type: a replacement has its predecessor's id, and isn't the order sent. */
function isNew(request: MarketOrder | EntryOrder | CloseOrder, transaction: WireTransaction) {
  const type = request.kind === "entry" ? entryTypeOf(request) : "MARKET";
  const isType = transaction.type.startsWith(`${type}_ORDER`);
  return isType && !transaction.replacesOrderID && !transaction.intendedReplacesOrderID;
}

/**
 * A change is known by the order that it replaces and by its terms. An order is replaced once: when another program
 * was first, or the order ended in another way, then ours can't have been carried out and never will be. Rejects come
 * after that, for one with our terms may be another program's as long as ours may still be on its way.
 */
function proveChange(request: ChangeOrder, log: Log): Proof | null {
  const isOwn = (each: WireTransaction) => isOf(request, each) && isSameChange(request, each);
  const made = log.find((each) => !isReject(each) && isOwn(each));
  if (made) return toProof(request, made, log);
  const refused = log.find((each) => isReject(each) && isOwn(each));
  if (refused) return { outcome: toRejected(request, refused), isFinal: false };
  return proveGone(request, log);
}

/**
 * A cancellation carries no id: whoever cancelled the order did what was asked for. An order that ended in another way
 * can't be cancelled any more, and the trader must know how it ended.
 */
function proveCancel(request: CancelOrder, log: Log): Proof | null {
  const { orderId } = request;
  const cancelled = log.find(({ type, orderID }) => type === "ORDER_CANCEL" && orderID === orderId);
  if (cancelled?.reason !== "CLIENT_REQUEST") return proveGone(request, log);
  return { outcome: toDone(orderId, [cancelled]), isFinal: true };
}

/** That the order ended before the request came, or that the broker said so. */
function proveGone(request: ChangeOrder | CancelOrder, log: Log): Proof | null {
  const about = log.filter((each) => each.orderID === request.orderId);
  const ended = about.find(({ type }) => type === "ORDER_FILL" || type === "ORDER_CANCEL");
  if (ended) return { outcome: toGone(request, ended), isFinal: false };
  const refused = about.find(({ type }) => type === "ORDER_CANCEL_REJECT");
  return refused ? { outcome: toRejected(request, refused), isFinal: false } : null;
}

function toProof(request: OrderRequest, created: WireTransaction, log: Log): Proof | null {
  const story = storyOf(created, log);
  const outcome = toOutcome(request, story);
  const isReplaced = Boolean(story.cancelled?.replacedByOrderID);
  if (!outcome) return null;
  const stop = proveStop(request, outcome, log);
  // That a stop isn't there rests on entries that aren't.
  const isFinal = outcome.status !== "pending" && !isReplaced && stop.kind !== "absent";
  return { outcome: stop.kind === "there" ? outcome : stop.outcome, isFinal };
}

/** An order's story up to now: where it was replaced, that of the order in its place. */
function storyOf(first: WireTransaction, log: Log): OrderStory {
  let created = first;
  for (;;) {
    const ends = log.filter((each) => each.orderID === created.id);
    const filled = ends.find(({ type }) => type === "ORDER_FILL");
    const cancelled = ends.find(({ type }) => type === "ORDER_CANCEL");
    const next = filled ? undefined : log.find(({ id }) => id === cancelled?.replacedByOrderID);
    if (!next || next === created) return { created, filled, cancelled };
    created = next;
  }
}

/** Whether a create or reject transaction came from `request`, as far as ids tell. */
export function isOf(request: OrderRequest, transaction: WireTransaction): boolean {
  if (request.kind === "change") {
    const replaced = transaction.replacesOrderID ?? transaction.intendedReplacesOrderID;
    return replaced === request.orderId;
  }
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

function isReject({ type }: WireTransaction): boolean {
  return type.endsWith("_REJECT");
}
