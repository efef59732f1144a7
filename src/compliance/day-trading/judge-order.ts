import type { BrokerName } from "../../core/connection.ts";
import { type Decimal, maximumOf, minimumOf, ZERO } from "../../core/money.ts";
import type { Side } from "../../core/order.ts";
import type { Instant } from "../../core/time.ts";
import { countDayTrades, type Execution, stockOn } from "./day-trades.ts";
import { doesNotApply, type Finding, softened } from "./finding.ts";
import { judgeIntraday, judgeMinimumEquity, type MarginEffect } from "./intraday-margin.ts";
import { judgePattern, windowOf } from "./pattern-day-trader.ts";
import { type Confirmation, type Regime, regimeOf } from "./regime.ts";
import type { DayTradingRules, MarginTerms } from "./rule-sets.ts";
import { type Day, type TradingCalendar, tradingDayOf } from "./trading-calendar.ts";

export type StockAccountKind = "margin" | "cash" | "portfolio_margin" | "good_faith";

/** What is known of an account for US stocks. Amounts in US dollars; null is what the broker doesn't say, and never zero. */
export type StockAccount = {
  readonly broker: BrokerName;
  readonly kind: StockAccountKind | null;
  readonly confirmation: Confirmation | null;
  readonly equity: Decimal;
  readonly equityAtLastClose: Decimal | null;
  readonly cash: Decimal;
  readonly maintenance: Decimal;
  readonly isFlagged: boolean | null;
  readonly frozenUntil: Day | null;
  /** At least those of the window, this day included. */
  readonly executions: readonly Execution[];
  /** Signed units of now. */
  readonly positions: ReadonlyMap<string, Decimal>;
};

/** An order for a US stock; one that waits is judged as if it were executed now. */
export type StockOrder = {
  readonly instrument: string;
  readonly side: Side;
  readonly units: Decimal;
  readonly price: Decimal;
  readonly isReduceOnly: boolean;
  readonly hasExits: boolean;
  /** The broker's own maintenance rate of this stock; null where it names none. */
  readonly maintenanceRate: Decimal | null;
};

export type Judgement = {
  readonly day: Day;
  readonly regime: Regime;
  /** Each rule that was asked, by the id of its rule set. */
  readonly findings: readonly (Finding & { readonly rule: string })[];
};

export type Law = { readonly rules: DayTradingRules; readonly calendar: TradingCalendar };

/** Asks of one order all that the day-trading rules of its account and trading day ask. */
export function judgeStockOrder(
  order: StockOrder,
  { account, now }: { readonly account: StockAccount; readonly now: Instant },
  law: Law,
): Judgement {
  const day = tradingDayOf(now, law.calendar);
  const regime = regimeOf(account, day, law.rules);
  const { pattern, intraday, margin } = law.rules;
  if (account.kind === "cash") {
    const finding = doesNotApply("a cash account: neither credit nor day-trading rules");
    return { day, regime, findings: [{ rule: margin.id, ...finding }] };
  }
  const facts = marginFacts(order, account, { day, terms: margin });
  const findings = [{ rule: margin.id, ...judgeMinimumEquity(facts, margin) }];
  if (regime.rule === "pattern" || regime.rule === "unknown") {
    const finding = judgePattern(patternFacts(order, account, { day, law }), {
      terms: pattern,
      calendar: law.calendar,
    });
    findings.push({
      rule: pattern.id,
      ...(regime.rule === "unknown" ? softened(finding) : finding),
    });
  }
  if (regime.rule === "intraday" || regime.rule === "unknown") {
    const finding = hasOwnMargin(account) ?? judgeIntraday(facts, intraday);
    const isSoft = regime.rule === "unknown" && account.frozenUntil === null;
    findings.push({ rule: intraday.id, ...(isSoft ? softened(finding) : finding) });
  }
  return { day, regime, findings };
}

/** Whether the account's margin goes by other standards; null where intraday margin applies. */
function hasOwnMargin({ kind }: StockAccount): Finding | null {
  if (kind === "good_faith") return doesNotApply("a good-faith account");
  if (kind !== "portfolio_margin") return null;
  return doesNotApply("a portfolio-margin account: margined by its own model, also within the day");
}

function patternFacts(
  order: StockOrder,
  account: StockAccount,
  { day, law }: { readonly day: Day; readonly law: Law },
) {
  const { executions, positions, equity, equityAtLastClose, isFlagged } = account;
  const counted = countDayTrades(executions, positions, law.calendar);
  const ground = { terms: law.rules.pattern, calendar: law.calendar };
  const stock = stockOn(day, order.instrument, { ...counted, positions });
  const { instrument, side, hasExits } = order;
  const units = executedUnits(order, positions);
  const window = windowOf(day, counted, ground);
  return { instrument, side, units, hasExits, stock, window, equity, equityAtLastClose, isFlagged };
}

function marginFacts(
  order: StockOrder,
  account: StockAccount,
  { day, terms }: { readonly day: Day; readonly terms: MarginTerms },
) {
  const { equity, maintenance, cash, frozenUntil, positions } = account;
  const held = positions.get(order.instrument) ?? ZERO;
  const effect = marginEffect(order, held, terms);
  return { instrument: order.instrument, equity, maintenance, cash, effect, frozenUntil, day };
}

/** What an order does to cash and maintenance; the stricter of the rule's and the broker's rate. */
export function marginEffect(order: StockOrder, held: Decimal, terms: MarginTerms): MarginEffect {
  const { side, price, units } = order;
  const closes = closing(order, held);
  const opens = order.isReduceOnly ? ZERO : units.minus(closes);
  const perUnit = (isLong: boolean) => {
    const rate = isLong ? terms.longMaintenance : terms.shortMaintenance;
    return price.times(order.maintenanceRate ? maximumOf(rate, order.maintenanceRate) : rate);
  };
  const isLong = side === "buy";
  const requirementPerUnit = perUnit(isLong);
  const freed = closes.times(perUnit(!isLong));
  return {
    requirement: opens.times(requirementPerUnit).minus(freed),
    requirementPerUnit,
    // What a short sale brings is held as its collateral, and is no cash to spend.
    cash: isLong ? closes.plus(opens).times(price).negated() : closes.times(price),
    unitsShort: isLong ? ZERO : opens,
  };
}

function executedUnits(order: StockOrder, positions: ReadonlyMap<string, Decimal>): Decimal {
  if (!order.isReduceOnly) return order.units;
  return closing(order, positions.get(order.instrument) ?? ZERO);
}

function closing({ side, units }: StockOrder, held: Decimal): Decimal {
  const isOpposite = side === "buy" ? held.isNegative() : held.isPositive();
  return isOpposite ? minimumOf(held.abs(), units) : ZERO;
}
