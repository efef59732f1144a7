import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Failure, type FailureCode } from "../../src/core/failures.ts";
import { keepOpen, type StreamState } from "../../src/streaming/connection.ts";
import { openLadder } from "../../src/streaming/ladder.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** What one opening of a stream does: it tells so many events, lives so long, and ends as it does. */
type Turn = {
  readonly events: number;
  readonly livesMs?: number;
  readonly failure: Failure | null;
};

const outage = (details = {}) =>
  new Failure("BROKER_UNAVAILABLE", "The line is down.", { details, retryable: true });

/** Keeps a stream open whose openings are the `turns`; after them it is stopped. */
async function play(turns: readonly Turn[], random = () => 1) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const states: StreamState[] = [];
  const events: number[] = [];
  let turn = -1;
  const failure = await keepOpen<number>({
    clock,
    random,
    signal: stop.signal,
    async *open() {
      turn += 1;
      const { events: count, livesMs = 0, failure: end } = turns[turn] ?? stopped();
      for (let event = 0; event < count; event += 1) yield event;
      clock.advance(livesMs);
      if (end) throw end;
    },
    onEvent: (event) => events.push(event),
    onState: (state) => states.push(state),
  });
  function stopped(): Turn {
    stop.abort();
    return { events: 0, failure: null };
  }
  return { failure, events, sleeps: clock.sleeps, kinds: states.map(({ kind }) => kind), states };
}

const down: Turn = { events: 0, failure: outage() };

describe("a stream that is kept open", () => {
  it("ST-05 is opened again after pauses that double, up to four seconds", async () => {
    const { sleeps } = await play(Array.from({ length: 6 }, () => down));
    expect(sleeps).toEqual([500, 1000, 2000, 4000, 4000, 4000]);
  });

  it("ST-05 that is accepted and closed at once is no healthier for it", async () => {
    const { sleeps, kinds } = await play(
      Array.from({ length: 4 }, () => ({ events: 1, failure: outage() })),
    );
    expect(sleeps).toEqual([500, 1000, 2000, 4000]);
    expect(kinds.slice(0, 4)).toEqual(["connecting", "open", "waiting", "connecting"]);
  });

  it.each([
    [59_999, 4000],
    [60_000, 500],
  ])("ST-05 that has lived for %i ms is opened again after %i ms", async (livesMs, pauseMs) => {
    const long: Turn = { events: 1, livesMs, failure: outage() };
    const { sleeps } = await play([down, down, down, down, long]);
    expect(sleeps.at(-1)).toBe(pauseMs);
  });

  it("is opened again when its broker ends it without a word", async () => {
    const { kinds, events } = await play([
      { events: 2, failure: null },
      { events: 1, failure: null },
    ]);
    expect(kinds.filter((kind) => kind === "open")).toHaveLength(2);
    expect(events).toEqual([0, 1, 0]);
  });

  it.each<[number | string | undefined, number]>([
    [3_000, 3_000],
    [600_000, 60_000],
    ["soon", 500],
    [undefined, 500],
  ])("waits as it is told to: %s ms are %i ms", async (retryAfterMs, waitedMs) => {
    const { sleeps } = await play([{ events: 0, failure: outage({ retryAfterMs }) }]);
    expect(sleeps).toEqual([waitedMs]);
  });

  it.each<FailureCode>([
    "CREDENTIALS_INVALID",
    "PERMISSION_DENIED",
    "ACCOUNT_NOT_FOUND",
    "INSTRUMENT_NOT_FOUND",
    "UNSUPPORTED",
  ])("isn't tried again after %s", async (code) => {
    const refusal = new Failure(code, "No.");
    const { failure, sleeps, kinds } = await play([{ events: 0, failure: refusal }]);
    expect(failure).toBe(refusal);
    expect(sleeps).toEqual([]);
    expect(kinds).toEqual(["connecting", "failed"]);
  });

  it("HT-04 that has worked before believes a refusal the third time in a row", async () => {
    const worked: Turn = { events: 1, failure: outage() };
    const refused: Turn = { events: 0, failure: new Failure("CREDENTIALS_INVALID", "No.") };
    const twice = await play([worked, refused, refused, worked]);
    expect(twice.failure).toBeNull();
    const thrice = await play([worked, refused, refused, refused]);
    expect(thrice.failure).toMatchObject({ code: "CREDENTIALS_INVALID" });
  });

  it("ends quietly when it is told to, also while it waits", async () => {
    const clock = new FakeClock(undefined, "manual");
    const stop = new AbortController();
    const ended = keepOpen<number>({
      clock,
      random: () => 1,
      signal: stop.signal,
      // biome-ignore lint/correctness/useYield: it fails before there is anything to tell.
      async *open() {
        throw outage();
      },
      onEvent: () => undefined,
      onState: (state) => {
        if (state.kind === "waiting") queueMicrotask(() => stop.abort());
      },
    });
    expect(await ended).toBeNull();
  });

  it("for all jitters a try begins within four seconds, and no two pauses are made the same", () => {
    fc.assert(
      fc.property(fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 1 }), (dice) => {
        let at = 0;
        const ladder = openLadder(() => dice[at++ % dice.length] ?? 0);
        for (let step = 1; step < 20; step += 1) {
          const full = Math.min(4_000, 500 * 2 ** (step - 1));
          const pauseMs = ladder.pauseAfter(0);
          expect(pauseMs).toBeGreaterThanOrEqual(full / 2);
          expect(pauseMs).toBeLessThanOrEqual(full);
        }
      }),
    );
  });
});
