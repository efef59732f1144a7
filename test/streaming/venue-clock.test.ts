import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ageMsAt, type Moment } from "../../src/core/age.ts";
import { instantFromMs } from "../../src/core/time.ts";
import { openQuoteBoard } from "../../src/streaming/quote-board.ts";
import { openVenueClock } from "../../src/streaming/venue-clock.ts";
import { aQuote } from "../support/market.ts";

const START_MS = Date.UTC(2026, 10, 18, 12);

/** The world as it is, and our clocks as they go: wrong by anything, set forth and back, stopped by sleep. */
function openWorld() {
  let trueMs = START_MS;
  let skewMs = 0;
  let asleepMs = 0;
  let slow = 0;
  return {
    trueMs: () => trueMs,
    pass(ms: number) {
      trueMs += ms;
      slow += ms * 0.0004;
    },
    /** The computer sleeps: its monotonic clock stands still. */
    sleep(ms: number) {
      trueMs += ms;
      asleepMs += ms;
    },
    setClock(ms: number) {
      skewMs = ms;
    },
    moment: (): Moment => ({
      wall: instantFromMs(trueMs + skewMs),
      monotonicMs: trueMs - START_MS - asleepMs - slow,
    }),
  };
}

const ms = (max: number) => fc.integer({ min: 0, max });
const step = fc.oneof(
  fc.record({ kind: fc.constant("pass" as const), ms: ms(120_000) }),
  fc.record({ kind: fc.constant("ask" as const), ms: ms(15_000) }),
  fc.record({ kind: fc.constant("quote" as const), ms: ms(10_000) }),
  fc.record({ kind: fc.constant("beat" as const), ms: ms(10_000) }),
);

type World = ReturnType<typeof openWorld>;
type Step = { readonly kind: "pass" | "ask" | "quote" | "beat"; readonly ms: number };

/** Plays the steps; gives how old the price on the board truly is, and how old it's said to be. */
function play(world: World, steps: readonly Step[], between: (step: number) => void) {
  const venue = openVenueClock();
  const board = openQuoteBoard(venue);
  const opened = world.moment();
  const seen: { readonly saidMs: number; readonly trueMs: number }[] = [];
  let pricedAtMs = 0;
  let first: ReturnType<typeof board.ageOf> = null;
  const take: Record<Step["kind"], (lastsMs: number) => void> = {
    pass: world.pass,
    ask: (lastsMs) => hear(lastsMs, world.moment()),
    beat: (lastsMs) => hear(lastsMs, opened),
    quote(lastsMs) {
      const madeMs = world.trueMs();
      world.pass(lastsMs);
      const quote = aQuote("1.10000", "1.10010", { time: instantFromMs(madeMs) });
      const verdict = board.offer({ quote, at: world.moment(), origin: "change" });
      if (verdict === "shown") [pricedAtMs, first] = [madeMs, null];
    },
  };
  function hear(lastsMs: number, since: Moment) {
    const time = instantFromMs(world.trueMs());
    world.pass(lastsMs);
    venue.heard(time, { since, at: world.moment() });
  }
  for (const [index, { kind, ms: lastsMs }] of steps.entries()) {
    between(index);
    take[kind](lastsMs);
    const shown = board.entry("EUR_USD")?.quote;
    const now = world.moment();
    const age = shown ? board.ageOf(shown, now) : null;
    if (age === null) continue;
    first ??= age;
    const trueMs = world.trueMs() - pricedAtMs;
    // As it's worked out now, and by a label that was made earlier and is read now.
    seen.push({ saidMs: age.ms, trueMs }, { saidMs: ageMsAt(first, now), trueMs });
  }
  return seen;
}

describe("the age of what is shown (P11)", () => {
  it("TM-01 for all skews, jumps and delays is never less than it truly is", () => {
    const skew = fc.integer({ min: -86_400_000, max: 86_400_000 });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.array(skew), (steps, skews) => {
        const world = openWorld();
        const seen = play(world, steps, (index) => world.setClock(skews[index] ?? 0));
        for (const { saidMs, trueMs } of seen) expect(saidMs).toBeGreaterThanOrEqual(trueMs);
      }),
      { numRuns: 300 },
    );
  });

  it("NW-07 for all sleeps of the computer is never less than it truly is", () => {
    const sleep = fc.integer({ min: 0, max: 8 * 3_600_000 });
    fc.assert(
      fc.property(
        fc.integer({ min: -3_600_000, max: 3_600_000 }),
        fc.array(step, { maxLength: 30 }),
        fc.array(sleep),
        (skewMs, steps, sleeps) => {
          const world = openWorld();
          world.setClock(skewMs);
          const seen = play(world, steps, (index) => world.sleep(sleeps[index] ?? 0));
          for (const { saidMs, trueMs } of seen) expect(saidMs).toBeGreaterThanOrEqual(trueMs);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("is told to within the time that an answer took", () => {
    const world = openWorld();
    world.setClock(-300_000);
    const seen = play(
      world,
      [
        { kind: "ask", ms: 80 },
        { kind: "quote", ms: 30 },
        { kind: "pass", ms: 1_000 },
      ],
      () => undefined,
    );
    expect(seen.at(-1)?.saidMs).toBeGreaterThanOrEqual(1_030);
    expect(seen.at(-1)?.saidMs).toBeLessThan(1_030 + 80 + 5);
  });

  it("can't be told before the venue's time is known", () => {
    const world = openWorld();
    expect(play(world, [{ kind: "quote", ms: 5 }], () => undefined)).toEqual([]);
  });

  it("TM-01 is found again after our clock was set a day ahead", () => {
    const world = openWorld();
    const steps = [
      { kind: "ask", ms: 50 },
      { kind: "quote", ms: 20 },
      { kind: "pass", ms: 1_000 },
      { kind: "ask", ms: 50 },
    ] as const;
    const seen = play(world, steps, (index) => {
      if (index === 2) world.setClock(86_400_000);
    });
    expect(seen.at(-2)?.saidMs).toBeLessThan(2_000);
  });
});

describe("the skew of our clock", () => {
  it.each([-3_600_000, -500, 500, 3_600_000])("of %i ms is told, never more of it", (skewMs) => {
    const world = openWorld();
    const venue = openVenueClock();
    world.setClock(skewMs);
    const since = world.moment();
    world.pass(100);
    const time = instantFromMs(world.trueMs());
    world.pass(100);
    venue.heard(time, { since, at: world.moment() });
    const said = venue.skewMsAt(world.moment()) ?? 0;
    expect(Math.sign(said)).toBe(Math.sign(skewMs));
    expect(Math.abs(said)).toBeLessThanOrEqual(Math.abs(skewMs) + 1);
    expect(Math.abs(said)).toBeGreaterThan(Math.abs(skewMs) - 205);
  });

  it("isn't told of a clock that may be right", () => {
    const world = openWorld();
    const venue = openVenueClock();
    expect(venue.skewMsAt(world.moment())).toBeNull();
    const since = world.moment();
    world.pass(100);
    venue.heard(instantFromMs(world.trueMs()), { since, at: world.moment() });
    expect(venue.skewMsAt(world.moment())).toBe(0);
  });

  it("a venue whose clock is set back or forth is believed", () => {
    const world = openWorld();
    const venue = openVenueClock();
    for (const offsetMs of [0, -3_600_000, 7_200_000]) {
      const since = world.moment();
      world.pass(10);
      const time = instantFromMs(world.trueMs() + offsetMs);
      venue.heard(time, { since, at: world.moment() });
      const latestMs = venue.latestMsAt(world.moment()) ?? 0;
      expect(Math.abs(latestMs - world.trueMs() - offsetMs)).toBeLessThan(20);
    }
  });
});
