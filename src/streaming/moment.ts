import type { Moment } from "../core/age.ts";
import type { Clock } from "../ports/clock.ts";

/** Now, by both clocks. */
export function momentOf(clock: Clock): Moment {
  return { wall: clock.now(), monotonicMs: clock.monotonicMs() };
}
