import type { Decimal, Price, Units } from "./money.ts";
import type { Instant } from "./time.ts";

export type Side = "buy" | "sell";
export type Environment = "live" | "practice" | "paper";
export type OrderType =
  | "market"
  | "limit"
  | "stop"
  | "mit"
  | "stop_loss"
  | "take_profit"
  | "trailing_stop"
  | "guaranteed_stop_loss";
export type TimeInForce = "GTC" | "GTD" | "DAY" | "FOK" | "IOC";
export type OrderState = "pending" | "filled" | "triggered" | "cancelled";

/** Who asked for an order: the ids go to the broker with it, and into the audit trail. */
export type OrderOrigin = {
  readonly signalId: string | null;
  readonly agent: string | null;
  readonly comment: string | null;
};

/** One execution at one price. */
export type Fill = {
  readonly transactionId: string;
  readonly units: Units;
  readonly price: Price;
  readonly time: Instant;
  /** In account currency: what the closed part earned, without commission and financing. */
  readonly realizedPl: Decimal;
  readonly commission: Decimal;
  readonly financing: Decimal;
};

/** What became of a request at the broker. A "no" is one of these too; only a missing answer is a failure. */
export type OrderOutcome =
  | ExecutedOutcome
  | { readonly status: "pending"; readonly orderId: string }
  | DoneOutcome
  | RefusedOutcome<"cancelled">
  | RefusedOutcome<"rejected">;

export type ExecutedOutcome = Executed<"filled"> | Executed<"partially_filled">;

type Executed<Status extends string> = {
  readonly status: Status;
  readonly orderId: string;
  readonly fills: readonly Fill[];
  /** The trade it opened, and the trades it closed or reduced. */
  readonly openedTradeId: string | null;
  readonly closedTradeIds: readonly string[];
  /** Why the opened trade has no stop although one came with the order, in the broker's words; absent where it has it. */
  readonly refusedStop?: { readonly brokerCode: string; readonly message: string };
};

/** A cancellation or a change of exits that was carried out. */
export type DoneOutcome = {
  readonly status: "done";
  /** The order that is gone, or the newest one that was made; null when exits were only removed. */
  readonly orderId: string | null;
  /** The newest transaction it made. */
  readonly transactionId: string;
};

type RefusedOutcome<Status extends string> = {
  readonly status: Status;
  /** null when the broker made no order of it. */
  readonly orderId: string | null;
  /** The cancel or reject in the broker's log. */
  readonly transactionId: string;
  readonly rejection: Rejection;
};

/** The broker's "no": our code, its own word, and what a trader should know and do. */
export type Rejection = {
  readonly code:
    | "INSUFFICIENT_MARGIN"
    | "INSUFFICIENT_LIQUIDITY"
    | "MARKET_CLOSED"
    | "DUPLICATE_CLIENT_ORDER_ID"
    | "ORDER_REJECTED"
    | "ORDER_NOT_FOUND"
    | "POSITION_NOT_FOUND"
    | "COMPLIANCE_FIFO"
    | "PERMISSION_DENIED";
  readonly brokerCode: string;
  readonly message: string;
  readonly hint: string;
};

/** An order as its broker keeps it. */
export type Order = {
  readonly orderId: string;
  readonly clientOrderId: string | null;
  readonly type: OrderType;
  readonly instrument: string;
  readonly side: Side;
  readonly units: Units;
  /** The price it waits for; null for a market order. */
  readonly price: Price | null;
  /** Of a trailing stop, as a price difference. */
  readonly distance: Decimal | null;
  /** The trade that an exit order belongs to. */
  readonly tradeId: string | null;
  readonly timeInForce: TimeInForce;
  readonly expiresAt: Instant | null;
  /** What it attaches when it fills; a stop at a distance from the fill has no price yet. */
  readonly stopLoss: Price | null;
  readonly stopLossDistance: Decimal | null;
  readonly takeProfit: Price | null;
  readonly trailingStop: Decimal | null;
  readonly isStopGuaranteed: boolean;
  /** Worst price accepted; null for any. */
  readonly priceBound: Price | null;
  /** Only ever reduces what is open. */
  readonly reduceOnly: boolean;
  readonly state: OrderState;
  readonly createdAt: Instant;
  /** The transaction that filled or cancelled it. */
  readonly endedBy: string | null;
  /** The order that took its place, and the one whose place it took. */
  readonly replacedBy: string | null;
  readonly replaces: string | null;
  readonly origin: OrderOrigin;
};

export function oppositeSide(side: Side): Side {
  return side === "buy" ? "sell" : "buy";
}
