import { expect, it } from "vitest";
import { msBetween, parseInstant } from "../../src/core/time.ts";
import { systemClock } from "../../src/resilience/system-clock.ts";

it("tells the time as an instant with nine fraction digits", () => {
  const now = systemClock.now();
  expect(parseInstant(now)).toBe(now);
  expect(msBetween(now, systemClock.now())).toBeGreaterThanOrEqual(0);
});

it("sleeps at least as long as asked, measured by the clock that never goes back", async () => {
  const before = systemClock.monotonicMs();
  await systemClock.sleep(20, new AbortController().signal);
  // A timer may fire up to a millisecond early.
  expect(systemClock.monotonicMs() - before).toBeGreaterThanOrEqual(19);
});

it("wakes with the signal's reason when it is aborted", async () => {
  const stop = new AbortController();
  const slept = systemClock.sleep(60_000, stop.signal);
  stop.abort(new Error("enough"));
  await expect(slept).rejects.toThrow("enough");
  await expect(systemClock.sleep(60_000, stop.signal)).rejects.toThrow("enough");
});
