import type { Transaction, TransactionCause } from "../../core/transaction.ts";
import { reasonWords } from "./reasons.ts";

/** The parts of a transaction that say it. */
type Said = {
  readonly type: string;
  readonly reason?: string | null | undefined;
  readonly rejectReason?: string | null | undefined;
};

type Rule = readonly [type: RegExp, reason: RegExp, cause: TransactionCause];

/** The first that fits tells what brought a transaction about. */
const RULES: readonly Rule[] = [
  [/^ORDER_FILL$/, /^MARKET_ORDER$/, "market"],
  [/^ORDER_FILL$/, /^MARKET_ORDER_(TRADE_CLOSE|POSITION_CLOSEOUT)$/, "close"],
  [/^ORDER_FILL$/, /^(LIMIT|STOP|MARKET_IF_TOUCHED)_ORDER$/, "entry"],
  [/^ORDER_FILL$/, /^(GUARANTEED_)?STOP_LOSS_ORDER$/, "stop_loss"],
  [/^ORDER_FILL$/, /^TAKE_PROFIT_ORDER$/, "take_profit"],
  [/^ORDER_FILL$/, /^TRAILING_STOP_LOSS_ORDER$/, "trailing_stop"],
  [/^ORDER_FILL$/, /^MARKET_ORDER_MARGIN_CLOSEOUT$/, "margin_closeout"],
  [/^ORDER_FILL$/, /^/, "broker"],
  [/^ORDER_CANCEL$/, /^CLIENT_REQUEST$/, "requested"],
  [/^ORDER_CANCEL$/, /^CLIENT_REQUEST_REPLACED$/, "replaced"],
  [/^ORDER_CANCEL$/, /^LINKED_TRADE_CLOSED$/, "linked"],
  [/^ORDER_CANCEL$/, /^TIME_IN_FORCE_EXPIRED$/, "expired"],
  [/^ORDER_CANCEL$/, /^/, "broker"],
  [/STOP_LOSS_ORDER_REJECT$/, /^ON_FILL$/, "after_fill"],
  [/^MARGIN_CALL_ENTER$/, /^/, "margin_call"],
];

/** Why it happened, in our words; nothing where OANDA doesn't say. */
export function whyOf({ type, reason, rejectReason }: Said): Pick<Transaction, "why"> {
  const rule = RULES.find(([kind, why]) => kind.test(type) && why.test(reason ?? ""));
  if (!rule) return {};
  const brokerCode = rejectReason ?? reason ?? type;
  return { why: { cause: rule[2], brokerCode, words: reasonWords(brokerCode)?.[0] ?? null } };
}
