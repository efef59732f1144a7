import { Decimal as Oracle } from "decimal.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  Decimal,
  decimal,
  maximumOf,
  minimumOf,
  ONE,
  parseDecimal,
  type Rounding,
  sumOf,
  toPrice,
  toUnits,
  wholeNumber,
  ZERO,
} from "../../src/core/money.ts";

Oracle.set({ precision: 220, toExpNeg: -9e15, toExpPos: 9e15 });

const ORACLE_ROUNDINGS = {
  down: Oracle.ROUND_FLOOR,
  up: Oracle.ROUND_CEIL,
  half_even: Oracle.ROUND_HALF_EVEN,
  toward_zero: Oracle.ROUND_DOWN,
} as const satisfies Record<Rounding, Oracle.Rounding>;

const digits = (maxLength: number) =>
  fc.stringMatching(/^[0-9]+$/, { maxLength }).filter((text) => text.length <= maxLength);
const text = fc
  .tuple(fc.constantFrom("", "-"), digits(22), fc.option(digits(14), { nil: null }))
  .map(([sign, whole, fraction]) => `${sign}${whole}${fraction === null ? "" : `.${fraction}`}`);
const nonZero = text.filter((value) => !decimal(value).isZero());
const rounding = fc.constantFrom<Rounding>("down", "up", "half_even", "toward_zero");
const places = fc.integer({ min: 0, max: 16 });

/** Ties and near-ties are rare among random numbers, so half of the cases are made of them. */
const nearTie = fc
  .tuple(fc.integer({ min: -999, max: 999 }), fc.constantFrom("5", "50", "4999", "5001"))
  .map(([whole, fraction]) => `${whole}.${fraction}`);

function plain(value: Oracle): string {
  return value.isZero() ? "0" : value.toFixed();
}

describe("arithmetic", () => {
  it("for all pairs, sums, differences, products and comparisons are those of decimal.js", () => {
    fc.assert(
      fc.property(text, text, (left, right) => {
        const [a, b] = [decimal(left), decimal(right)];
        const [x, y] = [new Oracle(left), new Oracle(right)];
        expect(a.plus(b).toString()).toBe(plain(x.plus(y)));
        expect(a.minus(b).toString()).toBe(plain(x.minus(y)));
        expect(a.times(b).toString()).toBe(plain(x.times(y)));
        expect(a.compare(b)).toBe(x.comparedTo(y));
        expect(a.equals(b)).toBe(x.equals(y));
        expect(a.isLessThan(b)).toBe(x.lessThan(y));
        expect(a.isGreaterThan(b)).toBe(x.greaterThan(y));
        expect(minimumOf(a, b).equals(decimal(plain(Oracle.min(x, y))))).toBe(true);
        expect(maximumOf(a, b).equals(decimal(plain(Oracle.max(x, y))))).toBe(true);
      }),
    );
  });

  it("for all quotients, every rounding is that of decimal.js", () => {
    fc.assert(
      fc.property(text, nonZero, places, rounding, (...given) => {
        const [left, right, count, mode] = given;
        const expected = new Oracle(left).div(right).toDecimalPlaces(count, ORACLE_ROUNDINGS[mode]);
        const actual = decimal(left).dividedBy(decimal(right), count, mode);
        expect(actual.toString()).toBe(plain(expected));
      }),
      { numRuns: 500 },
    );
  });

  it("for all numbers, rounding to fewer places is that of decimal.js", () => {
    fc.assert(
      fc.property(fc.oneof(text, nearTie), places, rounding, (value, count, mode) => {
        const expected = new Oracle(value).toDecimalPlaces(count, ORACLE_ROUNDINGS[mode]);
        expect(decimal(value).rounded(count, mode).toString()).toBe(plain(expected));
      }),
      { numRuns: 500 },
    );
  });

  it("for all numbers and steps, rounding to a step gives a multiple of it on the asked side", () => {
    fc.assert(
      fc.property(text, nonZero, (value, stepText) => {
        const [number, step] = [decimal(value), decimal(stepText).abs()];
        const below = number.roundedToStep(step, "down");
        const above = number.roundedToStep(step, "up");
        expect(below.isGreaterThan(number)).toBe(false);
        expect(above.isLessThan(number)).toBe(false);
        expect(above.minus(below).isGreaterThan(step)).toBe(false);
        expect(new Oracle(below.toString()).mod(step.toString()).isZero()).toBe(true);
      }),
    );
  });

  it("for all lists, the sum doesn't depend on the order", () => {
    fc.assert(
      fc.property(fc.array(text), (values) => {
        const numbers = values.map(decimal);
        expect(sumOf(numbers).equals(sumOf(numbers.toReversed()))).toBe(true);
        expect(sumOf(numbers).toString()).toBe(
          plain(values.reduce((sum, value) => sum.plus(value), new Oracle(0))),
        );
      }),
    );
  });

  it("divides half to even unless told otherwise", () => {
    expect(decimal("1").dividedBy(decimal("8"), 2).toString()).toBe("0.12");
    expect(decimal("3").dividedBy(decimal("8"), 2).toString()).toBe("0.38");
    expect(decimal("-1").dividedBy(decimal("8"), 2).toString()).toBe("-0.12");
  });

  it("refuses to divide by zero", () => {
    expect(() => ONE.dividedBy(ZERO, 2)).toThrow(RangeError);
  });

  it("stays exact far beyond what floating point holds", () => {
    const large = decimal("90071992547409930000000000000000.1");
    expect(large.plus(decimal("0.0000000001")).toString()).toBe(
      "90071992547409930000000000000000.1000000001",
    );
    expect(decimal("0.1").plus(decimal("0.2")).toString()).toBe("0.3");
  });
});

describe("signs", () => {
  it.each([
    ["-0.01", -1],
    ["0", 0],
    ["-0.00", 0],
    ["0.01", 1],
  ])("%s has the sign %i", (value, sign) => {
    const number = decimal(value);
    expect(number.sign()).toBe(sign);
    expect(number.isNegative()).toBe(sign < 0);
    expect(number.isZero()).toBe(sign === 0);
    expect(number.isPositive()).toBe(sign > 0);
    expect(number.abs().isNegative()).toBe(false);
    expect(number.negated().sign()).toBe(sign === 0 ? 0 : -sign);
  });
});

describe("text", () => {
  it("for all numbers, printing and parsing again gives the same number", () => {
    fc.assert(
      fc.property(text, (value) => {
        const number = decimal(value);
        expect(decimal(number.toString()).equals(number)).toBe(true);
        expect(JSON.parse(JSON.stringify({ number }))).toEqual({ number: number.toString() });
      }),
    );
  });

  it("for all numbers, the text is plain: no exponent, no plus, no negative zero, no trailing zero", () => {
    fc.assert(
      fc.property(text, (value) => {
        const shown = decimal(value).toString();
        expect(shown).toMatch(/^-?(0|[1-9]\d*)(\.\d*[1-9])?$/);
        expect(shown).not.toBe("-0");
      }),
    );
  });

  it("for all numbers, toFixed is that of decimal.js, half to even", () => {
    fc.assert(
      fc.property(fc.oneof(text, nearTie), places, (value, count) => {
        const expected = new Oracle(value).toDecimalPlaces(count, Oracle.ROUND_HALF_EVEN);
        const unsigned = expected.isZero() ? new Oracle(0) : expected;
        expect(decimal(value).toFixed(count)).toBe(unsigned.toFixed(count));
      }),
    );
  });

  it("HT-09 keeps twenty and more digits, leading zeros and a negative zero exact", () => {
    expect(decimal("12345678901234567890.123456789012345678901").toString()).toBe(
      "12345678901234567890.123456789012345678901",
    );
    expect(decimal("007.10").toString()).toBe("7.1");
    expect(decimal("-0").toString()).toBe("0");
    expect(decimal("-0.000").toFixed(2)).toBe("0.00");
    expect(decimal("-0.001").toFixed(2)).toBe("0.00");
  });

  it.each([
    "",
    " 1",
    "1 ",
    "1\n",
    "+1",
    "--1",
    ".5",
    "5.",
    "1e-7",
    "1E5",
    "0x10",
    "1_000",
    "1,000",
    "1.2.3",
    "NaN",
    "Infinity",
    "１０",
    "9".repeat(41),
    `0.${"9".repeat(41)}`,
  ])("HT-09 doesn't read %j as a number", (value) => {
    expect(parseDecimal(value)).toBeUndefined();
    expect(() => decimal(value)).toThrow(RangeError);
  });

  it.each([
    ["1.0800", 2],
    ["100", 0],
    ["0.000", 0],
    ["0.00001", 5],
    ["-1.50", 1],
  ])("%s has as many decimals as carry information", (value, count) => {
    expect(decimal(value).decimals()).toBe(count);
  });

  it("gives a floating-point number for charts", () => {
    expect(decimal("-1.25").toApproximateNumber()).toBe(-1.25);
  });
});

describe("quantities", () => {
  it("a price may be zero and never negative", () => {
    expect(toPrice(ZERO).isZero()).toBe(true);
    expect(toPrice(decimal("1.08")).toString()).toBe("1.08");
    expect(() => toPrice(decimal("-0.00001"))).toThrow(RangeError);
  });

  it("units are above zero", () => {
    expect(toUnits(decimal("0.001")).toString()).toBe("0.001");
    expect(() => toUnits(ZERO)).toThrow(RangeError);
    expect(() => toUnits(decimal("-1"))).toThrow(RangeError);
  });

  it("whole numbers become decimals up to the safe integers", () => {
    expect(wholeNumber(-42).toString()).toBe("-42");
    expect(wholeNumber(Number.MAX_SAFE_INTEGER).toString()).toBe("9007199254740991");
    expect(() => wholeNumber(2 ** 53)).toThrow(RangeError);
    expect(() => wholeNumber(0.5)).toThrow(RangeError);
  });

  it("large powers of ten are right beyond the table of kept ones", () => {
    const tiny = new Decimal(1n, 90);
    expect(tiny.plus(ONE).minus(ONE).equals(tiny)).toBe(true);
  });
});
