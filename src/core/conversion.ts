import { type Decimal, ONE } from "./money.ts";

/** Factors that turn an amount of `currency` into account currency: a gain, a loss, and a position's value. */
export type HomeConversion = {
  readonly currency: string;
  readonly gain: Decimal;
  readonly loss: Decimal;
  readonly value: Decimal;
};

/** The conversion of a currency into itself. */
export function identityConversion(currency: string): HomeConversion {
  return { currency, gain: ONE, loss: ONE, value: ONE };
}

/** A gain or a loss of `conversion.currency` in account currency, not rounded. */
export function toHome(amount: Decimal, conversion: HomeConversion): Decimal {
  return amount.times(amount.isNegative() ? conversion.loss : conversion.gain);
}
