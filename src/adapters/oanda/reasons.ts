/** What a reason of the broker means to a trader, and what to do about it. */
export type ReasonWords = readonly [meaning: string, advice: string];

const ASK = "Ask OANDA's support.";
const ASK_LOCKED = "Ask OANDA's support why; what is open stays open.";
const WAIT_OPEN = "Try again when the market is open.";
const LOOK_AGAIN = "Look at what is there now, then decide again.";
const INTERNAL = "This is the broker's own matter: report it.";
const SMALLER = "Take a smaller size.";
const MOVE_GUARANTEE = "Move the stop, or take a smaller size.";
const FREE_MARGIN = "Take a smaller size, close something, or add funds.";
const OWN_SIZE = "Use a size that no other trade in the instrument has.";
const SHORTER = "Use a shorter one with plain letters.";
const OTHER_ID = "Use another id.";
const ONE_STOP = "Attach just one kind of stop.";

/** Reasons without a pattern in their names: rejections of requests and cancellations of orders. */
const REASONS: Readonly<Record<string, ReasonWords>> = {
  INTERNAL_SERVER_ERROR: [
    "the broker failed while it worked on the request",
    "Check the account before trying once more.",
  ],
  INSTRUMENT_PRICE_UNKNOWN: [
    "the broker has no price for it now",
    "Wait until it is quoted again.",
  ],
  ACCOUNT_NOT_ACTIVE: ["the account isn't open for trading", "Use another account, or ask OANDA."],
  ACCOUNT_LOCKED: ["the broker has locked the account", ASK_LOCKED],
  ACCOUNT_ORDER_CREATION_LOCKED: ["the account may not place orders now", ASK_LOCKED],
  ACCOUNT_CONFIGURATION_LOCKED: ["the account's settings are locked", ASK],
  ACCOUNT_DEPOSIT_LOCKED: ["deposits to the account are locked", ASK],
  ACCOUNT_WITHDRAWAL_LOCKED: ["withdrawals from the account are locked", ASK],
  ACCOUNT_ORDER_CANCEL_LOCKED: ["orders of the account can't be cancelled now", ASK],
  ACCOUNT_NEW_POSITIONS_LOCKED: ["the account may only reduce what it holds", ASK_LOCKED],
  ACCOUNT_ORDER_FILL_LOCKED: ["nothing may be filled on the account now", ASK_LOCKED],
  INSTRUMENT_NOT_TRADEABLE: [
    "this account may not trade the instrument",
    "Choose one of `accounts instruments`.",
  ],
  INSTRUMENT_MISSING: ["the order names no instrument", "Name one, e.g. EUR_USD."],
  INSTRUMENT_UNKNOWN: [
    "the broker has no such instrument",
    "Check the name with `accounts instruments`.",
  ],
  INSTRUMENT_BID_REDUCE_ONLY: ["new short positions aren't allowed in it now", "Only reduce it."],
  INSTRUMENT_ASK_REDUCE_ONLY: ["new long positions aren't allowed in it now", "Only reduce it."],
  INSTRUMENT_BID_HALTED: ["selling it is halted", "Wait until it is quoted as tradeable."],
  INSTRUMENT_ASK_HALTED: ["buying it is halted", "Wait until it is quoted as tradeable."],
  MARKET_HALTED: ["its market is closed", WAIT_OPEN],
  INSUFFICIENT_MARGIN: ["the account has too little free margin for it", FREE_MARGIN],
  INSUFFICIENT_LIQUIDITY: [
    "there isn't enough on offer to fill it at once",
    "Take a smaller size, or fill what is there with IOC.",
  ],
  BOUNDS_VIOLATION: [
    "the market was beyond the worst price you accept",
    "Allow more slippage, or wait for a better price.",
  ],
  FIFO_VIOLATION: [
    "US rules close the oldest of equally large trades first",
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
  PENDING_ORDERS_ALLOWED_EXCEEDED: [
    "the account has too many waiting orders",
    "Cancel some first.",
  ],
  OPEN_TRADES_ALLOWED_EXCEEDED: ["the account has too many open trades", "Close some first."],
  POSITION_SIZE_EXCEEDED: ["the position would be larger than allowed", SMALLER],
  ACCOUNT_POSITION_VALUE_LIMIT_EXCEEDED: ["the account's exposure limit would be passed", SMALLER],
  ORDER_ID_UNSPECIFIED: ["the request names no order", "Give the order's id."],
  ORDER_DOESNT_EXIST: ["there is no such waiting order any more", LOOK_AGAIN],
  ORDER_IDENTIFIER_INCONSISTENCY: ["its two ids belong to different orders", "Give one id only."],
  TRADE_ID_UNSPECIFIED: ["the request names no trade", "Give the trade's id."],
  TRADE_DOESNT_EXIST: ["there is no such open trade any more", LOOK_AGAIN],
  TRADE_IDENTIFIER_INCONSISTENCY: ["its two ids belong to different trades", "Give one id only."],
  UNITS_MISSING: ["the order has no size", "Give the units."],
  UNITS_INVALID: ["the size isn't a usable number", "Give a size above zero."],
  UNITS_PRECISION_EXCEEDED: ["the size has too many decimals", "Round the size."],
  UNITS_LIMIT_EXCEEDED: ["the size is above the most that one order may have", SMALLER],
  UNITS_MINIMUM_NOT_MET: ["the size is below the smallest allowed", "Take a larger size."],
  PRICE_MISSING: ["the order needs a price", "Give one."],
  PRICE_INVALID: ["the price isn't usable", "Correct it."],
  PRICE_PRECISION_EXCEEDED: ["the price has too many decimals", "Round it."],
  PRICE_BOUND_INVALID: ["the worst price accepted isn't usable", "Correct it."],
  PRICE_BOUND_PRECISION_EXCEEDED: ["the worst price accepted has too many decimals", "Round it."],
  PRICE_DISTANCE_MISSING: ["the trailing stop has no distance", "Give one."],
  PRICE_DISTANCE_INVALID: ["the distance isn't usable", "Give one above zero."],
  PRICE_DISTANCE_PRECISION_EXCEEDED: ["the distance has too many decimals", "Round it."],
  PRICE_DISTANCE_MAXIMUM_EXCEEDED: ["the distance is larger than allowed", "Shorten it."],
  PRICE_DISTANCE_MINIMUM_NOT_MET: ["the distance is smaller than allowed", "Lengthen it."],
  TIME_IN_FORCE_MISSING: ["the order doesn't say how long it stays", "Give a time in force."],
  TIME_IN_FORCE_INVALID: ["that kind of order can't have this time in force", "Choose another."],
  TIME_IN_FORCE_EXPIRED: ["its time had run out", "Place it again if you still want it."],
  TIME_IN_FORCE_GTD_TIMESTAMP_MISSING: ["it should end on a date, and has none", "Give the date."],
  TIME_IN_FORCE_GTD_TIMESTAMP_IN_PAST: ["the date it should end on is over", "Give a later one."],
  CLIENT_ORDER_ID_INVALID: ["the order's client id isn't accepted", SHORTER],
  CLIENT_ORDER_ID_ALREADY_EXISTS: [
    "a waiting order has that client id already",
    "It may be the same order: look at it before sending another.",
  ],
  CLIENT_ORDER_TAG_INVALID: ["the signal or agent name isn't accepted", SHORTER],
  CLIENT_ORDER_COMMENT_INVALID: ["the comment isn't accepted", SHORTER],
  CLIENT_TRADE_ID_INVALID: ["the trade's client id isn't accepted", SHORTER],
  CLIENT_TRADE_ID_ALREADY_EXISTS: [
    "an open trade has that client id already",
    "It may come from the same order: look at it before sending another.",
  ],
  CLIENT_TRADE_TAG_INVALID: ["the signal or agent name isn't accepted for the trade", SHORTER],
  CLIENT_TRADE_COMMENT_INVALID: ["the comment isn't accepted for the trade", SHORTER],
  CLIENT_EXTENSIONS_DATA_MISSING: ["the change of labels holds no label", "Give at least one."],
  TRADE_ON_FILL_CLIENT_EXTENSIONS_NOT_SUPPORTED: [
    "an order that can't open a trade carried labels for one",
    "Leave the trade's labels out.",
  ],
  ORDERS_ON_FILL_DUPLICATE_CLIENT_ORDER_IDS: [
    "two attached exits have the same client id",
    OTHER_ID,
  ],
  ORDERS_ON_FILL_RMO_MUTUAL_EXCLUSIVITY_MUTUALLY_EXCLUSIVE_VIOLATION: [
    "this account takes only one stop on a trade",
    ONE_STOP,
  ],
  ORDERS_ON_FILL_RMO_MUTUAL_EXCLUSIVITY_GSLO_EXCLUDES_OTHERS_VIOLATION: [
    "a guaranteed stop stands alone on its trade",
    ONE_STOP,
  ],
  ORDER_FILL_POSITION_ACTION_MISSING: ["it doesn't say how to treat what is open", INTERNAL],
  ORDER_FILL_POSITION_ACTION_INVALID: ["what is open can't be treated that way here", INTERNAL],
  TRIGGER_CONDITION_MISSING: ["it doesn't say which price triggers it", INTERNAL],
  TRIGGER_CONDITION_INVALID: ["that price can't trigger it here", "Use the default trigger."],
  ORDER_PARTIAL_FILL_OPTION_MISSING: ["an inner setting for partial fills is missing", INTERNAL],
  ORDER_PARTIAL_FILL_OPTION_INVALID: ["an inner setting for partial fills isn't allowed", INTERNAL],
  INVALID_REISSUE_IMMEDIATE_PARTIAL_FILL: [
    "a part was filled at once, and the rest can't wait as an order",
    "Place a new order for the rest.",
  ],
  TRAILING_STOP_LOSS_ORDERS_NOT_SUPPORTED: [
    "this account has no trailing stops",
    "Use a plain stop-loss.",
  ],
  CLOSE_TRADE_TYPE_MISSING: ["it doesn't say whether to close all or a part", "Say which."],
  CLOSE_TRADE_PARTIAL_UNITS_MISSING: ["a part is to be closed, without a size", "Give the units."],
  CLOSE_TRADE_UNITS_EXCEED_TRADE_SIZE: [
    "the trade is smaller than what is to be closed",
    LOOK_AGAIN,
  ],
  CLOSEOUT_POSITION_DOESNT_EXIST: ["there is no such position any more", LOOK_AGAIN],
  CLOSEOUT_POSITION_INCOMPLETE_SPECIFICATION: [
    "it doesn't say which side of the position to close",
    "Name the side.",
  ],
  CLOSEOUT_POSITION_UNITS_EXCEED_POSITION_SIZE: [
    "the position is smaller than what is to be closed",
    LOOK_AGAIN,
  ],
  CLOSEOUT_POSITION_REJECT: ["the position couldn't be closed wholly", LOOK_AGAIN],
  CLOSEOUT_POSITION_PARTIAL_UNITS_MISSING: [
    "a part of the position is to be closed, without a size",
    "Give the units.",
  ],
  POSITION_CLOSEOUT_FAILED: ["the position couldn't be closed wholly", LOOK_AGAIN],
  MARKUP_GROUP_ID_INVALID: ["an inner price group isn't valid", INTERNAL],
  POSITION_AGGREGATION_MODE_INVALID: ["an inner margin mode isn't valid", INTERNAL],
  ADMIN_CONFIGURE_DATA_MISSING: ["an administrator's change was empty", INTERNAL],
  MARGIN_RATE_INVALID: ["that leverage isn't possible", "Choose one that the account allows."],
  MARGIN_RATE_WOULD_TRIGGER_CLOSEOUT: [
    "that leverage would have everything closed at once",
    "Reduce positions first.",
  ],
  MARGIN_RATE_WOULD_TRIGGER_MARGIN_CALL: [
    "that leverage would bring a margin call",
    "Reduce positions first.",
  ],
  ALIAS_INVALID: ["the account's name isn't accepted", SHORTER],
  CLIENT_CONFIGURE_DATA_MISSING: ["the change of settings is empty", "Say what to change."],
  AMOUNT_INVALID: ["the amount isn't usable", "Correct it."],
  AMOUNT_MISSING: ["there is no amount", "Give one."],
  INSUFFICIENT_FUNDS: ["there isn't enough money for the transfer", "Lower the amount."],
  FUNDING_REASON_MISSING: ["the transfer has no reason", INTERNAL],
  OCA_ORDER_IDS_STOP_LOSS_NOT_ALLOWED: [
    "a one-cancels-all group can't hold a stop-loss",
    "Leave the stop-loss out of it.",
  ],
  REPLACING_ORDER_INVALID: ["an order can only be replaced by one of its kind", "Cancel it first."],
  REPLACING_TRADE_ID_INVALID: ["the new exit belongs to another trade", "Keep the trade."],
  ORDER_CANCEL_WOULD_TRIGGER_CLOSEOUT: [
    "without that order the margin would be too small",
    "Reduce positions first.",
  ],
  CLIENT_REQUEST: ["you cancelled it", "Nothing needs to be done."],
  CLIENT_REQUEST_REPLACED: [
    "you changed it: a new order has taken its place",
    "See the new order.",
  ],
  DIVIDEND_ADJUSTMENT_REPLACED: [
    "the broker moved it for a dividend: a new order has taken its place",
    "See the new order.",
  ],
  MIGRATION: ["it moves to another account", "Look for it there."],
  LINKED_TRADE_CLOSED: ["its trade was closed", "Nothing needs to be done."],
  LOSING_TAKE_PROFIT: ["the take-profit would close at a loss", "Put it on the winning side."],
  HEDGING_GSLO_VIOLATION: [
    "an opposite trade has a guaranteed stop and can't be hedged",
    "Close that trade first.",
  ],
};

/** The exit orders, as they begin in reasons; longer names first, for one ends with another. */
const EXITS = [
  ["GUARANTEED_STOP_LOSS", "guaranteed stop"],
  ["TRAILING_STOP_LOSS", "trailing stop"],
  ["TAKE_PROFIT", "take-profit"],
  ["STOP_LOSS", "stop-loss"],
] as const;

/** Ends of reasons about an exit (`*`), attached to an order or on an open trade. */
const EXIT_REASONS: Readonly<Record<string, ReasonWords>> = {
  PRICE_MISSING: ["the * has no price", "Give one."],
  PRICE_INVALID: ["the price of the * isn't usable", "Correct it."],
  PRICE_PRECISION_EXCEEDED: ["the price of the * has too many decimals", "Round it."],
  PRICE_WITHIN_SPREAD: ["the * lies between bid and ask", "Move it out of the spread."],
  PRICE_AND_DISTANCE_BOTH_SPECIFIED: ["the * has both price and distance", "Give one of them."],
  PRICE_AND_DISTANCE_BOTH_MISSING: ["the * has neither price nor distance", "Give one of them."],
  PRICE_DISTANCE_MISSING: ["the * has no distance", "Give one."],
  PRICE_DISTANCE_INVALID: ["the distance of the * isn't usable", "Give one above zero."],
  PRICE_DISTANCE_PRECISION_EXCEEDED: ["the distance of the * has too many decimals", "Round it."],
  PRICE_DISTANCE_MAXIMUM_EXCEEDED: ["the * is too far away", "Bring it closer."],
  PRICE_DISTANCE_MINIMUM_NOT_MET: ["the * is too close", "Move it further away."],
  DISTANCE_INVALID: ["the distance of the * isn't usable", "Give one above zero."],
  DISTANCE_PRECISION_EXCEEDED: ["the distance of the * has too many decimals", "Round it."],
  TIME_IN_FORCE_MISSING: ["the * doesn't say how long it stays", "Give a time in force."],
  TIME_IN_FORCE_INVALID: ["the * can't have that time in force", "Use GTC."],
  GTD_TIMESTAMP_MISSING: ["the * should end on a date, and has none", "Give the date."],
  GTD_TIMESTAMP_IN_PAST: ["the date on which the * should end is over", "Give a later one."],
  CLIENT_ORDER_ID_INVALID: ["the client id of the * isn't accepted", SHORTER],
  CLIENT_ORDER_ID_ALREADY_EXISTS: ["the client id of the * is taken", OTHER_ID],
  CLIENT_ORDER_TAG_INVALID: ["the tag of the * isn't accepted", SHORTER],
  CLIENT_ORDER_COMMENT_INVALID: ["the comment of the * isn't accepted", SHORTER],
  TRIGGER_CONDITION_MISSING: ["the * doesn't say which price triggers it", INTERNAL],
  TRIGGER_CONDITION_INVALID: ["that price can't trigger the *", "Use the default trigger."],
  LOSS: [
    "the * would close the new trade at once, on the wrong side of the price",
    "Put it on the other side.",
  ],
  REQUIRED: ["this account wants a * on every trade", "Attach one."],
  REQUIRED_FOR_PENDING_ORDER: ["this account wants a * with every waiting order", "Attach one."],
  NOT_ALLOWED: ["this account may not use a *", "Use a plain stop-loss."],
  ALREADY_EXISTS: ["the trade has a * already", "Change that one instead."],
  NOT_CANCELABLE: ["the * can't be removed on this account", "Move it instead."],
  NOT_REPLACEABLE: ["the * can't be moved on this account", "Close the trade instead."],
  WOULD_VIOLATE_FIFO_VIOLATION_SAFEGUARD: [
    "US rules forbid a *: another trade in the instrument is as large",
    OWN_SIZE,
  ],
  MINIMUM_DISTANCE_NOT_MET: ["the * is too close to the market", "Move it further away."],
  LEVEL_RESTRICTION_VOLUME_EXCEEDED: [
    "too many units are guaranteed near that price",
    MOVE_GUARANTEE,
  ],
  LEVEL_RESTRICTION_PRICE_RANGE_EXCEEDED: [
    "the guarantees for that range of prices are used up",
    MOVE_GUARANTEE,
  ],
  LEVEL_RESTRICTION_EXCEEDED: ["too many units are guaranteed near that price", MOVE_GUARANTEE],
  HEDGING_NOT_ALLOWED: ["a * can't stand beside an opposite trade", "Close that trade first."],
  BID_HALTED: ["selling is halted, so a long trade can't get a *", WAIT_OPEN],
  ASK_HALTED: ["buying is halted, so a short trade can't get a *", WAIT_OPEN],
  CREATE_VIOLATION: ["a * can't be made while the market is open", "Attach it to the entry."],
  HALTED_CREATE_VIOLATION: ["a * can't be made while the market is closed", WAIT_OPEN],
  TIGHTEN_VIOLATION: ["a * can't be moved closer while the market is open", "Only widen it."],
  HALTED_TIGHTEN_VIOLATION: ["a * can't be moved closer while the market is closed", WAIT_OPEN],
  HALTED_NOT_CANCELABLE: ["the * must stay while the market is closed", WAIT_OPEN],
  HALTED_NOT_REPLACEABLE: ["the * can't be moved while the market is closed", WAIT_OPEN],
  RMO_MUTUAL_EXCLUSIVITY_MUTUALLY_EXCLUSIVE_VIOLATION: [
    "this account takes only one stop on a trade, and one is there",
    "Remove that one first.",
  ],
  RMO_MUTUAL_EXCLUSIVITY_GSLO_EXCLUDES_OTHERS_VIOLATION: [
    "a guaranteed stop is on the trade and stands alone",
    "Remove it first, if the account allows that.",
  ],
};

/** Spelt so in OANDA's own file of 2018, or said so where no transaction is made. */
const SAME_AS: Readonly<Record<string, string>> = {
  UNITS_MIMIMUM_NOT_MET: "UNITS_MINIMUM_NOT_MET",
  NO_SUCH_ORDER: "ORDER_DOESNT_EXIST",
  NO_SUCH_TRADE: "TRADE_DOESNT_EXIST",
};

/** The words for a reject or cancel reason; null for one that isn't known here. */
export function reasonWords(reason: string): ReasonWords | null {
  const name = SAME_AS[reason] ?? reason;
  return REASONS[name] ?? exitWords(name);
}

function exitWords(name: string): ReasonWords | null {
  for (const [prefix, exit] of EXITS) {
    const end = endAfter(name, `${prefix}_ON_FILL_`) ?? endAfter(name, `${prefix}_ORDER_`);
    const guaranteed = end === null ? null : endAfter(end, "GUARANTEED_");
    const words = EXIT_REASONS[end ?? ""] ?? EXIT_REASONS[guaranteed ?? ""];
    const named = guaranteed === null ? exit : "guaranteed stop";
    if (words) return [words[0].replaceAll("*", named), words[1]];
  }
  return null;
}

function endAfter(name: string, prefix: string): string | null {
  return name.startsWith(prefix) ? name.slice(prefix.length) : null;
}
