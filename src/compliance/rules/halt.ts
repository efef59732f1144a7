import { isReducing, notApplicable, pass, type Rule } from "../check.ts";

/** The kill switch: while it is on, only what reduces risk leaves. */
export const haltRule: Rule = {
  id: "halt",
  review: (circumstances) => {
    const { halt } = circumstances;
    if (!halt) return pass("trading is not halted");
    if (isReducing(circumstances))
      return notApplicable("halted, but this only reduces what is open");
    return {
      outcome: "block",
      code: "TRADING_HALTED",
      detail: `halted since ${halt.since}: ${halt.reason}`,
      message: `Trading is halted since ${halt.since} (${halt.reason}). Nothing was sent.`,
      hint: "Lift it with: tmt-broker connect resume. Closing positions stays possible.",
    };
  },
};
