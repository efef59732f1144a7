import type { Instrument } from "./instrument.ts";
import { type Decimal, decimal, type Price, parseDecimal, toPrice } from "./money.ts";
import type { Side } from "./order.ts";

/** How far from the entry, or where: `20p`, `0.5%` or a price `1.0850`. */
export type Distance =
  | { readonly kind: "pips"; readonly pips: Decimal }
  | { readonly kind: "percent"; readonly percent: Decimal }
  | { readonly kind: "price"; readonly price: Price };

export type Exit = "stop_loss" | "take_profit";

const HUNDREDTH = decimal("0.01");

/** Reads `20p`, `0.5%` or `1.0850`; undefined for anything else, and for zero. */
export function parseDistance(text: string): Distance | undefined {
  const unit = text.endsWith("%") ? "%" : /p$/i.test(text) ? "p" : "";
  const value = parseDecimal(unit ? text.slice(0, -1) : text);
  if (!value?.isPositive()) return undefined;
  if (unit === "p") return { kind: "pips", pips: value };
  if (unit === "%") return { kind: "percent", percent: value };
  return { kind: "price", price: toPrice(value) };
}

export function distanceText(distance: Distance): string {
  if (distance.kind === "pips") return `${distance.pips}p`;
  if (distance.kind === "percent") return `${distance.percent}%`;
  return distance.price.toString();
}

/** The distance as a price difference, in whole steps of the instrument; a price gives its distance from `entry`. */
export function priceDistance(distance: Distance, entry: Price, instrument: Instrument): Decimal {
  if (distance.kind === "price") return distance.price.minus(entry).abs();
  const raw =
    distance.kind === "pips"
      ? distance.pips.times(instrument.pipSize)
      : entry.times(distance.percent).times(HUNDREDTH);
  return raw.rounded(instrument.pricePrecision, "half_even");
}

/** The price at `offset` from `entry` on the side where that exit belongs; undefined below zero. */
export function exitPrice(exit: Exit, side: Side, levels: ExitLevels): Price | undefined {
  const isBelow = (exit === "stop_loss") === (side === "buy");
  const price = isBelow ? levels.entry.minus(levels.offset) : levels.entry.plus(levels.offset);
  return price.isPositive() ? toPrice(price) : undefined;
}

export type ExitLevels = { readonly entry: Price; readonly offset: Decimal };
