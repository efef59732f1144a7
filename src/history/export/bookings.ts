import type { HistoryRow } from "../../core/history-row.ts";
import { type Decimal, decimal, ZERO } from "../../core/money.ts";
import type { TransactionType } from "../../core/transaction.ts";

export type Posting = { readonly account: LedgerAccount; readonly amount: Decimal };

/** Where money comes from and goes to; `broker` is the account itself. */
export type LedgerAccount =
  | "broker"
  | "trading"
  | "commission"
  | "financing"
  | "fees"
  | "funding"
  | "other";

const SOURCE_OF: Partial<Readonly<Record<TransactionType, LedgerAccount>>> = {
  funding: "funding",
  fee: "fees",
};

/**
 * What a line books, as postings whose sum is zero: none where it changes no balance. The signs are those of double-entry
 * books, where income is negative.
 */
export function postingsOf(row: HistoryRow): readonly Posting[] {
  const amount = decimal(row.amount);
  if (amount.isZero()) return [];
  const parts = partsOf(row);
  const rest = parts.reduce((left, part) => left.plus(part.amount), amount);
  const all: readonly Posting[] = [
    { account: "broker", amount },
    ...parts,
    { account: SOURCE_OF[row.type] ?? "other", amount: rest.negated() },
  ];
  return all.filter((posting) => !posting.amount.isZero());
}

function partsOf(row: HistoryRow): readonly Posting[] {
  // What came in or was charged as a whole isn't split, whatever its other columns say.
  if (SOURCE_OF[row.type]) return [{ account: "other", amount: ZERO }];
  return [
    { account: "trading", amount: decimal(row.realizedPl).negated() },
    { account: "financing", amount: decimal(row.financing).negated() },
    { account: "commission", amount: decimal(row.commission) },
  ];
}
