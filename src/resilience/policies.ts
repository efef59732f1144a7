import type { IsAlive } from "../core/circuit.ts";
import { limitFrom, withMargin } from "../core/rate-limit.ts";
import type { Clock } from "../ports/clock.ts";
import { circuitBreaker } from "./circuit-breaker.ts";
import type { Policy } from "./http.ts";
import type { SharedGuards } from "./own-guards.ts";
import { rateLimiter } from "./rate-limiter.ts";
import { retry } from "./retry.ts";

export type PolicyOptions = SharedGuards & {
  readonly connection: string;
  readonly requestsPerSecond: number | null;
  /** Most requests at a time. */
  readonly places: number;
  /** False while a new credential or address is tried: earlier failures say nothing about it. */
  readonly hasBreaker: boolean;
  readonly clock: Clock;
  readonly random: () => number;
  readonly owner: string;
  readonly isAlive: IsAlive;
};

/** How much later than its slot a request arrives, at most, but for the few that open a connection first. */
export const ARRIVAL_MARGIN_MS = 250;

/**
 * What stands between a call and the wire. The breaker counts calls, each of them tried up to three times where that
 * is safe, and every try takes a slot of its own.
 */
export function openPolicies(options: PolicyOptions): readonly Policy[] {
  const { connection, requestsPerSecond, rates, clock, places } = options;
  const policies: Policy[] = options.hasBreaker ? [circuitBreaker(options)] : [];
  policies.push(retry(options));
  if (requestsPerSecond !== null) {
    const limit = withMargin(limitFrom(requestsPerSecond), ARRIVAL_MARGIN_MS);
    policies.push(rateLimiter({ name: connection, limit, rates, clock, places }));
  }
  return policies;
}
