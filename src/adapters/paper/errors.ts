import type { Rejection } from "../../core/order.ts";
import type { OrderRequest } from "../../core/order-request.ts";
import type { CancelReason, ExitPrefix, RejectReason } from "../../paper/engine/reasons.ts";
import { EXIT_WORDS, type ExitSuffix, ORDER_WORDS, type Reason, type Words } from "./reasons.ts";

const CODES: Partial<Record<Reason, Rejection["code"]>> = {
  INSUFFICIENT_MARGIN: "INSUFFICIENT_MARGIN",
  INSUFFICIENT_LIQUIDITY: "INSUFFICIENT_LIQUIDITY",
  CLIENT_ORDER_ID_ALREADY_EXISTS: "DUPLICATE_CLIENT_ORDER_ID",
  CLIENT_TRADE_ID_ALREADY_EXISTS: "DUPLICATE_CLIENT_ORDER_ID",
  ORDER_DOESNT_EXIST: "ORDER_NOT_FOUND",
  TRADE_DOESNT_EXIST: "POSITION_NOT_FOUND",
  CLOSEOUT_POSITION_DOESNT_EXIST: "POSITION_NOT_FOUND",
};

export type Verdict = {
  readonly what: "rejected" | "cancelled";
  readonly about: OrderRequest["kind"];
};

type Frame = readonly [opening: string, consequence: string];

const ORDER_FRAMES: Readonly<Record<Verdict["what"], Frame>> = {
  rejected: ["The paper broker rejected the order", "Nothing was filled."],
  cancelled: ["The paper broker cancelled the order", "Nothing was filled."],
};

/** What was refused, and what that means for the money. */
const FRAMES: Readonly<Record<Verdict["about"], Readonly<Record<Verdict["what"], Frame>>>> = {
  market: ORDER_FRAMES,
  entry: ORDER_FRAMES,
  close: {
    rejected: ["The paper broker rejected the close", "Nothing was closed."],
    cancelled: ["The paper broker cancelled the close", "Nothing was closed."],
  },
  change: {
    rejected: ["The paper broker rejected the change", "Nothing was changed."],
    cancelled: [
      "The paper broker cancelled the changed order",
      "Neither it nor the one before waits any more.",
    ],
  },
  cancel: {
    rejected: ["The paper broker rejected the cancellation", "Nothing was cancelled."],
    cancelled: ["The paper broker rejected the cancellation", "Nothing was cancelled."],
  },
  exits: {
    rejected: ["The paper broker rejected the new exits", "The trade's exits stay as they were."],
    cancelled: ["The paper broker cancelled a new exit at once", "The trade may be without it."],
  },
};

/** The venue's "no" in our words. */
export function toRejection(reason: CancelReason | RejectReason, verdict: Verdict): Rejection {
  const [meaning, hint] = wordsOf(reason);
  const [opening, consequence] = FRAMES[verdict.about][verdict.what];
  const message = `${opening}: ${meaning}. ${consequence}`;
  return { code: codeOf(reason), brokerCode: reason, message, hint };
}

function codeOf(reason: Reason): Rejection["code"] {
  if (reason.includes("FIFO_VIOLATION")) return "COMPLIANCE_FIFO";
  if (reason.includes("HALTED")) return "MARKET_CLOSED";
  return CODES[reason] ?? "ORDER_REJECTED";
}

/** The exits as they begin in reasons, and as a trader calls them. */
const EXITS: readonly (readonly [ExitPrefix, string])[] = [
  ["GUARANTEED_STOP_LOSS", "guaranteed stop"],
  ["TRAILING_STOP_LOSS", "trailing stop"],
  ["TAKE_PROFIT", "take-profit"],
  ["STOP_LOSS", "stop-loss"],
];

/** What a reason of the venue means to a trader, and what to do about it. */
export function wordsOf(reason: Reason): Words {
  for (const [prefix, name] of EXITS) {
    const suffix = suffixOf(reason, prefix);
    if (suffix === null) continue;
    const [meaning, hint] = EXIT_WORDS[suffix];
    return [meaning.replaceAll("*", name), hint];
  }
  return isOrderReason(reason) ? ORDER_WORDS[reason] : [`its reason is ${reason}`, "Report it."];
}

function suffixOf(reason: Reason, prefix: ExitPrefix): ExitSuffix | null {
  for (const start of [`${prefix}_ON_FILL_`, `${prefix}_ORDER_`]) {
    const suffix = reason.startsWith(start) ? reason.slice(start.length) : "";
    if (isExitSuffix(suffix)) return suffix;
  }
  return null;
}

function isExitSuffix(text: string): text is ExitSuffix {
  return Object.hasOwn(EXIT_WORDS, text);
}

function isOrderReason(text: string): text is keyof typeof ORDER_WORDS {
  return Object.hasOwn(ORDER_WORDS, text);
}
