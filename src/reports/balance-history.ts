import { addDays, type Calendar } from "../core/calendar.ts";
import type { HistoryRow } from "../core/history-row.ts";
import { type Decimal, decimal, ZERO } from "../core/money.ts";
import type { Instant } from "../core/time.ts";

export type DayBalance = {
  readonly date: string;
  /** At the day's end, or now on the day that isn't over. */
  readonly balance: Decimal;
  /** null where nobody knows what was open then. */
  readonly equity: Decimal | null;
};

export type BalanceOptions = {
  readonly calendar: Calendar;
  readonly now: Instant;
  /** Today and so many days before it, less one. */
  readonly days: number;
  readonly equityOf: (date: string) => Decimal | null;
};

/**
 * An account's balance at the end of each of the last days, oldest first, rebuilt from its transactions (all of them, oldest
 * first): the broker's own figure, or the sum of what was booked where it gives none. Days before the first booking
 * are left out.
 */
export async function dailyBalances(
  batches: AsyncIterable<readonly Pick<HistoryRow, "time" | "amount" | "balance">[]>,
  { calendar, now, days, equityOf }: BalanceOptions,
): Promise<readonly DayBalance[]> {
  const today = calendar.dayOf(now);
  const first = addDays(today, 1 - days);
  const firstStart = calendar.startOf(first);
  const ends = new Map<string, Decimal>();
  let balance: Decimal | null = null;
  let before: Decimal | null = null;
  for await (const rows of batches) {
    for (const row of rows) {
      if (row.balance === null && row.amount === "0") continue;
      balance =
        row.balance === null ? (balance ?? ZERO).plus(decimal(row.amount)) : decimal(row.balance);
      if (row.time < firstStart) before = balance;
      else ends.set(calendar.dayOf(row.time), balance);
    }
  }
  return Array.from({ length: days }, (_, index) => addDays(first, index)).flatMap((date) => {
    before = ends.get(date) ?? before;
    return before === null ? [] : [{ date, balance: before, equity: equityOf(date) }];
  });
}
