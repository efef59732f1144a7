import type { Decimal } from "../../core/money.ts";
import { type Circumstances, exemption, notApplicable, pass, type Rule } from "../check.ts";

/** At most so many new orders a minute, over all processes: the brake on a loop gone wrong. */
export const ordersPerMinuteRule: Rule = {
  id: "risk.maxOrdersPerMinute",
  review: (circumstances) => {
    const { limits, ordersInLastMinute } = circumstances;
    const exempt = exemption(circumstances);
    if (exempt) return notApplicable(exempt);
    const detail = `${ordersInLastMinute} orders in the last minute, allowed ${limits.maxOrdersPerMinute}`;
    if (ordersInLastMinute < limits.maxOrdersPerMinute) return pass(detail);
    return {
      outcome: "block",
      code: "RISK_LIMIT",
      detail,
      message: `${ordersInLastMinute} orders were sent in the last minute; risk.maxOrdersPerMinute is ${limits.maxOrdersPerMinute}. Nothing was sent.`,
      hint: "Wait a minute, or raise risk.maxOrdersPerMinute.",
    };
  },
};

export const DAILY_LOSS_RULE = "risk.maxDailyLoss";

/** Stops new risk after a bad day. Measured from the equity at the first look of the trading day. */
export const dailyLossRule: Rule = {
  id: DAILY_LOSS_RULE,
  review: (circumstances) => {
    const { equityAtDayStart, state } = circumstances;
    const exempt = exemption(circumstances);
    if (exempt) return notApplicable(exempt);
    if (!equityAtDayStart) return pass("first look of this trading day");
    const { equity, currency } = state.account;
    const loss = equityAtDayStart.minus(equity);
    const allowed = allowedLoss(circumstances, equityAtDayStart);
    const detail = `day's result ${loss.negated().toFixed(2)} ${currency}, allowed loss ${allowed.toFixed(2)}`;
    if (loss.isLessThan(allowed)) return pass(detail);
    return {
      outcome: "block",
      code: "TRADING_HALTED",
      detail,
      message: `Today's loss of ${loss.toFixed(2)} ${currency} has reached risk.maxDailyLoss (${allowed.toFixed(2)}). Nothing was sent.`,
      hint: ({ connection }) =>
        `Trading on this connection is halted until: tmt-broker connect resume ${connection}. Closing positions stays possible.`,
    };
  },
};

function allowedLoss({ limits }: Circumstances, equityAtDayStart: Decimal): Decimal {
  const limit = limits.maxDailyLoss;
  return limit.kind === "amount" ? limit.amount : equityAtDayStart.times(limit.share);
}
