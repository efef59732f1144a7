import * as v from "valibot";
import { Failure } from "../../core/failures.ts";
import type { OrderOutcome } from "../../core/order.ts";
import type { ExitChange, ExitsChange, OrderRequest } from "../../core/order-request.ts";
import type { HttpResponse } from "../../resilience/http-response.ts";
import { readBrokerError, refusal } from "./errors.ts";
import { closedSide } from "./order-requests.ts";
import { toDone, toExitsOutcome, toOutcome, toRejected } from "./outcomes.ts";
import { isOf } from "./proof.ts";
import { proveStop } from "./stop-after-fill.ts";
import { toWireTransaction, type WireTransaction } from "./wire-transactions.ts";
import { asRecord, compareIds, type Raw, wireId } from "./wire-values.ts";

/** What the answer to a request says became of it. @throws Failure `sent` when it doesn't say, or isn't its answer. */
export function readAnswer(
  request: OrderRequest,
  response: HttpResponse,
  environment: string,
): OrderOutcome {
  const isDone = response.status === 200 || response.status === 201;
  return isDone
    ? readDone(request, asRecord(response.json()))
    : readRefused(request, response, environment);
}

/** The ids of everything that a request made, as its answer lists them; null where it doesn't. */
export function listedIds(response: HttpResponse): readonly string[] | null {
  const ids = v.safeParse(rejectIds, asRecord(response.json()));
  return (ids.success ? ids.output.relatedTransactionIDs?.toSorted(compareIds) : null) ?? null;
}

const REFUSED_PART = /RejectTransaction$/;

function readDone(request: OrderRequest, body: Raw): OrderOutcome {
  if (request.kind === "cancel") return readCancelled(request.orderId, body);
  if (request.kind === "exits") return readExits(request, body);
  const outcome = readOrder(request, body);
  // Nothing else of the answer has to be readable for what was filled to be told.
  const rejects = Object.entries(body).filter(([key, each]) => REFUSED_PART.test(key) && each);
  const proof = proveStop(
    request,
    outcome,
    rejects.map(([, part]) => toWireTransaction(part)),
  );
  return proof.kind === "refused" ? proof.outcome : outcome;
}

/** Under which names the transactions of an order come. */
function keysOf(request: OrderRequest) {
  const isPosition = request.kind === "close" && request.tradeId === null;
  const prefix = isPosition ? `${closedSide(request)}Order` : "order";
  return {
    created: `${prefix}CreateTransaction`,
    filled: `${prefix}FillTransaction`,
    // A replacement's own cancellation: the plain one is that of the order before.
    cancelled:
      request.kind === "change" ? "replacingOrderCancelTransaction" : `${prefix}CancelTransaction`,
  };
}

function readOrder(request: Exclude<OrderRequest, ExitsChange>, body: Raw): OrderOutcome {
  const keys = keysOf(request);
  const part = (key: string) => (body[key] ? toWireTransaction(body[key]) : undefined);
  const created = part(keys.created);
  const story = { created, filled: part(keys.filled), cancelled: part(keys.cancelled) };
  if (created && !isOf(request, created)) throw foreignAnswer(created.id);
  const outcome = toOutcome(request, story);
  if (!outcome || (outcome.status === "pending" && !mayWait(request))) {
    throw openEnd(created?.id ?? null);
  }
  return outcome;
}

/** What can't wait is filled or cancelled at once: neither means that the answer isn't the whole story. */
function mayWait(request: OrderRequest): boolean {
  if (request.kind !== "entry" && request.kind !== "change") return false;
  const { timeInForce } = request.kind === "entry" ? request : request.terms;
  return timeInForce !== "FOK" && timeInForce !== "IOC";
}

function readCancelled(orderId: string, body: Raw): OrderOutcome {
  const part = body.orderCancelTransaction;
  if (!part) throw openEnd(null);
  const cancelled = toWireTransaction(part);
  if (cancelled.orderID !== orderId) throw foreignAnswer(cancelled.id);
  return toDone(orderId, [cancelled]);
}

/** A few transactions for each kind of exit: all of them are the request's. */
function readExits(request: ExitsChange, body: Raw): OrderOutcome {
  const made = transactionsIn(body);
  const stranger = made.find((each) => (each.tradeID ?? request.tradeId) !== request.tradeId);
  if (stranger) throw foreignAnswer(stranger.id);
  const isTold =
    tellsOf(request.stopLoss, ["stopLoss", "guaranteedStopLoss"], body) &&
    tellsOf(request.takeProfit, ["takeProfit"], body) &&
    tellsOf(request.trailingStop, ["trailingStopLoss"], body);
  if (!isTold) throw openEnd(made[0]?.id ?? null);
  return toExitsOutcome(request, made);
}

function tellsOf(change: ExitChange<unknown>, names: readonly string[], body: Raw): boolean {
  if (change === "keep") return true;
  const what = change === "remove" ? "OrderCancelTransaction" : "OrderTransaction";
  return names.some((name) => body[`${name}${what}`]);
}

function transactionsIn(body: Raw): readonly WireTransaction[] {
  return Object.entries(body)
    .filter(([key, part]) => key.endsWith("Transaction") && part)
    .map(([, part]) => toWireTransaction(part));
}

const rejectParts = v.object({ id: v.nullish(wireId), rejectReason: v.nullish(v.string()) });
const rejectIds = v.object({
  relatedTransactionIDs: v.nullish(v.array(wireId)),
  lastTransactionID: v.nullish(wireId),
});

/** A refusal that stands in the log is an outcome; one that doesn't is a failure with nothing done. */
function readRefused(
  request: OrderRequest,
  response: HttpResponse,
  environment: string,
): OrderOutcome {
  if (response.status !== 400 && response.status !== 404) throw refusal(response, environment);
  const body = asRecord(response.json());
  const { code, message } = readBrokerError(body);
  const reject = rejectIn(body);
  const ids = v.safeParse(rejectIds, body);
  const listed = ids.success ? ids.output.relatedTransactionIDs?.[0] : undefined;
  const last = ids.success ? ids.output.lastTransactionID : undefined;
  const id = reject?.id ?? listed ?? last;
  const rejectReason = reject?.rejectReason ?? code;
  if (!rejectReason || !id) throw refusal(response, environment);
  return toRejected(request, { id, rejectReason }, message);
}

/** The first reject that can be read: its name begins with what was refused. */
function rejectIn(body: Raw) {
  for (const [key, part] of Object.entries(body)) {
    const reject = key.endsWith("RejectTransaction") ? v.safeParse(rejectParts, part) : null;
    if (reject?.success) return reject.output;
  }
  return null;
}

const LOOK_UP = "It is looked up in the account's log; nothing is sent again.";

function openEnd(transactionId: string | null): Failure {
  const message = "OANDA took the request, and didn't say what became of it. It may be live.";
  const details = { transactionId };
  return new Failure("BROKER_UNAVAILABLE", message, { hint: LOOK_UP, sent: true, details });
}

function foreignAnswer(transactionId: string): Failure {
  const message = "OANDA's answer belongs to another order. This one may be live.";
  const details = { transactionId };
  return new Failure("BROKER_UNAVAILABLE", message, { hint: LOOK_UP, sent: true, details });
}
