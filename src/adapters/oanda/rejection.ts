import type { Rejection } from "../../core/order.ts";
import { reasonWords } from "./reasons.ts";

const CODES: Readonly<Record<string, Rejection["code"]>> = {
  INSUFFICIENT_MARGIN: "INSUFFICIENT_MARGIN",
  INSUFFICIENT_LIQUIDITY: "INSUFFICIENT_LIQUIDITY",
  MARKET_HALTED: "MARKET_CLOSED",
  INSTRUMENT_BID_HALTED: "MARKET_CLOSED",
  INSTRUMENT_ASK_HALTED: "MARKET_CLOSED",
  CLIENT_ORDER_ID_ALREADY_EXISTS: "DUPLICATE_CLIENT_ORDER_ID",
  CLIENT_TRADE_ID_ALREADY_EXISTS: "DUPLICATE_CLIENT_ORDER_ID",
  ACCOUNT_NOT_ACTIVE: "PERMISSION_DENIED",
  ACCOUNT_LOCKED: "PERMISSION_DENIED",
  ACCOUNT_ORDER_CREATION_LOCKED: "PERMISSION_DENIED",
  ACCOUNT_NEW_POSITIONS_LOCKED: "PERMISSION_DENIED",
  ACCOUNT_ORDER_FILL_LOCKED: "PERMISSION_DENIED",
  INSTRUMENT_NOT_TRADEABLE: "PERMISSION_DENIED",
};

export type Verdict = {
  readonly what: "rejected" | "cancelled";
  /** The broker's reason, as it says it. */
  readonly brokerCode: string;
  /** The broker's own sentence, where it gave one. */
  readonly brokerWords: string | null;
};

/** The broker's "no" in our words; a reason that isn't known here keeps the broker's. */
export function toRejection({ what, brokerCode, brokerWords }: Verdict): Rejection {
  const [meaning, hint] = reasonWords(brokerCode) ?? [
    brokerWords ?? `its reason is ${brokerCode}`,
    "The reason is the broker's own: ask its support if it isn't clear.",
  ];
  const message = `OANDA ${what} the order: ${meaning.replace(/\.$/, "")}. Nothing was filled.`;
  return { code: codeOf(brokerCode), brokerCode, message, hint };
}

function codeOf(brokerCode: string): Rejection["code"] {
  if (brokerCode.includes("FIFO_VIOLATION")) return "COMPLIANCE_FIFO";
  return CODES[brokerCode] ?? "ORDER_REJECTED";
}
