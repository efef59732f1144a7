import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  afterFailure,
  type Circuit,
  CLOSED,
  circuitStateOf,
  OPEN_MS,
  PROBE_MS,
  readyForProbe,
  retryAtOf,
  withProbe,
} from "../../src/core/circuit.ts";
import { addMs, type Instant } from "../../src/core/time.ts";
import { NOON } from "../support/market.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const everybodyLives = () => true;
const at = (ms: number) => addMs(NOON, ms);
const failing = (times: number, now: Instant = NOON) =>
  Array.from({ length: times }).reduce<Circuit>(
    (circuit) => afterFailure(circuit, now, false),
    CLOSED,
  );
const OPEN = failing(5);

describe("a circuit", () => {
  it.each([
    [4, "closed"],
    [5, "open"],
    [6, "open"],
  ] as const)("after %i failures in a row is %s", (times, state) => {
    const circuit = failing(times);
    expect(circuitStateOf(circuit, NOON)).toBe(state);
    expect(circuit.consecutiveFailures).toBe(times);
  });

  it.each([
    [0, "open"],
    [OPEN_MS - 1, "open"],
    [OPEN_MS, "half-open"],
    [DAY, "half-open"],
    [-1, "half-open"],
    [-HOUR, "half-open"],
  ] as const)("%i ms after it opened, on whatever clock, is %s", (ms, state) => {
    expect(circuitStateOf(OPEN, at(ms))).toBe(state);
  });

  it("tells when it will be tried", () => {
    expect(retryAtOf(CLOSED)).toBeNull();
    expect(retryAtOf(OPEN)).toBe(at(OPEN_MS));
  });

  it("isn't kept open by calls that were sent before it opened", () => {
    const late = afterFailure(OPEN, at(30_000), false);
    expect(late.openedAt).toBe(NOON);
  });

  it("opens for another minute when its probe fails", () => {
    const now = at(OPEN_MS);
    const probed = withProbe(OPEN, { owner: "a", startedAt: now }, everybodyLives);
    expect(probed && afterFailure(probed, now, true)).toEqual({
      consecutiveFailures: 6,
      openedAt: now,
      probe: null,
    });
  });

  it("counts from the beginning when it was reset while its probe was under way", () => {
    expect(afterFailure(CLOSED, NOON, true)).toMatchObject({
      consecutiveFailures: 1,
      openedAt: null,
    });
  });

  it("can be made ready for a probe at once, unless it is closed", () => {
    expect(readyForProbe(CLOSED, NOON)).toBeNull();
    const ready = readyForProbe(OPEN, at(1000));
    expect(ready && circuitStateOf(ready, at(1000))).toBe("half-open");
  });
});

describe("a probe", () => {
  const now = at(OPEN_MS);
  const mine = { owner: "mine", startedAt: now };
  const during = (startedAt: Instant, owner = "other"): Circuit => ({
    ...OPEN,
    probe: { owner, startedAt },
  });

  it("is taken by one process at a time", () => {
    expect(withProbe(OPEN, mine, everybodyLives)?.probe).toEqual(mine);
    expect(withProbe(during(now), mine, everybodyLives)).toBeNull();
    expect(withProbe(during(now, "mine"), mine, () => false)).toBeNull();
  });

  it("isn't taken before its time, nor of what is closed", () => {
    expect(withProbe(OPEN, { owner: "mine", startedAt: NOON }, everybodyLives)).toBeNull();
    expect(withProbe(CLOSED, mine, everybodyLives)).toBeNull();
  });

  it.each([
    ["its process died", during(now), () => false],
    ["it takes too long", during(addMs(now, -PROBE_MS)), everybodyLives],
    ["its clock was ahead", during(addMs(now, HOUR)), everybodyLives],
  ])("is taken over when %s", (_why, circuit, isAlive) => {
    expect(withProbe(circuit, mine, isAlive)?.probe).toEqual(mine);
  });
});

/** The breaker told once more, as simply as it can be: without processes, and on a clock that never jumps. */
class Model {
  failures = 0;
  openedMs: number | null = null;

  isLetThrough(nowMs: number): boolean {
    return this.openedMs === null || nowMs - this.openedMs >= OPEN_MS;
  }

  told(isAnswered: boolean, nowMs: number): void {
    this.failures = isAnswered ? 0 : this.failures + 1;
    if (isAnswered) this.openedMs = null;
    else if (this.failures >= 5) this.openedMs = nowMs;
  }
}

/** The circuit after one call at `now`; null when the call is held back. */
function afterCall(circuit: Circuit, now: Instant, isAnswered: boolean): Circuit | null {
  const probed = withProbe(circuit, { owner: "me", startedAt: now }, everybodyLives);
  if (circuit.openedAt !== null && !probed) return null;
  return isAnswered ? CLOSED : afterFailure(probed ?? circuit, now, probed !== null);
}

describe("for all sequences of calls", () => {
  const steps = fc.array(
    fc.record({
      pauseMs: fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.constant(OPEN_MS)),
      isAnswered: fc.boolean(),
    }),
    { maxLength: 80, size: "max" },
  );

  it("a circuit does what the model does", () => {
    fc.assert(
      fc.property(steps, (calls) => {
        const model = new Model();
        let circuit = CLOSED;
        let nowMs = 0;
        for (const { pauseMs, isAnswered } of calls) {
          nowMs += pauseMs;
          const next = afterCall(circuit, at(nowMs), isAnswered);
          expect(next !== null).toBe(model.isLetThrough(nowMs));
          if (next) model.told(isAnswered, nowMs);
          circuit = next ?? circuit;
          expect(circuit.consecutiveFailures).toBe(model.failures);
        }
      }),
    );
  });

  it("for all jumps of the clock: calls are held back only while it reads less than a minute later", () => {
    fc.assert(
      fc.property(fc.integer({ min: -DAY, max: DAY }), (ms) => {
        const isHeldBack = circuitStateOf(OPEN, at(ms)) === "open";
        expect(isHeldBack).toBe(ms >= 0 && ms < OPEN_MS);
      }),
    );
  });
});
