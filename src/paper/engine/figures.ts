import { marginAvailableOf } from "../../core/account.ts";
import { type Decimal, decimal, maximumOf, type Price, sumOf, ZERO } from "../../core/money.ts";
import { type Instant, instantToMs } from "../../core/time.ts";
import type { VenueQuote } from "../feed/feed.ts";
import { rememberEach } from "../feed/remember.ts";
import { factorsAt } from "./conversion.ts";
import type { Venue } from "./step.ts";
import type { ConversionFactors } from "./transactions.ts";
import type { VenueAccount, VenueTrade } from "./types.ts";

/** An account's worth at a moment's prices. Money in home currency, four decimals. */
export type AccountFigures = {
  readonly unrealizedPl: Decimal;
  /** balance + unrealizedPl, exactly. */
  readonly nav: Decimal;
  readonly marginUsed: Decimal;
  readonly marginAvailable: Decimal;
  /** At mid prices. */
  readonly positionValue: Decimal;
  readonly closeoutUnrealizedPl: Decimal;
  readonly closeoutNav: Decimal;
  /** 0.5 × margin used ÷ closeoutNav, five decimals; 0 without margin used, at 1 everything is closed. */
  readonly closeoutPercent: Decimal;
  readonly trades: readonly TradeFigures[];
};

export type TradeFigures = {
  readonly trade: VenueTrade;
  readonly unrealizedPl: Decimal;
  readonly marginUsed: Decimal;
};

type TradeWorth = TradeFigures & {
  readonly positionValue: Decimal;
  readonly closeoutUnrealizedPl: Decimal;
};

/** What an instrument's trades are worth at one moment. */
type Rates = {
  readonly quote: VenueQuote;
  readonly factors: ConversionFactors;
  readonly mid: Decimal;
  /** One unit at mid, in home currency. */
  readonly unitValue: Decimal;
  readonly marginRate: Decimal;
};

const HALF = decimal("0.5");
const MONEY_PLACES = 4;
const PERCENT_PLACES = 5;
/** What is reported when nothing is left to carry the margin used. */
const PERCENT_WITHOUT_NAV = decimal("1000");

/** The account's figures at `at`, which is not before its `processedTo`. */
export function accountFigures(venue: Venue, account: VenueAccount, at: Instant): AccountFigures {
  const ratesOf = ratesAt(venue, account, instantToMs(at));
  const trades = account.trades.map((trade) => worthOf(trade, ratesOf(trade.instrument)));
  const unrealizedPl = sumOf(trades.map((trade) => trade.unrealizedPl));
  const closeoutUnrealizedPl = sumOf(trades.map((trade) => trade.closeoutUnrealizedPl));
  const marginUsed = sumOf(trades.map((trade) => trade.marginUsed));
  const nav = account.balance.plus(unrealizedPl);
  const closeoutNav = account.balance.plus(closeoutUnrealizedPl);
  return {
    unrealizedPl,
    nav,
    marginUsed,
    marginAvailable: marginAvailableOf(nav, marginUsed),
    positionValue: sumOf(trades.map((trade) => trade.positionValue)),
    closeoutUnrealizedPl,
    closeoutNav,
    closeoutPercent: closeoutPercent(marginUsed.times(venue.profile.closeoutShare), closeoutNav),
    trades: trades.map(({ trade, unrealizedPl: pl, marginUsed: margin }) => ({
      trade,
      unrealizedPl: pl,
      marginUsed: margin,
    })),
  };
}

/** Whether the margin used is no more than the net asset value at `at`. */
export function isCovered(venue: Venue, account: VenueAccount, at: Instant): boolean {
  const ratesOf = ratesAt(venue, account, instantToMs(at));
  let left = account.balance;
  for (const trade of account.trades) {
    const rates = ratesOf(trade.instrument);
    const margin = toMoney(trade.currentUnits.abs().times(rates.unitValue).times(rates.marginRate));
    left = left.plus(unrealizedPlOf(trade, rates)).minus(margin);
  }
  return !left.isNegative();
}

/** The factors from `currency` into `home` at `at`; null when the feed has no prices for it. */
export function conversionFactors(
  venue: Venue,
  pair: { readonly currency: string; readonly home: string },
  at: Instant,
): ConversionFactors | null {
  return factorsAt(venue, [pair.currency, pair.home], instantToMs(at));
}

/** An amount as it is booked: four decimals, half to even. */
export function toMoney(amount: Decimal): Decimal {
  return amount.rounded(MONEY_PLACES, "half_even");
}

/** A gain or a loss of quote currency in home currency, as booked. */
export function toHomeMoney(amount: Decimal, factors: ConversionFactors): Decimal {
  return toMoney(amount.times(amount.isNegative() ? factors.loss : factors.gain));
}

export function midOfQuote(quote: Pick<VenueQuote, "bid" | "ask">): Decimal {
  return quote.bid.plus(quote.ask).times(HALF);
}

/** The price at which a trade of those signed units would be closed. */
export function closingPrice(units: Decimal, quote: VenueQuote): Price {
  return units.isNegative() ? quote.ask : quote.bid;
}

/** The margin of signed units at a mid price: the instrument's rate, or the account's where that is stricter. */
export function marginOf(
  terms: { readonly units: Decimal; readonly mid: Decimal; readonly value: Decimal },
  rate: Decimal,
): Decimal {
  return toMoney(terms.units.abs().times(terms.mid).times(terms.value).times(rate));
}

/** The margin rate in force for an instrument. */
export function marginRateOf(venue: Venue, account: VenueAccount, instrument: string): Decimal {
  const rate = venue.feed.instrument(instrument)?.marginRate ?? ZERO;
  return account.marginRate ? maximumOf(rate, account.marginRate) : rate;
}

function worthOf(trade: VenueTrade, rates: Rates): TradeWorth {
  const { currentUnits: units, price } = trade;
  const value = units.abs().times(rates.unitValue);
  return {
    trade,
    unrealizedPl: unrealizedPlOf(trade, rates),
    marginUsed: toMoney(value.times(rates.marginRate)),
    positionValue: toMoney(value),
    closeoutUnrealizedPl: toMoney(units.times(rates.mid.minus(price)).times(rates.factors.value)),
  };
}

function unrealizedPlOf({ currentUnits: units, price }: VenueTrade, { quote, factors }: Rates) {
  return toHomeMoney(units.times(closingPrice(units, quote).minus(price)), factors);
}

/** An instrument's rates at a moment, each worked out once. */
function ratesAt(venue: Venue, account: VenueAccount, ms: number): (instrument: string) => Rates {
  const { feed } = venue;
  const factorsOf = rememberEach((currency) => factorsAt(venue, [currency, account.currency], ms));
  return rememberEach((name) => {
    const quote = feed.quoteAt(name, ms);
    const currency = feed.instrument(name)?.quoteCurrency;
    const factors = currency ? factorsOf(currency) : null;
    if (!quote || !factors) throw new RangeError(`no price for the open trades in ${name}`);
    const mid = midOfQuote(quote);
    const unitValue = mid.times(factors.value);
    return { quote, factors, mid, unitValue, marginRate: marginRateOf(venue, account, name) };
  });
}

function closeoutPercent(carried: Decimal, closeoutNav: Decimal): Decimal {
  if (carried.isZero()) return ZERO;
  if (!closeoutNav.isPositive()) return PERCENT_WITHOUT_NAV;
  return carried.dividedBy(closeoutNav, PERCENT_PLACES);
}
