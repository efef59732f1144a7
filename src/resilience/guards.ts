import type { IsAlive } from "../core/circuit.ts";
import { limitKept } from "../core/rate-limit.ts";
import type { Secret } from "../core/secret.ts";
import type { Instant } from "../core/time.ts";
import type { Capabilities } from "../ports/broker.ts";
import type { Clock } from "../ports/clock.ts";
import { circuitBreaker } from "./circuit-breaker.ts";
import { connectionPace } from "./connection-pace.ts";
import { freshCredential } from "./fresh-credential.ts";
import type { HttpOptions, Policy } from "./http.ts";
import type { SharedGuards } from "./own-guards.ts";
import { rateLimiter } from "./rate-limiter.ts";
import { retry } from "./retry.ts";
import { streamLimit } from "./stream-limit.ts";

/** What a broker allows, of all the user's processes together; null where nobody counts. */
export type BrokerLimits = Pick<
  Capabilities,
  "requestsPerSecond" | "connectionsPerSecond" | "streams"
>;

export type GuardOptions = SharedGuards &
  BrokerLimits & {
    readonly connection: string;
    /** Most requests at a time. */
    readonly places: number;
    /** False while a new credential or address is tried: earlier failures say nothing about it. */
    readonly hasBreaker: boolean;
    /** The stored credential and how to read it anew; null while a new one is tried. */
    readonly credential?: {
      readonly token: Secret;
      readonly readAnew: () => Promise<Secret>;
    } | null;
    /** What is closest to the wire. */
    readonly innermost?: readonly Policy[];
    readonly clock: Clock;
    readonly random: () => number;
    readonly owner: string;
    readonly isAlive: IsAlive;
    /** How people read a time; absent: in UTC. */
    readonly timeText?: (instant: Instant) => string;
  };

export type Guards = Pick<HttpOptions, "policies" | "beforeConnect" | "beforeStream">;

/**
 * What stands between a call and the wire. The breaker counts calls, each of them tried up to three times where that
 * is safe, and every try takes a slot of its own.
 */
export function openGuards(options: GuardOptions): Guards {
  const { connection, requestsPerSecond, connectionsPerSecond, rates, clock, places } = options;
  const policies: Policy[] = options.hasBreaker ? [circuitBreaker(options)] : [];
  policies.push(retry(options));
  if (requestsPerSecond !== null) {
    const limit = limitKept(requestsPerSecond);
    policies.push(rateLimiter({ name: connection, limit, rates, clock, places }));
  }
  const { credential, innermost = [] } = options;
  if (credential) policies.push(freshCredential(credential.token, credential.readAnew));
  policies.push(...innermost);
  const { streams, owner, isAlive } = options;
  return {
    policies,
    ...(connectionsPerSecond === null
      ? {}
      : { beforeConnect: connectionPace({ connectionsPerSecond, rates, clock }) }),
    ...(streams === null
      ? {}
      : { beforeStream: streamLimit({ places: options.streamPlaces, streams, owner, isAlive }) }),
  };
}
