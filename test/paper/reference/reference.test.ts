import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Entry } from "./book.ts";
import { compare, openReplay } from "./compare.ts";
import { isRecorded, madeUpDay, recordedDay } from "./recordings.ts";

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const REGIONS = ["NONE", "EU", "US"] as const;
const HOUR_MS = 3_600_000;

/** More, by hand: TMT_REFERENCE_RUNS=5000 npx vitest run test/paper/reference */
const RUNS = Number(process.env.TMT_REFERENCE_RUNS ?? 40);

/** Far more than it takes: a slow machine isn't a wrong venue. */
const TIMEOUT_MS = Math.max(60_000, RUNS * 1_000);

/** Plenty, little, and so little that margin runs out: what a seed gets. */
const BALANCES = ["100000", "3000", "400"] as const;

function balanceOf(seed: number): string {
  return BALANCES[seed % BALANCES.length] ?? BALANCES[0];
}

/** What happens in the markets that are made up, without which a comparison would say little. */
const FILLS = [
  "MARKET_ORDER",
  "MARKET_ORDER_TRADE_CLOSE",
  "MARKET_ORDER_POSITION_CLOSEOUT",
  "LIMIT_ORDER",
  "STOP_ORDER",
  "MARKET_IF_TOUCHED_ORDER",
  "STOP_LOSS_ORDER",
  "TAKE_PROFIT_ORDER",
  "TRAILING_STOP_LOSS_ORDER",
] as const;
const CANCELS = [
  "BOUNDS_VIOLATION",
  "CLIENT_REQUEST",
  "CLIENT_REQUEST_REPLACED",
  "INSUFFICIENT_MARGIN",
  "LINKED_TRADE_CLOSED",
  "STOP_LOSS_ON_FILL_LOSS",
  "TAKE_PROFIT_ON_FILL_LOSS",
  "TIME_IN_FORCE_EXPIRED",
] as const;

describe("the paper venue, against a slow reference that looks at every tick", () => {
  it.each(REGIONS)(
    "for all made-up markets and orders tells the same events (%s)",
    (region) => {
      const log: Entry[] = [];
      fc.assert(
        fc.property(seeds, (seed) => {
          const replay = openReplay(madeUpDay(seed));
          const balance = balanceOf(seed);
          log.push(
            ...compare(replay, { seed, commands: 40, region, balance, longestWaitMs: HOUR_MS }),
          );
        }),
        { numRuns: RUNS },
      );
      const reasons = new Set(log.map((entry) => entry.reason));
      expect([...reasons]).toEqual(expect.arrayContaining([...FILLS, ...CANCELS]));
    },
    TIMEOUT_MS,
  );
});

describe.skipIf(!isRecorded("2014-05-08"))("a real day (needs recorded data)", () => {
  it(
    "for all orders over it tells the same events",
    () => {
      const replay = openReplay(recordedDay("2014-05-08"));
      fc.assert(
        fc.property(seeds, (seed) => {
          const region = REGIONS[seed % REGIONS.length] ?? "NONE";
          const balance = balanceOf(seed);
          compare(replay, { seed, commands: 60, region, balance, longestWaitMs: 5 * HOUR_MS });
        }),
        { numRuns: Math.ceil(RUNS / 4) },
      );
    },
    TIMEOUT_MS,
  );
});
