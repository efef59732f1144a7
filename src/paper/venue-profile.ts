import type { Region } from "../core/account.ts";
import type { Commission } from "../core/instrument.ts";
import { type Decimal, decimal, ONE, ZERO } from "../core/money.ts";

/** When a venue trades: around the clock, or Sunday 17:00 to Friday 17:00 New York. */
export type VenueHours = "always" | "market";

/** Whether trades may have guaranteed stops, or must. */
export type GuaranteedStopMode = "DISABLED" | "ALLOWED" | "REQUIRED";

/** A venue's house rules: everything that differs between two venues with the same prices. */
export type VenueProfile = {
  readonly region: Region;
  /** OANDA's house rule for US accounts: of two trades of one instrument and size neither may have exits. */
  readonly hasFifoSafeguard: boolean;
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
  /** The same of instruments that differ from it. */
  readonly financingDaysOf: Readonly<Record<string, readonly number[]>>;
  readonly guaranteedStops: {
    readonly mode: GuaranteedStopMode;
    /** The least distance from the market, in pips. */
    readonly minimumDistancePips: Decimal;
    /** What each unit costs when a guaranteed stop fires, in pips. */
    readonly premiumPips: Decimal;
  };
};

const EVERY_DAY = [1, 1, 1, 1, 1, 1, 1] as const;
/** Trades settle in two days, so Wednesday's rollover carries the weekend. */
const MARKET_DAYS = [0, 1, 1, 3, 1, 1, 0] as const;
/** Trades that settle in one day: Thursday's rollover carries it. */
const NEXT_DAY_SETTLED = { USD_CAD: [0, 1, 1, 1, 3, 1, 0] } as const;

/** The house rules of a venue for accounts of `region` that is open at `hours`. */
export function venueProfile(region: Region, hours: VenueHours): VenueProfile {
  const isMarket = hours === "market";
  return {
    region,
    hasFifoSafeguard: region === "US",
    conversionMarkup: decimal("0.005"),
    commissionPerUnit: ZERO,
    liquidity: decimal("10000000"),
    closeoutShare: decimal("0.5"),
    financingDays: isMarket ? MARKET_DAYS : EVERY_DAY,
    financingDaysOf: isMarket ? NEXT_DAY_SETTLED : {},
    guaranteedStops: {
      mode: region === "US" || region === "NONE" ? "DISABLED" : "ALLOWED",
      minimumDistancePips: decimal("10"),
      premiumPips: decimal("0.5"),
    },
  };
}

/** What a fill is charged, as terms. */
export function commissionOf({ commissionPerUnit }: VenueProfile): Commission {
  return { amount: commissionPerUnit, perUnits: ONE, minimum: ZERO };
}

/** Days of financing charged for an instrument at 17:00 New York, by its weekday, Sunday first. */
export function financingDaysOf(profile: VenueProfile, instrument: string): readonly number[] {
  return profile.financingDaysOf[instrument] ?? profile.financingDays;
}
