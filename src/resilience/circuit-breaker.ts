import {
  afterFailure,
  type Circuit,
  CLOSED,
  circuitStateOf,
  type IsAlive,
  retryAtOf,
  withProbe,
} from "../core/circuit.ts";
import { Failure } from "../core/failures.ts";
import { isOutOfFiles } from "../core/open-files.ts";
import { type Instant, msBetween } from "../core/time.ts";
import type { CircuitStore } from "../ports/circuit.ts";
import type { Clock } from "../ports/clock.ts";
import type { HttpRequest, Policy } from "./http.ts";

export type BreakerOptions = {
  readonly connection: string;
  readonly circuits: CircuitStore;
  readonly clock: Clock;
  /** This process, as `host:pid:start`. */
  readonly owner: string;
  readonly isAlive: IsAlive;
  /** How people read a time; absent: in UTC. */
  readonly timeText?: (instant: Instant) => string;
};

/**
 * Holds calls back for a minute after five in a row had no answer, then lets one read try. A call is whatever `send`
 * does for it, repetitions included. A request that may change the account is never the one that tries; it waits for
 * the read of its own process that does.
 */
export function circuitBreaker(options: BreakerOptions): Policy {
  const gate = openGate(options);
  return async (request, send) => {
    const isProbe = await gate.enter(request);
    try {
      const response = await send(request);
      await gate.answered();
      return response;
    } catch (error) {
      await gate.failed(error, { request, isProbe });
      throw error;
    } finally {
      if (isProbe) gate.probeOver();
    }
  };
}

type Call = { readonly request: HttpRequest; readonly isProbe: boolean };

function openGate(options: BreakerOptions) {
  const { connection, circuits, clock, owner, isAlive, timeText = inUtc } = options;
  /** The end of this process's own probe. */
  let probing: PromiseWithResolvers<void> | null = null;
  const probeOver = () => {
    probing?.resolve();
    probing = null;
  };
  const startProbe = async (): Promise<boolean> => {
    probing = Promise.withResolvers();
    const probe = { owner, startedAt: clock.now() };
    let isTaken = false;
    try {
      await circuits.update(connection, (circuit) => {
        const probed = withProbe(circuit, probe, isAlive);
        isTaken = probed !== null;
        return probed;
      });
      return isTaken;
    } finally {
      if (!isTaken) probeOver();
    }
  };
  /** Whether the request is the probe. @throws Failure CIRCUIT_OPEN, sent: false. */
  const enter = async (request: HttpRequest): Promise<boolean> => {
    const circuit = await circuits.read(connection);
    const now = clock.now();
    const state = circuitStateOf(circuit, now);
    if (state === "closed") return false;
    if (state === "half-open" && probing) {
      await probing.promise;
      return enter(request);
    }
    if (state === "half-open" && request.method === "GET" && (await startProbe())) return true;
    throw heldBack(circuit, { connection, now, timeText });
  };
  return {
    enter,
    async answered(): Promise<void> {
      const { consecutiveFailures } = await circuits.read(connection);
      if (consecutiveFailures > 0) await circuits.update(connection, () => CLOSED);
    },
    async failed(error: unknown, { request, isProbe }: Call): Promise<void> {
      if (isOutage(error, request)) {
        const now = clock.now();
        await circuits.update(connection, (circuit) => afterFailure(circuit, now, isProbe));
      } else if (isProbe) {
        await circuits.update(connection, (circuit) => ({ ...circuit, probe: null }));
      }
    },
    probeOver,
  };
}

/** Whether the broker, or the way to it, failed; not the caller, who gave up, and not a limit, of ours or of this computer. */
function isOutage(error: unknown, { signal }: HttpRequest): boolean {
  if (!(error instanceof Failure) || signal?.aborted) return false;
  if (isOutOfFiles(error.details.reason)) return false;
  return error.code === "BROKER_UNAVAILABLE" || error.code === "TIMEOUT";
}

function inUtc(instant: Instant): string {
  return `${instant.slice(11, 19)}Z`;
}

type Moment = Required<Pick<BreakerOptions, "connection" | "timeText">> & {
  readonly now: Instant;
};

function heldBack(circuit: Circuit, { connection, now, timeText }: Moment): Failure {
  const { consecutiveFailures } = circuit;
  const retryAt = retryAtOf(circuit);
  const state = circuitStateOf(circuit, now);
  const seconds = retryAt === null ? 0 : Math.ceil(msBetween(now, retryAt) / 1000);
  const next =
    state === "open" && retryAt !== null
      ? `The broker is tried again in ${seconds} s, at ${timeText(retryAt)}.`
      : "A read has to show first that the broker is back.";
  return new Failure(
    "CIRCUIT_OPEN",
    `The connection ${connection} failed ${consecutiveFailures} times in a row and is paused. Nothing was sent. ${next}`,
    {
      hint: `To try at once: tmt-broker connect reset ${connection}`,
      retryable: true,
      details: { connection, state, consecutiveFailures, retryAt },
    },
  );
}
