import { describe, expect, it } from "vitest";
import type { Instrument } from "../../src/core/instrument.ts";
import { decimal } from "../../src/core/money.ts";
import { parseInstruments, serializeInstruments } from "../../src/history/instruments-codec.ts";

const EUR_USD: Instrument = {
  name: "EUR_USD",
  displayName: "EUR/USD",
  type: "forex",
  baseCurrency: "EUR",
  quoteCurrency: "USD",
  pipSize: decimal("0.0001"),
  pricePrecision: 5,
  unitsPrecision: 0,
  minimumUnits: decimal("1"),
  maximumUnits: decimal("100000000"),
  marginRate: decimal("0.0333"),
  minimumTrailingDistance: decimal("0.0005"),
  maximumTrailingDistance: decimal("1"),
  financing: { longRate: decimal("-0.0182"), shortRate: decimal("0.0031") },
};
const APPLE: Instrument = {
  ...EUR_USD,
  name: "AAPL",
  type: "stock",
  maximumUnits: null,
  minimumTrailingDistance: null,
  maximumTrailingDistance: null,
  financing: null,
};

describe("stored instruments", () => {
  it("are read back exactly, also where a limit is not known", () => {
    expect(parseInstruments(serializeInstruments([EUR_USD, APPLE]))).toEqual([EUR_USD, APPLE]);
  });

  it("keep a commission's terms, and that nobody knows them", () => {
    const terms = { amount: decimal("5"), perUnits: decimal("100000"), minimum: decimal("0.1") };
    const kept = [
      { ...EUR_USD, commission: terms },
      { ...APPLE, commission: null },
    ];
    expect(parseInstruments(serializeInstruments(kept))).toEqual(kept);
  });

  it.each<[string, string]>([
    ["another shape", '{"instruments":{}}'],
    ["a precision that is no count", changed({ pricePrecision: 1.5 })],
    ["a negative precision", changed({ unitsPrecision: -1 })],
    ["a pip that is a float", changed({ pipSize: 0.0001 })],
    ["half a commission", changed({ commission: { amount: "1" } })],
    ["half a financing", changed({ financing: { longRate: "0.01" } })],
  ])("are refused when they hold %s", (_what, text) => {
    expect(() => parseInstruments(text)).toThrow(RangeError);
  });
});

function changed(change: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ instruments: [{ ...EUR_USD, ...change }] });
}
