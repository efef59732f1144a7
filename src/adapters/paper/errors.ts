import type { Rejection } from "../../core/order.ts";
import type { CancelReason, RejectReason } from "../../paper/engine/reasons.ts";

type Reason = RejectReason | CancelReason;

const CODES: Partial<Record<Reason, Rejection["code"]>> = {
  INSUFFICIENT_MARGIN: "INSUFFICIENT_MARGIN",
  INSUFFICIENT_LIQUIDITY: "INSUFFICIENT_LIQUIDITY",
  MARKET_HALTED: "MARKET_CLOSED",
  FIFO_VIOLATION: "COMPLIANCE_FIFO",
  CLIENT_ORDER_ID_ALREADY_EXISTS: "DUPLICATE_CLIENT_ORDER_ID",
};

const ROUND = "Round it to the instrument's decimals.";
const LOOK = "Look at the open positions and try again.";
const SHORTEN = "Shorten it to at most 128 printable characters.";

/** What happened, and what to do. */
const WORDS: Partial<Record<Reason, readonly [string, string]>> = {
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
  BOUNDS_VIOLATION: [
    "the price was worse than the worst that it accepts",
    "Try again, or accept more slippage.",
  ],
  STOP_LOSS_ON_FILL_LOSS: [
    "its stop-loss would have been hit at once",
    "Put the stop-loss further from the price.",
  ],
  STOP_LOSS_ON_FILL_PRICE_DISTANCE_MAXIMUM_EXCEEDED: [
    "its stop-loss would be at or below a price of zero",
    "Shorten the stop-loss distance.",
  ],
  TAKE_PROFIT_ON_FILL_LOSS: [
    "its take-profit would have closed it at a loss",
    "Put the take-profit on the winning side of the price.",
  ],
  POSITION_CLOSEOUT_FAILED: ["there is nothing open that it could reduce", LOOK],
  CLIENT_ORDER_ID_ALREADY_EXISTS: [
    "an order with its client id was placed before",
    "It may be the same order: look at it with `order show @ID` before placing another.",
  ],
  INSTRUMENT_UNKNOWN: ["there is no such instrument", "See `accounts instruments`."],
  INSTRUMENT_PRICE_UNKNOWN: ["there is no price for it", "Try again when it is quoted."],
  UNITS_INVALID: ["its size isn't above zero", "Give a size above zero."],
  UNITS_PRECISION_EXCEEDED: ["its size has too many decimals", "Round the size."],
  UNITS_MINIMUM_NOT_MET: ["its size is below the smallest allowed", "Take a larger size."],
  UNITS_LIMIT_EXCEEDED: ["its size is above the largest allowed", "Take a smaller size."],
  PRICE_BOUND_PRECISION_EXCEEDED: ["the worst price it accepts has too many decimals", ROUND],
  STOP_LOSS_ON_FILL_PRICE_PRECISION_EXCEEDED: ["its stop-loss has too many decimals", ROUND],
  STOP_LOSS_ON_FILL_DISTANCE_PRECISION_EXCEEDED: [
    "its stop-loss distance has too many decimals",
    ROUND,
  ],
  TAKE_PROFIT_ON_FILL_PRICE_PRECISION_EXCEEDED: ["its take-profit has too many decimals", ROUND],
  TRAILING_STOP_LOSS_ON_FILL_PRICE_DISTANCE_PRECISION_EXCEEDED: [
    "its trailing stop has too many decimals",
    ROUND,
  ],
  TRAILING_STOP_LOSS_ON_FILL_PRICE_DISTANCE_MINIMUM_NOT_MET: [
    "its trailing stop is closer than allowed",
    "Lengthen the distance.",
  ],
  TRAILING_STOP_LOSS_ON_FILL_PRICE_DISTANCE_MAXIMUM_EXCEEDED: [
    "its trailing stop is further away than allowed",
    "Shorten the distance.",
  ],
  TRADE_DOESNT_EXIST: ["there is no such open trade any more", LOOK],
  CLOSE_TRADE_UNITS_EXCEED_TRADE_SIZE: ["the trade is smaller than that", LOOK],
  CLOSEOUT_POSITION_DOESNT_EXIST: ["there is no such position any more", LOOK],
  CLOSEOUT_POSITION_UNITS_EXCEED_POSITION_SIZE: ["the position is smaller than that", LOOK],
  CLIENT_ORDER_ID_INVALID: ["its client id can't be kept", SHORTEN],
  CLIENT_ORDER_TAG_INVALID: ["its signal and agent can't be kept", SHORTEN],
  CLIENT_ORDER_COMMENT_INVALID: ["its comment can't be kept", SHORTEN],
};

/** The venue's "no" in our words; a reason without words of ours keeps the venue's. */
export function toRejection(reason: Reason, what: "rejected" | "cancelled"): Rejection {
  const [meaning, hint] = WORDS[reason] ?? [
    `its reason is ${reason}`,
    "Correct the order, then place it again.",
  ];
  return {
    code: CODES[reason] ?? "ORDER_REJECTED",
    brokerCode: reason,
    message: `The paper broker ${what} the order: ${meaning}. Nothing was filled.`,
    hint,
  };
}
