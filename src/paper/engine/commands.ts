import type { Decimal } from "../../core/money.ts";
import type { TimeInForce } from "../../core/order.ts";
import type { Instant } from "../../core/time.ts";
import type { Direction } from "../../core/trade.ts";
import type {
  ClientExtensions,
  EntryOrderType,
  ExitOrderType,
  GuaranteedStopLossDetails,
  PositionFill,
  StopLossDetails,
  TakeProfitDetails,
  TrailingStopDetails,
  TriggerCondition,
} from "./types.ts";

/** What every command says: its time, and the id of the request it came with. */
export type CommandContext = {
  /** The account is first advanced to it; an earlier moment than the account's is taken as the account's. */
  readonly at: Instant;
  readonly requestId?: string | null;
};

/** What every order that can open a trade may ask for. */
export type FillableRequest = {
  readonly instrument: string;
  /** Signed: a sell's are negative. */
  readonly units: Decimal;
  readonly priceBound?: Decimal | null;
  readonly positionFill?: PositionFill;
  readonly takeProfitOnFill?: TakeProfitDetails | null;
  readonly stopLossOnFill?: StopLossDetails | null;
  readonly guaranteedStopLossOnFill?: GuaranteedStopLossDetails | null;
  readonly trailingStopOnFill?: TrailingStopDetails | null;
  readonly clientExtensions?: ClientExtensions | null;
  readonly tradeClientExtensions?: ClientExtensions | null;
  /** The most units that get filled (of a waiting order: by its first fill), FOK or not: a venue that runs dry. */
  readonly maximumFillUnits?: Decimal;
};

export type MarketOrderCommand = CommandContext &
  FillableRequest & {
    /** FOK or IOC; FOK unless told. */
    readonly timeInForce?: TimeInForce;
    /** The venue fails to make the stops that come with it, after its fill. */
    readonly areStopsRefused?: boolean;
  };

/** A limit, stop or if-touched order's body. */
export type EntryOrderRequest = FillableRequest & {
  readonly type: EntryOrderType;
  readonly price: Decimal;
  /** GTC unless told; an if-touched order can't be FOK or IOC. */
  readonly timeInForce?: TimeInForce;
  /** Only with GTD. */
  readonly gtdTime?: Instant | null;
  readonly triggerCondition?: TriggerCondition;
};

export type EntryOrderCommand = CommandContext & EntryOrderRequest;

/**
 * The body of an exit of an open trade. A take-profit has a price, a trailing stop a distance, the other stops one of
 * the two: their distance is measured from the current price, the ask for a long trade and the bid for a short one.
 */
export type ExitOrderRequest = {
  readonly type: ExitOrderType;
  readonly tradeId: number;
  readonly price?: Decimal | null;
  readonly distance?: Decimal | null;
  /** GTC, GTD or DAY; GTC unless told. */
  readonly timeInForce?: TimeInForce;
  /** Only with GTD. */
  readonly gtdTime?: Instant | null;
  readonly triggerCondition?: TriggerCondition;
  readonly clientExtensions?: ClientExtensions | null;
};

export type ExitOrderCommand = CommandContext & ExitOrderRequest;

/** The whole new order; it takes over the old one's client extensions where it names none. */
export type ReplaceOrderCommand = CommandContext & {
  readonly orderId: number;
  readonly order: EntryOrderRequest | ExitOrderRequest;
};

/**
 * What becomes of a trade's exits. Absent: it stays. null: it is cancelled. An object: it is made, or replaces the one
 * there is, taking over from it what the object doesn't name. Distances are measured from the trade's open price.
 */
export type TradeOrdersCommand = CommandContext & {
  readonly tradeId: number;
  readonly takeProfit?: Partial<TakeProfitDetails> | null;
  readonly stopLoss?: Partial<StopLossDetails> | null;
  readonly guaranteedStopLoss?: Partial<GuaranteedStopLossDetails> | null;
  readonly trailingStop?: Partial<TrailingStopDetails> | null;
};

/** New labels of a pending order, and of the trade that it will open; a label that is null stays as it is. */
export type OrderExtensionsCommand = CommandContext & {
  readonly orderId: number;
  readonly clientExtensions?: ClientExtensions | null;
  readonly tradeClientExtensions?: ClientExtensions | null;
};

/** New labels of an open trade; a label that is null stays as it is. */
export type TradeExtensionsCommand = CommandContext & {
  readonly tradeId: number;
  readonly clientExtensions: ClientExtensions;
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
