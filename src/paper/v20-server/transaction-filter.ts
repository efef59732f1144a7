import type { VenueTransaction } from "../engine/transactions.ts";
import { invalidValue } from "./errors.ts";
import { listOf, type Query } from "./query.ts";

export type TransactionFilter = (transaction: VenueTransaction) => boolean;

/** Filter words that stand for several types. */
const GROUPS: ReadonlyMap<string, (type: string) => boolean> = new Map([
  ["ORDER", (type: string) => type.includes("ORDER")],
  ["FUNDING", (type: string) => type.startsWith("TRANSFER_FUNDS")],
  ["ADMIN", (type: string) => /^(CREATE|CLOSE|REOPEN|CLIENT_CONFIGURE)/.test(type)],
]);

/** Types of orders, which may be refused too; some this venue never makes, but clients may ask for them. */
const ORDER_TYPES = [
  "MARKET_ORDER",
  "LIMIT_ORDER",
  "STOP_ORDER",
  "MARKET_IF_TOUCHED_ORDER",
  "TAKE_PROFIT_ORDER",
  "STOP_LOSS_ORDER",
  "GUARANTEED_STOP_LOSS_ORDER",
  "TRAILING_STOP_LOSS_ORDER",
  "FIXED_PRICE_ORDER",
  "ONE_CANCELS_ALL_ORDER",
  "ORDER_CANCEL",
  "ORDER_CLIENT_EXTENSIONS_MODIFY",
  "TRADE_CLIENT_EXTENSIONS_MODIFY",
  "CLIENT_CONFIGURE",
  "TRANSFER_FUNDS",
];

const TYPES: ReadonlySet<string> = new Set([
  ...ORDER_TYPES,
  ...ORDER_TYPES.map((type) => `${type}_REJECT`),
  "CREATE",
  "CLOSE",
  "REOPEN",
  "ONE_CANCELS_ALL_ORDER_TRIGGERED",
  "ORDER_FILL",
  "MARGIN_CALL_ENTER",
  "MARGIN_CALL_EXTEND",
  "MARGIN_CALL_EXIT",
  "DELAYED_TRADE_CLOSURE",
  "DAILY_FINANCING",
  "DIVIDEND_ADJUSTMENT",
  "RESET_RESETTABLE_PL",
]);

/** The types that a query's `type` asks for, all without one. @throws Refusal 400 for a word that is none. */
export function parseTransactionFilter(query: Query): TransactionFilter {
  const words = listOf(query, "type");
  if (words === undefined) return () => true;
  if (!words.every((word) => TYPES.has(word) || GROUPS.has(word))) throw invalidValue("type");
  const wanted = new Set(words);
  const groups = words.flatMap((word) => GROUPS.get(word) ?? []);
  return ({ type }) => wanted.has(type) || groups.some((has) => has(type));
}
