import type { Calendar } from "../core/calendar.ts";
import type { Instant } from "../core/time.ts";

/**
 * The moment before which records may go: the beginning of the first trading year that is still kept. A trading year is
 * kept until so many whole years after it are over. Null where everything is kept for ever.
 */
export function retentionCut(
  asOf: Instant,
  { years, calendar }: { readonly years: number | null; readonly calendar: Calendar },
): Instant | null {
  if (years === null) return null;
  return calendar.startOf(`${yearOf(calendar.dayOf(asOf)) - years}-01-01`);
}

/** The last day on which a record of that moment has to be kept: `2033-12-31`. */
export function keptUntil(
  time: Instant,
  { years, calendar }: { readonly years: number | null; readonly calendar: Calendar },
): string | null {
  return years === null ? null : `${yearOf(calendar.dayOf(time)) + years}-12-31`;
}

function yearOf(day: string): number {
  return Number(day.slice(0, 4));
}
