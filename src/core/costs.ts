import { type HomeConversion, toHome } from "./conversion.ts";
import type { Commission, Instrument } from "./instrument.ts";
import { type Decimal, decimal, maximumOf, type Price, ZERO } from "./money.ts";
import type { Side } from "./order.ts";
import { type Quote, spreadOf } from "./quote.ts";

/** What an order is expected to cost, in account currency; amounts are rounded half to even, to four decimals. */
export type ExpectedCosts = {
  /** Lost at once by opening and closing at the prices of now. Never below zero. */
  readonly spread: Decimal;
  /** Of a day held over 17:00 New York; below zero where it is paid, null where no rate is known. */
  readonly financingPerDay: Decimal | null;
  /** Lost where the stop fills at its own price; null without a stop. A gap may cost more. */
  readonly lossAtStop: Decimal | null;
};

export type CostBasis = {
  readonly side: Side;
  /** Units that open something; what only reduces is neither financed nor stopped. */
  readonly opening: Decimal;
  readonly entry: Price;
  readonly stop: Decimal | null;
  readonly quote: Pick<Quote, "bid" | "ask">;
  readonly instrument: Pick<Instrument, "financing">;
  /** Value of what opens, in account currency. */
  readonly value: Decimal;
  readonly conversion: HomeConversion;
};

const PLACES = 4;
const DAYS_OF_YEAR = decimal("365");

export function expectedCosts(basis: CostBasis): ExpectedCosts {
  const { side, opening, entry, stop, quote, conversion } = basis;
  const lossOf = (distance: Decimal) => {
    const lost = toHome(opening.times(distance).negated(), conversion).negated();
    return (lost.isNegative() ? ZERO : lost).rounded(PLACES, "half_even");
  };
  const stopDistance = stop && (side === "buy" ? entry.minus(stop) : stop.minus(entry));
  return {
    spread: lossOf(spreadOf(quote)),
    financingPerDay: financingPerDay(basis),
    lossAtStop: stopDistance && lossOf(stopDistance),
  };
}

/** What a fill of `units` is charged, in account currency, four decimals. */
export function commissionOn(units: Decimal, { amount, perUnits, minimum }: Commission): Decimal {
  return maximumOf(minimum, units.times(amount).dividedBy(perUnits, PLACES));
}

function financingPerDay({ side, instrument, value }: CostBasis): Decimal | null {
  const { financing } = instrument;
  if (!financing) return null;
  const rate = side === "buy" ? financing.longRate : financing.shortRate;
  return value.times(rate).dividedBy(DAYS_OF_YEAR, PLACES);
}
