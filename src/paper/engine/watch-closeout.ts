import { type Decimal, sumOf, ZERO } from "../../core/money.ts";
import { rememberEach } from "../feed/remember.ts";
import { type Interval, midOf, type Prices, pricesAt, rateBounds } from "./conversion.ts";
import { marginRateOf } from "./figures.ts";
import type { Probe } from "./search.ts";
import type { Venue } from "./step.ts";
import type { VenueAccount } from "./types.ts";

/** Whether the equity at mid prices is down to the share of the margin used at which everything is closed. */
export function closeoutProbe(venue: Venue, account: VenueAccount): Probe {
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
