import type { Instrument } from "../../core/instrument.ts";
import { Decimal, decimal, ONE } from "../../core/money.ts";
import { currencyOf } from "./currencies.ts";

/** An instrument of the synthetic market and its spread, in the last decimal of its price. */
export type Listing = {
  readonly instrument: Instrument;
  readonly spreadLow: number;
  readonly spreadHigh: number;
};

/** Name, decimals of its price, smallest and largest spread in the last decimal, margin rate in per cent. */
const ROWS = [
  ["AUD_CAD", 5, 14, 22, 2],
  ["AUD_CHF", 5, 13, 21, 2],
  ["AUD_JPY", 3, 12, 20, 2],
  ["AUD_NZD", 5, 16, 26, 2],
  ["AUD_USD", 5, 9, 15, 2],
  ["CAD_CHF", 5, 13, 22, 2],
  ["CAD_JPY", 3, 13, 21, 2],
  ["CHF_JPY", 3, 16, 26, 2],
  ["EUR_AUD", 5, 16, 26, 2],
  ["EUR_CAD", 5, 15, 24, 2],
  ["EUR_CHF", 5, 12, 19, 2],
  ["EUR_GBP", 5, 9, 15, 2],
  ["EUR_JPY", 3, 12, 20, 2],
  ["EUR_NOK", 5, 240, 420, 5],
  ["EUR_NZD", 5, 22, 36, 2],
  ["EUR_SEK", 5, 220, 400, 5],
  ["EUR_USD", 5, 8, 14, 2],
  ["GBP_AUD", 5, 20, 32, 2],
  ["GBP_CAD", 5, 19, 30, 2],
  ["GBP_CHF", 5, 18, 29, 2],
  ["GBP_JPY", 3, 18, 29, 2],
  ["GBP_NZD", 5, 30, 48, 2],
  ["GBP_USD", 5, 11, 18, 2],
  ["NZD_CAD", 5, 17, 27, 2],
  ["NZD_CHF", 5, 16, 26, 2],
  ["NZD_JPY", 3, 14, 23, 2],
  ["NZD_USD", 5, 11, 18, 2],
  ["USD_CAD", 5, 11, 18, 2],
  ["USD_CHF", 5, 10, 17, 2],
  ["USD_CZK", 5, 1100, 1900, 5],
  ["USD_DKK", 5, 130, 220, 5],
  ["USD_HKD", 5, 30, 60, 5],
  ["USD_HUF", 3, 240, 420, 5],
  ["USD_JPY", 3, 9, 15, 2],
  ["USD_MXN", 5, 450, 800, 5],
  ["USD_NOK", 5, 260, 450, 5],
  ["USD_PLN", 5, 140, 240, 5],
  ["USD_SEK", 5, 240, 420, 5],
  ["USD_SGD", 5, 16, 28, 5],
  ["USD_ZAR", 5, 700, 1200, 5],
  ["XAU_USD", 3, 260, 420, 5],
] as const;
const ROW_BY_NAME = new Map<string, (typeof ROWS)[number]>(ROWS.map((row) => [row[0], row]));

/** What the broker keeps of the interest difference, on either side. */
const FINANCING_FEE = decimal("0.01");
const MAXIMUM_UNITS = decimal("100000000");
const TRAILING_PIPS = { minimum: decimal("5"), maximum: decimal("10000") } as const;

/** Names of everything listed, sorted. */
export function listedNames(): readonly string[] {
  return ROWS.map(([name]) => name);
}

/** The listing of that name, or undefined. */
export function listingOf(name: string): Listing | undefined {
  const row = ROW_BY_NAME.get(name);
  if (!row) return undefined;
  const [, precision, spreadLow, spreadHigh, marginPercent] = row;
  const marginRate = new Decimal(BigInt(marginPercent), 2);
  return { instrument: pairInstrument({ name, precision, marginRate }), spreadLow, spreadHigh };
}

/** A pair with the usual steps: its pip is the last but one decimal, whole units, at least one. */
export function pairInstrument(terms: {
  readonly name: string;
  readonly precision: number;
  readonly marginRate: Decimal;
}): Instrument {
  const { name, precision, marginRate } = terms;
  const [base = name, quote = ""] = name.split("_");
  const pipSize = new Decimal(1n, Math.max(0, precision - 1));
  return {
    name,
    displayName: name.replace("_", "/"),
    type: base === "XAU" ? "metal" : "forex",
    baseCurrency: base,
    quoteCurrency: quote,
    pipSize,
    pricePrecision: precision,
    unitsPrecision: 0,
    minimumUnits: ONE,
    maximumUnits: MAXIMUM_UNITS,
    marginRate,
    minimumTrailingDistance: pipSize.times(TRAILING_PIPS.minimum),
    maximumTrailingDistance: pipSize.times(TRAILING_PIPS.maximum),
    financing: financingOf(base, quote),
  };
}

function financingOf(base: string, quote: string): Instrument["financing"] {
  const baseInterest = currencyOf(base)?.interest;
  const quoteInterest = currencyOf(quote)?.interest;
  if (!baseInterest || !quoteInterest) return null;
  const earned = baseInterest.minus(quoteInterest);
  return {
    longRate: earned.minus(FINANCING_FEE),
    shortRate: earned.negated().minus(FINANCING_FEE),
  };
}
