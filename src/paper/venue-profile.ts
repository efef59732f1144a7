import type { Region } from "../core/account.ts";
import { type Decimal, decimal, ZERO } from "../core/money.ts";

/** When a venue trades: around the clock, or Sunday 17:00 to Friday 17:00 New York. */
export type VenueHours = "always" | "market";

/** A venue's house rules: everything that differs between two venues with the same prices. */
export type VenueProfile = {
  readonly region: Region;
  /** Share that a conversion into home currency costs: a gain is worth mid × (1 − it), a loss mid × (1 + it). */
  readonly conversionMarkup: Decimal;
  /** Home currency for each unit filled. */
  readonly commissionPerUnit: Decimal;
  /** Units on offer at the best bid and at the best ask. */
  readonly liquidity: Decimal;
  /** Everything is closed once the equity at mid prices is at or below this share of the margin used. */
  readonly closeoutShare: Decimal;
  /** Days of financing charged at 17:00 New York, by its weekday, Sunday first. */
  readonly financingDays: readonly number[];
};

const EVERY_DAY = [1, 1, 1, 1, 1, 1, 1] as const;
/** Trades settle in two days, so Wednesday's rollover carries the weekend. */
const MARKET_DAYS = [0, 1, 1, 3, 1, 1, 0] as const;

/** The house rules of a venue for accounts of `region` that is open at `hours`. */
export function venueProfile(region: Region, hours: VenueHours): VenueProfile {
  return {
    region,
    conversionMarkup: decimal("0.005"),
    commissionPerUnit: ZERO,
    liquidity: decimal("10000000"),
    closeoutShare: decimal("0.5"),
    financingDays: hours === "market" ? MARKET_DAYS : EVERY_DAY,
  };
}
