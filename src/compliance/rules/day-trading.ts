import { entryTermsOf } from "../../core/entry-order.ts";
import { type Decimal, decimal, ZERO } from "../../core/money.ts";
import type { AttachedExits } from "../../core/order-request.ts";
import { actsAtOnce, notApplicable, pass, type RuleResult, warn } from "../check.ts";
import { type Finding, softened } from "../day-trading/finding.ts";
import { judgeIntraday, judgeMinimumEquity } from "../day-trading/intraday-margin.ts";
import { NYSE_DAYS } from "../day-trading/nyse-days.ts";
import { judgePattern } from "../day-trading/pattern-day-trader.ts";
import {
  marginFactsOf,
  patternFactsOf,
  type StockAccount,
  type StockOrder,
} from "../day-trading/stock-order.ts";
import type { IntradayTerms, PatternTerms } from "../day-trading/terms.ts";
import { type Day, tradingDayOf } from "../day-trading/trading-calendar.ts";
import type { OrderBook } from "../order-book.ts";
import type { RuleOf } from "../rule-schema.ts";

type StockCase = {
  readonly order: StockOrder;
  readonly account: StockAccount;
  /** The trading day that an execution now belongs to. */
  readonly day: Day;
  /** Whether it may fill on a later day, or never: then it is told and never blocked. */
  readonly waits: boolean;
};

/** FINRA's pattern-day-trader rule, in force until 2026-06-03 and at some brokers until 2027-10-20. */
export function reviewPattern(rule: RuleOf<"pattern-day-trader">, book: OrderBook): RuleResult {
  const found = caseOf(book);
  if ("outcome" in found) return found;
  const { order, account, day } = found;
  if (rule.validTo !== null && day > rule.validTo) {
    return notApplicable(`a trade now counts for ${day}; the rule ends on ${rule.validTo}`);
  }
  const ground = { terms: patternTerms(rule), calendar: NYSE_DAYS };
  const facts = patternFactsOf(order, account, { day, ground });
  return resultOf(found, judgePattern(facts, ground), adviceOf(rule));
}

/** Intraday margin, in force since 2026-06-04. */
export function reviewIntraday(rule: RuleOf<"intraday-margin">, book: OrderBook): RuleResult {
  const found = caseOf(book);
  if ("outcome" in found) return found;
  const { order, account, day } = found;
  const { kind, frozenUntil } = account.standing;
  if (kind === "good_faith" || kind === "portfolio_margin") {
    return notApplicable("a good-faith or portfolio-margin account has standards of its own");
  }
  const terms = intradayTerms(rule);
  const facts = marginFactsOf(order, account, { day, rates: terms });
  const result = judgeIntraday(facts, terms);
  const isUnsure = keepsPatternRule(book) && frozenUntil === null;
  return resultOf(found, isUnsure ? softened(result) : result, "");
}

/** The equity that margin needs in any case. */
export function reviewMinimum(rule: RuleOf<"margin-minimum">, book: OrderBook): RuleResult {
  const found = caseOf(book);
  if ("outcome" in found) return found;
  const { order, account, day } = found;
  const minimumEquity = rule.terms.minimumEquity ?? decimal("2000");
  const rates = { longMaintenance: ZERO, shortMaintenance: ZERO };
  const facts = marginFactsOf(order, account, { day, rates });
  return resultOf(found, judgeMinimumEquity(facts, { source: rule.source, minimumEquity }), "");
}

/** The order in the account that it is for, or why no rule of stock accounts is about it. */
function caseOf(book: OrderBook): StockCase | RuleResult {
  const { request, stockStanding: standing, state, quote } = book;
  if (request.kind === "cancel") return notApplicable("takes an order back");
  if (!standing) {
    return warn("the broker tells nothing of executions and maintenance, so this isn't checked");
  }
  if (standing.kind === "cash") return notApplicable("a cash account buys nothing on credit");
  const isBuy = request.side === "buy";
  const terms = request.kind === "market" ? request : entryTermsOf(request);
  const own = entryTermsOf(request)?.price;
  const order = {
    instrument: request.instrument,
    side: request.side,
    units: request.units,
    price: own ?? (isBuy ? quote.ask : quote.bid),
    isReduceOnly: terms === null || terms.reduceOnly,
    hasExits: terms !== null && attachesExits(terms),
  };
  const account = { equity: state.account.equity, standing, positions: stockPositionsOf(book) };
  return {
    order,
    account,
    day: tradingDayOf(standing.asOf, NYSE_DAYS),
    waits: !actsAtOnce(book),
  };
}

function attachesExits({ stopLoss, takeProfit, trailingStop }: AttachedExits): boolean {
  return stopLoss !== null || takeProfit !== null || trailingStop !== null;
}

/** Signed units of now, by stock. */
export function stockPositionsOf({
  state,
}: Pick<OrderBook, "state">): ReadonlyMap<string, Decimal> {
  const positions = new Map<string, Decimal>();
  for (const { instrument, direction, units } of state.trades) {
    const signed = direction === "long" ? units : units.negated();
    positions.set(instrument, (positions.get(instrument) ?? ZERO).plus(signed));
  }
  return positions;
}

/** Whether the pattern-day-trader rule is in force beside intraday margin: then it isn't known which of them binds. */
function keepsPatternRule({ ruleSet }: OrderBook): boolean {
  return ruleSet.rules.some(
    ({ check, enforcement }) => check === "pattern-day-trader" && enforcement !== "off",
  );
}

function adviceOf({ status, id }: RuleOf<"pattern-day-trader">): string {
  if (status === "verified") return "";
  return ` It isn't known whether your broker still has this rule: ask, then set ${id}=off, or ${id}=block and us-intraday-margin=off, in compliance.<account>.rules.`;
}

function resultOf({ waits }: StockCase, finding: Finding, advice: string): RuleResult {
  const { outcome, detail, message, hint } = finding;
  if (outcome === "pass" || message === null) return pass(detail);
  if (waits) return warn(`if it fills today: ${message} ${hint ?? ""}${advice}`);
  if (outcome === "warn") return warn(`${message} ${hint ?? ""}${advice}`);
  return {
    outcome: "block",
    code: "COMPLIANCE_PDT",
    detail: `${detail}${advice}`,
    message: `${message} Nothing was sent.`,
    hint: hint ?? "",
  };
}

/** The terms of the rule, with what it leaves out as it was shipped. */
export function patternTerms({ source, terms }: RuleOf<"pattern-day-trader">): PatternTerms {
  return {
    source,
    dayTrades: terms.dayTrades ?? 4,
    windowDays: terms.windowDays ?? 5,
    shareOfTrades: terms.shareOfTrades ?? decimal("0.06"),
    minimumEquity: terms.minimumEquity ?? decimal("25000"),
    buyingPowerMultiple: terms.buyingPowerMultiple ?? decimal("4"),
  };
}

/** The terms of the rule, with what it leaves out as it was shipped. */
export function intradayTerms({ source, terms }: RuleOf<"intraday-margin">): IntradayTerms {
  return {
    source,
    longMaintenance: terms.longMaintenance ?? decimal("0.25"),
    shortMaintenance: terms.shortMaintenance ?? decimal("0.3"),
    smallShareOfEquity: terms.smallShareOfEquity ?? decimal("0.05"),
    smallAmount: terms.smallAmount ?? decimal("1000"),
    promptDays: terms.promptDays ?? 5,
    outstandingDays: terms.outstandingDays ?? 15,
    freezeDays: terms.freezeDays ?? 90,
  };
}
