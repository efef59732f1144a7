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
const NOT_THERE = ["ORDER_DOESNT_EXIST", "TRADE_DOESNT_EXIST", "CLOSEOUT_POSITION_DOESNT_EXIST"];

/** How a transaction of a market order's batch is named in the answer; the exits' are only in its list of ids. */
const NAMES: Partial<Record<VenueTransaction["type"], string>> = {
  MARKET_ORDER: "orderCreateTransaction",
  ORDER_FILL: "orderFillTransaction",
  ORDER_CANCEL: "orderCancelTransaction",
  MARKET_ORDER_REJECT: "orderRejectTransaction",
  ORDER_CANCEL_REJECT: "orderCancelRejectTransaction",
};

/** The batch's transactions by their names in an answer, e.g. `orderFillTransaction`. */
export function namedTransactions(call: AccountCall, step: VenueStep, prefix = ""): Json {
  const orderId = step.own[0]?.id;
  const entries = step.own.flatMap((transaction) => {
    const name = NAMES[transaction.type];
    // Closing a trade also cancels its exits: those cancels belong to other orders, not to this answer.
    const isOther = transaction.type === "ORDER_CANCEL" && isExitCancel(transaction, orderId);
    if (name === undefined || isOther) return [];
    const field = prefix === "" ? name : `${prefix}O${name.slice(1)}`;
    return [[field, transactionJson(call.wire, transaction)] as const];
  });
  return Object.fromEntries(entries);
}

function isExitCancel(cancel: { readonly orderId: number; readonly id: number }, first?: number) {
  return cancel.id !== first && cancel.orderId !== first;
}

/** The ids that end an answer about steps taken, oldest first. */
export function batchIds({ ledger }: AccountCall, steps: readonly VenueStep[]): Json {
  const related = steps.flatMap((step) => step.own.map(({ id }) => String(id)));
  return { relatedTransactionIDs: related, lastTransactionID: lastIdOf(ledger) };
}

/** The rejection of a step, if it was refused. */
export function rejectReasonOf(step: VenueStep): string | undefined {
  const rejection = step.own.find((transaction) => "rejectReason" in transaction);
  return rejection && "rejectReason" in rejection ? rejection.rejectReason : undefined;
}

/** `body` with the reason repeated as OANDA's error code. */
export function rejectedReply(reason: string, body: Json): Reply {
  const status = NOT_THERE.includes(reason) ? 404 : 400;
  return { status, body: { ...body, errorCode: reason, errorMessage: reasonText(reason) } };
}

/** The answer to one market order: `accepted` when it was taken, filled or not; 400 or 404 when refused. */
export function orderReply(call: AccountCall, step: VenueStep, accepted: number): Reply {
  const body = { ...namedTransactions(call, step), ...batchIds(call, [step]) };
  const reason = rejectReasonOf(step);
  return reason === undefined ? { status: accepted, body } : rejectedReply(reason, body);
}

/** Half of the size, rounded down to `places` decimals: what a venue that runs dry fills. */
export function halfOf(units: Decimal, places: number): Decimal {
  return units.abs().times(HALF).rounded(places, "down");
}
