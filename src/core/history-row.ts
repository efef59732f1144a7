import type { Side } from "./order.ts";
import type { Instant } from "./time.ts";
import type { TradeChange, TransactionType } from "./transaction.ts";

/** The keys of a line of the history, in the order that lists and files have them. */
export const HISTORY_KEYS = [
  "id",
  "connection",
  "account",
  "time",
  "type",
  "brokerType",
  "instrument",
  "side",
  "units",
  "price",
  "realizedPl",
  "commission",
  "financing",
  "amount",
  "balance",
  "currency",
  "orderId",
  "tradeId",
  "clientOrderId",
  "signalId",
  "agent",
] as const;
export type HistoryKey = (typeof HISTORY_KEYS)[number];

/**
 * A line of the history as it is kept and shown: amounts are exact decimal text, absent values null. The history is
 * ordered by time; lines of one moment by connection, account and id, shorter ids first.
 */
export type HistoryRow = {
  readonly id: string;
  readonly connection: string;
  readonly account: string;
  readonly time: Instant;
  readonly type: TransactionType;
  /** The broker's own word for it. */
  readonly brokerType: string | null;
  readonly instrument: string | null;
  readonly side: Side | null;
  readonly units: string | null;
  readonly price: string | null;
  readonly realizedPl: string;
  /** A positive one lowers the balance. */
  readonly commission: string;
  readonly financing: string;
  /** What it changed the balance by. */
  readonly amount: string;
  /** Balance after it. */
  readonly balance: string | null;
  readonly currency: string | null;
  readonly orderId: string | null;
  readonly tradeId: string | null;
  readonly clientOrderId: string | null;
  readonly signalId: string | null;
  readonly agent: string | null;
};

/** A line with what its fill did to trades; null where nobody said. */
export type BookedRow = HistoryRow & { readonly trades: readonly TradeChange[] | null };
