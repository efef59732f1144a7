import { entryTermsOf } from "../core/entry-order.ts";
import { type Decimal, decimal, maximumOf, minimumOf, ONE, sumOf, ZERO } from "../core/money.ts";
import { midOf, spreadOf } from "../core/quote.ts";
import { type Circumstances, openingUnits, reducedTrades } from "./check.ts";
import { legalRates } from "./legal-rates.ts";

type Facts = Pick<Circumstances, "request" | "state" | "instrument" | "quote" | "conversion">;

const HUNDRED = decimal("100");
const LEVERAGE_PLACES = 1;

/** The stricter of the instrument's and the account's margin rate: what the broker asks for. */
export function marginRateOf({
  instrument,
  state,
}: Pick<Circumstances, "instrument" | "state">): Decimal {
  const own = state.account.marginRate;
  return own?.isGreaterThan(instrument.marginRate) ? own : instrument.marginRate;
}

/** What the broker and every rule that blocks ask for: the highest. */
export function requiredRate(
  circumstances: Pick<Circumstances, "instrument" | "state" | "ruleSet">,
): Decimal {
  return legalRates(circumstances.ruleSet, circumstances.instrument)
    .filter(({ rule }) => rule.enforcement === "block")
    .reduce((highest, { rate }) => maximumOf(highest, rate), marginRateOf(circumstances));
}

/**
 * Value of `units` in account currency, at an entry's own price or else the middle price, not rounded. Units of the account
 * currency itself are their value, whatever the price.
 */
export function homeValue(
  units: Decimal,
  { request, quote, conversion, instrument, state }: Facts,
): Decimal {
  if (instrument.baseCurrency === state.account.currency) return units;
  const price = entryTermsOf(request)?.price ?? midOf(quote);
  return units.times(price).times(conversion.value);
}

/** Margin that is free for what the order opens: it closes every opposite trade first. Below zero while it falls short. */
export function freeMargin(circumstances: Pick<Facts, "request" | "state">): Decimal {
  return freeMarginNow(circumstances.state).plus(releasedMargin(circumstances));
}

/** Margin that is free before anything is closed. Below zero while it falls short: brokers show nothing below zero. */
export function freeMarginNow({ account }: Pick<Facts["state"], "account">): Decimal {
  const { marginAvailable, equity, marginUsed } = account;
  return marginAvailable.isPositive()
    ? marginAvailable
    : minimumOf(marginAvailable, equity.minus(marginUsed));
}

/** Margin in account currency that the broker asks for the part of the request that opens, before any that it frees. */
export function marginNeeded(circumstances: Facts): Decimal {
  return homeValue(openingUnits(circumstances), circumstances).times(marginRateOf(circumstances));
}

/** What the request takes of the account's free margin. */
export function marginTaken(circumstances: Facts): Decimal {
  return maximumOf(ZERO, marginNeeded(circumstances).minus(releasedMargin(circumstances)));
}

function releasedMargin(circumstances: Pick<Facts, "request" | "state">): Decimal {
  return sumOf(reducedTrades(circumstances).map((trade) => trade.marginUsed));
}

/**
 * The most units of the order's instrument that `free` carries at `rate`, with what is reduced before. What opens stands at
 * a loss of its spread at once, which the broker takes off the equity.
 */
export function affordableUnits(
  circumstances: Facts,
  { free, rate }: { readonly free: Decimal; readonly rate: Decimal },
): Decimal {
  const { quote, conversion } = circumstances;
  const spread = maximumOf(ZERO, spreadOf(quote)).times(conversion.loss);
  const perUnit = homeValue(ONE, circumstances).times(rate).plus(spread);
  if (!perUnit.isPositive()) return ZERO;
  const extra = free.isPositive()
    ? free.dividedBy(perUnit, circumstances.instrument.unitsPrecision, "down")
    : ZERO;
  const reducing = circumstances.request.units.minus(openingUnits(circumstances));
  return extra.plus(reducing);
}

/** Value over equity, of the order's new part and of the whole account after it; null without equity. */
export function leverageAfter(
  circumstances: Facts,
): { readonly trade: Decimal; readonly account: Decimal } | null {
  const { account } = circumstances.state;
  if (!account.equity.isPositive()) return null;
  const opening = openingUnits(circumstances);
  const reducing = circumstances.request.units.minus(opening);
  const value = homeValue(opening, circumstances);
  const after = account.positionValue.minus(homeValue(reducing, circumstances)).plus(value);
  const over = (amount: Decimal) => amount.dividedBy(account.equity, LEVERAGE_PLACES);
  return { trade: over(value), account: over(maximumOf(after, value)) };
}

/** A rate as a trader says it: `2 % (50:1)`. */
export function rateText(rate: Decimal): string {
  return `${rate.times(HUNDRED)} % (${ratioText(rate)})`;
}

export function ratioText(rate: Decimal): string {
  return `${ONE.dividedBy(rate, LEVERAGE_PLACES)}:1`;
}
