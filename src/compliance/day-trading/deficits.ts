import { type Decimal, sumOf } from "../../core/money.ts";
import { smallDeficit } from "./intraday-margin.ts";
import type { DeficitPractice, IntradayTerms } from "./terms.ts";
import {
  type Day,
  daysAfter,
  isKnown,
  type TradingCalendar,
  tradingDayAfter,
} from "./trading-calendar.ts";

/** An intraday margin deficit of one day, in US dollars. */
export type Deficit = {
  readonly day: Day;
  readonly amount: Decimal;
  readonly equity: Decimal;
  /** The broker put it down to extraordinary circumstances. */
  readonly isExtraordinary: boolean;
};

/** Net deposits and other rises of the margin level of a day (below zero: net withdrawals), from the end of the day before. */
export type Rise = { readonly day: Day; readonly amount: Decimal };

export type DeficitStatus = {
  readonly deficit: Deficit;
  readonly state: "satisfied" | "outstanding" | "lapsed";
  readonly satisfiedOn: Day | null;
  /** By its close the broker wants it met; null where it names no day. */
  readonly callDue: Day | null;
  /** Not met by its close, it is late. */
  readonly promptBy: Day;
  /** At its close it is no longer outstanding. */
  readonly outstandingUntil: Day;
  readonly isLate: boolean;
  /** Late, neither small nor extraordinary. */
  readonly countsTowardPractice: boolean;
  /** False where the exchange's holidays aren't known: the days are then the earliest possible. */
  readonly areDaysKnown: boolean;
};

export type Ground = {
  readonly terms: IntradayTerms;
  /** null for a broker that said nothing. */
  readonly practice: DeficitPractice | null;
  readonly calendar: TradingCalendar;
};

/** How one deficit stands at the close of `asOf`. Only what comes after the end of its own day meets it. */
export function deficitStatus(
  deficit: Deficit,
  { rises, asOf }: { readonly rises: readonly Rise[]; readonly asOf: Day },
  { terms, practice, calendar }: Ground,
): DeficitStatus {
  const dayAfter = (count: number) => tradingDayAfter(deficit.day, count, calendar);
  const outstandingUntil = dayAfter(terms.outstandingDays);
  const promptBy = dayAfter(terms.promptDays);
  const last = asOf < outstandingUntil ? asOf : outstandingUntil;
  const satisfiedOn = metOn(deficit, rises, last);
  const isLate = satisfiedOn === null ? asOf >= promptBy : satisfiedOn > promptBy;
  const isSmall = !deficit.amount.isGreaterThan(smallDeficit(deficit.equity, terms));
  const isOver = asOf >= outstandingUntil;
  return {
    deficit,
    state: satisfiedOn !== null ? "satisfied" : isOver ? "lapsed" : "outstanding",
    satisfiedOn,
    callDue: practice?.callDays ? dayAfter(practice.callDays) : null,
    promptBy,
    outstandingUntil,
    isLate,
    countsTowardPractice: isLate && !isSmall && !deficit.isExtraordinary,
    areDaysKnown: isKnown(deficit.day, outstandingUntil, calendar),
  };
}

/**
 * The last day of the freeze that a practice of late deficits brings, by the broker's own measure; null while there is none,
 * or where the broker names no number: then only the broker can tell.
 */
export function freezeUntil(
  statuses: readonly DeficitStatus[],
  { terms, practice }: Pick<Ground, "terms" | "practice">,
): Day | null {
  const needed = practice?.lateDeficits ?? null;
  if (needed === null) return null;
  const late = statuses
    .filter(({ countsTowardPractice }) => countsTowardPractice)
    .map(({ promptBy }) => promptBy)
    .sort();
  const ends = late.flatMap((last, index) => {
    const first = late[index - needed + 1];
    const isPractice = first !== undefined && daysAfter(first, 365) >= last;
    return isPractice ? [daysAfter(last, terms.freezeDays)] : [];
  });
  return ends.at(-1) ?? null;
}

function metOn(deficit: Deficit, rises: readonly Rise[], last: Day): Day | null {
  const later = rises.filter(({ day }) => day > deficit.day && day <= last);
  const days = [...new Set(later.map(({ day }) => day))].sort();
  const met = days.find((until) => {
    const upTo = later.filter(({ day }) => day <= until).map(({ amount }) => amount);
    return !sumOf(upTo).isLessThan(deficit.amount);
  });
  return met ?? null;
}
