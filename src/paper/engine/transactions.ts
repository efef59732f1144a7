import type { Decimal, Price } from "../../core/money.ts";
import type { Instant } from "../../core/time.ts";
import type {
  CancelReason,
  ClientExtensions,
  MarketOrderReason,
  MarketOrderTerms,
  StopLossOrder,
  TakeProfitOrder,
  TrailingStopOrder,
} from "./types.ts";

type TransactionBase = {
  readonly id: number;
  readonly time: Instant;
  /** The first transaction of its batch: a batch happens all at once. */
  readonly batchId: number;
  /** The request that caused it; null for what the venue did by itself. */
  readonly requestId: string | null;
};

export type CreateTransaction = TransactionBase & {
  readonly type: "CREATE";
  readonly homeCurrency: string;
};

export type ConfigureTransaction = TransactionBase & {
  readonly type: "CLIENT_CONFIGURE";
  readonly alias: string | null;
  readonly marginRate: Decimal | null;
};

export type ConfigureRejectTransaction = TransactionBase & {
  readonly type: "CLIENT_CONFIGURE_REJECT";
  readonly alias: string | null;
  readonly marginRate: Decimal | null;
  readonly rejectReason: RejectReason;
};

export type TransferTransaction = TransactionBase & {
  readonly type: "TRANSFER_FUNDS";
  readonly amount: Decimal;
  readonly fundingReason: "CLIENT_FUNDING";
  readonly accountBalance: Decimal;
};

export type MarketOrderTransaction = TransactionBase &
  MarketOrderTerms & { readonly type: "MARKET_ORDER"; readonly reason: MarketOrderReason };

export type MarketOrderRejectTransaction = TransactionBase &
  MarketOrderTerms & {
    readonly type: "MARKET_ORDER_REJECT";
    readonly reason: MarketOrderReason;
    readonly rejectReason: RejectReason;
  };

/** An exit order's terms, as its transaction tells them. */
type ExitTerms<T extends StopLossOrder | TakeProfitOrder | TrailingStopOrder> = Pick<
  T,
  | "tradeId"
  | "clientTradeId"
  | "timeInForce"
  | "gtdTime"
  | "reason"
  | "orderFillTransactionId"
  | "replacesOrderId"
  | "clientExtensions"
>;

export type StopLossOrderTransaction = TransactionBase &
  ExitTerms<StopLossOrder> & {
    readonly type: "STOP_LOSS_ORDER";
    readonly price: Price;
    readonly distance: Decimal | null;
  };

export type TakeProfitOrderTransaction = TransactionBase &
  ExitTerms<TakeProfitOrder> & { readonly type: "TAKE_PROFIT_ORDER"; readonly price: Price };

export type TrailingStopOrderTransaction = TransactionBase &
  ExitTerms<TrailingStopOrder> & {
    readonly type: "TRAILING_STOP_LOSS_ORDER";
    readonly distance: Decimal;
  };

export type ExitOrderTransaction =
  | StopLossOrderTransaction
  | TakeProfitOrderTransaction
  | TrailingStopOrderTransaction;

export type FillReason =
  | "MARKET_ORDER"
  | "MARKET_ORDER_TRADE_CLOSE"
  | "MARKET_ORDER_POSITION_CLOSEOUT"
  | "MARKET_ORDER_MARGIN_CLOSEOUT"
  | "STOP_LOSS_ORDER"
  | "TAKE_PROFIT_ORDER"
  | "TRAILING_STOP_LOSS_ORDER";

/** The factors of a moment into home currency: a gain's, a loss's, and a value's at mid. */
export type ConversionFactors = {
  readonly gain: Decimal;
  readonly loss: Decimal;
  readonly value: Decimal;
};

/** The part of a fill that opened a trade. */
export type TradeOpening = {
  readonly tradeId: number;
  readonly units: Decimal;
  readonly price: Price;
  readonly clientExtensions: ClientExtensions | null;
  readonly halfSpreadCost: Decimal;
  readonly initialMarginRequired: Decimal;
};

/** The part of a fill that closed a trade, wholly or in part. Units have the sign of the closing order. */
export type TradeReduction = {
  readonly tradeId: number;
  readonly clientTradeId: string | null;
  readonly units: Decimal;
  readonly price: Price;
  readonly realizedPl: Decimal;
  /** Settled by the fill: zero, as financing is settled daily. */
  readonly financing: Decimal;
  readonly halfSpreadCost: Decimal;
};

export type FillTransaction = TransactionBase & {
  readonly type: "ORDER_FILL";
  readonly orderId: number;
  readonly clientOrderId: string | null;
  readonly instrument: string;
  /** Filled, signed. */
  readonly units: Decimal;
  readonly requestedUnits: Decimal;
  readonly price: Price;
  /** What was on offer. */
  readonly fullPrice: {
    readonly bid: Price;
    readonly ask: Price;
    readonly liquidity: Decimal;
    readonly time: Instant;
  };
  readonly reason: FillReason;
  /** The sum of the parts' realised P&L, in home currency. */
  readonly pl: Decimal;
  readonly quotePl: Decimal;
  readonly financing: Decimal;
  /** A positive amount lowers the balance. */
  readonly commission: Decimal;
  readonly accountBalance: Decimal;
  /** From the instrument's quote and base currency. */
  readonly quoteConversion: ConversionFactors;
  readonly baseConversion: ConversionFactors;
  readonly halfSpreadCost: Decimal;
  readonly tradeOpened: TradeOpening | null;
  readonly tradesClosed: readonly TradeReduction[];
  readonly tradeReduced: TradeReduction | null;
};

export type OrderCancelTransaction = TransactionBase & {
  readonly type: "ORDER_CANCEL";
  readonly orderId: number;
  readonly clientOrderId: string | null;
  readonly reason: CancelReason;
  readonly replacedByOrderId: number | null;
  /** Both only with LINKED_TRADE_CLOSED. */
  readonly closedTradeId: number | null;
  readonly tradeCloseTransactionId: number | null;
};

export type OrderCancelRejectTransaction = TransactionBase & {
  readonly type: "ORDER_CANCEL_REJECT";
  readonly orderId: number;
  readonly rejectReason: RejectReason;
};

export type DailyFinancingTransaction = TransactionBase & {
  readonly type: "DAILY_FINANCING";
  readonly financing: Decimal;
  readonly accountBalance: Decimal;
  readonly positionFinancings: readonly PositionFinancing[];
};

/** Its parts add up to it, and the positions' to the transaction's. */
export type PositionFinancing = {
  readonly instrument: string;
  readonly financing: Decimal;
  readonly quoteConversion: ConversionFactors;
  readonly openTradeFinancings: readonly TradeFinancing[];
};

export type TradeFinancing = {
  readonly tradeId: number;
  readonly financing: Decimal;
  /** The yearly rate that was charged (0.05 is 5 % earned). */
  readonly financingRate: Decimal;
};

/** One entry of an account's log. */
export type VenueTransaction =
  | CreateTransaction
  | ConfigureTransaction
  | ConfigureRejectTransaction
  | TransferTransaction
  | MarketOrderTransaction
  | MarketOrderRejectTransaction
  | ExitOrderTransaction
  | FillTransaction
  | OrderCancelTransaction
  | OrderCancelRejectTransaction
  | DailyFinancingTransaction;

type ExitPrefix = "TAKE_PROFIT" | "STOP_LOSS" | "TRAILING_STOP_LOSS";

/** OANDA's names of why a request was refused. */
export type RejectReason =
  | "INSTRUMENT_UNKNOWN"
  | "INSTRUMENT_PRICE_UNKNOWN"
  | "UNITS_INVALID"
  | "UNITS_PRECISION_EXCEEDED"
  | "UNITS_MINIMUM_NOT_MET"
  | "UNITS_LIMIT_EXCEEDED"
  | "TIME_IN_FORCE_INVALID"
  | "PRICE_BOUND_INVALID"
  | "PRICE_BOUND_PRECISION_EXCEEDED"
  | "CLIENT_ORDER_ID_INVALID"
  | "CLIENT_ORDER_TAG_INVALID"
  | "CLIENT_ORDER_COMMENT_INVALID"
  | "CLIENT_ORDER_ID_ALREADY_EXISTS"
  | "CLIENT_TRADE_ID_INVALID"
  | "CLIENT_TRADE_TAG_INVALID"
  | "CLIENT_TRADE_COMMENT_INVALID"
  | "CLIENT_TRADE_ID_ALREADY_EXISTS"
  | "ORDERS_ON_FILL_DUPLICATE_CLIENT_ORDER_IDS"
  | "TRADE_DOESNT_EXIST"
  | "CLOSE_TRADE_UNITS_EXCEED_TRADE_SIZE"
  | "CLOSEOUT_POSITION_DOESNT_EXIST"
  | "CLOSEOUT_POSITION_UNITS_EXCEED_POSITION_SIZE"
  | "ORDER_DOESNT_EXIST"
  | "MARGIN_RATE_INVALID"
  | "MARGIN_RATE_WOULD_TRIGGER_CLOSEOUT"
  | "ALIAS_INVALID"
  | "CLIENT_CONFIGURE_DATA_MISSING"
  | `${"TAKE_PROFIT" | "STOP_LOSS"}_ON_FILL_PRICE_${"MISSING" | "INVALID" | "PRECISION_EXCEEDED"}`
  | `${ExitPrefix}_ON_FILL_${"TIME_IN_FORCE_INVALID" | "GTD_TIMESTAMP_MISSING" | "GTD_TIMESTAMP_IN_PAST"}`
  | `${ExitPrefix}_ON_FILL_CLIENT_ORDER_${"ID" | "TAG" | "COMMENT"}_INVALID`
  | `STOP_LOSS_ON_FILL_DISTANCE_${"INVALID" | "PRECISION_EXCEEDED"}`
  | `STOP_LOSS_ON_FILL_PRICE_AND_DISTANCE_BOTH_${"SPECIFIED" | "MISSING"}`
  | `TRAILING_STOP_LOSS_ON_FILL_PRICE_DISTANCE_${"MISSING" | "INVALID" | "PRECISION_EXCEEDED" | "MINIMUM_NOT_MET" | "MAXIMUM_EXCEEDED"}`;
