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
  | "trailing_stop";
export type TimeInForce = "GTC" | "GTD" | "DAY" | "FOK" | "IOC";
export type OrderState = "pending" | "filled" | "triggered" | "cancelled";

/** Who asked for an order: the ids go to the broker with it, and into the audit trail. */
export type OrderOrigin = {
  readonly signalId: string | null;
  readonly agent: string | null;
  readonly comment: string | null;
};

/** A stop to attach on fill: at a price, or at a distance (a price difference) from the fill's own price. */
export type AttachedStop =
  | { readonly kind: "price"; readonly price: Price }
  | { readonly kind: "distance"; readonly distance: Decimal };

/** An instruction to open or reduce a position at the market, with the exits to attach when it fills. */
export type MarketOrder = {
  readonly kind: "market";
  readonly clientOrderId: string;
  readonly account: string;
  readonly instrument: string;
  readonly side: Side;
  readonly units: Units;
  readonly stopLoss: AttachedStop | null;
  readonly takeProfit: Price | null;
  /** Distance of the trailing stop, as a price difference. */
  readonly trailingStop: Decimal | null;
  /** Worst price accepted; null for any. */
  readonly priceBound: Price | null;
  /** Only ever reduces what is open. */
  readonly reduceOnly: boolean;
  /** `FOK`: all or nothing. `IOC`: what is there now. */
  readonly timeInForce: "FOK" | "IOC";
  readonly origin: OrderOrigin;
};

/** An instruction to close one trade, or one side of an instrument's position, wholly or in part. */
export type CloseOrder = {
  readonly kind: "close";
  readonly clientOrderId: string;
  readonly account: string;
  readonly instrument: string;
  /** The order's side: `sell` closes a long position. */
  readonly side: Side;
  /** The one trade to close; null closes the instrument's oldest trades first. */
  readonly tradeId: string | null;
  readonly units: Units;
  /** Whether `units` is all there was when asked: everything is closed, also what was added since. */
  readonly isWhole: boolean;
  readonly origin: OrderOrigin;
};

/** Everything that leaves on the one road. */
export type OrderRequest = MarketOrder | CloseOrder;

declare const clearedBrand: unique symbol;

/** A request that passed review. Only `compliance/review.ts` makes one, and adapters accept nothing else. */
export type Cleared<T extends OrderRequest> = T & {
  readonly [clearedBrand]: { verdictId: string };
};
export type ClearedOrder = Cleared<OrderRequest>;

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
  readonly stopLoss: Price | null;
  readonly takeProfit: Price | null;
  readonly trailingStop: Decimal | null;
  readonly state: OrderState;
  readonly createdAt: Instant;
  /** The transaction that filled or cancelled it. */
  readonly endedBy: string | null;
  readonly origin: OrderOrigin;
};

export function oppositeSide(side: Side): Side {
  return side === "buy" ? "sell" : "buy";
}
