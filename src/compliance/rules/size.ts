import { entryTermsOf } from "../../core/entry-order.ts";
import { type Decimal, maximumOf, ONE, sumOf, ZERO } from "../../core/money.ts";
import { midOf } from "../../core/quote.ts";
import {
  actsAtOnce,
  type Circumstances,
  exemption,
  notApplicable,
  openingUnits,
  oppositeTrades,
  pass,
  type Rule,
} from "../check.ts";

/** Largest size of one order. */
export const maxUnitsRule: Rule = {
  id: "risk.maxUnits",
  review: (circumstances) => {
    const { request, limits } = circumstances;
    const exempt = exemption(circumstances);
    if (exempt) return notApplicable(exempt);
    const detail = `${request.units} units, allowed ${limits.maxUnits}`;
    if (!request.units.isGreaterThan(limits.maxUnits)) return pass(detail);
    return {
      outcome: "block",
      code: "RISK_LIMIT",
      detail,
      message: `${request.units} units are more than risk.maxUnits (${limits.maxUnits}). Nothing was sent.`,
      hint: `Order at most ${limits.maxUnits}, or raise it: tmt-broker config set risk.maxUnits ${request.units}`,
    };
  },
};

/** Largest value of one order in account currency. */
export const maxNotionalRule: Rule = {
  id: "risk.maxNotional",
  review: (circumstances) => {
    const { limits, state } = circumstances;
    const exempt = exemption(circumstances);
    if (exempt) return notApplicable(exempt);
    const currency = state.account.currency;
    const notional = homeValue(openingUnits(circumstances), circumstances);
    const shown = notional.rounded(2, "up").toFixed(2);
    const detail = `value ${shown} ${currency}, allowed ${limits.maxNotional}`;
    if (!notional.isGreaterThan(limits.maxNotional)) return pass(detail);
    return {
      outcome: "block",
      code: "RISK_LIMIT",
      detail,
      message: `The order is worth ${shown} ${currency}, more than risk.maxNotional (${limits.maxNotional}). Nothing was sent.`,
      hint: "Order less, or raise risk.maxNotional.",
    };
  },
};

/**
 * Enough free margin for the part that opens: the broker checks again, but after the order has left. An order that
 * waits takes its margin when it fills, so it is told and never blocked.
 */
export const marginRule: Rule = {
  id: "margin",
  review: (circumstances) => {
    const { state, instrument } = circumstances;
    const exempt = exemption(circumstances);
    if (exempt) return notApplicable(exempt);
    const { account } = state;
    const rate = marginRateOf(circumstances);
    const needed = marginNeeded(circumstances);
    const free = account.marginAvailable.plus(releasedMargin(circumstances));
    const shown = needed.rounded(2, "up").toFixed(2);
    const detail = `needs ${shown} ${account.currency} at ${rate}, free ${free.toFixed(2)}`;
    if (!actsAtOnce(circumstances)) return pass(`${detail}; checked by the broker when it fills`);
    if (!needed.isGreaterThan(free)) return pass(detail);
    const affordable = affordableUnits(circumstances, free, rate);
    return {
      outcome: "block",
      code: "INSUFFICIENT_MARGIN",
      detail,
      message: `The order needs ${shown} ${account.currency} of margin (rate ${rate}) and ${free.toFixed(2)} is free. Nothing was sent.`,
      hint: `At most ${affordable} units of ${instrument.name} would pass now.`,
    };
  },
};

/** Margin in account currency for the part of the request that opens, before any that it frees. */
export function marginNeeded(circumstances: Circumstances): Decimal {
  return homeValue(openingUnits(circumstances), circumstances).times(marginRateOf(circumstances));
}

/** What the request takes of the account's free margin. */
export function marginTaken(circumstances: Circumstances): Decimal {
  const taken = marginNeeded(circumstances).minus(releasedMargin(circumstances));
  return maximumOf(ZERO, taken);
}

/** The stricter of the instrument's and the account's margin rate. */
export function marginRateOf({
  instrument,
  state,
}: Pick<Circumstances, "instrument" | "state">): Decimal {
  const own = state.account.marginRate;
  return own?.isGreaterThan(instrument.marginRate) ? own : instrument.marginRate;
}

/** Value of `units` in account currency, at an entry's own price or else the middle price, not rounded. */
export function homeValue(
  units: Decimal,
  { request, quote, conversion }: Pick<Circumstances, "request" | "quote" | "conversion">,
): Decimal {
  const price = entryTermsOf(request)?.price ?? midOf(quote);
  return units.times(price).times(conversion.value);
}

/** Margin that the order frees before it opens anything: it closes every opposite trade first. */
function releasedMargin(circumstances: Circumstances): Decimal {
  return sumOf(oppositeTrades(circumstances).map((trade) => trade.marginUsed));
}

function affordableUnits(circumstances: Circumstances, free: Decimal, rate: Decimal): Decimal {
  const perUnit = homeValue(ONE, circumstances).times(rate);
  if (!perUnit.isPositive()) return ZERO;
  const extra = free.dividedBy(perUnit, circumstances.instrument.unitsPrecision, "down");
  const reducing = circumstances.request.units.minus(openingUnits(circumstances));
  return extra.plus(reducing);
}
