import { Failure } from "../core/failures.ts";
import { NO_STREAM_PLACE, type PlaceClaim, type StreamPlaces } from "../ports/stream-places.ts";
import { isLoopbackHost } from "./http-origin.ts";

export type StreamLimitOptions = Pick<PlaceClaim, "owner" | "isAlive"> & {
  readonly places: StreamPlaces;
  /** Most streams to one host at a time. */
  readonly streams: number;
};

/** Waited for before each stream to `host`; gives what frees its place. @throws Failure RATE_LIMITED. */
export type BeforeStream = (host: string) => Promise<() => Promise<void>>;

/**
 * Lets no more streams to a host be open than it allows, over all processes of the user: it would refuse them, and may
 * take offence. A process that dies leaves its places to the others. A host on this computer doesn't count them.
 */
export function streamLimit({ places, streams, owner, isAlive }: StreamLimitOptions): BeforeStream {
  return async (host) => {
    if (isLoopbackHost(host)) return async () => undefined;
    const key = await places.take(host, { owner, most: streams, isAlive });
    if (key === null) throw tooMany(host, streams);
    return () => places.leave(key);
  };
}

function tooMany(host: string, streams: number): Failure {
  return new Failure(
    "RATE_LIMITED",
    `${streams} streams to ${host} are open already, and it takes no more. Nothing was sent.`,
    {
      hint: "Close another stream or watch of yours: each account takes one, and its prices another.",
      retryable: true,
      details: { host, reason: NO_STREAM_PLACE },
    },
  );
}
