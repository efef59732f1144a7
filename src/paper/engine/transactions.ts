import type { Decimal, Price } from "../../core/money.ts";
import type { Instant } from "../../core/time.ts";
import type { CancelReason, RejectReason } from "./reasons.ts";
import type {
  ClientExtensions,
  EntryOrderTerms,
  MarketOrderReason,
  MarketOrderTerms,
  StopLossOrder,
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

/** How a new order came to be. */
type EntryOrigin = {
  readonly reason: "CLIENT_ORDER" | "REPLACEMENT";
  /** The order it took the place of, and the cancellation of that one. */
  readonly replacesOrderId: number | null;
  readonly cancellingTransactionId: number | null;
};

type EntryTransaction<T extends string> = TransactionBase &
  EntryOrderTerms &
  EntryOrigin & { readonly type: T };

export type LimitOrderTransaction = EntryTransaction<"LIMIT_ORDER">;
export type StopOrderTransaction = EntryTransaction<"STOP_ORDER">;
export type MarketIfTouchedOrderTransaction = EntryTransaction<"MARKET_IF_TOUCHED_ORDER"> & {
  readonly initialMarketPrice: Price | null;
};

/** A new waiting order that may open a trade. */
export type EntryOrderTransaction =
  | LimitOrderTransaction
  | StopOrderTransaction
  | MarketIfTouchedOrderTransaction;

type EntryRejectTransaction<T extends string> = TransactionBase &
  EntryOrderTerms & {
    readonly type: T;
    readonly reason: EntryOrigin["reason"];
    readonly intendedReplacesOrderId: number | null;
    readonly rejectReason: RejectReason;
  };

export type EntryOrderRejectTransaction =
  | EntryRejectTransaction<"LIMIT_ORDER_REJECT">
  | EntryRejectTransaction<"STOP_ORDER_REJECT">
  | EntryRejectTransaction<"MARKET_IF_TOUCHED_ORDER_REJECT">;

/** An exit order's terms, as its transaction tells them. */
type ExitTerms = Pick<
  StopLossOrder,
  | "tradeId"
  | "clientTradeId"
  | "timeInForce"
  | "gtdTime"
  | "triggerCondition"
  | "reason"
  | "orderFillTransactionId"
  | "replacesOrderId"
  | "clientExtensions"
> & {
  /** The cancellation of the order it took the place of. */
  readonly cancellingTransactionId: number | null;
};

export type StopLossOrderTransaction = TransactionBase &
  ExitTerms & {
    readonly type: "STOP_LOSS_ORDER";
    readonly price: Price;
    readonly distance: Decimal | null;
  };

export type GuaranteedStopLossOrderTransaction = TransactionBase &
  ExitTerms & {
    readonly type: "GUARANTEED_STOP_LOSS_ORDER";
    readonly price: Price;
    readonly distance: Decimal | null;
    /** What each unit costs when it fires, in quote currency. */
    readonly guaranteedExecutionPremium: Decimal;
  };

export type TakeProfitOrderTransaction = TransactionBase &
  ExitTerms & { readonly type: "TAKE_PROFIT_ORDER"; readonly price: Price };

export type TrailingStopOrderTransaction = TransactionBase &
  ExitTerms & {
    readonly type: "TRAILING_STOP_LOSS_ORDER";
    readonly distance: Decimal;
  };

export type ExitOrderTransaction =
  | StopLossOrderTransaction
  | GuaranteedStopLossOrderTransaction
  | TakeProfitOrderTransaction
  | TrailingStopOrderTransaction;

/** An exit order that was refused, as asked for. */
type ExitRejectTransaction<T extends string> = TransactionBase &
  Omit<ExitTerms, "replacesOrderId" | "cancellingTransactionId"> & {
    readonly type: T;
    readonly price: Decimal | null;
    readonly distance: Decimal | null;
    readonly intendedReplacesOrderId: number | null;
    readonly rejectReason: RejectReason;
  };

export type ExitOrderRejectTransaction =
  | ExitRejectTransaction<"TAKE_PROFIT_ORDER_REJECT">
  | ExitRejectTransaction<"STOP_LOSS_ORDER_REJECT">
  | ExitRejectTransaction<"GUARANTEED_STOP_LOSS_ORDER_REJECT">
  | ExitRejectTransaction<"TRAILING_STOP_LOSS_ORDER_REJECT">;

export type FillReason =
  | "MARKET_ORDER"
  | "MARKET_ORDER_TRADE_CLOSE"
  | "MARKET_ORDER_POSITION_CLOSEOUT"
  | "MARKET_ORDER_MARGIN_CLOSEOUT"
  | "MARKET_ORDER_DELAYED_TRADE_CLOSE"
  | "LIMIT_ORDER"
  | "STOP_ORDER"
  | "MARKET_IF_TOUCHED_ORDER"
  | "STOP_LOSS_ORDER"
  | "GUARANTEED_STOP_LOSS_ORDER"
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
  /** What the guaranteed stop that closed it cost, in home currency; a positive amount lowers the balance. */
  readonly guaranteedExecutionFee: Decimal;
  /** The same in quote currency: units × premium, exactly. */
  readonly quoteGuaranteedExecutionFee: Decimal;
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
  /** The market's price: another one only where a guaranteed stop was filled at its own. */
  readonly fullVwap: Price;
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
  /** The sum of the parts' guaranteed fees; a positive amount lowers the balance. */
  readonly guaranteedExecutionFee: Decimal;
  readonly quoteGuaranteedExecutionFee: Decimal;
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
  readonly clientOrderId: string | null;
  readonly rejectReason: RejectReason;
};

type OrderExtensions = {
  readonly orderId: number;
  readonly clientOrderId: string | null;
  /** As asked for: a label that is null stayed as it was. */
  readonly clientExtensionsModify: ClientExtensions | null;
  readonly tradeClientExtensionsModify: ClientExtensions | null;
};

export type OrderExtensionsTransaction = TransactionBase &
  OrderExtensions & { readonly type: "ORDER_CLIENT_EXTENSIONS_MODIFY" };

export type OrderExtensionsRejectTransaction = TransactionBase &
  OrderExtensions & {
    readonly type: "ORDER_CLIENT_EXTENSIONS_MODIFY_REJECT";
    readonly rejectReason: RejectReason;
  };

type TradeExtensions = {
  readonly tradeId: number;
  readonly clientTradeId: string | null;
  readonly tradeClientExtensionsModify: ClientExtensions;
};

export type TradeExtensionsTransaction = TransactionBase &
  TradeExtensions & { readonly type: "TRADE_CLIENT_EXTENSIONS_MODIFY" };

export type TradeExtensionsRejectTransaction = TransactionBase &
  TradeExtensions & {
    readonly type: "TRADE_CLIENT_EXTENSIONS_MODIFY_REJECT";
    readonly rejectReason: RejectReason;
  };

/** Trades that have to be closed while their market is closed: they are once it trades again. */
export type DelayedTradeClosureTransaction = TransactionBase & {
  readonly type: "DELAYED_TRADE_CLOSURE";
  readonly reason: MarketOrderReason;
  readonly tradeIds: readonly number[];
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
  | EntryOrderTransaction
  | EntryOrderRejectTransaction
  | ExitOrderTransaction
  | ExitOrderRejectTransaction
  | FillTransaction
  | OrderCancelTransaction
  | OrderCancelRejectTransaction
  | OrderExtensionsTransaction
  | OrderExtensionsRejectTransaction
  | TradeExtensionsTransaction
  | TradeExtensionsRejectTransaction
  | DelayedTradeClosureTransaction
  | DailyFinancingTransaction;
