import { entryTermsOf } from "../../core/entry-order.ts";
import { toPips } from "../../core/instrument.ts";
import { quoteAgeMs, spreadOf } from "../../core/quote.ts";
import {
  actsAtOnce,
  type Circumstances,
  exemption,
  notApplicable,
  pass,
  type Rule,
} from "../check.ts";

const WAITS = "waits for its price";

/** No order that needs the market now while the broker takes none; others may wait for it to open. */
export const tradeableRule: Rule = {
  id: "market.tradeable",
  review: (circumstances) => {
    const { quote, request } = circumstances;
    if (!needsMarket(circumstances)) return notApplicable(unaffected(circumstances));
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
    const { quote, request, instrument } = circumstances;
    const exempt = withoutQuote(circumstances);
    if (exempt) return notApplicable(exempt);
    const [bid, ask] = [quote.bid, quote.ask].map((price) =>
      price.toFixed(Math.max(instrument.pricePrecision, price.scale)),
    );
    const detail = `bid ${bid}, ask ${ask}`;
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
    const exempt = withoutQuote(circumstances);
    if (exempt) return notApplicable(exempt);
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
    const exempt = withoutQuote(circumstances);
    if (exempt) return notApplicable(exempt);
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

function needsMarket(circumstances: Circumstances): boolean {
  const { request } = circumstances;
  const isNow =
    request.kind === "entry" && (request.timeInForce === "FOK" || request.timeInForce === "IOC");
  return isNow || actsAtOnce(circumstances);
}

/** Why the request isn't decided on the quote of now; null when it is. */
function withoutQuote(circumstances: Circumstances): string | null {
  return exemption(circumstances) ?? (actsAtOnce(circumstances) ? null : WAITS);
}

function unaffected(circumstances: Circumstances): string {
  return entryTermsOf(circumstances.request) ? WAITS : (exemption(circumstances) ?? WAITS);
}

function seconds(ms: number): string {
  return `${Math.ceil(ms / 100) / 10} s`;
}
