import { isExit } from "../engine/orders.ts";
import type { VenueTransaction } from "../engine/transactions.ts";
import type { ExitOrderType } from "../engine/types.ts";
import type { VenueStep } from "../engine/venue.ts";
import type { Ledger } from "./ledger.ts";
import type { Named } from "./outcome.ts";

/** How the fields of an answer about a trade's exits begin. */
const PREFIXES: Readonly<Record<ExitOrderType, string>> = {
  take_profit: "takeProfitOrder",
  stop_loss: "stopLossOrder",
  guaranteed_stop_loss: "guaranteedStopLossOrder",
  trailing_stop: "trailingStopLossOrder",
};

/** The exit that a transaction type is about: TAKE_PROFIT_ORDER and TAKE_PROFIT_ORDER_REJECT are a take_profit's. */
const TYPES: Readonly<Record<string, ExitOrderType>> = {
  TAKE_PROFIT_ORDER: "take_profit",
  STOP_LOSS_ORDER: "stop_loss",
  GUARANTEED_STOP_LOSS_ORDER: "guaranteed_stop_loss",
  TRAILING_STOP_LOSS_ORDER: "trailing_stop",
};

/** The transactions of a change of a trade's exits by their names in the answer, e.g. `stopLossOrderTransaction`. */
export function tradeOrderNames(ledger: Ledger, step: VenueStep): readonly Named[] {
  const created = new Set(step.own.filter(({ type }) => type in TYPES).map(({ id }) => id));
  return step.own.flatMap((transaction): readonly Named[] => {
    const type = exitTypeOf(ledger, transaction);
    const name = type && nameOf(transaction, created);
    return type && name ? [[`${PREFIXES[type]}${name}`, transaction]] : [];
  });
}

function exitTypeOf(ledger: Ledger, transaction: VenueTransaction): ExitOrderType | null {
  const own = TYPES[transaction.type.replace(/_REJECT$/, "")];
  if (own) return own;
  const order = "orderId" in transaction ? ledger.orderById(transaction.orderId) : undefined;
  return order && isExit(order) ? order.type : null;
}

function nameOf(transaction: VenueTransaction, created: ReadonlySet<number>): string | null {
  switch (transaction.type) {
    case "ORDER_CANCEL":
      if (created.has(transaction.orderId)) return "CreatedCancelTransaction";
      // What closing the trade did to exits that nobody named is only in the list of ids.
      return transaction.reason === "LINKED_TRADE_CLOSED" ? null : "CancelTransaction";
    case "ORDER_CANCEL_REJECT":
      return "CancelRejectTransaction";
    case "ORDER_FILL":
      return "FillTransaction";
    default:
      return transaction.type.endsWith("_REJECT") ? "RejectTransaction" : "Transaction";
  }
}
