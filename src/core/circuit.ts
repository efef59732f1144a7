import { addMs, type Instant, msBetween } from "./time.ts";

/** What all processes of the user know of a connection's failures: its circuit breaker. */
export type Circuit = {
  /** Calls without an answer since the last one that had one. */
  readonly consecutiveFailures: number;
  /** Since when calls are held back; null while they are let through. */
  readonly openedAt: Instant | null;
  /** Who tries whether the broker is back; null when nobody does. */
  readonly probe: Probe | null;
};

export type Probe = {
  /** The process, as `host:pid:start`. */
  readonly owner: string;
  readonly startedAt: Instant;
};

export type CircuitState = "closed" | "open" | "half-open";

/** Whether the process that owns a probe still runs. */
export type IsAlive = (owner: string) => boolean;

export const CLOSED: Circuit = { consecutiveFailures: 0, openedAt: null, probe: null };
export const FAILURES_TO_OPEN = 5;
export const OPEN_MS = 60_000;
/** Longer than any call takes: a probe older than this will never tell how it went. */
export const PROBE_MS = 60_000;

/**
 * Open for a minute, then half-open until a probe has told. A clock that was set back says nothing about the age of
 * an opening: better one probe too soon than hours of waiting.
 */
export function circuitStateOf({ openedAt }: Circuit, now: Instant): CircuitState {
  if (openedAt === null) return "closed";
  return isWithin(openedAt, now, OPEN_MS) ? "open" : "half-open";
}

/** When the next probe is due; null while calls are let through. */
export function retryAtOf({ openedAt }: Circuit): Instant | null {
  return openedAt === null ? null : addMs(openedAt, OPEN_MS);
}

/** A half-open circuit with `probe` under way; null when there is nothing to try, or another process tries already. */
export function withProbe(circuit: Circuit, probe: Probe, isAlive: IsAlive): Circuit | null {
  if (circuitStateOf(circuit, probe.startedAt) !== "half-open") return null;
  const other = circuit.probe;
  const isBusy =
    other !== null &&
    isWithin(other.startedAt, probe.startedAt, PROBE_MS) &&
    (other.owner === probe.owner || isAlive(other.owner));
  return isBusy ? null : { ...circuit, probe };
}

/** A call without an answer at `now`. Only a probe opens again what is open: others were sent before it opened. */
export function afterFailure(circuit: Circuit, now: Instant, isProbe: boolean): Circuit {
  const consecutiveFailures = circuit.consecutiveFailures + 1;
  const isOpen = circuit.openedAt !== null;
  if (isOpen && !isProbe) return { ...circuit, consecutiveFailures };
  const opens = isOpen || consecutiveFailures >= FAILURES_TO_OPEN;
  return { consecutiveFailures, openedAt: opens ? now : null, probe: null };
}

/** A circuit that will be probed by the next read, as after its minute; null when it is closed. */
export function readyForProbe(circuit: Circuit, now: Instant): Circuit | null {
  if (circuit.openedAt === null) return null;
  return { ...circuit, openedAt: addMs(now, -OPEN_MS), probe: null };
}

function isWithin(start: Instant, now: Instant, spanMs: number): boolean {
  const ageMs = msBetween(start, now);
  return ageMs >= 0 && ageMs < spanMs;
}
