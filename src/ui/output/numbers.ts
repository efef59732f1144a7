import type { Decimal } from "../../core/money.ts";

const CENTS = 2;
const NO_MINOR_UNIT = new Set(["JPY", "HUF", "KRW"]);

/** A number with thousands separators: for people only. */
export function grouped(value: Decimal, places = value.decimals()): string {
  const [whole = "", fraction] = value.toFixed(places).split(".");
  const separated = whole.replaceAll(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? separated : `${separated}.${fraction}`;
}

/** An amount with its currency's decimals: `12,345.60 USD`. */
export function money(amount: Decimal, currency: string): string {
  return `${grouped(amount, minorDigits(currency))} ${currency}`;
}

/** An amount with its sign always shown: `+12.00`, `-3.50`, `0.00`. */
export function signed(amount: Decimal, currency: string): string {
  const places = minorDigits(currency);
  const rounded = amount.rounded(places, "half_even");
  const text = grouped(rounded, places);
  return rounded.isPositive() ? `+${text}` : text;
}

export function signedMoney(amount: Decimal, currency: string): string {
  return `${signed(amount, currency)} ${currency}`;
}

export function minorDigits(currency: string): number {
  return NO_MINOR_UNIT.has(currency) ? 0 : CENTS;
}

/** `3d 4h`, `5m 12s`: the two largest parts of an age. */
export function ageText(seconds: number): string {
  const parts: readonly [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return "0s";
  return parts
    .slice(first, first + 2)
    .map(([count, unit]) => `${count}${unit}`)
    .join(" ");
}
