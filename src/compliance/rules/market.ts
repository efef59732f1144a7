import { toPips } from "../../core/instrument.ts";
import { quoteAgeMs, spreadOf } from "../../core/quote.ts";
import { isReducing, notApplicable, pass, type Rule } from "../check.ts";

/** No market order while the broker takes none. */
export const tradeableRule: Rule = {
  id: "market.tradeable",
  review: ({ quote, request }) => {
    if (quote.tradeable) return pass(`${request.instrument} is tradeable`);
    return {
      outcome: "block",
      code: "MARKET_CLOSED",
      detail: `${request.instrument} is not tradeable; its last price is of ${quote.time}`,
      message: `The market for ${request.instrument} is closed. Nothing was sent.`,
      hint: "Currency markets open Sunday 17:00 and close Friday 17:00 New York time.",
    };
  },
};

/** No new risk on prices that can't be: zero, or a bid above the ask. */
export const quoteSaneRule: Rule = {
  id: "market.quote-sane",
  review: (circumstances) => {
    const { quote, request } = circumstances;
    if (isReducing(circumstances)) return notApplicable("only reduces what is open");
    const detail = `bid ${quote.bid}, ask ${quote.ask}`;
    if (quote.bid.isPositive() && !quote.bid.isGreaterThan(quote.ask)) return pass(detail);
    return {
      outcome: "block",
      code: "RISK_LIMIT",
      detail,
      message: `The ${request.instrument} quote can't be right: ${detail}. Nothing was sent.`,
      hint: "Try again in a moment, and compare with another source if it stays.",
    };
  },
};

/** No new risk on a price that may be history. */
export const quoteAgeRule: Rule = {
  id: "market.quote-age",
  review: (circumstances) => {
    const { quote, limits, now, request } = circumstances;
    if (isReducing(circumstances)) return notApplicable("only reduces what is open");
    const ageMs = quoteAgeMs(quote, now);
    const detail = `quote is ${seconds(ageMs)} old, allowed ${seconds(limits.maxQuoteAgeMs)}`;
    if (ageMs <= limits.maxQuoteAgeMs) return pass(detail);
    return {
      outcome: "block",
      code: "RISK_LIMIT",
      detail,
      message: `The newest ${request.instrument} quote is ${seconds(ageMs)} old, more than order.maxQuoteAge (${seconds(limits.maxQuoteAgeMs)}). Nothing was sent.`,
      hint: "Try again when prices move, or raise it: tmt-broker config set order.maxQuoteAge 2m",
    };
  },
};

/** No new risk while the spread is far from normal. */
export const spreadRule: Rule = {
  id: "risk.maxSpreadPips",
  review: (circumstances) => {
    const { quote, instrument, limits } = circumstances;
    if (isReducing(circumstances)) return notApplicable("only reduces what is open");
    const spread = spreadOf(quote);
    const pips = toPips(spread, instrument);
    const detail = `spread ${pips} pips, allowed ${limits.maxSpreadPips}`;
    if (!spread.isGreaterThan(limits.maxSpreadPips.times(instrument.pipSize))) return pass(detail);
    return {
      outcome: "block",
      code: "RISK_LIMIT",
      detail,
      message: `The spread of ${instrument.name} is ${pips} pips, more than risk.maxSpreadPips (${limits.maxSpreadPips}). Nothing was sent.`,
      hint: "Wait for the spread to narrow, or raise risk.maxSpreadPips.",
    };
  },
};

function seconds(ms: number): string {
  return `${Math.ceil(ms / 100) / 10} s`;
}
