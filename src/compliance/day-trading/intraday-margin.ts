import { type Decimal, maximumOf, minimumOf, ZERO } from "../../core/money.ts";
import type { Instant } from "../../core/time.ts";
import { type Finding, passes } from "./finding.ts";
import type { IntradayTerms, MinimumTerms } from "./terms.ts";
import type { Day } from "./trading-calendar.ts";

/**
 * Something that moved an account's intraday margin level, which is equity less the maintenance requirement. Only a
 * transaction (a trade or a withdrawal) that lowers it can make a deficit; a market that falls can't.
 */
export type LevelChange = {
  readonly time: Instant;
  /** In US dollars; below zero where it lowers the level. */
  readonly change: Decimal;
  readonly isTransaction: boolean;
};

/**
 * The intraday margin deficit of one day: how far the level was below zero at its lowest after a transaction that lowered
 * it; zero for none. A recovery doesn't take it back. Of changes at one moment the order that makes it highest is assumed.
 */
export function intradayDeficit(levelAtStart: Decimal, changes: readonly LevelChange[]): Decimal {
  let level = levelAtStart;
  let lowest = ZERO;
  for (const { change, isTransaction } of worstOrder(changes)) {
    level = level.plus(change);
    if (isTransaction && change.isNegative()) lowest = minimumOf(lowest, level);
  }
  return lowest.abs();
}

/** By time; at one moment the market's falls come first, then transactions that lower the level, then all that raises it. */
function worstOrder(changes: readonly LevelChange[]): readonly LevelChange[] {
  const rank = ({ change, isTransaction }: LevelChange) =>
    change.isNegative() ? (isTransaction ? 1 : 0) : 2;
  return [...changes].sort((a, b) =>
    a.time === b.time ? rank(a) - rank(b) : a.time < b.time ? -1 : 1,
  );
}

/** A deficit up to this doesn't count towards a practice: the smaller of a share of equity and a fixed amount. */
export function smallDeficit(equity: Decimal, terms: IntradayTerms): Decimal {
  return minimumOf(maximumOf(ZERO, equity).times(terms.smallShareOfEquity), terms.smallAmount);
}

/** What the order does to an account's margin, in US dollars. */
export type MarginEffect = {
  /** Change of the maintenance requirement; below zero where it falls. */
  readonly requirement: Decimal;
  /** Maintenance for one unit that it opens. */
  readonly requirementPerUnit: Decimal;
  /** Change of the cash balance: below zero for what is bought to open. */
  readonly cash: Decimal;
  /** Units that it sells short. */
  readonly unitsShort: Decimal;
};

export type MarginFacts = {
  readonly instrument: string;
  readonly equity: Decimal;
  readonly maintenance: Decimal;
  /** Cash; a debit balance is below zero. */
  readonly cash: Decimal;
  readonly effect: MarginEffect;
  /** Last day of a freeze that the broker has put on the account; null for none. */
  readonly frozenUntil: Day | null;
  readonly day: Day;
};

/** Margin accounts owe a minimum equity before anything is bought on credit or sold short, under either rule. */
export function judgeMinimumEquity(facts: MarginFacts, terms: MinimumTerms): Finding {
  const { equity } = facts;
  const onCredit = borrows(facts);
  const detail = `equity ${equity.toFixed(2)} USD, at least ${terms.minimumEquity} for credit and short sales`;
  if (!onCredit || !equity.isLessThan(terms.minimumEquity)) return passes(detail);
  return {
    outcome: "block",
    detail,
    message: `The order would ${onCredit}, and the account's equity of ${equity.toFixed(2)} USD is less than the ${terms.minimumEquity} USD that margin needs (${terms.source}).`,
    hint: `Buy for at most the ${maximumOf(ZERO, facts.cash).toFixed(2)} USD of cash, or deposit ${terms.minimumEquity.minus(equity).rounded(2, "up").toFixed(2)} USD.`,
  };
}

/** Judges the deficit that the order would make, and a freeze that earlier ones have made. */
export function judgeIntraday(facts: MarginFacts, terms: IntradayTerms): Finding {
  const frozen = judgeFreeze(facts, terms);
  if (frozen) return frozen;
  const { equity, maintenance, effect } = facts;
  const before = equity.minus(maintenance);
  const after = before.minus(effect.requirement);
  const detail = `margin level ${before.toFixed(2)} USD before, ${after.toFixed(2)} after`;
  if (!effect.requirement.isPositive()) return passes(`${detail}: the order does not lower it`);
  if (!after.isNegative()) return passes(`${detail}: no intraday margin deficit`);
  const deficit = after.abs();
  const small = smallDeficit(equity, terms);
  const isSmall = !deficit.isGreaterThan(small);
  const shown = deficit.rounded(2, "up").toFixed(2);
  const limit = small.rounded(2, "down").toFixed(2);
  const size = isSmall ? `within the small amount of ${limit} USD` : `more than ${limit} USD`;
  return {
    outcome: isSmall ? "warn" : "block",
    detail: `${detail}: a deficit of ${shown}, ${size}`,
    message: `The order would make an intraday margin deficit of ${shown} USD: equity ${equity.toFixed(2)} less maintenance ${maintenance.plus(effect.requirement).toFixed(2)} (${terms.source}).`,
    hint: `${allowedUnits(facts, before)} The deficit stays for the day even if the position is closed again${isSmall ? ", and has to be met; one of this size doesn't count towards a freeze" : ""}.`,
  };
}

function judgeFreeze(facts: MarginFacts, terms: IntradayTerms): Finding | null {
  const { frozenUntil, day } = facts;
  if (frozenUntil === null || day > frozenUntil) return null;
  const onCredit = borrows(facts);
  if (!onCredit) return null;
  return {
    outcome: "block",
    detail: `frozen until ${frozenUntil}: no new or larger short position or debit balance`,
    message: `The account is frozen until ${frozenUntil} after intraday margin deficits that were not met in time, and the order would ${onCredit} (${terms.source}).`,
    hint: `Until then, sell what is held, or buy for at most the ${maximumOf(ZERO, facts.cash).toFixed(2)} USD of cash.`,
  };
}

/** How the order borrows money or shares, in words; null when it doesn't. */
function borrows({ cash, effect }: MarginFacts): string | null {
  if (effect.unitsShort.isPositive()) return "sell short";
  const isOnCredit = effect.cash.isNegative() && cash.plus(effect.cash).isNegative();
  return isOnCredit ? "be bought on credit" : null;
}

function allowedUnits({ effect, instrument }: MarginFacts, level: Decimal): string {
  if (!level.isPositive()) return `No new units of ${instrument} are free of a deficit now.`;
  if (!effect.requirementPerUnit.isPositive()) return "";
  const units = level.dividedBy(effect.requirementPerUnit, 0, "down");
  return `At most ${units} units of ${instrument} would be free of one now.`;
}
