import { type Decimal, maximumOf } from "../../core/money.ts";
import type { Feed, QuoteRange, VenueQuote } from "../feed/feed.ts";
import type { Interval } from "./conversion.ts";
import { type Height, highest, type Probe, type Stretch } from "./search.ts";
import { sideBounds, sidePrice, triggerSide } from "./trigger.ts";
import type { TrailingStopOrder } from "./types.ts";

/** A trailing stop, and what it follows. */
export type Trailed = {
  readonly order: TrailingStopOrder;
  readonly instrument: string;
  /** Whether its trade is a short one. */
  readonly isShort: boolean;
};

/** The order with its stop where the stretch leaves it: the same object where that is where it was. */
export function follow(feed: Feed, trailed: Trailed, stretch: Stretch): TrailingStopOrder {
  const { order } = trailed;
  const view = viewOf(trailed);
  const known = view.signed(order.trailingStopValue).plus(order.distance);
  const span = { ...stretch, resolutionMs: feed.resolutionMs };
  const best = highest(span, heightOf(feed, trailed.instrument, view), known);
  if (best.equals(known)) return order;
  return { ...order, trailingStopValue: view.signed(best.minus(order.distance)) };
}

/** Remembers the best price so far: only stretches that can't reach the stop from it are skipped. */
export function trailingProbe(feed: Feed, trailed: Trailed): Probe {
  const { order, instrument } = trailed;
  const view = viewOf(trailed);
  const height = heightOf(feed, instrument, view);
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
      const range = feed.rangeOf(instrument, stretch.fromMs, stretch.toMs);
      if (!range) return true;
      const { low, high } = view.of(range);
      const isSafe = low.isGreaterThan(maximumOf(bestSoFar(), high).minus(order.distance));
      if (isSafe) skipped = stretch;
      return isSafe || !range.tradeable;
    },
    holdsAt(ms) {
      const quote = feed.quoteAt(instrument, ms);
      if (!quote?.tradeable) return false;
      best = maximumOf(bestSoFar(), view.at(quote));
      return !view.at(quote).isGreaterThan(best.minus(order.distance));
    },
  };
}

/** The prices that a trailing stop follows, seen so that up is always its trade's gain: a short trade's negated. */
type View = {
  signed(price: Decimal): Decimal;
  at(quote: VenueQuote): Decimal;
  of(range: QuoteRange): Interval;
};

function viewOf({ order, isShort }: Trailed): View {
  const side = triggerSide(order.triggerCondition, isShort);
  if (!isShort) {
    return {
      signed: (price) => price,
      at: (quote) => sidePrice(quote, side),
      of: (range) => sideBounds(range, side),
    };
  }
  return {
    signed: (price) => price.negated(),
    at: (quote) => sidePrice(quote, side).negated(),
    of(range) {
      const { low, high } = sideBounds(range, side);
      return { low: high.negated(), high: low.negated() };
    },
  };
}

/** A trailing stop follows the prices of the times at which its trade could be closed. */
function heightOf(feed: Feed, instrument: string, view: View): Height {
  return {
    at(ms) {
      const quote = feed.quoteAt(instrument, ms);
      return quote?.tradeable ? view.at(quote) : null;
    },
    ceilingOf({ fromMs, toMs }) {
      const range = feed.rangeOf(instrument, fromMs, toMs);
      return range?.tradeable ? view.of(range).high : null;
    },
  };
}
