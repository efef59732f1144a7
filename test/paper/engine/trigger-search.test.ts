import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Decimal, decimal, wholeNumber } from "../../../src/core/money.ts";
import { instantToMs } from "../../../src/core/time.ts";
import { isExit } from "../../../src/paper/engine/orders.ts";
import type { PendingOrder, TriggerCondition } from "../../../src/paper/engine/types.ts";
import {
  advance,
  placeEntryOrder,
  placeExitOrder,
  placeMarketOrder,
  type Venue,
} from "../../../src/paper/engine/venue.ts";
import type { VenueQuote } from "../../../src/paper/feed/feed.ts";
import {
  closedAt,
  isType,
  newAccount,
  order,
  START,
  scriptedVenue,
  secondsIn,
  syntheticVenue,
  type Tick,
  waiting,
} from "./scene.ts";

const SPAN = 300;
const TYPES = [
  "limit",
  "stop",
  "market_if_touched",
  "take_profit",
  "stop_loss",
  "trailing_stop",
] as const;
const CONDITIONS = ["DEFAULT", "INVERSE", "BID", "ASK", "MID"] as const;

type Wanted = {
  readonly type: (typeof TYPES)[number];
  readonly condition: TriggerCondition;
  readonly isBuy: boolean;
  readonly points: number;
};

const wanted: fc.Arbitrary<Wanted> = fc.record({
  type: fc.constantFrom(...TYPES),
  condition: fc.constantFrom(...CONDITIONS),
  isBuy: fc.boolean(),
  points: fc.integer({ min: -120, max: 120 }),
});

/** A trade that an exit could close with a buy or a sell, and the order; where it isn't over at once. */
function placed(venue: Venue, { type, condition, isBuy, points }: Wanted) {
  const quote = quoteOf(venue, 0);
  const offset = wholeNumber(points).times(decimal("0.00001"));
  const price = quote.bid.plus(offset);
  const common = { at: START, triggerCondition: condition };
  if (type === "limit" || type === "stop" || type === "market_if_touched") {
    const units = wholeNumber(isBuy ? 100 : -100);
    const entry = waiting(type, `${price}`, { ...common, units });
    return placeEntryOrder(venue, newAccount(), entry).account;
  }
  const units = wholeNumber(isBuy ? -100 : 100);
  const { account } = placeMarketOrder(venue, newAccount(), order({ units }));
  const distance = offset.abs().plus(decimal("0.00050"));
  const level = type === "trailing_stop" ? { distance } : { price };
  return placeExitOrder(venue, account, { ...common, ...level, type, tradeId: 4 }).account;
}

function quoteOf({ feed }: Venue, second: number): VenueQuote {
  const quote = feed.quoteAt("EUR_USD", instantToMs(START) + second * 1000);
  if (!quote) throw new Error("no price");
  return quote;
}

/** Looks at every second: the slow and obvious way to find when the order is filled. */
function firstFill(venue: Venue, pending: PendingOrder, { condition, isBuy }: Wanted) {
  const watched = ({ bid, ask }: VenueQuote) => {
    const isAsk = condition === "ASK" || (condition === "INVERSE" ? !isBuy : isBuy);
    if (condition === "MID") return bid.plus(ask).times(decimal("0.5"));
    return condition !== "BID" && isAsk ? ask : bid;
  };
  let best = watched(quoteOf(venue, 0));
  for (let second = 1; second <= SPAN; second += 1) {
    const quote = quoteOf(venue, second);
    if (!quote.tradeable) continue;
    const price = watched(quote);
    if (isBuy ? price.isLessThan(best) : price.isGreaterThan(best)) best = price;
    const dealt = isBuy ? quote.ask : quote.bid;
    if (holds(pending, { price, best, dealt }, isBuy)) {
      return { time: secondsIn(second), price: `${dealt}` };
    }
  }
  return null;
}

type Prices = { readonly price: Decimal; readonly best: Decimal; readonly dealt: Decimal };

function holds(pending: PendingOrder, { price, best, dealt }: Prices, isBuy: boolean): boolean {
  if (pending.type === "trailing_stop") {
    const stop = isBuy ? best.plus(pending.distance) : best.minus(pending.distance);
    return isBuy ? price.compare(stop) >= 0 : price.compare(stop) <= 0;
  }
  const far = (isBuy ? 1 : -1) * price.compare(pending.price);
  switch (pending.type) {
    case "limit":
      return (isBuy ? 1 : -1) * dealt.compare(pending.price) <= 0;
    case "take_profit":
      return far <= 0;
    case "market_if_touched": {
      const isFromBelow = pending.initialMarketPrice?.isLessThan(pending.price);
      return isFromBelow ? price.compare(pending.price) >= 0 : price.compare(pending.price) <= 0;
    }
    default:
      return far >= 0;
  }
}

function compare(venue: Venue, terms: Wanted): void {
  const account = placed(venue, terms);
  const [pending] = account.orders;
  if (!pending) return;
  const { transactions } = advance(venue, account, secondsIn(SPAN));
  const fill = transactions.find((entry) => isType(entry, "ORDER_FILL"));
  const found = fill ? { time: fill.time, price: `${fill.price}` } : null;
  expect(fill ? fill.orderId : pending.id).toBe(pending.id);
  expect(isExit(pending) ? account.trades : []).toHaveLength(isExit(pending) ? 1 : 0);
  expect(found).toEqual(firstFill(venue, pending, terms));
}

/** The venue with its markets closed from one second until another. */
function closedBetween(venue: Venue, from: number, until: number): Venue {
  const closed = closedAt(venue, (second) => second >= from && second < until);
  const [fromMs, untilMs] = [from, until].map((each) => instantToMs(START) + each * 1000);
  const rangeOf: Venue["feed"]["rangeOf"] = (name, afterMs, toMs) => {
    const range = venue.feed.rangeOf(name, afterMs, toMs);
    const isShut = afterMs + 1 >= (fromMs ?? 0) && toMs < (untilMs ?? 0);
    return range && isShut ? { ...range, tradeable: false } : range;
  };
  return { ...closed, feed: { ...closed.feed, rangeOf } };
}

describe("a waiting order of any kind and condition", () => {
  it("for all synthetic markets is filled when a look at every second fills it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), wanted, (seed, terms) => {
        compare(syntheticVenue(seed, { region: "NONE" }), terms);
      }),
      { numRuns: 200 },
    );
  });

  it("for all recorded markets with closed hours is filled when a look at every second fills it", () => {
    const moves = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: -40, max: 40 })),
      { minLength: 1, maxLength: 90 },
    );
    const closed = fc.tuple(fc.integer({ min: 1, max: SPAN }), fc.integer({ min: 0, max: 90 }));
    fc.assert(
      fc.property(moves, closed, wanted, (steps, [from, length], terms) => {
        let [second, points] = [0, 110_000];
        const script: Tick[] = [[0, "1.10000", "1.10010"]];
        for (const [wait, move] of steps) {
          second += wait;
          points += move;
          const price = wholeNumber(points).times(decimal("0.00001"));
          script.push([second, price.toFixed(5), price.plus(decimal("0.0001")).toFixed(5)]);
        }
        script.push([SPAN + 1, "1.10000", "1.10010"]);
        const venue = scriptedVenue({ EUR_USD: script }, { region: "NONE" });
        compare(closedBetween(venue, from, from + length), terms);
      }),
      { numRuns: 200 },
    );
  });
});
