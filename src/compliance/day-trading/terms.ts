import type { BrokerName } from "../../core/connection.ts";
import type { Decimal } from "../../core/money.ts";

/** When day trades make a pattern, FINRA Rule 4210(f)(8)(B). Amounts in US dollars. */
export type PatternTerms = {
  readonly source: string;
  /** So many day trades in the window make a pattern … */
  readonly dayTrades: number;
  /** … of so many trading days, the one of the order included … */
  readonly windowDays: number;
  /** … where they are more than this share of all trades of the window. */
  readonly shareOfTrades: Decimal;
  readonly minimumEquity: Decimal;
  /** Day-trading buying power: so many times what exceeds maintenance at the last close. */
  readonly buyingPowerMultiple: Decimal;
};

/** What intraday margin asks, FINRA Rule 4210(a)(17)-(19), (d)(2). Amounts in US dollars. */
export type IntradayTerms = {
  readonly source: string;
  /** Maintenance as a share of a position's value; brokers may ask for more. */
  readonly longMaintenance: Decimal;
  readonly shortMaintenance: Decimal;
  /** The smaller of these two of a deficit doesn't count towards a practice. */
  readonly smallShareOfEquity: Decimal;
  readonly smallAmount: Decimal;
  /** Not met by the close of this trading day after it, a deficit is late. */
  readonly promptDays: number;
  /** At the close of this trading day after it, a deficit is no longer outstanding. */
  readonly outstandingDays: number;
  readonly freezeDays: number;
};

/** What margin accounts need whatever they do within a day, FINRA Rule 4210(b)(4). */
export type MinimumTerms = { readonly source: string; readonly minimumEquity: Decimal };

/** How a broker treats intraday deficits, by its own word. */
export type DeficitPractice = {
  /** Trading days in which it wants a deficit met; null where it names none. */
  readonly callDays: number | null;
  /** Late deficits in twelve months that it takes for a practice; null where it names no number. */
  readonly lateDeficits: number | null;
  readonly source: string;
};

export const DEFICIT_PRACTICES: Readonly<Partial<Record<BrokerName, DeficitPractice>>> = {
  alpaca: { callDays: 2, lateDeficits: 1, source: "Alpaca's FAQ, 2026-06" },
  ibkr: { callDays: 3, lateDeficits: 4, source: "IBKR's page of 2026-06-03, quoted in public" },
};
