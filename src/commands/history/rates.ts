import { type Failure, usageFailure } from "../../core/failures.ts";
import { type Decimal, parseDecimal } from "../../core/money.ts";
import type { Rates } from "../../reports/convert-pnl.ts";
import { shownText } from "../arguments.ts";

const CURRENCY = /^[A-Z]{3,5}$/;
const RATE = /^([A-Za-z]{3,5})=(.+)$/;

export type Conversion = { readonly wanted: string; readonly rates: Rates };

/**
 * `--in EUR --rate USD=0.92`: the rates are the user's, so that a report is the same whenever it's made; null without `--in`.
 * @throws Failure USAGE.
 */
export function conversionOption(
  wanted: string | undefined,
  rates: readonly string[],
): Conversion | null {
  if (wanted === undefined) {
    if (rates.length > 0) throw usageFailure("--rate says nothing without --in.", EXAMPLE);
    return null;
  }
  const currency = wanted.toUpperCase();
  if (!CURRENCY.test(currency))
    throw usageFailure(`--in "${shownText(wanted)}" is not a currency.`, EXAMPLE);
  return { wanted: currency, rates: readRates(currency, rates) };
}

const EXAMPLE = "Write --in EUR --rate USD=0.92, when one USD is 0.92 EUR.";

function readRates(wanted: string, texts: readonly string[]): Rates {
  const rates = new Map<string, Decimal>();
  for (const text of texts) {
    const [, name = "", value = ""] = RATE.exec(text) ?? [];
    const rate = parseDecimal(value);
    if (!rate?.isPositive())
      throw usageFailure(`--rate "${shownText(text)}" is not a rate.`, EXAMPLE);
    const currency = name.toUpperCase();
    if (currency === wanted)
      throw usageFailure(`--rate ${text}: ${wanted} is one of itself.`, EXAMPLE);
    if (rates.has(currency)) throw usageFailure(`There are two rates of ${currency}.`, EXAMPLE);
    rates.set(currency, rate);
  }
  return rates;
}

/** What to say when amounts of `missing` currencies can't be converted. */
export function rateFailure(missing: readonly (string | null)[], wanted: string): Failure {
  const names = missing.filter((name) => name !== null);
  if (names.length === 0) {
    return usageFailure(
      "Some lines have no currency, so they can't be converted.",
      "Leave --in out: they are shown for themselves.",
    );
  }
  const options = names.map((name) => `--rate ${name}=…`).join(" ");
  return usageFailure(
    `There is no rate for ${names.join(", ")}.`,
    `Add ${options}: what one is worth in ${wanted}.`,
  );
}
