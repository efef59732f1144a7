import { actsAtOnce, exemption, notApplicable, openingUnits, pass, type Rule } from "../check.ts";
import {
  affordableUnits,
  freeMargin,
  homeValue,
  marginNeeded,
  marginRateOf,
  requiredRate,
} from "../margin.ts";

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
    const free = freeMargin(circumstances);
    const shown = needed.rounded(2, "up").toFixed(2);
    const detail = `needs ${shown} ${account.currency} at ${rate}, free ${free.toFixed(2)}`;
    if (!actsAtOnce(circumstances)) return pass(`${detail}; checked by the broker when it fills`);
    if (!needed.isGreaterThan(free)) return pass(detail);
    const affordable = affordableUnits(circumstances, { free, rate: requiredRate(circumstances) });
    return {
      outcome: "block",
      code: "INSUFFICIENT_MARGIN",
      detail,
      message: `The order needs ${shown} ${account.currency} of margin (rate ${rate}) and ${free.toFixed(2)} is free. Nothing was sent.`,
      hint: `At most ${affordable} units of ${instrument.name} would pass now.`,
    };
  },
};
