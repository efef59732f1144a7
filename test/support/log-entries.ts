import { decimal, toPrice, toUnits, ZERO } from "../../src/core/money.ts";
import type {
  Transaction,
  TransactionCause,
  TransactionType,
  TransactionWhy,
} from "../../src/core/transaction.ts";
import { NOON } from "./market.ts";

/** An entry of a broker's log: a sale of 1000 EUR_USD at 1.07500 that closed trade 7, with parts replaced. */
export function anEntry(
  cause: TransactionCause,
  changes: Partial<Transaction> & { readonly type?: TransactionType } = {},
): Transaction {
  const why: TransactionWhy = { cause, brokerCode: cause.toUpperCase(), words: null };
  const isFill = (changes.type ?? "fill") === "fill";
  return {
    id: "101",
    time: NOON,
    type: "fill",
    brokerType: isFill ? "ORDER_FILL" : "ORDER_CANCEL",
    instrument: isFill ? "EUR_USD" : null,
    side: isFill ? "sell" : null,
    units: isFill ? toUnits(decimal("1000")) : null,
    price: isFill ? toPrice(decimal("1.07500")) : null,
    realizedPl: isFill ? decimal("-5") : ZERO,
    commission: ZERO,
    financing: ZERO,
    amount: ZERO,
    balance: null,
    orderId: "9",
    tradeId: null,
    clientOrderId: null,
    signalId: null,
    agent: null,
    trades: isFill
      ? [{ tradeId: "7", action: "closed", units: toUnits(decimal("1000")), realizedPl: ZERO }]
      : [],
    why,
    ...changes,
  };
}
