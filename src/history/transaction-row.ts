import type { HistoryRow } from "../core/history-row.ts";
import { type Decimal, toUnits } from "../core/money.ts";
import type { TradeChange, Transaction } from "../core/transaction.ts";
import type { AccountKey } from "../ports/day-book.ts";
import { asFields, asList, decimalOf, textOf, wordOf } from "./json-fields.ts";

/** A transaction of a broker's log as the history keeps it. */
export function toHistoryRow(
  transaction: Transaction,
  { connection, account, currency }: AccountKey & { readonly currency: string },
): HistoryRow {
  const { trades: _trades, why: _why, ...rest } = transaction;
  return {
    ...rest,
    connection,
    account,
    currency,
    units: transaction.units?.toString() ?? null,
    // As many decimals as the broker gave: 1.0810 stays that.
    price: transaction.price && asGiven(transaction.price),
    realizedPl: transaction.realizedPl.toString(),
    commission: transaction.commission.toString(),
    financing: transaction.financing.toString(),
    amount: transaction.amount.toString(),
    balance: transaction.balance?.toString() ?? null,
  };
}

/** Text with the decimals that the number came with. */
export function asGiven(value: Decimal): string {
  return value.toFixed(value.scale);
}

/** What a fill did to trades, as JSON text; null where it did nothing. */
export function serializeTrades(trades: readonly TradeChange[]): string | null {
  return trades.length === 0 ? null : JSON.stringify(trades);
}

const ACTIONS = ["opened", "reduced", "closed"] as const;

/** What `serializeTrades` wrote. @throws RangeError naming what doesn't fit. */
export function parseTrades(text: string): readonly TradeChange[] {
  return asList(JSON.parse(text), "trades").map((item) => {
    const fields = asFields(item, "trade");
    return {
      tradeId: textOf(fields, "tradeId"),
      action: wordOf(fields, "action", ACTIONS),
      units: toUnits(decimalOf(fields, "units")),
      realizedPl: decimalOf(fields, "realizedPl"),
    };
  });
}
