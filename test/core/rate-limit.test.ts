import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  limitFrom,
  limitKept,
  type RateLimit,
  remainingOf,
  type Slots,
  takeSlot,
} from "../../src/core/rate-limit.ts";

const TEN: RateLimit = { requests: 10, windowMs: 1000 };
const PATIENT = 60_000;

/** Takes a slot at each of `moments`; the slots given, in order. */
function takeAll(moments: readonly number[], limit: RateLimit, maxWaitMs = PATIENT) {
  let slots: Slots = [];
  const given: number[] = [];
  for (const nowMs of moments) {
    const answer = takeSlot(slots, { nowMs, limit, maxWaitMs });
    slots = answer.slots ?? slots;
    if (answer.slots) given.push(nowMs + answer.waitMs);
  }
  return { given, slots };
}

describe("what a broker allows", () => {
  it.each([
    ["OANDA's hundred a second", 100, { requests: 100, windowMs: 1000 }],
    ["IBKR's ten a second", 10, { requests: 10, windowMs: 1000 }],
    ["Alpaca's two hundred a minute", 200 / 60, { requests: 200, windowMs: 60_000 }],
  ])("%s", (_whose, perSecond, expected) => {
    expect(limitFrom(perSecond)).toEqual(expected);
  });

  it.each([
    [100, { requests: 76, windowMs: 1050 }],
    [10, { requests: 8, windowMs: 1050 }],
    [1, { requests: 1, windowMs: 1050 }],
    [200 / 60, { requests: 176, windowMs: 60_050 }],
  ])("of %d a second leaves room for requests under way", (perSecond, expected) => {
    expect(limitKept(perSecond)).toEqual(expected);
  });
});

describe("taking slots", () => {
  it("lets as many go at once as are allowed, and the next when the first is a window old", () => {
    const { given } = takeAll(Array(25).fill(5000), TEN);
    expect(given).toEqual([
      ...Array(10).fill(5000),
      ...Array(10).fill(6000),
      ...Array(5).fill(7000),
    ]);
  });

  it("takes none that is too far away, and says how far: below, at and above the longest wait", () => {
    const { slots } = takeAll(Array(10).fill(0), TEN);
    const ask = (maxWaitMs: number) => takeSlot(slots, { nowMs: 400, limit: TEN, maxWaitMs });
    expect(ask(599)).toEqual({ waitMs: 600, slots: null });
    expect(ask(600)).toMatchObject({ waitMs: 600, slots: expect.any(Array) });
    expect(ask(601).slots).not.toBeNull();
  });

  it("forgets moments from before the computer was started anew", () => {
    const { slots } = takeAll(Array(10).fill(9_000_000), TEN);
    expect(takeSlot(slots, { nowMs: 30_000, limit: TEN, maxWaitMs: 10_000 })).toEqual({
      waitMs: 0,
      slots: [30_000],
    });
  });

  it("keeps to a limit that was lowered since", () => {
    const { slots } = takeAll(Array(10).fill(0), TEN);
    const limit = { requests: 2, windowMs: 1000 };
    expect(takeSlot(slots, { nowMs: 0, limit, maxWaitMs: PATIENT }).waitMs).toBe(1000);
  });

  it("says how many are left", () => {
    const { slots } = takeAll([0, 0, 0, 500], TEN);
    expect(remainingOf([], TEN, 0)).toBe(10);
    expect(remainingOf(slots, TEN, 600)).toBe(6);
    expect(remainingOf(slots, TEN, 1000)).toBe(9);
    expect(remainingOf(slots, TEN, 1500)).toBe(10);
  });

  const schedules = fc.record({
    limit: fc.record({
      requests: fc.integer({ min: 1, max: 12 }),
      windowMs: fc.integer({ min: 1, max: 2000 }),
    }),
    maxWaitMs: fc.integer({ min: 0, max: 5000 }),
    pauses: fc.array(fc.double({ min: 0, max: 700, noNaN: true }), { maxLength: 120, size: "max" }),
  });
  const momentsOf = (pauses: readonly number[]) => {
    let nowMs = 1_000_000;
    return pauses.map((pause) => {
      nowMs += pause;
      return nowMs;
    });
  };

  it("for all schedules: never more than the limit in any window", () => {
    fc.assert(
      fc.property(schedules, ({ limit, maxWaitMs, pauses }) => {
        const { given } = takeAll(momentsOf(pauses), limit, maxWaitMs);
        for (const [index, slot] of given.entries()) {
          const first = given[index - limit.requests];
          if (first !== undefined)
            expect(slot - first).toBeGreaterThanOrEqual(limit.windowMs - 1e-6);
        }
      }),
    );
  });

  it("for all schedules: first come, first served, never early, and no later than it must be", () => {
    fc.assert(
      fc.property(schedules, ({ limit, pauses }) => {
        const moments = momentsOf(pauses);
        const { given } = takeAll(moments, limit, Number.MAX_SAFE_INTEGER);
        for (const [index, slot] of given.entries()) {
          const asked = moments[index] ?? 0;
          const before = given[index - 1] ?? 0;
          const full = (given[index - limit.requests] ?? -limit.windowMs) + limit.windowMs;
          expect(slot).toBeGreaterThanOrEqual(Math.max(asked, before));
          expect(slot).toBeLessThanOrEqual(Math.max(asked, before, full) + 1);
        }
      }),
    );
  });

  it("for all schedules: what is remembered is bounded by the limit", () => {
    fc.assert(
      fc.property(schedules, ({ limit, maxWaitMs, pauses }) => {
        const { slots } = takeAll(momentsOf(pauses), limit, maxWaitMs);
        expect(slots.length).toBeLessThanOrEqual(limit.requests);
      }),
    );
  });
});
