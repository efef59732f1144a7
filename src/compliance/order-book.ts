import type { OrderRequest } from "../core/order-request.ts";
import type { Circumstances } from "./check.ts";
import type { RuleSet } from "./rule-set.ts";

/** What the rules of a region look at beside the order: the account's open trades, its margin, and one instrument. */
export type BookState = Pick<
  Circumstances,
  "state" | "instrument" | "quote" | "conversion" | "venue" | "stockStanding"
>;

/** An order, what it meets, and the rules that it meets it under. */
export type OrderBook = BookState & {
  readonly request: OrderRequest;
  readonly ruleSet: RuleSet;
};
