import type { Rejection } from "../../core/order.ts";
import type { OrderRequest } from "../../core/order-request.ts";
import { reasonWords } from "./reasons.ts";

const CODES: Readonly<Record<string, Rejection["code"]>> = {
  INSUFFICIENT_MARGIN: "INSUFFICIENT_MARGIN",
  ORDER_CANCEL_WOULD_TRIGGER_CLOSEOUT: "INSUFFICIENT_MARGIN",
  INSUFFICIENT_LIQUIDITY: "INSUFFICIENT_LIQUIDITY",
  CLIENT_ORDER_ID_ALREADY_EXISTS: "DUPLICATE_CLIENT_ORDER_ID",
  CLIENT_TRADE_ID_ALREADY_EXISTS: "DUPLICATE_CLIENT_ORDER_ID",
  ORDER_DOESNT_EXIST: "ORDER_NOT_FOUND",
  NO_SUCH_ORDER: "ORDER_NOT_FOUND",
  TRADE_DOESNT_EXIST: "POSITION_NOT_FOUND",
  NO_SUCH_TRADE: "POSITION_NOT_FOUND",
  CLOSEOUT_POSITION_DOESNT_EXIST: "POSITION_NOT_FOUND",
  ACCOUNT_NOT_ACTIVE: "PERMISSION_DENIED",
  ACCOUNT_LOCKED: "PERMISSION_DENIED",
  ACCOUNT_ORDER_CREATION_LOCKED: "PERMISSION_DENIED",
  ACCOUNT_ORDER_CANCEL_LOCKED: "PERMISSION_DENIED",
  ACCOUNT_NEW_POSITIONS_LOCKED: "PERMISSION_DENIED",
  ACCOUNT_ORDER_FILL_LOCKED: "PERMISSION_DENIED",
  INSTRUMENT_NOT_TRADEABLE: "PERMISSION_DENIED",
};

/** What was asked for. */
export type RequestKind = OrderRequest["kind"];

export type Verdict = {
  readonly what: "rejected" | "cancelled";
  readonly about: RequestKind;
  /** The broker's reason, as it says it. */
  readonly brokerCode: string;
  /** The broker's own sentence, where it gave one. */
  readonly brokerWords: string | null;
};

type Frame = readonly [opening: string, consequence: string];

const ORDER_FRAMES: Readonly<Record<Verdict["what"], Frame>> = {
  rejected: ["OANDA rejected the order", "Nothing was filled."],
  cancelled: ["OANDA cancelled the order", "Nothing was filled."],
};

/** What was refused, and what that means for the money. */
const FRAMES: Readonly<Record<RequestKind, Readonly<Record<Verdict["what"], Frame>>>> = {
  market: ORDER_FRAMES,
  entry: ORDER_FRAMES,
  close: {
    rejected: ["OANDA rejected the close", "Nothing was closed."],
    cancelled: ["OANDA cancelled the close", "Nothing was closed."],
  },
  change: {
    rejected: ["OANDA rejected the change", "Nothing was changed."],
    cancelled: [
      "OANDA cancelled the changed order",
      "Neither it nor the one before waits any more.",
    ],
  },
  cancel: {
    rejected: ["OANDA rejected the cancellation", "Nothing was cancelled."],
    cancelled: ["OANDA rejected the cancellation", "Nothing was cancelled."],
  },
  exits: {
    rejected: ["OANDA rejected the new exits", "The trade's exits stay as they were."],
    cancelled: ["OANDA cancelled a new exit at once", "The trade may be without it."],
  },
};

/** The broker's "no" in our words; a reason that isn't known here keeps the broker's. */
export function toRejection({ what, about, brokerCode, brokerWords }: Verdict): Rejection {
  const [meaning, hint] = reasonWords(brokerCode) ?? [
    brokerWords ?? `its reason is ${brokerCode}`,
    "The reason is the broker's own: ask its support if it isn't clear.",
  ];
  const [opening, consequence] = FRAMES[about][what];
  const message = `${opening}: ${meaning.replace(/\.$/, "")}. ${consequence}`;
  return { code: codeOf(brokerCode), brokerCode, message, hint };
}

function codeOf(brokerCode: string): Rejection["code"] {
  if (brokerCode.includes("FIFO_VIOLATION")) return "COMPLIANCE_FIFO";
  if (brokerCode.includes("HALTED")) return "MARKET_CLOSED";
  return CODES[brokerCode] ?? "ORDER_REJECTED";
}
