import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatPrice,
  hasLegalPrecision,
  instrumentNames,
  nearestPrices,
  parseUnits,
  toPips,
} from "../../src/core/instrument.ts";
import { decimal } from "../../src/core/money.ts";
import { AAPL, EUR_USD, INSTRUMENTS, USD_JPY, XAU_USD } from "../support/instruments.ts";

describe("names", () => {
  it.each([
    ["EUR_USD", ["EUR_USD"]],
    ["eur_usd", ["EUR_USD"]],
    ["EURUSD", ["EUR_USD", "EURUSD"]],
    ["EUR/USD", ["EUR_USD", "EUR/USD"]],
    ["EUR-USD", ["EUR_USD", "EUR-USD"]],
    [" eurusd ", ["EUR_USD", "EURUSD"]],
    ["aapl", ["AAPL"]],
    ["BRK.B", ["BRK.B"]],
    ["brk/b", ["BRK_B", "BRK/B"]],
    ["SPX500_USD", ["SPX500_USD"]],
    ["7", ["7"]],
  ])("CI-10 %j may mean %j", (text, expected) => {
    expect(instrumentNames(text)).toEqual(expected);
  });

  it.each([
    "",
    "   ",
    "EUR USD",
    "_EUR",
    "EUR\u0000USD",
    "ＥＵＲＵＳＤ",
    "A".repeat(31),
    "$EUR",
    "../x",
  ])("CI-10 %j is no name at all", (text) => {
    expect(instrumentNames(text)).toEqual([]);
  });
});

describe("sizes", () => {
  it.each([
    ["1", "1"],
    ["10000", "10000"],
    ["0.5", "0.5"],
    ["007", "7"],
    ["10k", "10000"],
    ["10K", "10000"],
    ["1.5m", "1500000"],
    ["0.0015k", "1.5"],
    ["2M", "2000000"],
  ])("CI-03 %j is %s units", (text, units) => {
    expect(parseUnits(text)?.toString()).toBe(units);
  });

  it.each([
    "",
    " ",
    "0",
    "0.000",
    "0k",
    "-1",
    "-10k",
    "+1",
    "1e5",
    "1E5",
    "10_000",
    "10,000",
    "1.000,50",
    "１０００",
    "1０",
    "٣",
    "0x10",
    "0b1",
    "NaN",
    "Infinity",
    "-Infinity",
    "10kk",
    "10 k",
    "10b",
    "k",
    ".5",
    "5.",
    "1.5.5",
    " 10",
    "10\n",
    "10\u212A",
    "9".repeat(31),
    "1 000",
    "1\u00A0000",
    "true",
  ])("CI-03 %j is no size", (text) => {
    expect(parseUnits(text)).toBeUndefined();
  });

  it("for all positive decimals, k and m mean exactly a thousand and a million times", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e9 }),
        fc.integer({ min: 0, max: 6 }),
        (digits, scale) => {
          const text = decimal(String(digits))
            .dividedBy(decimal(`1${"0".repeat(scale)}`), 6)
            .toString();
          expect(parseUnits(text)?.toString()).toBe(text);
          expect(parseUnits(`${text}k`)?.equals(decimal(text).times(decimal("1000")))).toBe(true);
          expect(parseUnits(`${text}m`)?.equals(decimal(text).times(decimal("1000000")))).toBe(
            true,
          );
        },
      ),
    );
  });

  it("for all other text, nothing but the documented forms is taken", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/^[0-9]{1,30}(\.[0-9]{1,20})?[kKmM]?$/.test(text));
        expect(parseUnits(text)).toBeUndefined();
      }),
    );
  });
});

describe("prices", () => {
  it.each([
    ["1.081", EUR_USD, "1.08100"],
    ["1.08154", EUR_USD, "1.08154"],
    ["149.1", USD_JPY, "149.100"],
    ["2650.5", XAU_USD, "2650.500"],
    ["190", AAPL, "190.00"],
    ["1.0815437", EUR_USD, "1.0815437"],
    ["0", EUR_USD, "0.00000"],
  ])("%s is written %s.name's way: %s", (price, instrument, expected) => {
    expect(formatPrice(decimal(price), instrument)).toBe(expected);
  });

  it.each([
    ["0.0020", EUR_USD, "20"],
    ["0.00012", EUR_USD, "1.2"],
    ["-0.00012", EUR_USD, "-1.2"],
    ["0.35", USD_JPY, "35"],
    ["0.5", XAU_USD, "50"],
    ["0.000125", EUR_USD, "1.2"],
    ["0.000135", EUR_USD, "1.4"],
  ])("a difference of %s is %s.name pips: %s", (difference, instrument, expected) => {
    expect(toPips(decimal(difference), instrument).toString()).toBe(expected);
  });

  it.each([
    ["1.085145", EUR_USD, ["1.08514", "1.08515"]],
    ["149.12345", USD_JPY, ["149.123", "149.124"]],
    ["2650.1239", XAU_USD, ["2650.123", "2650.124"]],
    ["190.999", AAPL, ["190.99", "191.00"]],
    ["1.08500", EUR_USD, ["1.08500", "1.08500"]],
  ])("CI-05 the legal prices next to %s are known", (price, instrument, expected) => {
    expect(nearestPrices(decimal(price), instrument)).toEqual(expected);
  });

  it("for all prices, CI-05 the nearest ones are legal, around it, and one step apart", () => {
    const price = fc
      .tuple(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 0, max: 8 }))
      .map(([digits, scale]) =>
        decimal(String(digits)).dividedBy(decimal(`1${"0".repeat(scale)}`), 8),
      );
    fc.assert(
      fc.property(price, fc.constantFrom(...INSTRUMENTS), (value, instrument) => {
        const [below, above] = nearestPrices(value, instrument).map(decimal);
        if (!below || !above) throw new Error("two prices were expected");
        expect(below.isGreaterThan(value)).toBe(false);
        expect(above.isLessThan(value)).toBe(false);
        expect(hasLegalPrecision(below, instrument)).toBe(true);
        expect(hasLegalPrecision(above, instrument)).toBe(true);
        expect(above.equals(below)).toBe(hasLegalPrecision(value, instrument));
      }),
    );
  });

  it("trailing zeros don't make a price too fine", () => {
    expect(hasLegalPrecision(decimal("1.0850000"), EUR_USD)).toBe(true);
    expect(hasLegalPrecision(decimal("1.0850001"), EUR_USD)).toBe(false);
  });
});
