import { Failure } from "../core/failures.ts";
import type { Instrument } from "../core/instrument.ts";
import type { Decimal } from "../core/money.ts";

/**
 * Checks a size against the instrument's own steps and limits; what a person typed is never rounded.
 * @throws Failure INVALID_UNITS naming the nearest legal sizes; nothing was sent.
 */
export function validateSize(units: Decimal, instrument: Instrument): void {
  const { name, unitsPrecision, minimumUnits, maximumUnits } = instrument;
  if (units.decimals() > unitsPrecision) {
    const below = units.rounded(unitsPrecision, "down");
    const above = units.rounded(unitsPrecision, "up");
    throw invalid(
      `${units} units of ${name} have more decimals than it allows (${unitsPrecision}).`,
      `The nearest sizes are ${below} and ${above}.`,
    );
  }
  if (units.isLessThan(minimumUnits)) {
    throw invalid(
      `${units} units are below the smallest order of ${name}.`,
      `Order at least ${minimumUnits}.`,
    );
  }
  if (maximumUnits && units.isGreaterThan(maximumUnits)) {
    throw invalid(
      `${units} units are above the largest order of ${name}.`,
      `Order at most ${maximumUnits}.`,
    );
  }
}

function invalid(message: string, hint: string): Failure {
  return new Failure("INVALID_UNITS", `${message} Nothing was sent.`, { hint });
}
