import * as v from "valibot";
import { toPrice } from "../../core/money.ts";
import type { DayOpening } from "../../ports/broker.ts";
import { checkedNames } from "./account-quotes.ts";
import { readWire, wirePrice, wireTime } from "./wire-values.ts";

/** Days from 17:00 to 17:00 New York. */
const ALIGNMENT = "dailyAlignment=17&alignmentTimezone=America%2FNew_York";

const latest = v.object({
  latestCandles: v.array(
    v.object({
      instrument: v.string(),
      candles: v.array(v.object({ time: wireTime, mid: v.object({ o: wirePrice }) })),
    }),
  ),
});

/** Where the days of `names` are, a finished one and the one under way, in one answer. */
export function dayOpeningsPath(names: readonly string[]): string {
  const wanted = checkedNames(names).map((name) => `${name}:D:M`);
  return `/candles/latest?candleSpecifications=${encodeURIComponent(wanted.join(","))}&${ALIGNMENT}`;
}

/** Reads the answer: each instrument's newest day. */
export function toDayOpenings(body: unknown): ReadonlyMap<string, DayOpening> {
  const { latestCandles } = readWire(latest, body, "candle list");
  return new Map(
    latestCandles.flatMap(({ instrument, candles }) => {
      const [newest] = candles.toSorted((a, b) => (a.time > b.time ? -1 : 1));
      if (!newest) return [];
      return [[instrument, { mid: toPrice(newest.mid.o), since: newest.time }] as const];
    }),
  );
}
