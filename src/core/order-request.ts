import type { Decimal, Price, Units } from "./money.ts";
import type { OrderOrigin, Side, TimeInForce } from "./order.ts";
import type { Instant } from "./time.ts";

/**
 * A stop to attach on fill: at a price, or at a distance (a price difference) from the fill's own price. A guaranteed
 * one fills at its price also through a gap, for a fee, where the account has such stops.
 */
export type AttachedStop = StopLevel & { readonly isGuaranteed?: true };

type StopLevel =
  | { readonly kind: "price"; readonly price: Price }
  | { readonly kind: "distance"; readonly distance: Decimal };

/** What every request has: whose it is, and what it is about. */
type RequestBase = {
  /** Ours, unique for each request: the key of its intent. Orders and closes carry it to the broker. */
  readonly clientOrderId: string;
  readonly account: string;
  readonly instrument: string;
  readonly side: Side;
  readonly units: Units;
  readonly origin: OrderOrigin;
};

/** The exits that an order attaches to the trade it opens. */
export type AttachedExits = {
  readonly stopLoss: AttachedStop | null;
  readonly takeProfit: Price | null;
  /** Distance of the trailing stop, as a price difference. */
  readonly trailingStop: Decimal | null;
};

/** What orders that may open a position have in common. */
export type OpeningTerms = AttachedExits & {
  /** Worst price accepted; null for any. */
  readonly priceBound: Price | null;
  /** Only ever reduces what is open. */
  readonly reduceOnly: boolean;
};

/** An instruction to open or reduce a position at the market, with the exits to attach when it fills. */
export type MarketOrder = RequestBase &
  OpeningTerms & {
    readonly kind: "market";
    /** `FOK`: all or nothing. `IOC`: what is there now. */
    readonly timeInForce: "FOK" | "IOC";
  };

/** How long an order waits. `expiresAt` is given with GTD and null with everything else. */
export type Waiting = { readonly timeInForce: TimeInForce; readonly expiresAt: Instant | null };

export type EntryType = "limit" | "stop" | "mit";

/** The terms of an order that waits for its price: `limit` for a better one, `stop` for a worse, `mit` for either. */
export type EntryTerms = OpeningTerms &
  Waiting & { readonly type: EntryType; readonly price: Price };

/** An instruction that waits until the market reaches its price, and then opens or reduces a position. */
export type EntryOrder = RequestBase & EntryTerms & { readonly kind: "entry" };

export type ExitType = "stop_loss" | "take_profit" | "trailing_stop" | "guaranteed_stop_loss";

/** The terms of a pending exit of one trade: `price`, and for a trailing stop `distance` instead. */
export type ExitTerms = Waiting & {
  readonly type: ExitType;
  readonly tradeId: string;
  readonly price: Price | null;
  readonly distance: Decimal | null;
};

/**
 * An instruction to put another order of the same type in a pending order's place: the broker gives it a new id and
 * keeps its client order id. `side` and `units` are the new order's.
 */
export type ChangeOrder = RequestBase & {
  readonly kind: "change";
  /** The pending order to replace. */
  readonly orderId: string;
  /** Its whole terms from now on. */
  readonly terms: EntryTerms | ExitTerms;
};

/** An instruction to take a pending order back. `side` and `units` are that order's. */
export type CancelOrder = RequestBase & { readonly kind: "cancel"; readonly orderId: string };

/** What becomes of one exit of a trade: it stays, goes, or stands at `T` from now on. */
export type ExitChange<T> = "keep" | "remove" | { readonly set: T };

/** An instruction to set, move or remove the exits of one open trade, all at once. `side` is the one that closes it. */
export type ExitsChange = RequestBase & {
  readonly kind: "exits";
  readonly tradeId: string;
  /** A distance is measured from the trade's open price. */
  readonly stopLoss: ExitChange<AttachedStop>;
  readonly takeProfit: ExitChange<Price>;
  readonly trailingStop: ExitChange<Decimal>;
};

/** An instruction to close one trade, or one side of an instrument's position, wholly or in part. */
export type CloseOrder = RequestBase & {
  /** `side`: `sell` closes a long position. */
  readonly kind: "close";
  /** The one trade to close; null closes the instrument's oldest trades first. */
  readonly tradeId: string | null;
  /** Whether `units` is all there was when asked: everything is closed, also what was added since. */
  readonly isWhole: boolean;
};

/** Everything that leaves on the one road. */
export type OrderRequest =
  | MarketOrder
  | EntryOrder
  | CloseOrder
  | ChangeOrder
  | CancelOrder
  | ExitsChange;

/** Whether it may open something, or change what will: what isn't allowed where earlier orders can't be told. */
export function mayAddRisk(request: OrderRequest): boolean {
  switch (request.kind) {
    case "market":
      return !request.reduceOnly;
    case "entry":
    case "change":
      return true;
    case "close":
    case "cancel":
    case "exits":
      return false;
  }
}

declare const clearedBrand: unique symbol;

/** A request that passed review. Only `compliance/review.ts` makes one, and adapters accept nothing else. */
export type Cleared<T extends OrderRequest> = T & {
  readonly [clearedBrand]: { verdictId: string };
};
export type ClearedOrder = Cleared<OrderRequest>;
