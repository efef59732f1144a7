import { describe, expect, it } from "vitest";
import { DayOpenings } from "../../../src/commands/watch/day-openings.ts";
import { Failure } from "../../../src/core/failures.ts";
import { decimal, toPrice } from "../../../src/core/money.ts";
import { type Instant, instantFromMs } from "../../../src/core/time.ts";
import { tradingDayStart } from "../../../src/core/trading-day.ts";
import type { DayOpening } from "../../../src/ports/broker.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const MINUTE_MS = 60_000;
const NOON = instantFromMs(Date.UTC(2026, 10, 18, 12));
const TODAY = tradingDayStart(NOON);

/** A broker whose answers a test gives, and what it was asked. */
function broker(answer: () => Instant | Failure) {
  const asked: string[][] = [];
  return {
    asked,
    dayOpenings: async (names: readonly string[]) => {
      asked.push([...names]);
      const since = answer();
      if (since instanceof Failure) throw since;
      const opening: DayOpening = { mid: toPrice(decimal("1.1")), since };
      return new Map(names.map((name) => [name, opening]));
    },
  };
}

describe("the day's openings of a screen", () => {
  it("are asked for once a day, all of them together, and what is added alone", async () => {
    const clock = new FakeClock(NOON, "manual");
    let since = TODAY;
    const asking = broker(() => since);
    const openings = new DayOpenings(clock);
    expect((await openings.read(asking, ["EUR_USD", "USD_JPY"])).size).toBe(2);
    clock.advance(10 * MINUTE_MS);
    await openings.read(asking, ["EUR_USD", "USD_JPY"]);
    await openings.read(asking, ["EUR_USD", "USD_JPY", "XAU_USD"]);
    expect(asking.asked).toEqual([["EUR_USD", "USD_JPY"], ["XAU_USD"]]);
    clock.advance(24 * 60 * MINUTE_MS);
    since = tradingDayStart(clock.now());
    await openings.read(asking, ["EUR_USD"]);
    expect(asking.asked.at(-1)).toEqual(["EUR_USD"]);
    expect((await openings.read(asking, ["EUR_USD"])).get("EUR_USD")?.since).toBe(since);
    expect(asking.asked).toHaveLength(3);
  });

  it.each([
    ["has only yesterday's", () => instantFromMs(Date.parse(TODAY) - 24 * 60 * MINUTE_MS)],
    ["can't be reached", () => new Failure("BROKER_UNAVAILABLE", "Down.")],
  ])("are asked for again after a minute where the broker %s", async (_, answer) => {
    const clock = new FakeClock(NOON, "manual");
    const asking = broker(answer);
    const openings = new DayOpenings(clock);
    await openings.read(asking, ["EUR_USD"]);
    clock.advance(MINUTE_MS - 1);
    await openings.read(asking, ["EUR_USD"]);
    expect(asking.asked).toHaveLength(1);
    clock.advance(1);
    await openings.read(asking, ["EUR_USD"]);
    expect(asking.asked).toHaveLength(2);
  });

  it("aren't there where a broker doesn't tell them", async () => {
    const openings = new DayOpenings(new FakeClock(NOON));
    expect(await openings.read({}, ["EUR_USD"])).toEqual(new Map());
  });
});
