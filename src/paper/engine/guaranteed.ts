import type { Instrument } from "../../core/instrument.ts";
import type { Decimal } from "../../core/money.ts";
import type { GuaranteedStopMode, VenueProfile } from "../venue-profile.ts";

/** What guaranteed stops of an instrument cost and keep to. Both amounts are price differences. */
export type GuaranteedStopTerms = {
  readonly mode: GuaranteedStopMode;
  /** The least distance from the market. */
  readonly minimumDistance: Decimal;
  /** Quote currency for each unit closed, charged when one fires. */
  readonly premium: Decimal;
};

/** The venue's terms of guaranteed stops for an instrument. */
export function guaranteedStopTerms(
  { guaranteedStops }: VenueProfile,
  { pipSize }: Pick<Instrument, "pipSize">,
): GuaranteedStopTerms {
  return {
    mode: guaranteedStops.mode,
    minimumDistance: guaranteedStops.minimumDistancePips.times(pipSize),
    premium: guaranteedStops.premiumPips.times(pipSize),
  };
}
