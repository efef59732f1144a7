import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimal } from "../../../src/core/money.ts";
import { parseInstant } from "../../../src/core/time.ts";
import {
  ageText,
  grouped,
  minorDigits,
  money,
  signed,
  signedMoney,
} from "../../../src/ui/output/numbers.ts";
import { UTC_TIMES } from "../../../src/ui/output/times.ts";

describe("numbers for people", () => {
  it.each([
    ["0", "0"],
    ["1", "1"],
    ["999", "999"],
    ["1000", "1,000"],
    ["-1000", "-1,000"],
    ["-100", "-100"],
    ["123456", "123,456"],
    ["-123456.789", "-123,456.789"],
    ["1234567.1234567", "1,234,567.1234567"],
    ["1000000000", "1,000,000,000"],
    ["1.50", "1.5"],
  ])("%s is grouped as %s", (value, text) => {
    expect(grouped(decimal(value))).toBe(text);
  });

  it.each([
    ["12345.6", "USD", "12,345.60 USD"],
    ["12345.6", "JPY", "12,346 JPY"],
    ["0", "JPY", "0 JPY"],
    ["-0.004", "EUR", "0.00 EUR"],
    ["1.005", "EUR", "1.00 EUR"],
    ["1.015", "EUR", "1.02 EUR"],
  ])("%s %s is %s", (amount, currency, text) => {
    expect(money(decimal(amount), currency)).toBe(text);
  });

  it.each([
    ["12", "USD", "+12.00"],
    ["-3.5", "USD", "-3.50"],
    ["0", "USD", "0.00"],
    ["0.004", "USD", "0.00"],
    ["-0.004", "USD", "0.00"],
    ["0.006", "USD", "+0.01"],
    ["-1234.5", "JPY", "-1,234"],
    ["1235.5", "JPY", "+1,236"],
  ])("a gain or loss of %s %s always shows its sign: %s", (amount, currency, text) => {
    expect(signed(decimal(amount), currency)).toBe(text);
    expect(signedMoney(decimal(amount), currency)).toBe(`${text} ${currency}`);
  });

  it("currencies without a minor unit have no decimals", () => {
    expect(["JPY", "KRW", "USD", "CHF"].map(minorDigits)).toEqual([0, 0, 2, 2]);
  });

  it("for all numbers, grouping changes nothing but the commas", () => {
    const value = fc
      .tuple(fc.constantFrom("", "-"), fc.nat({ max: 1e9 }), fc.nat({ max: 1e9 }))
      .map(([sign, left, right]) => `${sign}${left}${right}.5`);
    fc.assert(
      fc.property(value, (text) => {
        const shown = grouped(decimal(text));
        expect(shown.replaceAll(",", "")).toBe(decimal(text).toString());
        expect(shown).toMatch(/^-?\d{1,3}(,\d{3})*\.5$/);
      }),
    );
  });
});

describe("times for people", () => {
  it("have no fraction and say that they are UTC", () => {
    const instant = parseInstant("2026-11-22T10:00:00.123456789Z");
    expect(instant && UTC_TIMES.text(instant)).toBe("2026-11-22 10:00:00Z");
  });

  it.each([
    [0, "0s"],
    [59, "59s"],
    [60, "1m 0s"],
    [312, "5m 12s"],
    [3600, "1h 0m"],
    [86_399, "23h 59m"],
    [86_400, "1d 0h"],
    [273_600, "3d 4h"],
  ])("an age of %i seconds is %s", (seconds, text) => {
    expect(ageText(seconds)).toBe(text);
  });
});
