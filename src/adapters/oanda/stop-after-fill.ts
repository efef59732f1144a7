import { entryTermsOf } from "../../core/entry-order.ts";
import type { ExecutedOutcome, OrderOutcome } from "../../core/order.ts";
import type { AttachedExits, OrderRequest } from "../../core/order-request.ts";
import { isLaterId } from "../../core/transaction-id.ts";
import { reasonWords } from "./reasons.ts";
import type { WireTransaction } from "./wire-transactions.ts";

/** Ours, where the broker says nothing of a stop at all. */
export const NO_STOP_IN_LOG = "STOP_LOSS_MISSING";

/**
 * OANDA makes the exits of an order after its fill, in the same batch. One that it fails to make leaves a reject, or no trace.
 * UNVERIFIED which: its answers name the exits only in their list of ids.
 */
const STOP = /^(?:GUARANTEED_|TRAILING_)?STOP_LOSS_ORDER$/;
const REFUSED_STOP = /^(?:GUARANTEED_|TRAILING_)?STOP_LOSS_ORDER_REJECT$/;

/** How what is known tells of the stop that was to come with a fill. */
export type StopProof =
  /** It was made, or none was asked for. */
  | { readonly kind: "there" }
  | { readonly kind: "refused"; readonly outcome: OrderOutcome }
  /** Neither it nor its refusal is among the entries. */
  | { readonly kind: "absent"; readonly outcome: OrderOutcome };

/** What `entries` of the log tell of the stop of `outcome`. */
export function proveStop(
  request: OrderRequest,
  outcome: OrderOutcome,
  entries: readonly WireTransaction[],
): StopProof {
  const opened = openedWithStop(request, outcome);
  if (!opened) return { kind: "there" };
  const ofTrade = entries.filter(({ tradeID }) => tradeID === opened.openedTradeId);
  if (ofTrade.some(({ type }) => STOP.test(type))) return { kind: "there" };
  const reject = ofTrade.find(({ type }) => REFUSED_STOP.test(type));
  return reject
    ? { kind: "refused", outcome: withoutStop(opened, reject.rejectReason ?? "UNKNOWN") }
    : { kind: "absent", outcome: withoutStop(opened, NO_STOP_IN_LOG) };
}

/** Whether an answer lists fewer transactions after the fill than exits were asked for. */
export function lacksExits(
  request: OrderRequest,
  outcome: OrderOutcome,
  listed: readonly string[] | null,
): boolean {
  const opened = openedWithStop(request, outcome);
  if (!opened || listed === null) return false;
  const filledBy = opened.fills[0]?.transactionId ?? "0";
  const { stopLoss, takeProfit, trailingStop } = attachedTo(request) ?? NOTHING;
  const asked = [stopLoss, takeProfit, trailingStop].filter((exit) => exit !== null);
  return listed.filter((id) => isLaterId(id, filledBy)).length < asked.length;
}

const NOTHING: AttachedExits = { stopLoss: null, takeProfit: null, trailingStop: null };

/** The outcome where it opened a trade that was to have a stop. */
function openedWithStop(request: OrderRequest, outcome: OrderOutcome): ExecutedOutcome | null {
  if (outcome.status !== "filled" && outcome.status !== "partially_filled") return null;
  const { stopLoss, trailingStop } = attachedTo(request) ?? NOTHING;
  const hasStop = stopLoss !== null || trailingStop !== null;
  return hasStop && outcome.openedTradeId !== null ? outcome : null;
}

function attachedTo(request: OrderRequest): AttachedExits | null {
  return request.kind === "market" ? request : entryTermsOf(request);
}

function withoutStop(opened: ExecutedOutcome, brokerCode: string): ExecutedOutcome {
  const [meaning] = reasonWords(brokerCode) ?? [`its reason is ${brokerCode}`];
  const message =
    brokerCode === NO_STOP_IN_LOG
      ? "OANDA's log has no stop for it."
      : `OANDA refused it: ${meaning}.`;
  return { ...opened, refusedStop: { brokerCode, message } };
}
