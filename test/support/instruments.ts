import type { Instrument } from "../../src/core/instrument.ts";
import { decimal } from "../../src/core/money.ts";

const PAIR: Omit<Instrument, "name" | "displayName" | "baseCurrency" | "quoteCurrency"> = {
  type: "forex",
  pipSize: decimal("0.0001"),
  pricePrecision: 5,
  unitsPrecision: 0,
  minimumUnits: decimal("1"),
  maximumUnits: decimal("100000000"),
  marginRate: decimal("0.02"),
  minimumTrailingDistance: decimal("0.0005"),
  maximumTrailingDistance: decimal("1"),
  financing: null,
};

export const EUR_USD: Instrument = {
  ...PAIR,
  name: "EUR_USD",
  displayName: "EUR/USD",
  baseCurrency: "EUR",
  quoteCurrency: "USD",
};

export const GBP_USD: Instrument = {
  ...PAIR,
  name: "GBP_USD",
  displayName: "GBP/USD",
  baseCurrency: "GBP",
  quoteCurrency: "USD",
  marginRate: decimal("0.05"),
};

export const USD_JPY: Instrument = {
  ...PAIR,
  name: "USD_JPY",
  displayName: "USD/JPY",
  baseCurrency: "USD",
  quoteCurrency: "JPY",
  pipSize: decimal("0.01"),
  pricePrecision: 3,
  minimumTrailingDistance: decimal("0.05"),
  maximumTrailingDistance: decimal("100"),
};

export const XAU_USD: Instrument = {
  ...PAIR,
  name: "XAU_USD",
  displayName: "Gold",
  type: "metal",
  baseCurrency: "XAU",
  quoteCurrency: "USD",
  pipSize: decimal("0.01"),
  pricePrecision: 3,
  minimumTrailingDistance: null,
  maximumTrailingDistance: null,
};

/** A stock whose units have three decimals, with no largest order. */
export const AAPL: Instrument = {
  ...PAIR,
  name: "AAPL",
  displayName: "Apple",
  type: "stock",
  baseCurrency: "AAPL",
  quoteCurrency: "USD",
  pipSize: decimal("0.01"),
  pricePrecision: 2,
  unitsPrecision: 3,
  minimumUnits: decimal("0.001"),
  maximumUnits: null,
  marginRate: decimal("0.5"),
  minimumTrailingDistance: null,
  maximumTrailingDistance: null,
};

export const INSTRUMENTS: readonly Instrument[] = [AAPL, EUR_USD, GBP_USD, USD_JPY, XAU_USD];
