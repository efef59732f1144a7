import type { BookedRow } from "../core/history-row.ts";
import type { Instant } from "../core/time.ts";
import type { AccountKey } from "./day-book.ts";
import type { IntentKey } from "./journal.ts";

/** What lines of the history are looked for by: any of these. */
export type OrderIds = {
  /** Whose; everybody's when empty. */
  readonly accounts: readonly AccountKey[];
  /** No line is older. */
  readonly from: Instant | null;
  readonly signalIds: readonly string[];
  readonly clientOrderIds: readonly string[];
  /** The broker's. */
  readonly orderIds: readonly string[];
};

/** The way from an order to the broker's lines about it, and back. @throws Failure as the history does. */
export interface HistoryLines {
  /** Lines of these orders, and all that touched the trades that they opened, in the history's order. */
  about(ids: OrderIds): Promise<readonly BookedRow[]>;
  /** The lines that opened these trades of an account. */
  openings(account: AccountKey, tradeIds: readonly string[]): Promise<readonly BookedRow[]>;
}

export interface OrderLines extends HistoryLines {
  /** Whether a request of the intent was let out to the broker. */
  hasLeft(intent: IntentKey): Promise<boolean>;
}
