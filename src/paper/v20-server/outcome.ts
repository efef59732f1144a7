import { type Decimal, decimal } from "../../core/money.ts";
import type { VenueTransaction } from "../engine/transactions.ts";
import type { VenueStep } from "../engine/venue.ts";
import { type AccountCall, lastIdOf } from "./call.ts";
import type { Reply } from "./errors.ts";
import { reasonText } from "./reasons.ts";
import type { Json } from "./wire.ts";
import { transactionJson } from "./wire-transactions.ts";

const HALF = decimal("0.5");

/** Reasons that say that the thing named isn't there: 404. Every other rejection is 400. */
const NOT_THERE = ["ORDER_DOESNT_EXIST", "TRADE_DOESNT_EXIST"];

/** A transaction under its name in an answer, e.g. `orderFillTransaction`. */
export type Named = readonly [name: string, transaction: VenueTransaction];

/** The transactions of a new order by their names in an answer; those of other orders are only in the list of ids. */
export function namedTransactions(call: AccountCall, step: VenueStep, prefix = ""): Json {
  const names = step.own.flatMap((transaction) => {
    const name = nameOf(transaction, createdId(step));
    return name === null ? [] : [[withPrefix(prefix, name), transaction] as const];
  });
  return writtenNames(call, names);
}

export function writtenNames({ wire }: AccountCall, names: readonly Named[]): Json {
  return Object.fromEntries(
    names.map(([name, transaction]) => [name, transactionJson(wire, transaction)]),
  );
}

function withPrefix(prefix: string, name: string): string {
  return prefix === "" ? name : `${prefix}${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}

/** The order that a step made, if it made one for the client. */
export function createdId({ own }: VenueStep): number | null {
  return own.find(({ type }) => type.endsWith("_ORDER"))?.id ?? null;
}

/** How a transaction about the order `created` is named; null for what happened to other orders. */
function nameOf(transaction: VenueTransaction, created: number | null): string | null {
  switch (transaction.type) {
    case "ORDER_FILL":
      return transaction.orderId === created ? "orderFillTransaction" : null;
    case "ORDER_CANCEL":
      if (created === null) return "orderCancelTransaction";
      if (transaction.orderId === created) return "orderCancelTransaction";
      return null;
    case "ORDER_CANCEL_REJECT":
      return "orderCancelRejectTransaction";
    case "ORDER_CLIENT_EXTENSIONS_MODIFY":
      return "orderClientExtensionsModifyTransaction";
    case "ORDER_CLIENT_EXTENSIONS_MODIFY_REJECT":
      return "orderClientExtensionsModifyRejectTransaction";
    case "TRADE_CLIENT_EXTENSIONS_MODIFY":
      return "tradeClientExtensionsModifyTransaction";
    case "TRADE_CLIENT_EXTENSIONS_MODIFY_REJECT":
      return "tradeClientExtensionsModifyRejectTransaction";
    default:
      if (isAfterFill(transaction)) return refusedExitName(transaction.type);
      if (transaction.type.endsWith("_ORDER_REJECT")) return "orderRejectTransaction";
      return transaction.id === created ? "orderCreateTransaction" : null;
  }
}

/** Whether it is an exit's rejection that came after a fill: the order itself was carried out. */
function isAfterFill(transaction: VenueTransaction): boolean {
  const isReject = transaction.type.endsWith("_ORDER_REJECT");
  return isReject && "orderFillTransactionId" in transaction
    ? transaction.orderFillTransactionId !== null
    : false;
}

/** `stopLossOrderRejectTransaction`, as a trade's own exits are named. UNVERIFIED for those of an order. */
function refusedExitName(type: string): string {
  const camel = type
    .toLowerCase()
    .replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  return `${camel}Transaction`;
}

/** The transactions of an order that takes another's place: the old one's cancel has the plain name. */
export function replacementNames(step: VenueStep, replaced: number): readonly Named[] {
  const created = createdId(step);
  return step.own.flatMap((transaction): readonly Named[] => {
    const isCancel = transaction.type === "ORDER_CANCEL";
    if (isCancel && transaction.orderId === replaced) {
      return [["orderCancelTransaction", transaction]];
    }
    const name = nameOf(transaction, created);
    if (name === null) return [];
    return [[isCancel ? "replacingOrderCancelTransaction" : name, transaction]];
  });
}

/** The ids that end an answer about steps taken, oldest first. */
export function batchIds({ ledger }: AccountCall, steps: readonly VenueStep[]): Json {
  const related = steps.flatMap((step) => step.own.map(({ id }) => String(id)));
  return { relatedTransactionIDs: related, lastTransactionID: lastIdOf(ledger) };
}

/** The rejection of a step, if it was refused. */
export function rejectReasonOf(step: VenueStep): string | undefined {
  const rejection = step.own.find(
    (transaction) => "rejectReason" in transaction && !isAfterFill(transaction),
  );
  return rejection && "rejectReason" in rejection ? rejection.rejectReason : undefined;
}

/** `body` with the reason repeated as OANDA's error code. */
export function rejectedReply(reason: string, body: Json, status = statusOf(reason)): Reply {
  return { status, body: { ...body, errorCode: reason, errorMessage: reasonText(reason) } };
}

function statusOf(reason: string): number {
  return NOT_THERE.includes(reason) ? 404 : 400;
}

/** The answer to a step: `accepted` when the request was taken, filled or not; 400 or 404 when refused. */
export function stepReply(
  call: AccountCall,
  step: VenueStep,
  { accepted, names }: { readonly accepted: number; readonly names: Json },
): Reply {
  const body = { ...names, ...batchIds(call, [step]) };
  const reason = rejectReasonOf(step);
  return reason === undefined ? { status: accepted, body } : rejectedReply(reason, body);
}

/** The answer to a step about one order. */
export function orderReply(call: AccountCall, step: VenueStep, accepted: number): Reply {
  return stepReply(call, step, { accepted, names: namedTransactions(call, step) });
}

/** The answer with the new order's address, where one was made. */
export function withLocation(call: AccountCall, reply: Reply, orderId: number | null): Reply {
  if (reply.status >= 300 || orderId === null) return reply;
  const location = `${call.url}/v3/accounts/${call.ledger.id}/orders/${orderId}`;
  return { ...reply, headers: { Location: location } };
}

/** Half of the size, rounded down to `places` decimals: what a venue that runs dry fills. */
export function halfOf(units: Decimal, places: number): Decimal {
  return units.abs().times(HALF).rounded(places, "down");
}
