import { Decimal, decimal, ONE, type Price, parseDecimal } from "./money.ts";
import type { Position } from "./position.ts";

export type InstrumentType = "forex" | "metal" | "cfd" | "stock";

/** What is traded, by our name (`EUR_USD`, `AAPL`), with the sizes and steps its broker accepts. */
export type Instrument = {
  readonly name: string;
  readonly displayName: string;
  readonly type: InstrumentType;
  /** What one unit is of: a currency, a metal, or the stock itself. */
  readonly baseCurrency: string;
  /** The currency its price is in. */
  readonly quoteCurrency: string;
  /** One pip as a price difference, e.g. 0.0001. */
  readonly pipSize: Decimal;
  /** Decimals of a price. */
  readonly pricePrecision: number;
  /** Decimals of a size; 0 means whole units. */
  readonly unitsPrecision: number;
  readonly minimumUnits: Decimal;
  /** Largest order; null where the broker names none. */
  readonly maximumUnits: Decimal | null;
  /** Margin as a share of the position's value: 0.02 is 50:1. */
  readonly marginRate: Decimal;
  /** Smallest distance of a trailing stop, as a price difference; null where none is named. */
  readonly minimumTrailingDistance: Decimal | null;
  readonly maximumTrailingDistance: Decimal | null;
  /** Financing a year for a position held over 17:00 New York (0.05 is 5 % earned); null where unknown. */
  readonly financing: { readonly longRate: Decimal; readonly shortRate: Decimal } | null;
  /** What a fill is charged; null or absent where the broker doesn't say. */
  readonly commission?: Commission | null;
};

/** A broker's fee in account currency: so much for each `perUnits` filled, and never less than the minimum of a fill. */
export type Commission = {
  readonly amount: Decimal;
  readonly perUnits: Decimal;
  readonly minimum: Decimal;
};

/**
 * An instrument that is held and that its broker no longer lists: enough to show what is held, by the decimals of the
 * price it was opened at. Nothing is traded on it.
 */
export function unlistedInstrument({
  instrument: name,
  averagePrice,
  trades,
}: Pick<Position, "instrument" | "averagePrice" | "trades">): Instrument {
  const [baseCurrency = name, quoteCurrency = ""] = name.split("_");
  const pricePrecision = (trades[0]?.openPrice ?? averagePrice).decimals();
  return {
    ...{
      name,
      displayName: `${name} (no longer listed)`,
      type: "cfd",
      baseCurrency,
      quoteCurrency,
    },
    ...{ pipSize: new Decimal(1n, Math.max(0, pricePrecision - 1)), pricePrecision },
    ...{ unitsPrecision: 0, minimumUnits: ONE, maximumUnits: null, marginRate: ONE },
    ...{ minimumTrailingDistance: null, maximumTrailingDistance: null, financing: null },
  };
}

const PAIR = /^([A-Z]{3})[_/-]?([A-Z]{3})$/;
const SYMBOL = /^[A-Z0-9][A-Z0-9._/-]{0,29}$/;

/**
 * The instrument names that `text` may mean, best first: `eurusd`, `EUR/USD` and `EUR-USD` mean EUR_USD.
 * Empty when it can't be a name at all.
 */
export function instrumentNames(text: string): readonly string[] {
  const upper = text.trim().toUpperCase();
  if (!SYMBOL.test(upper)) return [];
  const pair = PAIR.exec(upper);
  const asPair = pair ? [`${pair[1]}_${pair[2]}`] : [];
  const underscored = upper.replaceAll(/[/-]/g, "_");
  return [...new Set([...asPair, underscored, upper])];
}

/** A price as text with the instrument's own precision: `1.0810` stays `1.08100`. */
export function formatPrice(
  price: Decimal,
  instrument: Pick<Instrument, "pricePrecision">,
): string {
  return price.toFixed(Math.max(instrument.pricePrecision, price.decimals()));
}

/** A price difference in pips, with at most one decimal. */
export function toPips(difference: Decimal, instrument: Pick<Instrument, "pipSize">): Decimal {
  return difference.dividedBy(instrument.pipSize, 1);
}

/** The legal prices next to `price`: the nearest step below and above it. */
export function nearestPrices(price: Decimal, instrument: Instrument): readonly [string, string] {
  const places = instrument.pricePrecision;
  return [
    price.rounded(places, "down").toFixed(places),
    price.rounded(places, "up").toFixed(places),
  ];
}

/** Whether `price` has no more decimals than the instrument's prices have. */
export function hasLegalPrecision(price: Price | Decimal, instrument: Instrument): boolean {
  return price.decimals() <= instrument.pricePrecision;
}

const SIZE_TEXT = /^(\d{1,30}(?:\.\d{1,20})?)([km])?$/i;
const MULTIPLIERS = { k: decimal("1000"), m: decimal("1000000") } as const;

/** The size that `text` spells: a positive decimal, `10k` or `1.5m`; undefined for anything else. */
export function parseUnits(text: string): Decimal | undefined {
  const match = SIZE_TEXT.exec(text);
  const value = match?.[1] === undefined ? undefined : parseDecimal(match[1]);
  if (!value?.isPositive()) return undefined;
  const suffix = match?.[2]?.toLowerCase();
  return suffix === "k" || suffix === "m" ? value.times(MULTIPLIERS[suffix]) : value;
}
