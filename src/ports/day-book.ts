import type { Decimal } from "../core/money.ts";
import type { Instant } from "../core/time.ts";

/** Equity at the first look of each trading day: what a day's loss is measured from. */
export interface DayBook {
  /** Keeps `equity` unless the day (named by its end) has one already; returns the first. */
  equityAtDayStart(account: AccountKey, dayEnd: Instant, equity: Decimal): Promise<Decimal>;
  /** Forgets the days of a connection, null for all: the next look is a day's first. */
  restart(connection: string | null): Promise<void>;
}

export type AccountKey = { readonly connection: string; readonly account: string };
