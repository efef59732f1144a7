import { Failure } from "../core/failures.ts";
import { limitKept, takeSlot } from "../core/rate-limit.ts";
import type { Clock } from "../ports/clock.ts";
import type { RateStore } from "../ports/rate-limit.ts";
import { isLoopbackHost } from "./http-origin.ts";
import type { BeforeConnect } from "./sockets.ts";

export type PaceOptions = {
  readonly connectionsPerSecond: number;
  readonly rates: RateStore;
  readonly clock: Clock;
};

/** Whoever would wait longer for a connection is told so. */
const LONGEST_WAIT_MS = 5_000;

/**
 * Lets each new connection to a host begin at a moment of its own, over all processes of the user; a host on this
 * computer doesn't count them.
 */
export function connectionPace({ connectionsPerSecond, rates, clock }: PaceOptions): BeforeConnect {
  const limit = limitKept(connectionsPerSecond);
  return async (host) => {
    if (isLoopbackHost(host)) return;
    let waitMs = 0;
    await rates.update(`connections to ${host}`, (taken) => {
      const nowMs = clock.monotonicMs();
      const answer = takeSlot(taken, { nowMs, limit, maxWaitMs: LONGEST_WAIT_MS });
      waitMs = answer.waitMs;
      return answer.slots;
    });
    if (waitMs > LONGEST_WAIT_MS) throw tooMany(host, waitMs);
    if (waitMs > 0) await clock.sleep(Math.ceil(waitMs));
  };
}

function tooMany(host: string, waitMs: number): Failure {
  const seconds = Math.ceil(waitMs / 1000);
  return new Failure(
    "RATE_LIMITED",
    `More connections to ${host} are waiting to be opened than it takes: this one would wait ${seconds} s. Nothing was sent.`,
    {
      hint: `Wait ${seconds} s, then try again; another program of yours may be connecting without a pause.`,
      retryable: true,
      details: { host, retryAfterMs: Math.ceil(waitMs) },
    },
  );
}
