import { Decimal } from "decimal.js";
import { type Book, type Pair, pairOf, type Quote, quoteOf, type Trade } from "./book.ts";

const HOME = "USD";
const TWO = new Decimal(2);
/** A conversion factor is written with so many decimals, and what is converted with it is exact. */
const FACTOR_PLACES = 12;

/** Account amounts have four decimals. */
export function rounded(amount: Decimal): Decimal {
  return amount.toDecimalPlaces(4, Decimal.ROUND_HALF_EVEN);
}

export function price(points: number, { precision }: Pair): Decimal {
  return new Decimal(points).div(new Decimal(10).pow(precision));
}

function mid({ bid, ask }: Quote, pair: Pair): Decimal {
  return price(bid + ask, pair).div(TWO);
}

/** What one of `currency` is worth in home currency, at mid prices. */
function midRate(book: Book, currency: string): Decimal {
  if (currency === HOME) return new Decimal(1);
  for (const pair of book.market.pairs.values()) {
    const quote = book.quotes.get(pair.name);
    if (!quote) continue;
    if (pair.base === currency && pair.quote === HOME) return mid(quote, pair);
    if (pair.quote === currency && pair.base === HOME) {
      return new Decimal(1)
        .div(mid(quote, pair))
        .toDecimalPlaces(FACTOR_PLACES, Decimal.ROUND_HALF_EVEN);
    }
  }
  throw new Error(`no rate of ${currency}`);
}

/** An amount of quote currency in home currency: gains lose the markup, losses bear it. */
export function toHome(book: Book, amount: Decimal, pair: Pair): Decimal {
  const rate = midRate(book, pair.quote);
  if (pair.quote === HOME) return amount;
  const { markup } = book.rules;
  const share = amount.isNegative() ? new Decimal(1).plus(markup) : new Decimal(1).minus(markup);
  return amount.times(rate).times(share);
}

/** What closing `units` (signed as the trade's) of a trade at `points` earns. */
export function earned(book: Book, trade: Trade, closing: { units: number; points: number }) {
  const pair = pairOf(book, trade.instrument);
  const inQuote = price(closing.points - trade.price, pair).times(closing.units);
  return rounded(toHome(book, inQuote, pair));
}

/** What a trade would bring at twice `points`, in quote currency: a mid price is a half point. */
function openPl(book: Book, { instrument, price: opened, units }: Trade, points: number): Decimal {
  const pair = pairOf(book, instrument);
  return price(points - 2 * opened, pair)
    .div(TWO)
    .times(units);
}

/** Balance and what the open trades would bring at the prices that close them. */
export function equity(book: Book, trades = book.trades, balance = book.balance): Decimal {
  return trades.reduce((sum, trade) => {
    const { bid, ask } = quoteOf(book, trade.instrument);
    const amount = openPl(book, trade, 2 * (trade.units > 0 ? bid : ask));
    return sum.plus(toHome(book, amount, pairOf(book, trade.instrument)));
  }, balance);
}

/** The same with everything at mid prices, the conversion too. */
export function midEquity(book: Book): Decimal {
  return book.trades.reduce((sum, trade) => {
    const { bid, ask } = quoteOf(book, trade.instrument);
    const rate = midRate(book, pairOf(book, trade.instrument).quote);
    return sum.plus(openPl(book, trade, bid + ask).times(rate));
  }, book.balance);
}

/** Margin of the net position of each instrument, at mid prices. */
export function marginUsed(book: Book, trades = book.trades): Decimal {
  const net = new Map<string, number>();
  for (const { instrument, units } of trades) {
    net.set(instrument, (net.get(instrument) ?? 0) + units);
  }
  let sum = new Decimal(0);
  for (const [instrument, units] of net) {
    const pair = pairOf(book, instrument);
    const value = mid(quoteOf(book, instrument), pair).times(Math.abs(units));
    sum = sum.plus(value.times(pair.marginRate).times(midRate(book, pair.quote)));
  }
  return sum;
}

/** One night's financing of a trade: its value in home currency × rate × days / 365. */
export function financing(book: Book, trade: Trade): Decimal | null {
  const pair = pairOf(book, trade.instrument);
  if (!pair.financing) return null;
  const rate = trade.units > 0 ? pair.financing.long : pair.financing.short;
  const value = mid(quoteOf(book, trade.instrument), pair).times(Math.abs(trade.units));
  const inQuote = value.times(rate).times(book.rules.financingDays).div(365);
  return rounded(inQuote.times(midRate(book, pair.quote)));
}

/** What a guaranteed stop that fires costs: its premium for each unit. */
export function premium(book: Book, instrument: string, units: number): Decimal {
  const pair = pairOf(book, instrument);
  const inQuote = price(book.rules.premiumPoints * Math.abs(units), pair);
  return rounded(toHome(book, inQuote.negated(), pair)).negated();
}

/**
 * Whether a margin close-out is near enough to be looked at exactly: in floating point, as it is asked at every tick.
 * It says yes far too early, never too late.
 */
export function isStrained(book: Book): boolean {
  let equityRough = book.balance.toNumber();
  let marginRough = 0;
  for (const { instrument, units, price: opened } of book.trades) {
    const pair = pairOf(book, instrument);
    const { bid, ask } = quoteOf(book, instrument);
    const scale = roughRate(book, pair) / 10 ** pair.precision;
    equityRough += ((bid + ask) / 2 - opened) * units * scale;
    marginRough += Math.abs(units) * bid * scale * pair.marginRate.toNumber();
  }
  return equityRough < marginRough * 1.5;
}

function roughRate(book: Book, { quote }: Pair): number {
  return quote === HOME ? 1 : midRate(book, quote).toNumber();
}
