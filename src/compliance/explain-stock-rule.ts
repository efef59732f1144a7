import { countDayTrades } from "./day-trading/day-trades.ts";
import { NYSE_DAYS } from "./day-trading/nyse-days.ts";
import { windowOf } from "./day-trading/pattern-day-trader.ts";
import { tradingDayOf } from "./day-trading/trading-calendar.ts";
import type { BookState } from "./order-book.ts";
import type { RuleOf } from "./rule-schema.ts";
import { patternTerms, stockPositionsOf } from "./rules/day-trading.ts";

type StockRule = RuleOf<"pattern-day-trader" | "intraday-margin" | "margin-minimum">;

/** What a rule of stock accounts comes to in this account now, in numbers. */
export function stockRuleNow(
  rule: StockRule,
  { state, stockStanding: standing }: Pick<BookState, "state" | "stockStanding">,
): string {
  if (!standing) return "this broker tells nothing of executions and maintenance here";
  if (standing.kind === "cash") return "a cash account: neither credit nor day-trading rules";
  const { equity } = state.account;
  if (rule.check === "margin-minimum") return `equity ${equity.toFixed(2)} USD`;
  if (rule.check === "intraday-margin") {
    const level = equity.minus(standing.maintenance);
    return `margin level ${level.toFixed(2)} USD: equity ${equity.toFixed(2)} less maintenance ${standing.maintenance.toFixed(2)}`;
  }
  const terms = patternTerms(rule);
  const counted = countDayTrades(standing.executions, stockPositionsOf({ state }), NYSE_DAYS);
  const day = tradingDayOf(standing.asOf, NYSE_DAYS);
  const window = windowOf(day, counted, { terms, calendar: NYSE_DAYS });
  const left = Math.max(0, terms.dayTrades - 1 - window.dayTrades);
  const limit = equity.isLessThan(terms.minimumEquity)
    ? `${left} left with less than ${terms.minimumEquity} USD; the next one from ${window.freeFrom} on`
    : `not limited with at least ${terms.minimumEquity} USD`;
  return `${window.dayTrades} day trades from ${window.first} to ${window.last}; ${limit}`;
}
