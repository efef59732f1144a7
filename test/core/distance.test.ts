import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { distanceText, exitPrice, parseDistance, priceDistance } from "../../src/core/distance.ts";
import type { Instrument } from "../../src/core/instrument.ts";
import { decimal, type Price, toPrice, ZERO } from "../../src/core/money.ts";
import { AAPL, EUR_USD, INSTRUMENTS, USD_JPY, XAU_USD } from "../support/instruments.ts";

function price(text: string): Price {
  return toPrice(decimal(text));
}

function offset(text: string, entry: string, instrument: Instrument): string {
  const distance = parseDistance(text);
  if (!distance) throw new Error(`the test's own distance is wrong: ${text}`);
  return priceDistance(distance, price(entry), instrument).toString();
}

describe("reading", () => {
  it.each([
    ["20p", "pips"],
    ["20P", "pips"],
    ["0.5p", "pips"],
    ["0.5%", "percent"],
    ["100%", "percent"],
    ["1.0850", "price"],
    ["149", "price"],
  ])("%s is a distance in %s", (text, kind) => {
    expect(parseDistance(text)?.kind).toBe(kind);
  });

  it.each([
    "",
    "0",
    "0p",
    "0.00%",
    "-20p",
    "-0.5%",
    "-1.0850",
    "p",
    "%",
    "20pp",
    "20 p",
    "20p%",
    "20%p",
    "20 pips",
    "1e3",
    "1,0850",
    "NaN",
  ])("%j is no distance", (text) => {
    expect(parseDistance(text)).toBeUndefined();
  });

  it("for all distances, the text it prints reads as the same distance", () => {
    const value = fc.integer({ min: 1, max: 1e7 }).map((digits) => `${digits}.5`);
    fc.assert(
      fc.property(value, fc.constantFrom("p", "%", ""), (number, unit) => {
        const distance = parseDistance(`${number}${unit}`);
        if (!distance) throw new Error("a distance was expected");
        expect(distanceText(distance)).toBe(`${number}${unit}`);
      }),
    );
  });
});

describe("the price difference", () => {
  it.each([
    ["20p", "1.08514", EUR_USD, "0.002"],
    ["20p", "149.123", USD_JPY, "0.2"],
    ["20p", "2650.5", XAU_USD, "0.2"],
    ["2%", "190.25", AAPL, "3.8"],
    ["0.5%", "1.08514", EUR_USD, "0.00543"],
    ["0.5%", "149.123", USD_JPY, "0.746"],
    ["1.0850", "1.08514", EUR_USD, "0.00014"],
    ["1.0900", "1.08514", EUR_USD, "0.00486"],
  ])("%s from %s", (...row) => {
    const [text, entry, instrument, expected] = row;
    expect(offset(text, entry, instrument)).toBe(expected);
  });
});

describe("exits", () => {
  const entries = fc.integer({ min: 1, max: 1e8 }).map((digits) => decimal(`${digits}.5`));
  const offsets = fc.integer({ min: 1, max: 1e8 }).map((digits) => decimal(`${digits}.25`));

  it("for all entries and distances, a buy's stop is below and its target above; a sell's the other way", () => {
    fc.assert(
      fc.property(entries, offsets, (value, distance) => {
        const levels = { entry: toPrice(value), offset: distance };
        const above = value.plus(distance);
        const below = value.minus(distance);
        expect(exitPrice("stop_loss", "sell", levels)?.equals(above)).toBe(true);
        expect(exitPrice("take_profit", "buy", levels)?.equals(above)).toBe(true);
        const stop = exitPrice("stop_loss", "buy", levels);
        const target = exitPrice("take_profit", "sell", levels);
        expect(stop?.equals(below)).toBe(below.isPositive() ? true : undefined);
        expect(target?.equals(below)).toBe(below.isPositive() ? true : undefined);
      }),
    );
  });

  it("for all instruments, a percentage lies on a legal price step", () => {
    const percents = fc.integer({ min: 1, max: 9999 }).map((digits) => `${digits / 100}%`);
    fc.assert(
      fc.property(percents, fc.constantFrom(...INSTRUMENTS), (text, instrument) => {
        const distance = parseDistance(text);
        if (!distance) throw new Error("a distance was expected");
        const difference = priceDistance(distance, price("1234.5"), instrument);
        expect(difference.decimals()).toBeLessThanOrEqual(instrument.pricePrecision);
      }),
    );
  });

  it("a stop at zero or below isn't a price", () => {
    const entry = price("0.5");
    expect(exitPrice("stop_loss", "buy", { entry, offset: entry })).toBeUndefined();
    expect(exitPrice("stop_loss", "buy", { entry, offset: decimal("1") })).toBeUndefined();
    expect(exitPrice("take_profit", "buy", { entry, offset: ZERO })?.toString()).toBe("0.5");
  });
});
