import type { Decimal, Price, Units } from "./money.ts";
import type { Side } from "./order.ts";
import type { Instant } from "./time.ts";

export const TRANSACTION_TYPES = [
  "order",
  "fill",
  "cancel",
  "reject",
  "financing",
  "funding",
  "fee",
  "other",
] as const;
export type TransactionType = (typeof TRANSACTION_TYPES)[number];

/**
 * What brought a transaction about. Of fills: `market` and `close` were asked for at once, `entry` had waited for its price.
 * Of cancellations: `requested`, `replaced`, `linked` (to a trade that is closed) and `expired`. Of rejections: `after_fill`,
 * an exit that was to come with a fill. `broker`: its own decision.
 */
export type TransactionCause =
  | "market"
  | "close"
  | "entry"
  | "stop_loss"
  | "take_profit"
  | "trailing_stop"
  | "margin_closeout"
  | "margin_call"
  | "requested"
  | "replaced"
  | "linked"
  | "expired"
  | "after_fill"
  | "broker";

export type TransactionWhy = {
  readonly cause: TransactionCause;
  /** The broker's own word for the reason. */
  readonly brokerCode: string;
  /** What that means to a trader; null where it isn't known. */
  readonly words: string | null;
};

/** One line of a broker's log of an account, in our words. Money is in account currency. */
export type Transaction = {
  readonly id: string;
  readonly time: Instant;
  readonly type: TransactionType;
  /** The broker's own word for it. */
  readonly brokerType: string;
  readonly instrument: string | null;
  readonly side: Side | null;
  readonly units: Units | null;
  readonly price: Price | null;
  readonly realizedPl: Decimal;
  readonly commission: Decimal;
  readonly financing: Decimal;
  /** What it changed the balance by. */
  readonly amount: Decimal;
  /** Balance after it; null where the broker doesn't say. */
  readonly balance: Decimal | null;
  readonly orderId: string | null;
  readonly tradeId: string | null;
  readonly clientOrderId: string | null;
  readonly signalId: string | null;
  readonly agent: string | null;
  /** The trades that a fill opened, reduced and closed; empty for everything else. */
  readonly trades: readonly TradeChange[];
  /** Absent where the broker doesn't say, or there is nothing to say. */
  readonly why?: TransactionWhy;
};

/** What a fill did to one trade. `units` is how much of it was opened or taken away. */
export type TradeChange = {
  readonly tradeId: string;
  readonly action: "opened" | "reduced" | "closed";
  readonly units: Units;
  /** What the part that was taken away earned, in account currency; zero for an opening. */
  readonly realizedPl: Decimal;
};
