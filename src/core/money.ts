/** How a value between two representable ones is placed. */
export type Rounding = "down" | "up" | "half_even" | "toward_zero";

const POWERS: bigint[] = [1n];

/**
 * An exact decimal number: `digits` × 10^-`scale`, with unlimited digits.
 * Sums, differences and products are exact; only `dividedBy` and `rounded` round, and they say how.
 * It prints and serialises as plain decimal text (`"1.08514"`), never with an exponent.
 */
export class Decimal {
  readonly digits: bigint;
  readonly scale: number;

  constructor(digits: bigint, scale: number) {
    this.digits = digits;
    this.scale = scale;
  }

  plus(other: Decimal): Decimal {
    if (this.scale === other.scale) return new Decimal(this.digits + other.digits, this.scale);
    const scale = Math.max(this.scale, other.scale);
    return new Decimal(this.digitsAt(scale) + other.digitsAt(scale), scale);
  }

  minus(other: Decimal): Decimal {
    return this.plus(other.negated());
  }

  times(other: Decimal): Decimal {
    return new Decimal(this.digits * other.digits, this.scale + other.scale);
  }

  /** The quotient with `places` decimals. @throws RangeError on division by zero. */
  dividedBy(other: Decimal, places: number, rounding: Rounding = "half_even"): Decimal {
    const shift = places + other.scale - this.scale;
    const numerator = shift >= 0 ? this.digits * powerOfTen(shift) : this.digits;
    const denominator = shift >= 0 ? other.digits : other.digits * powerOfTen(-shift);
    return new Decimal(divideRounded(numerator, denominator, rounding), places);
  }

  /** This number with at most `places` decimals. */
  rounded(places: number, rounding: Rounding): Decimal {
    if (this.scale <= places) return this;
    const divisor = powerOfTen(this.scale - places);
    return new Decimal(divideRounded(this.digits, divisor, rounding), places);
  }

  /** The nearest whole multiple of `step`, in the stated direction. */
  roundedToStep(step: Decimal, rounding: Rounding): Decimal {
    return this.dividedBy(step, 0, rounding).times(step);
  }

  negated(): Decimal {
    return new Decimal(-this.digits, this.scale);
  }

  abs(): Decimal {
    return this.digits < 0n ? this.negated() : this;
  }

  /** Below zero, zero or above zero when this is less than, equal to or greater than `other`. */
  compare(other: Decimal): number {
    const scale = Math.max(this.scale, other.scale);
    const left = this.digitsAt(scale);
    const right = other.digitsAt(scale);
    return left < right ? -1 : left > right ? 1 : 0;
  }

  equals(other: Decimal): boolean {
    return this.compare(other) === 0;
  }

  isLessThan(other: Decimal): boolean {
    return this.compare(other) < 0;
  }

  isGreaterThan(other: Decimal): boolean {
    return this.compare(other) > 0;
  }

  /** -1, 0 or 1. */
  sign(): number {
    return this.digits === 0n ? 0 : this.digits < 0n ? -1 : 1;
  }

  isZero(): boolean {
    return this.digits === 0n;
  }

  isNegative(): boolean {
    return this.digits < 0n;
  }

  isPositive(): boolean {
    return this.digits > 0n;
  }

  /** The number of decimals that carry information: 1.0800 has two. */
  decimals(): number {
    let { digits, scale } = this;
    while (scale > 0 && digits % 10n === 0n) {
      digits /= 10n;
      scale -= 1;
    }
    return scale;
  }

  /** Text with exactly `places` decimals, rounded half to even where there are more. */
  toFixed(places: number): string {
    return decimalText(this.rounded(places, "half_even").digitsAt(places), places);
  }

  /** Text without trailing zeros. */
  toString(): string {
    return this.toFixed(this.decimals());
  }

  toJSON(): string {
    return this.toString();
  }

  /** The nearest floating-point number: for charts, statistics and layout only, never for money. */
  toApproximateNumber(): number {
    return Number(this.toString());
  }

  private digitsAt(scale: number): bigint {
    return scale === this.scale ? this.digits : this.digits * powerOfTen(scale - this.scale);
  }
}

declare const brand: unique symbol;

/** A decimal that means one thing only, so that a price can't be passed where a size is asked. */
export type Quantity<Name extends string> = Decimal & { readonly [brand]: Name };
/** A price in quote currency per one unit of base, e.g. 1.08154 USD per EUR. Never negative. */
export type Price = Quantity<"price">;
/** A size in base units, always positive: the side tells the direction. */
export type Units = Quantity<"units">;

export const ZERO = new Decimal(0n, 0);
export const ONE = new Decimal(1n, 0);

const DECIMAL_TEXT = /^(-?)(\d{1,40})(?:\.(\d{1,40}))?$/;

/** The decimal that `text` spells (`-1.25`), or undefined: no exponent, no grouping, no sign but minus. */
export function parseDecimal(text: string): Decimal | undefined {
  return parseShort(text) ?? parseAny(text);
}

/** So many digits are exact as a floating-point number. */
const SHORT = 15;
const [DIGIT_ZERO, DIGIT_NINE, POINT] = [48, 57, 46];

/** What nearly every price is: a few digits and a point between them. Undefined for all else. */
function parseShort(text: string): Decimal | undefined {
  if (text.length > SHORT) return undefined;
  let digits = 0;
  let pointAt = -1;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code >= DIGIT_ZERO && code <= DIGIT_NINE) digits = digits * 10 + code - DIGIT_ZERO;
    else if (code === POINT && pointAt < 0 && index > 0) pointAt = index;
    else return undefined;
  }
  const scale = pointAt < 0 ? 0 : text.length - pointAt - 1;
  if (text.length === 0 || (pointAt >= 0 && scale === 0)) return undefined;
  return new Decimal(BigInt(digits), scale);
}

function parseAny(text: string): Decimal | undefined {
  const match = DECIMAL_TEXT.exec(text);
  if (!match) return undefined;
  const [, sign, whole, fraction = ""] = match;
  const digits = BigInt(`${whole}${fraction}`);
  return new Decimal(sign === "-" ? -digits : digits, fraction.length);
}

/** The decimal that `text` spells. @throws RangeError when it is none: for constants and checked text. */
export function decimal(text: string): Decimal {
  const value = parseDecimal(text);
  if (!value) throw new RangeError(`not a decimal number: ${text.slice(0, 60)}`);
  return value;
}

/** The decimal of a whole number. @throws RangeError when it isn't a safe integer. */
export function wholeNumber(value: number): Decimal {
  if (!Number.isSafeInteger(value)) throw new RangeError(`not a safe integer: ${value}`);
  return new Decimal(BigInt(value), 0);
}

/** Marks a decimal as a price. @throws RangeError below zero. */
export function toPrice(value: Decimal): Price {
  if (value.isNegative()) throw new RangeError(`a price can't be negative: ${value}`);
  return value as Price;
}

/** Marks a decimal as a size. @throws RangeError unless above zero. */
export function toUnits(value: Decimal): Units {
  if (!value.isPositive()) throw new RangeError(`units must be above zero: ${value}`);
  return value as Units;
}

export function minimumOf<T extends Decimal>(left: T, right: T): T {
  return left.compare(right) <= 0 ? left : right;
}

export function maximumOf<T extends Decimal>(left: T, right: T): T {
  return left.compare(right) >= 0 ? left : right;
}

export function sumOf(values: readonly Decimal[]): Decimal {
  return values.reduce((sum, value) => sum.plus(value), ZERO);
}

function powerOfTen(exponent: number): bigint {
  const known = POWERS[exponent];
  if (known !== undefined) return known;
  const power = 10n ** BigInt(exponent);
  if (exponent < 64) POWERS[exponent] = power;
  return power;
}

function divideRounded(numerator: bigint, denominator: bigint, rounding: Rounding): bigint {
  if (denominator === 0n) throw new RangeError("division by zero");
  const quotient = numerator / denominator;
  const remainder = numerator % denominator;
  if (remainder === 0n || rounding === "toward_zero") return quotient;
  const isNegative = numerator < 0n !== denominator < 0n;
  const away = isNegative ? -1n : 1n;
  if (rounding === "down") return isNegative ? quotient + away : quotient;
  if (rounding === "up") return isNegative ? quotient : quotient + away;
  const twice = absolute(remainder) * 2n;
  const whole = absolute(denominator);
  const isFarHalf = twice > whole || (twice === whole && quotient % 2n !== 0n);
  return isFarHalf ? quotient + away : quotient;
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function decimalText(digits: bigint, places: number): string {
  const text = absolute(digits)
    .toString()
    .padStart(places + 1, "0");
  const sign = digits < 0n ? "-" : "";
  if (places === 0) return sign + text;
  return `${sign}${text.slice(0, -places)}.${text.slice(-places)}`;
}
