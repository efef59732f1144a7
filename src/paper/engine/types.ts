import type { Decimal, Price } from "../../core/money.ts";
import type { TimeInForce } from "../../core/order.ts";
import type { Instant } from "../../core/time.ts";
import type { Direction } from "../../core/trade.ts";

/** A client's own labels on an order or a trade. */
export type ClientExtensions = {
  readonly id: string | null;
  readonly tag: string | null;
  readonly comment: string | null;
};

/**
 * One account's whole state: plain data that is never changed in place. Ids count up from 1 without a gap over all
 * of the account's transactions; an order has the id of the transaction that made it, a trade that of its fill.
 * Money is in `currency`, with at most four decimals.
 */
export type VenueAccount = {
  readonly id: string;
  readonly alias: string | null;
  readonly currency: string;
  readonly createdTime: Instant;
  /** The account's own margin rate, where it asked for a stricter one. */
  readonly marginRate: Decimal | null;
  /** Start balance + every pl and financing − every commission, exactly. */
  readonly balance: Decimal;
  /** Lifetime totals. */
  readonly pl: Decimal;
  readonly financing: Decimal;
  readonly commission: Decimal;
  readonly lastTransactionId: number;
  readonly lastFillTime: Instant | null;
  /** Everything up to and including this moment has happened. */
  readonly processedTo: Instant;
  /** The newest 17:00 New York whose financing is settled. */
  readonly financedTo: Instant;
  /** Open trades, oldest first. */
  readonly trades: readonly VenueTrade[];
  /** Pending orders, oldest first. */
  readonly orders: readonly PendingOrder[];
  /** Lifetime totals of every instrument ever traded, in order of its first trade. */
  readonly totals: readonly InstrumentTotals[];
};

export type InstrumentTotals = {
  readonly instrument: string;
  readonly commission: Decimal;
  readonly long: SideTotals;
  readonly short: SideTotals;
};

export type SideTotals = { readonly pl: Decimal; readonly financing: Decimal };

/** A trade, open or closed. Units carry the sign: a short trade's are negative. */
export type VenueTrade = {
  readonly id: number;
  readonly instrument: string;
  readonly price: Price;
  readonly openTime: Instant;
  readonly initialUnits: Decimal;
  readonly initialMarginRequired: Decimal;
  /** Zero once closed. */
  readonly currentUnits: Decimal;
  readonly realizedPl: Decimal;
  readonly financing: Decimal;
  /** Sum of closed units × price: with the units closed it gives the average close price. */
  readonly closedValue: Decimal;
  readonly closingTransactionIds: readonly number[];
  readonly closeTime: Instant | null;
  readonly clientExtensions: ClientExtensions | null;
  /** The market order that opened it. */
  readonly openingOrderId: number;
  /** Its newest exit orders, pending or ended. */
  readonly stopLossOrderId: number | null;
  readonly takeProfitOrderId: number | null;
  readonly trailingStopOrderId: number | null;
};

export type OrderEnd =
  | {
      readonly state: "filled";
      readonly time: Instant;
      readonly transactionId: number;
      readonly tradeOpenedId: number | null;
      readonly tradeReducedId: number | null;
      readonly tradeClosedIds: readonly number[];
    }
  | {
      readonly state: "cancelled";
      readonly time: Instant;
      readonly transactionId: number;
      readonly reason: CancelReason;
      readonly replacedByOrderId: number | null;
    };

type OrderBase = {
  readonly id: number;
  readonly createTime: Instant;
  readonly clientExtensions: ClientExtensions | null;
  /** null while pending. */
  readonly end: OrderEnd | null;
};

export type PositionFill = "DEFAULT" | "OPEN_ONLY" | "REDUCE_FIRST" | "REDUCE_ONLY";

/** A market order as asked for; it never waits, so a stored one has ended. */
export type MarketOrderTerms = {
  readonly instrument: string;
  /** Signed: a sell's are negative. */
  readonly units: Decimal;
  readonly timeInForce: TimeInForce;
  readonly priceBound: Decimal | null;
  readonly positionFill: PositionFill;
  readonly takeProfitOnFill: TakeProfitDetails | null;
  readonly stopLossOnFill: StopLossDetails | null;
  readonly trailingStopOnFill: TrailingStopDetails | null;
  readonly clientExtensions: ClientExtensions | null;
  readonly tradeClientExtensions: ClientExtensions | null;
  readonly tradeClose: TradeCloseTerms | null;
  readonly positionCloseout: PositionCloseoutTerms | null;
};

export type TradeCloseTerms = {
  readonly tradeId: number;
  readonly clientTradeId: string | null;
  readonly units: Decimal | "ALL";
};

export type PositionCloseoutTerms = {
  readonly instrument: string;
  readonly direction: Direction;
  readonly units: Decimal | "ALL";
};

export type MarketOrderReason =
  | "CLIENT_ORDER"
  | "TRADE_CLOSE"
  | "POSITION_CLOSEOUT"
  | "MARGIN_CLOSEOUT";

export type VenueMarketOrder = OrderBase &
  MarketOrderTerms & { readonly type: "market"; readonly reason: MarketOrderReason };

type ExitTiming = {
  /** GTC, GTD or DAY. */
  readonly timeInForce: TimeInForce;
  /** Only with GTD. */
  readonly gtdTime: Instant | null;
  readonly clientExtensions: ClientExtensions | null;
};

export type TakeProfitDetails = ExitTiming & { readonly price: Decimal | null };
/** Exactly one of price and distance; a distance is measured from the trade's open price. */
export type StopLossDetails = ExitTiming & {
  readonly price: Decimal | null;
  readonly distance: Decimal | null;
};
export type TrailingStopDetails = ExitTiming & { readonly distance: Decimal | null };

type ExitBase = OrderBase & {
  readonly tradeId: number;
  readonly clientTradeId: string | null;
  readonly timeInForce: TimeInForce;
  readonly gtdTime: Instant | null;
  /** When it ends by itself: its GTD time, or its day's 17:00 New York; null for GTC. */
  readonly expiresAt: Instant | null;
  readonly reason: "ON_FILL" | "CLIENT_ORDER" | "REPLACEMENT";
  /** The fill that it came with. */
  readonly orderFillTransactionId: number | null;
  readonly replacesOrderId: number | null;
};

export type StopLossOrder = ExitBase & {
  readonly type: "stop_loss";
  readonly price: Price;
  readonly distance: Decimal | null;
};
export type TakeProfitOrder = ExitBase & { readonly type: "take_profit"; readonly price: Price };
export type TrailingStopOrder = ExitBase & {
  readonly type: "trailing_stop";
  readonly distance: Decimal;
  /** Where the stop stands at the account's `processedTo`. */
  readonly trailingStopValue: Decimal;
};

export type ExitOrder = StopLossOrder | TakeProfitOrder | TrailingStopOrder;
/** Orders that wait: exits today; limit, stop and if-touched entries join here. */
export type PendingOrder = ExitOrder;
export type VenueOrder = VenueMarketOrder | PendingOrder;

/** OANDA's names, as are the reject reasons: its clients know them. */
export type CancelReason =
  | "CLIENT_REQUEST"
  | "LINKED_TRADE_CLOSED"
  | "TIME_IN_FORCE_EXPIRED"
  | "MARKET_HALTED"
  | "INSUFFICIENT_MARGIN"
  | "INSUFFICIENT_LIQUIDITY"
  | "BOUNDS_VIOLATION"
  | "FIFO_VIOLATION"
  | "TAKE_PROFIT_ON_FILL_LOSS"
  | "STOP_LOSS_ON_FILL_LOSS"
  | "STOP_LOSS_ON_FILL_PRICE_DISTANCE_MAXIMUM_EXCEEDED"
  | "POSITION_CLOSEOUT_FAILED"
  | "INSTRUMENT_BID_REDUCE_ONLY"
  | "INSTRUMENT_ASK_REDUCE_ONLY";

/** What every command says: its time, and the id of the request it came with. */
export type CommandContext = {
  /** The account is first advanced to it; an earlier moment than the account's is taken as the account's. */
  readonly at: Instant;
  readonly requestId?: string | null;
};

export type MarketOrderCommand = CommandContext & {
  readonly instrument: string;
  /** Signed: a sell's are negative. */
  readonly units: Decimal;
  /** FOK unless told. */
  readonly timeInForce?: TimeInForce;
  readonly priceBound?: Decimal | null;
  readonly positionFill?: PositionFill;
  readonly takeProfitOnFill?: TakeProfitDetails | null;
  readonly stopLossOnFill?: StopLossDetails | null;
  readonly trailingStopOnFill?: TrailingStopDetails | null;
  readonly clientExtensions?: ClientExtensions | null;
  readonly tradeClientExtensions?: ClientExtensions | null;
  /** The most units that get filled, FOK or not: a venue that runs dry. */
  readonly maximumFillUnits?: Decimal;
};

export type TradeCloseCommand = CommandContext & {
  readonly tradeId: number;
  /** Positive units, or everything that is left. */
  readonly units: Decimal | "ALL";
  readonly clientExtensions?: ClientExtensions | null;
  readonly maximumFillUnits?: Decimal;
};

export type PositionCloseoutCommand = CommandContext & {
  readonly instrument: string;
  readonly direction: Direction;
  /** Positive units, or the whole side. */
  readonly units: Decimal | "ALL";
  readonly clientExtensions?: ClientExtensions | null;
  readonly maximumFillUnits?: Decimal;
};

export type CancelOrderCommand = CommandContext & {
  readonly orderId: number;
};

export type ConfigureCommand = CommandContext & {
  readonly alias?: string | null;
  readonly marginRate?: Decimal | null;
};
