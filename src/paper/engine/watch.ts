import { type Decimal, maximumOf, sumOf, ZERO } from "../../core/money.ts";
import type { Feed, QuoteRange, VenueQuote } from "../feed/feed.ts";
import { rememberEach } from "../feed/remember.ts";
import { type Interval, midOf, type Prices, pricesAt, rateBounds } from "./conversion.ts";
import { marginRateOf } from "./figures.ts";
import { findById, isExit } from "./orders.ts";
import { firstTime, type Height, highest, type Probe, type Stretch } from "./search.ts";
import type { Venue } from "./step.ts";
import type {
  ExitOrder,
  PendingOrder,
  TrailingStopOrder,
  VenueAccount,
  VenueTrade,
} from "./types.ts";

/** The next thing that prices bring about. */
export type Hit = { readonly ms: number; readonly order: PendingOrder | "margin_closeout" };

/**
 * The first event of the stretch that prices cause: an exit of the account, else the margin close-out. Of two orders
 * in the same moment it is the older one.
 */
export function nextHit(venue: Venue, account: VenueAccount, stretch: Stretch): Hit | null {
  let hit: Hit | null = null;
  const look = (order: Hit["order"], probe: Probe): void => {
    const toMs = hit ? hit.ms - 1 : stretch.toMs;
    const ms = firstTime({ fromMs: stretch.fromMs, toMs }, venue.feed.resolutionMs, probe);
    if (ms !== null) hit = { ms, order };
  };
  const trades = new Map(account.trades.map((trade) => [trade.id, trade]));
  for (const order of account.orders) {
    if (!isExit(order)) continue;
    const trade = trades.get(order.tradeId);
    if (trade) look(order, exitProbe(venue.feed, order, trade));
  }
  look("margin_closeout", closeoutProbe(venue, account));
  return hit;
}

/** The account with its trailing stops moved to where the stretch leaves them. */
export function followPrices(feed: Feed, account: VenueAccount, stretch: Stretch): VenueAccount {
  if (!account.orders.some((order) => order.type === "trailing_stop")) return account;
  const orders = account.orders.map((order) => {
    if (order.type !== "trailing_stop") return order;
    const trade = findById(account.trades, order.tradeId);
    return trade ? follow(feed, { order, trade }, stretch) : order;
  });
  return { ...account, orders };
}

function follow(
  feed: Feed,
  { order, trade }: { order: TrailingStopOrder; trade: VenueTrade },
  stretch: Stretch,
): TrailingStopOrder {
  const view = viewOf(trade);
  const known = view.signed(order.trailingStopValue).plus(order.distance);
  const span = { ...stretch, resolutionMs: feed.resolutionMs };
  const best = highest(span, heightOf(feed, trade, view), known);
  if (best.equals(known)) return order;
  return { ...order, trailingStopValue: view.signed(best.minus(order.distance)) };
}

/**
 * A trade's closing prices seen so that up is always its gain: a long trade's bid, a short trade's ask negated.
 */
type View = {
  signed(price: Decimal): Decimal;
  at(quote: VenueQuote): Decimal;
  of(range: QuoteRange): Interval;
};

const LONG_VIEW: View = {
  signed: (price) => price,
  at: (quote) => quote.bid,
  of: (range) => ({ low: range.bidLow, high: range.bidHigh }),
};
const SHORT_VIEW: View = {
  signed: (price) => price.negated(),
  at: (quote) => quote.ask.negated(),
  of: (range) => ({ low: range.askHigh.negated(), high: range.askLow.negated() }),
};

function viewOf(trade: VenueTrade): View {
  return trade.currentUnits.isNegative() ? SHORT_VIEW : LONG_VIEW;
}

function exitProbe(feed: Feed, order: ExitOrder, trade: VenueTrade): Probe {
  const view = viewOf(trade);
  const name = trade.instrument;
  if (order.type === "trailing_stop") return trailingProbe(feed, order, trade);
  const price = view.signed(order.price);
  const isStop = order.type === "stop_loss";
  return {
    skips({ fromMs, toMs }) {
      const range = feed.rangeOf(name, fromMs, toMs);
      if (!range?.tradeable) return true;
      const { low, high } = view.of(range);
      return isStop ? low.isGreaterThan(price) : high.isLessThan(price);
    },
    holdsAt(ms) {
      const quote = feed.quoteAt(name, ms);
      if (!quote?.tradeable) return false;
      const distance = view.at(quote).compare(price);
      return isStop ? distance <= 0 : distance >= 0;
    },
  };
}

/** Remembers the best price so far: only stretches that can't reach the stop from it are skipped. */
function trailingProbe(feed: Feed, order: TrailingStopOrder, trade: VenueTrade): Probe {
  const view = viewOf(trade);
  const height = heightOf(feed, trade, view);
  let best = view.signed(order.trailingStopValue).plus(order.distance);
  /** Skipped, and its best price not looked for yet: nobody asks after the last stretch. */
  let skipped: Stretch | null = null;
  const bestSoFar = (): Decimal => {
    if (skipped) best = highest({ ...skipped, resolutionMs: feed.resolutionMs }, height, best);
    skipped = null;
    return best;
  };
  return {
    skips(stretch) {
      const range = feed.rangeOf(trade.instrument, stretch.fromMs, stretch.toMs);
      if (!range) return true;
      const { low, high } = view.of(range);
      const isSafe = low.isGreaterThan(maximumOf(bestSoFar(), high).minus(order.distance));
      if (isSafe) skipped = stretch;
      return isSafe || !range.tradeable;
    },
    holdsAt(ms) {
      const quote = feed.quoteAt(trade.instrument, ms);
      if (!quote?.tradeable) return false;
      best = maximumOf(bestSoFar(), view.at(quote));
      return !view.at(quote).isGreaterThan(best.minus(order.distance));
    },
  };
}

/** The prices that a trailing stop follows: those at which the trade could be closed. */
function heightOf(feed: Feed, trade: VenueTrade, view: View): Height {
  return {
    at(ms) {
      const quote = feed.quoteAt(trade.instrument, ms);
      return quote?.tradeable ? view.at(quote) : null;
    },
    ceilingOf({ fromMs, toMs }) {
      const range = feed.rangeOf(trade.instrument, fromMs, toMs);
      return range?.tradeable ? view.of(range).high : null;
    },
  };
}

/** Whether the equity at mid prices is down to the share of the margin used at which everything is closed. */
function closeoutProbe(venue: Venue, account: VenueAccount): Probe {
  const { feed } = venue;
  const holdings = holdingsOf(venue, account);
  const isTradeable = (prices: Prices) => holdings.some(({ name }) => prices(name)?.tradeable);
  const isInDanger = (prices: Prices) =>
    isTradeable(prices) && !isCarried(venue, { account, holdings }, prices);
  return {
    skips: ({ fromMs, toMs }) => !isInDanger((name) => feed.rangeOf(name, fromMs, toMs)),
    holdsAt: (ms) => isInDanger(pricesAt(feed, ms)),
  };
}

/** An instrument's open trades together. */
type Holding = {
  readonly name: string;
  readonly currency: string | null;
  /** Signed. */
  readonly units: Decimal;
  /** Sum of units × open price. */
  readonly cost: Decimal;
  readonly marginRate: Decimal;
};

function holdingsOf(venue: Venue, account: VenueAccount): readonly Holding[] {
  const groups = [...Map.groupBy(account.trades, (trade) => trade.instrument)];
  return groups.map(([name, trades]) => ({
    name,
    currency: venue.feed.instrument(name)?.quoteCurrency ?? null,
    units: sumOf(trades.map((trade) => trade.currentUnits)),
    cost: sumOf(trades.map((trade) => trade.currentUnits.times(trade.price))),
    marginRate: marginRateOf(venue, account, name),
  }));
}

/** Whether the worst case of the prices leaves more equity than the close-out's share of the margin used. */
function isCarried(
  { feed, profile }: Venue,
  { account, holdings }: { account: VenueAccount; holdings: readonly Holding[] },
  prices: Prices,
): boolean {
  const rateOf = rememberEach((currency) => rateBounds(feed, [currency, account.currency], prices));
  let equity = account.balance;
  let margin = ZERO;
  for (const holding of holdings) {
    const range = prices(holding.name);
    const rate = holding.currency ? rateOf(holding.currency) : null;
    if (!range || !rate) return true;
    const worst = worstCase(holding, midOf(range), rate);
    equity = equity.plus(worst.pl);
    margin = margin.plus(worst.margin);
  }
  return equity.isGreaterThan(margin.times(profile.closeoutShare));
}

/** The lowest P&L and the highest margin that the mid prices and the rates into home currency allow. */
function worstCase({ units, cost, marginRate }: Holding, mid: Interval, rate: Interval) {
  const pl = units.times(units.isNegative() ? mid.high : mid.low).minus(cost);
  return {
    pl: pl.times(pl.isNegative() ? rate.high : rate.low),
    margin: units.abs().times(mid.high).times(rate.high).times(marginRate),
  };
}
