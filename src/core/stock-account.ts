import type { Decimal } from "./money.ts";
import type { Side } from "./order.ts";
import type { Instant } from "./time.ts";

/** How an account for US stocks is margined. */
export type StockAccountKind = "margin" | "cash" | "portfolio_margin" | "good_faith";

/** One execution of a stock order. */
export type StockExecution = {
  readonly orderId: string;
  readonly instrument: string;
  readonly side: Side;
  /** Positive. */
  readonly units: Decimal;
  readonly time: Instant;
};

/**
 * What a broker says of an account for US stocks beside its balance. Amounts in account currency; null is what it doesn't say,
 * and never zero.
 */
export type StockStanding = {
  /** When the broker said so, by its clock. */
  readonly asOf: Instant;
  readonly kind: StockAccountKind | null;
  /** Equity at the close of the last trading day. */
  readonly equityAtLastClose: Decimal | null;
  readonly maintenanceAtLastClose: Decimal | null;
  /** A debit balance is below zero. */
  readonly cash: Decimal;
  /** The maintenance requirement of all positions. */
  readonly maintenance: Decimal;
  /** Whether the broker has the account as a pattern day trader's. */
  readonly isPatternDayTrader: boolean | null;
  /** Last day of a freeze after margin deficits, `2026-11-24` in New York; null for none. */
  readonly frozenUntil: string | null;
  /** The broker's own maintenance rates, by stock: 0.3 is 30 %. */
  readonly maintenanceRates: ReadonlyMap<string, Decimal>;
  /** Oldest first; those of one moment in the broker's order. */
  readonly executions: readonly StockExecution[];
};
