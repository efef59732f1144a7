import { Failure } from "../core/failures.ts";
import { hasLegalPrecision, type Instrument, nearestPrices } from "../core/instrument.ts";
import { type Decimal, decimal, type Price } from "../core/money.ts";

const PIP_PLACES = 4;

/** What a person typed is never rounded. @throws Failure INVALID_PRICE with the two nearest legal prices. */
export function requirePrecision(name: string, price: Price, instrument: Instrument): void {
  if (hasLegalPrecision(price, instrument)) return;
  const [below, above] = nearestPrices(price, instrument);
  throw new Failure(
    "INVALID_PRICE",
    `The ${name} ${price} has more decimals than ${instrument.name} prices have (${instrument.pricePrecision}). Nothing was sent.`,
    { hint: `The nearest prices are ${below} and ${above}.` },
  );
}

/** Pips that someone typed are never rounded to a price step; a percentage has to be. @throws Failure INVALID_PRICE. */
export function requireWholeSteps(option: string, pips: Decimal, instrument: Instrument): void {
  const { name, pipSize, pricePrecision } = instrument;
  const offset = pips.times(pipSize);
  if (offset.decimals() <= pricePrecision) return;
  const [below, above] = nearestPrices(offset, instrument).map((text) =>
    decimal(text).dividedBy(pipSize, PIP_PLACES),
  );
  throw new Failure(
    "INVALID_PRICE",
    `${option} ${pips}p is finer than a price step of ${name}. Nothing was sent.`,
    { hint: `The nearest distances are ${below}p and ${above}p.` },
  );
}

/** @throws Failure INVALID_PRICE with the range of the instrument's trailing distances. */
export function requireTrailingRange(offset: Decimal, instrument: Instrument): void {
  const { minimumTrailingDistance: minimum, maximumTrailingDistance: maximum } = instrument;
  const isTooNear = minimum !== null && offset.isLessThan(minimum);
  const isTooFar = maximum !== null && offset.isGreaterThan(maximum);
  if (!isTooNear && !isTooFar) return;
  throw new Failure(
    "INVALID_PRICE",
    `A trailing distance of ${offset} is outside what ${instrument.name} allows (${minimum ?? "any"} to ${maximum ?? "any"}). Nothing was sent.`,
    { hint: "Give a distance inside that range." },
  );
}
