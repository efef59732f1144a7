import type { BrokerName } from "../../core/connection.ts";
import { type Decimal, decimal } from "../../core/money.ts";
import type { Day } from "./trading-calendar.ts";

/** What the pattern-day-trader rule asked, FINRA Rule 4210(f)(8)(B). Amounts in US dollars. */
export type PatternTerms = {
  readonly id: string;
  readonly source: string;
  readonly validFrom: Day;
  readonly validTo: Day;
  /** So many day trades in the window make a pattern … */
  readonly dayTrades: number;
  /** … of so many trading days, the one of the order included … */
  readonly windowDays: number;
  /** … where they are more than this share of all trades of the window. */
  readonly shareOfTrades: Decimal;
  readonly minimumEquity: Decimal;
  /** Day-trading buying power of equities: so many times what exceeds maintenance at the last close. */
  readonly buyingPowerMultiple: Decimal;
};

/** What intraday margin asks, FINRA Rule 4210(a)(17)-(19), (d)(2). Amounts in US dollars. */
export type IntradayTerms = {
  readonly id: string;
  readonly source: string;
  readonly validFrom: Day;
  readonly validTo: Day | null;
  /** Until this day, itself included, a broker may keep the rule before. */
  readonly phaseInUntil: Day;
  /** The smaller of these two of a deficit doesn't count towards a practice. */
  readonly smallShareOfEquity: Decimal;
  readonly smallAmount: Decimal;
  /** By the close of this trading day after it a deficit is late. */
  readonly promptDays: number;
  /** At the close of this trading day after it a deficit is no longer outstanding. */
  readonly outstandingDays: number;
  readonly freezeCalendarDays: number;
};

/** What margin accounts need under both rules, FINRA Rule 4210(b)(4) and (c). */
export type MarginTerms = {
  readonly id: string;
  readonly source: string;
  readonly minimumEquity: Decimal;
  /** Maintenance as a share of a position's value; brokers may ask for more. */
  readonly longMaintenance: Decimal;
  readonly shortMaintenance: Decimal;
};

/** How a broker carries the change of rules through. Each is its own statement, and a user may know better. */
export type BrokerTerms = {
  /** The first day of intraday margin; null where the broker hasn't said. */
  readonly intradaySince: Day | null;
  /** Trading days in which it wants a deficit met; null where it names none. */
  readonly callDays: number | null;
  /** Late deficits in twelve months that it takes for a practice; null where it names no number. */
  readonly lateDeficits: number | null;
  readonly source: string;
};

export type DayTradingRules = {
  readonly pattern: PatternTerms;
  readonly intraday: IntradayTerms;
  readonly margin: MarginTerms;
  readonly brokers: Readonly<Partial<Record<BrokerName, BrokerTerms>>>;
};

/** As read on 2026-11-22. [V] is checked against public text, [K] is general knowledge to be confirmed with the broker. */
export const DAY_TRADING_RULES: DayTradingRules = {
  pattern: {
    id: "US-FINRA-PDT",
    source: "FINRA Rule 4210(f)(8)(B), Regulatory Notice 21-13 [V]",
    validFrom: "2001-09-28",
    validTo: "2026-06-03",
    dayTrades: 4,
    windowDays: 5,
    shareOfTrades: decimal("0.06"),
    minimumEquity: decimal("25000"),
    buyingPowerMultiple: decimal("4"),
  },
  intraday: {
    id: "US-FINRA-IMD",
    source: "FINRA Rule 4210(a)(17)-(19), (d)(2); 91 FR 20731, Regulatory Notice 26-10 [V]",
    validFrom: "2026-06-04",
    validTo: null,
    phaseInUntil: "2027-10-20",
    smallShareOfEquity: decimal("0.05"),
    smallAmount: decimal("1000"),
    promptDays: 5,
    outstandingDays: 15,
    freezeCalendarDays: 90,
  },
  margin: {
    id: "US-FINRA-4210",
    source: "FINRA Rule 4210(b)(4), (c): 2,000 USD and 25 % [V]; 30 % of a short position [K]",
    minimumEquity: decimal("2000"),
    longMaintenance: decimal("0.25"),
    shortMaintenance: decimal("0.3"),
  },
  brokers: {
    alpaca: {
      intradaySince: "2026-06-04",
      callDays: 2,
      lateDeficits: 1,
      source: "Alpaca's changelog of 2026-06-03 to 2026-07-06 and its FAQ [V]",
    },
    ibkr: {
      intradaySince: null,
      callDays: 3,
      lateDeficits: 4,
      source: "IBKR's page of 2026-06-03, as quoted in public [V]; each account has to ask",
    },
  },
};
