import type { CancelReason, ExitPrefix, RejectReason } from "../../paper/engine/reasons.ts";

export type Reason = RejectReason | CancelReason;
/** What happened, and what to do. */
export type Words = readonly [meaning: string, advice: string];

/** How a reason about an exit ends: one that came with an order, or one of an open trade. */
export type ExitSuffix = SuffixOf<Reason>;
type SuffixOf<T> = T extends `${ExitPrefix}_ON_FILL_${infer Suffix}`
  ? Suffix
  : T extends `${ExitPrefix}_ORDER_${infer Suffix}`
    ? Suffix
    : never;
type OrderReason = Exclude<Reason, `${ExitPrefix}_${"ON_FILL" | "ORDER"}_${string}`>;

const ROUND = "Round it to the instrument's decimals.";
const LOOK = "Look at what is there now, then decide again.";
const SHORTEN = "Shorten it to at most 128 printable characters.";
const OWN_SIZE = "Use a size that no other trade in the instrument has.";
const ONE_STOP = "Attach just one kind of stop.";
const NOTHING = "Nothing needs to be done.";
const PLAIN_TRIGGER = "Use the default trigger.";

export const ORDER_WORDS: Readonly<Record<OrderReason, Words>> = {
  INTERNAL_SERVER_ERROR: [
    "the venue failed while it worked on it",
    "Look at what is there now, then decide again.",
  ],
  INSUFFICIENT_MARGIN: [
    "the account's equity doesn't carry the margin of it",
    "Take a smaller size, or close something first.",
  ],
  INSUFFICIENT_LIQUIDITY: [
    "fewer units are on offer than it asks for at once",
    "Take a smaller size, or accept a partial fill with --tif IOC.",
  ],
  MARKET_HALTED: ["the market is closed for this instrument", "Try again when it is open."],
  FIFO_VIOLATION: [
    "US rules close the oldest trade of a size first",
    "Close the oldest trade of that size first.",
  ],
  FIFO_VIOLATION_SAFEGUARD_VIOLATION: [
    "US rules allow exits only on a trade whose size no other trade in the instrument has",
    OWN_SIZE,
  ],
  FIFO_VIOLATION_SAFEGUARD_PARTIAL_CLOSE_VIOLATION: [
    "US rules forbid it: what is left would be as large as another trade that has exits",
    "Close another number of units.",
  ],
  BOUNDS_VIOLATION: [
    "the price was worse than the worst that it accepts",
    "Try again, or accept more slippage.",
  ],
  LOSING_TAKE_PROFIT: [
    "the take-profit would close at a loss",
    "Put it on the winning side of the price.",
  ],
  POSITION_CLOSEOUT_FAILED: ["there is nothing open that it could reduce", LOOK],
  INSTRUMENT_BID_REDUCE_ONLY: ["an opposite position is open, and it may not reduce it", LOOK],
  INSTRUMENT_ASK_REDUCE_ONLY: ["an opposite position is open, and it may not reduce it", LOOK],
  OPEN_TRADES_ALLOWED_EXCEEDED: ["the account has too many open trades", "Close some first."],
  PENDING_ORDERS_ALLOWED_EXCEEDED: [
    "the account has too many waiting orders",
    "Cancel some first.",
  ],
  CLIENT_REQUEST: ["you cancelled it", NOTHING],
  CLIENT_REQUEST_REPLACED: [
    "you changed it: a new order has taken its place",
    "See the new order.",
  ],
  LINKED_TRADE_CLOSED: ["its trade was closed", NOTHING],
  TIME_IN_FORCE_EXPIRED: ["its time had run out", "Place it again if you still want it."],
  CLIENT_ORDER_ID_ALREADY_EXISTS: [
    "an order with its client id was placed before",
    "It may be the same order: look at it with `order show @ID` before placing another.",
  ],
  CLIENT_TRADE_ID_ALREADY_EXISTS: [
    "an open trade has its client id already",
    "It may come from the same order: look at it before placing another.",
  ],
  INSTRUMENT_UNKNOWN: ["there is no such instrument", "See `accounts instruments`."],
  INSTRUMENT_PRICE_UNKNOWN: ["there is no price for it", "Try again when it is quoted."],
  UNITS_INVALID: ["its size isn't above zero", "Give a size above zero."],
  UNITS_PRECISION_EXCEEDED: ["its size has too many decimals", "Round the size."],
  UNITS_MINIMUM_NOT_MET: ["its size is below the smallest allowed", "Take a larger size."],
  UNITS_LIMIT_EXCEEDED: ["its size is above the largest allowed", "Take a smaller size."],
  TIME_IN_FORCE_INVALID: [
    "that kind of order can't have this time in force",
    "Choose another with --tif.",
  ],
  TIME_IN_FORCE_GTD_TIMESTAMP_MISSING: [
    "it should end on a date, and has none",
    "Give the date with --expires.",
  ],
  TIME_IN_FORCE_GTD_TIMESTAMP_IN_PAST: ["the date it should end on is over", "Give a later one."],
  TRIGGER_CONDITION_INVALID: ["that price can't trigger it", PLAIN_TRIGGER],
  PRICE_MISSING: ["it needs a price", "Give one."],
  PRICE_INVALID: ["its price isn't usable", "Give one above zero."],
  PRICE_PRECISION_EXCEEDED: ["its price has too many decimals", ROUND],
  PRICE_BOUND_INVALID: ["the worst price it accepts isn't usable", "Give one above zero."],
  PRICE_BOUND_PRECISION_EXCEEDED: ["the worst price it accepts has too many decimals", ROUND],
  PRICE_DISTANCE_MISSING: ["it has no distance", "Give one."],
  PRICE_DISTANCE_INVALID: ["its distance isn't usable", "Give one above zero."],
  PRICE_DISTANCE_PRECISION_EXCEEDED: ["its distance has too many decimals", ROUND],
  PRICE_DISTANCE_MINIMUM_NOT_MET: ["its distance is smaller than allowed", "Lengthen it."],
  PRICE_DISTANCE_MAXIMUM_EXCEEDED: ["its distance is larger than allowed", "Shorten it."],
  CLIENT_ORDER_ID_INVALID: ["its client id can't be kept", SHORTEN],
  CLIENT_ORDER_TAG_INVALID: ["its signal and agent can't be kept", SHORTEN],
  CLIENT_ORDER_COMMENT_INVALID: ["its comment can't be kept", SHORTEN],
  CLIENT_TRADE_ID_INVALID: ["the client id of its trade can't be kept", SHORTEN],
  CLIENT_TRADE_TAG_INVALID: ["signal and agent of its trade can't be kept", SHORTEN],
  CLIENT_TRADE_COMMENT_INVALID: ["the comment of its trade can't be kept", SHORTEN],
  CLIENT_EXTENSIONS_DATA_MISSING: ["the change of labels holds no label", "Give at least one."],
  TRADE_ON_FILL_CLIENT_EXTENSIONS_NOT_SUPPORTED: [
    "it can't open a trade, and carried labels for one",
    "Leave the trade's labels out.",
  ],
  ORDERS_ON_FILL_DUPLICATE_CLIENT_ORDER_IDS: [
    "two of its exits have the same client id",
    "Use another id.",
  ],
  ORDERS_ON_FILL_RMO_MUTUAL_EXCLUSIVITY_MUTUALLY_EXCLUSIVE_VIOLATION: [
    "this account takes only one stop on a trade",
    ONE_STOP,
  ],
  ORDERS_ON_FILL_RMO_MUTUAL_EXCLUSIVITY_GSLO_EXCLUDES_OTHERS_VIOLATION: [
    "a guaranteed stop stands alone on its trade",
    ONE_STOP,
  ],
  INVALID_REISSUE_IMMEDIATE_PARTIAL_FILL: [
    "a part would be filled at once, and the rest can't wait as an order",
    "Take a smaller size.",
  ],
  REPLACING_ORDER_INVALID: ["an order can only be replaced by one of its kind", "Cancel it first."],
  REPLACING_TRADE_ID_INVALID: ["the new exit belongs to another trade", "Keep the trade."],
  ORDER_DOESNT_EXIST: ["there is no such waiting order any more", LOOK],
  TRADE_DOESNT_EXIST: ["there is no such open trade any more", LOOK],
  CLOSE_TRADE_UNITS_EXCEED_TRADE_SIZE: ["the trade is smaller than that", LOOK],
  CLOSEOUT_POSITION_DOESNT_EXIST: ["there is no such position any more", LOOK],
  CLOSEOUT_POSITION_UNITS_EXCEED_POSITION_SIZE: ["the position is smaller than that", LOOK],
  MARGIN_RATE_INVALID: ["that leverage isn't possible", "Choose one that the account allows."],
  MARGIN_RATE_WOULD_TRIGGER_CLOSEOUT: [
    "that leverage would have everything closed at once",
    "Reduce positions first.",
  ],
  ALIAS_INVALID: ["the account's name can't be kept", SHORTEN],
  CLIENT_CONFIGURE_DATA_MISSING: ["the change of settings is empty", "Say what to change."],
};

/** Of exits (`*`), attached to an order or on an open trade. */
export const EXIT_WORDS: Readonly<Record<ExitSuffix, Words>> = {
  PRICE_MISSING: ["the * has no price", "Give one."],
  PRICE_INVALID: ["the price of the * isn't usable", "Give one above zero."],
  PRICE_PRECISION_EXCEEDED: ["the price of the * has too many decimals", ROUND],
  PRICE_AND_DISTANCE_BOTH_SPECIFIED: ["the * has both price and distance", "Give one of them."],
  PRICE_AND_DISTANCE_BOTH_MISSING: ["the * has neither price nor distance", "Give one of them."],
  DISTANCE_INVALID: ["the distance of the * isn't usable", "Give one above zero."],
  DISTANCE_PRECISION_EXCEEDED: ["the distance of the * has too many decimals", ROUND],
  PRICE_DISTANCE_MISSING: ["the * has no distance", "Give one."],
  PRICE_DISTANCE_INVALID: ["the distance of the * isn't usable", "Give one above zero."],
  PRICE_DISTANCE_PRECISION_EXCEEDED: ["the distance of the * has too many decimals", ROUND],
  PRICE_DISTANCE_MINIMUM_NOT_MET: ["the * is closer than allowed", "Lengthen the distance."],
  PRICE_DISTANCE_MAXIMUM_EXCEEDED: ["the * is further away than allowed", "Shorten the distance."],
  PRICE_WITHIN_SPREAD: ["the * lies between bid and ask", "Move it out of the spread."],
  TIME_IN_FORCE_INVALID: ["the * can't have that time in force", "Use GTC."],
  GTD_TIMESTAMP_MISSING: ["the * should end on a date, and has none", "Give the date."],
  GTD_TIMESTAMP_IN_PAST: ["the date on which the * should end is over", "Give a later one."],
  TRIGGER_CONDITION_INVALID: ["that price can't trigger the *", PLAIN_TRIGGER],
  CLIENT_ORDER_ID_INVALID: ["the client id of the * can't be kept", SHORTEN],
  CLIENT_ORDER_TAG_INVALID: ["the tag of the * can't be kept", SHORTEN],
  CLIENT_ORDER_COMMENT_INVALID: ["the comment of the * can't be kept", SHORTEN],
  CLIENT_ORDER_ID_ALREADY_EXISTS: ["the client id of the * is taken", "Use another id."],
  LOSS: [
    "the * would close the new trade at once, on the wrong side of the price",
    "Put it on the other side.",
  ],
  REQUIRED: ["this account wants a * on every trade", "Attach one."],
  REQUIRED_FOR_PENDING_ORDER: ["this account wants a * with every waiting order", "Attach one."],
  GUARANTEED_REQUIRED: ["this account takes guaranteed stops only", "Make the stop guaranteed."],
  NOT_ALLOWED: ["this account has no *", "Use a plain stop-loss."],
  MINIMUM_DISTANCE_NOT_MET: ["the * is too close to the market", "Move it further away."],
  ALREADY_EXISTS: ["the trade has a * already", "Change that one instead."],
  WOULD_VIOLATE_FIFO_VIOLATION_SAFEGUARD: [
    "US rules forbid a *: another trade in the instrument is as large",
    OWN_SIZE,
  ],
  RMO_MUTUAL_EXCLUSIVITY_MUTUALLY_EXCLUSIVE_VIOLATION: [
    "this account takes only one stop on a trade, and one is there",
    "Remove that one first.",
  ],
  RMO_MUTUAL_EXCLUSIVITY_GSLO_EXCLUDES_OTHERS_VIOLATION: [
    "a guaranteed stop stands alone on its trade",
    "Remove one of them first.",
  ],
  NOT_CANCELABLE: ["the * can't be removed on this account", "Move it instead."],
  HALTED_CREATE_VIOLATION: [
    "a * can't be made while the market is closed",
    "Try again when it is open.",
  ],
  HALTED_TIGHTEN_VIOLATION: [
    "a * can't be moved closer while the market is closed",
    "Try again when it is open.",
  ],
};
