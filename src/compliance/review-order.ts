import type { OrderRequest } from "../core/order-request.ts";
import { type Here, hintText, type RuleResult, warn } from "./check.ts";
import type { BookState, OrderBook } from "./order-book.ts";
import type { ActiveRule } from "./rule-schema.ts";
import type { RuleSet } from "./rule-set.ts";
import { reviewIntraday, reviewMinimum, reviewPattern } from "./rules/day-trading.ts";
import { reviewFifo } from "./rules/fifo.ts";
import { reviewSafeguard } from "./rules/fifo-safeguard.ts";
import { reviewHedging } from "./rules/hedging.ts";
import { reviewLeverageCap, reviewMarginRule } from "./rules/leverage.ts";
import { reviewProductBan } from "./rules/product-ban.ts";

/** Goes up when the same rules and the same order may get another verdict. */
export const RULE_ENGINE = "1";

export type RegionalResult = RuleResult & { readonly rule: string };

/**
 * Asks every rule of the set about one order: pure, and complete. A rule that is switched off says so; what breaks a rule
 * that only warns passes with the warning.
 */
export function reviewOrder(
  order: OrderRequest,
  state: BookState,
  ruleSet: RuleSet,
): readonly RegionalResult[] {
  const book: OrderBook = { ...state, request: order, ruleSet };
  return ruleSet.rules.flatMap((rule) => {
    if (rule.check === "notice") return [];
    return [{ rule: rule.id, ...enforced(rule, book) }];
  });
}

function enforced(rule: ActiveRule, book: OrderBook): RuleResult {
  if (rule.enforcement === "off") {
    return { outcome: "not_applicable", detail: "switched off in your configuration" };
  }
  if (!rule.products.includes(book.instrument.type)) {
    const products = rule.products.join(", ");
    return { outcome: "not_applicable", detail: `is about ${products} only` };
  }
  const result = ask(rule, book);
  if (result.outcome !== "block") return result;
  if (rule.enforcement === "warn") return warn(result.detail);
  return rule.status === "verified"
    ? result
    : { ...result, hint: (here) => `${hintText(result.hint, here)} ${howToCorrect(rule, here)}` };
}

function ask(rule: ActiveRule, book: OrderBook): RuleResult {
  switch (rule.check) {
    case "fifo":
      return reviewFifo(rule, book);
    case "hedging":
      return reviewHedging(rule, book);
    case "fifo-safeguard":
      return reviewSafeguard(rule, book);
    case "currency-margin":
    case "class-margin":
      return reviewMarginRule(rule, book);
    case "product-ban":
      return reviewProductBan(rule, book);
    case "leverage-cap":
      return reviewLeverageCap(rule, book);
    case "pattern-day-trader":
      return reviewPattern(rule, book);
    case "intraday-margin":
      return reviewIntraday(rule, book);
    case "margin-minimum":
      return reviewMinimum(rule, book);
    case "notice":
      return { outcome: "not_applicable", detail: rule.title };
  }
}

/** Nobody should be held by a rule that may be wrong, without knowing it. */
function howToCorrect({ id }: ActiveRule, { account }: Here): string {
  return `This rule is unverified: ask your broker, and correct it with: tmt-broker config set compliance.${account}.rules ${id}=off`;
}
