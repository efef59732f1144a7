import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Decimal,
  decimal,
  maximumOf,
  minimumOf,
  type Price,
  wholeNumber,
} from "../../../src/core/money.ts";
import { instantToMs } from "../../../src/core/time.ts";
import { isExit } from "../../../src/paper/engine/orders.ts";
import { firstTime } from "../../../src/paper/engine/search.ts";
import type { ExitOrder, VenueTrade } from "../../../src/paper/engine/types.ts";
import { advance, placeMarketOrder, type Venue } from "../../../src/paper/engine/venue.ts";
import {
  GTC,
  isType,
  newAccount,
  order,
  START,
  scriptedVenue,
  secondsIn,
  syntheticVenue,
  type Tick,
} from "./scene.ts";

/** Looks at every second: the slow and obvious way to find the first exit that is hit. */
function firstExit(venue: Venue, orders: readonly ExitOrder[], trade: VenueTrade) {
  let waiting = orders.map((exit) => ({ ...exit, level: levelOf(exit) }));
  for (let second = 1; second <= SPAN; second += 1) {
    const quote = venue.feed.quoteAt(trade.instrument, instantToMs(START) + second * 1000);
    if (!quote?.tradeable) return null;
    const isLong = !trade.initialUnits.isNegative();
    const price = isLong ? quote.bid : quote.ask;
    waiting = waiting.map((exit) => ({ ...exit, level: movedLevel(exit, price, isLong) }));
    const hit = waiting.find((exit) => {
      const isAbove = (exit.type === "take_profit") === isLong;
      return isAbove ? !price.isLessThan(exit.level) : !price.isGreaterThan(exit.level);
    });
    if (hit) return { id: hit.id, time: secondsIn(second), price: `${price}` };
  }
  return null;
}

function levelOf(exit: ExitOrder): Decimal {
  return exit.type === "trailing_stop" ? exit.trailingStopValue : exit.price;
}

function movedLevel(exit: ExitOrder & { level: Decimal }, price: Price, isLong: boolean): Decimal {
  if (exit.type !== "trailing_stop") return exit.level;
  return isLong
    ? maximumOf(exit.level, price.minus(exit.distance))
    : minimumOf(exit.level, price.plus(exit.distance));
}

const SPAN = 400;

const distances = fc.record({
  stop: fc.option(fc.integer({ min: 15, max: 120 })),
  target: fc.option(fc.integer({ min: 15, max: 120 })),
  trail: fc.option(fc.integer({ min: 50, max: 120 })),
  isLong: fc.boolean(),
});

function compare(venue: Venue, wanted: Wanted) {
  const { stop, target, trail, isLong } = wanted;
  const points = (count: number) => wholeNumber(count).times(decimal("0.00001"));
  const quote = venue.feed.quoteAt("EUR_USD", instantToMs(START));
  if (!quote) throw new Error("no first price");
  const goal = points(target ?? 0);
  const { account } = placeMarketOrder(
    venue,
    newAccount(),
    order({
      units: wholeNumber(isLong ? 1000 : -1000),
      stopLossOnFill: stop === null ? null : { ...GTC, price: null, distance: points(stop) },
      takeProfitOnFill:
        target === null
          ? null
          : { ...GTC, price: isLong ? quote.ask.plus(goal) : quote.bid.minus(goal) },
      trailingStopOnFill: trail === null ? null : { ...GTC, distance: points(trail) },
    }),
  );
  const [trade] = account.trades;
  if (!trade) return;
  const { transactions } = advance(venue, account, secondsIn(SPAN));
  const fill = transactions.find((entry) => isType(entry, "ORDER_FILL"));
  const found = fill ? { id: fill.orderId, time: fill.time, price: `${fill.price}` } : null;
  expect(found).toEqual(firstExit(venue, account.orders.filter(isExit), trade));
}

type Wanted = {
  readonly stop: number | null;
  readonly target: number | null;
  readonly trail: number | null;
  readonly isLong: boolean;
};

describe("the search for the moment of an event", () => {
  it("for all synthetic markets finds the exit that a look at every second finds", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), distances, (seed, wanted) => {
        compare(syntheticVenue(seed), wanted);
      }),
      { numRuns: 150 },
    );
  });

  it("for all recorded markets finds the exit that a look at every second finds", () => {
    const moves = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: -40, max: 40 })),
      {
        minLength: 1,
        maxLength: 120,
      },
    );
    fc.assert(
      fc.property(moves, distances, (steps, wanted) => {
        let [second, points] = [0, 110_000];
        const script: Tick[] = [[0, "1.10000", "1.10010"]];
        for (const [wait, move] of steps) {
          second += wait;
          points += move;
          const price = wholeNumber(points).times(decimal("0.00001"));
          script.push([second, price.toFixed(5), price.plus(decimal("0.0001")).toFixed(5)]);
        }
        compare(scriptedVenue({ EUR_USD: script }), wanted);
      }),
      { numRuns: 150 },
    );
  });

  it("for all stretches and moments finds the first, by bounds alone", () => {
    const spans = fc.tuple(
      fc.integer({ min: 0, max: 5000 }),
      fc.integer({ min: 0, max: 5000 }),
      fc.integer({ min: 0, max: 12_000 }),
    );
    fc.assert(
      fc.property(spans, fc.constantFrom(1, 7, 250), ([from, length, begin], resolutionMs) => {
        const holdsAt = (ms: number) => Math.floor(ms / resolutionMs) * resolutionMs >= begin;
        const stretch = { fromMs: from, toMs: from + length };
        const found = firstTime(stretch, resolutionMs, {
          skips: ({ toMs }) => !holdsAt(toMs),
          holdsAt,
        });
        let expected: number | null = null;
        for (let ms = from + length; ms > from; ms -= 1) if (holdsAt(ms)) expected = ms;
        expect(found).toBe(expected);
      }),
    );
  });
});
