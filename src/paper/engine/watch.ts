import type { Feed, QuoteRange } from "../feed/feed.ts";
import { firstTime, type Probe, type Stretch } from "./search.ts";
import type { Venue } from "./step.ts";
import { isTriggered, mayTrigger, type Trigger } from "./trigger.ts";
import type { PendingOrder, TrailingStopOrder, VenueAccount, VenueTrade } from "./types.ts";
import { closeoutProbe } from "./watch-closeout.ts";
import { canReach, type WatchGroup, watchListOf } from "./watch-list.ts";
import { follow, trailingProbe } from "./watch-trailing.ts";

/** The next thing that prices bring about: an order's price, a condemned trade's market, or the margin close-out. */
export type Hit = {
  readonly ms: number;
  readonly what: PendingOrder | { readonly condemned: VenueTrade } | "margin_closeout";
};

/** Of two things in one moment the one of the lower rank comes first: condemned trades, older orders, the close-out. */
type Ranked = Hit & { readonly rank: number };

const CONDEMNED_RANK = -Number.MAX_SAFE_INTEGER;

/** The first event of the stretch that prices cause. */
export function nextHit(venue: Venue, account: VenueAccount, stretch: Stretch): Hit | null {
  if (stretch.toMs <= stretch.fromMs) return null;
  let hit: Ranked | null = null;
  for (const { what, rank, probe } of candidates(venue, account, stretch)) {
    const toMs = !hit ? stretch.toMs : rank < hit.rank ? hit.ms : hit.ms - 1;
    const ms = firstTime({ fromMs: stretch.fromMs, toMs }, venue.feed.resolutionMs, probe);
    if (ms !== null) hit = { ms, what, rank };
  }
  return hit;
}

type Candidate = Omit<Ranked, "ms"> & { readonly probe: Probe };

/** What may happen in the stretch, as far as its bounds tell. */
function* candidates(
  venue: Venue,
  account: VenueAccount,
  stretch: Stretch,
): Generator<Candidate, void> {
  const { feed } = venue;
  for (const trade of account.trades) {
    if (trade.delayedClosureId === null) continue;
    const probe = openingProbe(feed, trade.instrument);
    yield { what: { condemned: trade }, rank: CONDEMNED_RANK + trade.id, probe };
  }
  for (const group of watchListOf(account)) {
    const range = feed.rangeOf(group.instrument, stretch.fromMs, stretch.toMs);
    if (range?.tradeable) yield* candidatesOf(feed, group, range);
  }
  if (account.trades.length > 0) {
    const probe = closeoutProbe(venue, account);
    yield { what: "margin_closeout", rank: Number.POSITIVE_INFINITY, probe };
  }
}

function* candidatesOf(
  feed: Feed,
  group: WatchGroup,
  range: QuoteRange,
): Generator<Candidate, void> {
  const { instrument } = group;
  for (const { order, trigger } of canReach(group, range) ? group.fixed : []) {
    if (!mayTrigger(trigger, range)) continue;
    const probe = triggerProbe(feed, { instrument, trigger });
    yield { what: order, rank: order.id, probe };
  }
  for (const { order, isShort } of group.trailing) {
    const probe = trailingProbe(feed, { order, instrument, isShort });
    yield { what: order, rank: order.id, probe };
  }
}

/** The account with its trailing stops moved to where the stretch leaves them. */
export function followPrices(feed: Feed, account: VenueAccount, stretch: Stretch): VenueAccount {
  const moved = new Map<number, TrailingStopOrder>();
  for (const { instrument, trailing } of watchListOf(account)) {
    for (const { order, isShort } of trailing) {
      const after = follow(feed, { order, instrument, isShort }, stretch);
      if (after !== order) moved.set(order.id, after);
    }
  }
  if (moved.size === 0) return account;
  return { ...account, orders: account.orders.map((order) => moved.get(order.id) ?? order) };
}

function triggerProbe(
  feed: Feed,
  { instrument, trigger }: { readonly instrument: string; readonly trigger: Trigger },
): Probe {
  return {
    skips({ fromMs, toMs }) {
      const range = feed.rangeOf(instrument, fromMs, toMs);
      return !range || !mayTrigger(trigger, range);
    },
    holdsAt(ms) {
      const quote = feed.quoteAt(instrument, ms);
      return quote !== null && isTriggered(trigger, quote);
    },
  };
}

/** When an instrument trades. */
function openingProbe(feed: Feed, instrument: string): Probe {
  return {
    skips: ({ fromMs, toMs }) => !feed.rangeOf(instrument, fromMs, toMs)?.tradeable,
    holdsAt: (ms) => feed.quoteAt(instrument, ms)?.tradeable === true,
  };
}
