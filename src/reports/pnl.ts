import { type Calendar, isoWeekOf } from "../core/calendar.ts";
import { type Decimal, ZERO } from "../core/money.ts";
import type { BookedSum } from "../ports/history.ts";

export const PNL_PERIODS = ["day", "week", "month"] as const;
export type PnlPeriod = (typeof PNL_PERIODS)[number];

/** What a period brought, in one currency. */
export type PnlRow = {
  /** `2026-11-22`, `2026-W47` or `2026-11`. */
  readonly period: string;
  readonly realizedPl: Decimal;
  readonly commission: Decimal;
  readonly financing: Decimal;
  /** What the balance changed by, but for deposits and withdrawals. */
  readonly net: Decimal;
  readonly fills: number;
  readonly currency: string | null;
};

/**
 * Sums of buckets put together by the calendar's days, weeks or months, exactly; each currency for itself. A period without
 * a booking has no row.
 */
export function pnlByPeriod(
  sums: readonly BookedSum[],
  by: PnlPeriod,
  calendar: Calendar,
): readonly PnlRow[] {
  const rows = new Map<string, PnlRow>();
  for (const sum of sums) {
    const period = periodOf(calendar.dayOf(sum.from), by);
    const key = `${period} ${sum.currency ?? ""}`;
    rows.set(key, added(rows.get(key) ?? emptyRow(period, sum.currency), sum));
  }
  return [...rows.entries()]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([, row]) => row);
}

/** The period that a day belongs to. */
export function periodOf(day: string, by: PnlPeriod): string {
  if (by === "day") return day;
  return by === "week" ? isoWeekOf(day) : day.slice(0, 7);
}

function emptyRow(period: string, currency: string | null): PnlRow {
  const nothing = { realizedPl: ZERO, commission: ZERO, financing: ZERO, net: ZERO };
  return { period, ...nothing, fills: 0, currency };
}

function added(row: PnlRow, { amount, ...sum }: BookedSum): PnlRow {
  return withAdded(row, { ...sum, net: amount });
}

/** `row` with another's amounts added, exactly; both are of one currency. */
export function withAdded(row: PnlRow, other: Omit<PnlRow, "period" | "currency">): PnlRow {
  return {
    ...row,
    realizedPl: row.realizedPl.plus(other.realizedPl),
    commission: row.commission.plus(other.commission),
    financing: row.financing.plus(other.financing),
    net: row.net.plus(other.net),
    fills: row.fills + other.fills,
  };
}
