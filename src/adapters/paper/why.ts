import type { Transaction, TransactionCause } from "../../core/transaction.ts";
import type { CancelReason } from "../../paper/engine/reasons.ts";
import type { FillReason, VenueTransaction } from "../../paper/engine/transactions.ts";
import { wordsOf } from "./errors.ts";

const FILLS: Readonly<Record<FillReason, TransactionCause>> = {
  MARKET_ORDER: "market",
  MARKET_ORDER_TRADE_CLOSE: "close",
  MARKET_ORDER_POSITION_CLOSEOUT: "close",
  MARKET_ORDER_MARGIN_CLOSEOUT: "margin_closeout",
  MARKET_ORDER_DELAYED_TRADE_CLOSE: "broker",
  LIMIT_ORDER: "entry",
  STOP_ORDER: "entry",
  MARKET_IF_TOUCHED_ORDER: "entry",
  STOP_LOSS_ORDER: "stop_loss",
  GUARANTEED_STOP_LOSS_ORDER: "stop_loss",
  TAKE_PROFIT_ORDER: "take_profit",
  TRAILING_STOP_LOSS_ORDER: "trailing_stop",
};

/** Every other reason is the venue's own. */
const CANCELS: Partial<Record<CancelReason, TransactionCause>> = {
  CLIENT_REQUEST: "requested",
  CLIENT_REQUEST_REPLACED: "replaced",
  LINKED_TRADE_CLOSED: "linked",
  TIME_IN_FORCE_EXPIRED: "expired",
};

/** Why it happened, in our words; nothing where there is nothing to say. */
export function whyOf(entry: VenueTransaction): Pick<Transaction, "why"> {
  const { type } = entry;
  if (type === "ORDER_FILL") {
    return { why: { cause: FILLS[entry.reason], brokerCode: entry.reason, words: null } };
  }
  if (type !== "ORDER_CANCEL") return {};
  const { reason } = entry;
  const cause = CANCELS[reason] ?? "broker";
  return { why: { cause, brokerCode: reason, words: wordsOf(reason)[0] } };
}
