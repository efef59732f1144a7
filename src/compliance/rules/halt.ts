import {
  type AccountCircumstances,
  exemption,
  notApplicable,
  pass,
  type RuleResult,
} from "../check.ts";
import { weakenedStop } from "../stop-risk.ts";

/** The kill switch: while it is on, only what reduces risk leaves, and no stop is taken or moved away. */
export const haltRule = {
  id: "halt",
  review: (circumstances: AccountCircumstances): RuleResult => {
    const { halt } = circumstances;
    if (!halt) return pass("trading is not halted");
    const weakened = weakenedStop(circumstances);
    const exempt = exemption(circumstances);
    if (exempt && !weakened) return notApplicable(`halted, but this ${exempt}`);
    const why = weakened ? `, and ${weakened}` : "";
    return {
      outcome: "block",
      code: "TRADING_HALTED",
      detail: `halted since ${halt.since}: ${halt.reason}${why}`,
      message: `Trading is halted since ${halt.since} (${halt.reason})${why}. Nothing was sent.`,
      hint: ({ connection }) =>
        `Lift it with: tmt-broker connect resume ${connection}. Closing positions and cancelling orders stay possible.`,
    };
  },
};
