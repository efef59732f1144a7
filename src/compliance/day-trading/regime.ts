import type { BrokerName } from "../../core/connection.ts";
import type { DayTradingRules } from "./rule-sets.ts";
import type { Day } from "./trading-calendar.ts";

/** What the user knows of an account from its broker: it goes before what the program knows. */
export type Confirmation =
  /** Intraday margin applies from this day on, and the pattern-day-trader rule until the day before. */
  | { readonly kind: "intraday_since"; readonly day: Day }
  /** The broker keeps the pattern-day-trader rule until the end of the phase-in. */
  | { readonly kind: "pattern_kept" };

export type Regime = {
  readonly rule: "none" | "pattern" | "intraday" | "unknown";
  /** Why this one, with its date. */
  readonly because: string;
};

/** Which rule binds an account's trades of `day`: the law's dates first, then the user's word, then the broker's. */
export function regimeOf(
  account: { readonly broker: BrokerName; readonly confirmation: Confirmation | null },
  day: Day,
  { pattern, intraday, brokers }: DayTradingRules,
): Regime {
  if (day < pattern.validFrom) {
    return { rule: "none", because: `before ${pattern.validFrom} there was no such rule` };
  }
  if (day < intraday.validFrom) {
    return { rule: "pattern", because: `in force until ${pattern.validTo}` };
  }
  if (day > intraday.phaseInUntil) {
    return { rule: "intraday", because: `for every broker after ${intraday.phaseInUntil}` };
  }
  const { confirmation, broker } = account;
  if (confirmation?.kind === "pattern_kept") {
    return {
      rule: "pattern",
      because: `kept by the broker, as you confirmed, at most until ${intraday.phaseInUntil}`,
    };
  }
  if (confirmation) return split(day, confirmation.day, "as you confirmed");
  const since = brokers[broker]?.intradaySince ?? null;
  if (since !== null) return split(day, since, `as ${broker} announced`);
  return {
    rule: "unknown",
    because: `${broker} may keep the pattern-day-trader rule until ${intraday.phaseInUntil}, and it isn't known for this account`,
  };
}

function split(day: Day, since: Day, who: string): Regime {
  return day < since
    ? { rule: "pattern", because: `until intraday margin begins on ${since}, ${who}` }
    : { rule: "intraday", because: `since ${since}, ${who}` };
}
