import type { Decimal, Price } from "../../core/money.ts";
import type { TimeInForce } from "../../core/order.ts";
import type { Instant } from "../../core/time.ts";
import type { Direction } from "../../core/trade.ts";
import type { CancelReason } from "./reasons.ts";

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
  /** Start balance + every pl and financing − every commission and guaranteed fee, exactly. */
  readonly balance: Decimal;
  /** Lifetime totals. */
  readonly pl: Decimal;
  readonly financing: Decimal;
  readonly commission: Decimal;
  /** What guaranteed stops that fired have cost. */
  readonly guaranteedFees: Decimal;
  readonly lastTransactionId: number;
  readonly lastFillTime: Instant | null;
  /** Everything up to and including this moment has happened. */
  readonly processedTo: Instant;
  /** The newest 17:00 New York whose financing is settled. */
  readonly financedTo: Instant;
  /** Open trades, oldest first: their ids ascend. */
  readonly trades: readonly VenueTrade[];
  /** Pending orders, oldest first: their ids ascend. */
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

export type SideTotals = {
  readonly pl: Decimal;
  readonly financing: Decimal;
  readonly guaranteedFees: Decimal;
};

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
  /** The order that opened it. */
  readonly openingOrderId: number;
  /** Its newest exit orders, pending or ended. */
  readonly stopLossOrderId: number | null;
  readonly guaranteedStopLossOrderId: number | null;
  readonly takeProfitOrderId: number | null;
  readonly trailingStopOrderId: number | null;
  /**
   * The DELAYED_TRADE_CLOSURE that condemned it while its market was closed: it is closed once that trades again
   * (OANDA's CLOSE_WHEN_TRADEABLE). null for every other trade.
   */
  readonly delayedClosureId: number | null;
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

/**
 * Which price sets a waiting order off. DEFAULT: the ask for an order that buys, the bid for one that sells; INVERSE the
 * other one. Only the moment depends on it: the fill's price is always the ask of a buy, the bid of a sell.
 */
export type TriggerCondition = "DEFAULT" | "INVERSE" | "BID" | "ASK" | "MID";

/** What becomes of a trade that an order opens. */
export type OnFillTerms = {
  readonly takeProfitOnFill: TakeProfitDetails | null;
  readonly stopLossOnFill: StopLossDetails | null;
  readonly guaranteedStopLossOnFill: GuaranteedStopLossDetails | null;
  readonly trailingStopOnFill: TrailingStopDetails | null;
  readonly tradeClientExtensions: ClientExtensions | null;
};

/** What every order that can open a trade asks for. */
export type FillableTerms = OnFillTerms & {
  readonly instrument: string;
  /** Signed: a sell's are negative. */
  readonly units: Decimal;
  readonly timeInForce: TimeInForce;
  /** The worst price accepted. */
  readonly priceBound: Decimal | null;
  readonly positionFill: PositionFill;
  readonly clientExtensions: ClientExtensions | null;
};

/** A market order as asked for; it never waits, so a stored one has ended. */
export type MarketOrderTerms = FillableTerms & {
  readonly tradeClose: TradeCloseTerms | null;
  readonly positionCloseout: PositionCloseoutTerms | null;
  readonly delayedTradeClose: DelayedTradeCloseTerms | null;
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

export type DelayedTradeCloseTerms = {
  readonly tradeId: number;
  readonly clientTradeId: string | null;
  /** The DELAYED_TRADE_CLOSURE that it carries out. */
  readonly sourceTransactionId: number;
};

export type MarketOrderReason =
  | "CLIENT_ORDER"
  | "TRADE_CLOSE"
  | "POSITION_CLOSEOUT"
  | "MARGIN_CLOSEOUT"
  | "DELAYED_TRADE_CLOSE";

export type VenueMarketOrder = OrderBase &
  MarketOrderTerms & { readonly type: "market"; readonly reason: MarketOrderReason };

export type EntryOrderType = "limit" | "stop" | "market_if_touched";

/** An order that waits for a price, as asked for. */
export type EntryOrderTerms = FillableTerms & {
  readonly price: Decimal;
  /** Only with GTD. */
  readonly gtdTime: Instant | null;
  readonly triggerCondition: TriggerCondition;
};

type EntryBase<T extends EntryOrderType> = OrderBase &
  EntryOrderTerms & {
    readonly type: T;
    /** When it ends by itself: its GTD time, or its day's 17:00 New York; null for GTC. */
    readonly expiresAt: Instant | null;
    /** Of an if-touched order: its trigger's price when it was made. It waits to be touched from that side. */
    readonly initialMarketPrice: Price | null;
    readonly reason: "CLIENT_ORDER" | "REPLACEMENT";
    readonly replacesOrderId: number | null;
    /** The most units that its next fill fills: a venue that runs dry. */
    readonly maximumFillUnits: Decimal | null;
  };

export type LimitOrder = EntryBase<"limit">;
export type StopOrder = EntryBase<"stop">;
export type MarketIfTouchedOrder = EntryBase<"market_if_touched">;
export type EntryOrder = LimitOrder | StopOrder | MarketIfTouchedOrder;

type ExitTiming = {
  /** GTC, GTD or DAY. */
  readonly timeInForce: TimeInForce;
  /** Only with GTD. */
  readonly gtdTime: Instant | null;
  /** DEFAULT unless told. */
  readonly triggerCondition?: TriggerCondition;
  readonly clientExtensions: ClientExtensions | null;
};

export type TakeProfitDetails = ExitTiming & { readonly price: Decimal | null };
/** Exactly one of price and distance; a distance is measured from the trade's open price. */
export type StopLossDetails = ExitTiming & {
  readonly price: Decimal | null;
  readonly distance: Decimal | null;
};
export type GuaranteedStopLossDetails = StopLossDetails;
export type TrailingStopDetails = ExitTiming & { readonly distance: Decimal | null };

export type ExitOrderType = "take_profit" | "stop_loss" | "guaranteed_stop_loss" | "trailing_stop";

type ExitBase = OrderBase & {
  readonly tradeId: number;
  readonly clientTradeId: string | null;
  readonly timeInForce: TimeInForce;
  readonly gtdTime: Instant | null;
  readonly triggerCondition: TriggerCondition;
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
/** Filled at its very price, whatever the market's is. */
export type GuaranteedStopLossOrder = ExitBase & {
  readonly type: "guaranteed_stop_loss";
  readonly price: Price;
  readonly distance: Decimal | null;
  /** What each unit costs when it fires, in quote currency. */
  readonly guaranteedExecutionPremium: Decimal;
};
export type TakeProfitOrder = ExitBase & { readonly type: "take_profit"; readonly price: Price };
export type TrailingStopOrder = ExitBase & {
  readonly type: "trailing_stop";
  readonly distance: Decimal;
  /** Where the stop stands at the account's `processedTo`. */
  readonly trailingStopValue: Decimal;
};

export type ExitOrder =
  | TakeProfitOrder
  | StopLossOrder
  | GuaranteedStopLossOrder
  | TrailingStopOrder;
/** Orders that wait: `isExit` (orders.ts) tells the two kinds apart. */
export type PendingOrder = EntryOrder | ExitOrder;
export type VenueOrder = VenueMarketOrder | PendingOrder;
