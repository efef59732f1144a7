import type { TradingCalendar } from "./trading-calendar.ts";

/**
 * Days of the US stock exchanges, New York dates: NYSE Group's announcements of 2024-11-08 (2025 to 2027) and 2025-12-23
 * (2026 to 2028), read 2026-11-25; 2024 and the day of mourning of 2025-01-09 from general knowledge. Exchanges also close
 * without notice: a day that isn't here is taken for a trading day, and years that aren't here are said to be unknown.
 */
export const NYSE_DAYS: TradingCalendar = {
  firstDay: "2024-01-01",
  lastDay: "2028-12-31",
  closed: new Set([
    ...of("2024", "01-01 01-15 02-19 03-29 05-27 06-19 07-04 09-02 11-28 12-25"),
    ...of("2025", "01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25"),
    ...of("2026", "01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25"),
    ...of("2027", "01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24"),
    ...of("2028", "01-17 02-21 04-14 05-29 06-19 07-04 09-04 11-23 12-25"),
  ]),
  /** They end at 13:00, and count as whole days. */
  early: new Set([
    ...of("2024", "07-03 11-29 12-24"),
    ...of("2025", "07-03 11-28 12-24"),
    ...of("2026", "11-27 12-24"),
    ...of("2027", "11-26"),
    ...of("2028", "07-03 11-24"),
  ]),
};

function of(year: string, days: string): readonly string[] {
  return days.split(" ").map((day) => `${year}-${day}`);
}
