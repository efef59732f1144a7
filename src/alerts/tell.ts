import type { Alert } from "../ports/alerts.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import { AlertClaims, type Claim } from "./alert-claims.ts";
import { type AlertMessage, type AlertTarget, alertKey } from "./message.ts";
import type { Resolved, Troubles } from "./troubles.ts";

export type AlertOptions = {
  readonly targets: readonly AlertTarget[];
  /** Where it is kept what was told; its parent is there. */
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** For all that waits, together. */
  readonly timeoutMs?: number;
};

const TIMEOUT_MS = 5_000;
/** For what was stopped to come to its end, and for the next process to hear that nobody was told. */
const GRACE_MS = 250;
const TRIES = 2;
const PAUSE_MS = 300;

/** Tells every target of `troubles` and of what is over. It takes a bounded time, and never fails. */
export async function tellAll(troubles: Troubles, options: AlertOptions): Promise<void> {
  const claims = new AlertClaims(options.folder);
  await inTime(options, (way) => [
    ...troubles.raised.map((alert) => tellOf(alert, claims, way)),
    ...troubles.resolved.map((over) => tellOver(over, claims, way)),
  ]);
}

/** Gives `work` its time, all together; what isn't through by then is stopped. */
export async function inTime(
  options: AlertOptions,
  work: (way: Way) => readonly Promise<unknown>[],
): Promise<void> {
  const { clock, timeoutMs = TIMEOUT_MS } = options;
  const stop = new AbortController();
  const told = new AbortController();
  const limit = clock.sleep(timeoutMs, told.signal).then(
    () => stop.abort(new Error(`it took more than ${timeoutMs} ms`)),
    // Everybody was told in time.
    () => undefined,
  );
  const working = work({ options, signal: stop.signal });
  await Promise.race([Promise.all(working), limit.then(() => clock.sleep(GRACE_MS))]);
  told.abort("told");
}

/** How the targets are reached, and for how long. */
export type Way = { readonly options: AlertOptions; readonly signal: AbortSignal };

async function tellOf(alert: Alert, claims: AlertClaims, way: Way): Promise<void> {
  const at = way.options.clock.now();
  const key = alertKey(alert.kind, alert.subject);
  const claim: Claim | null = claims.claim(key, at);
  if (claim === null) return;
  const message = { event: "trigger", key, at, alert, suppressed: claim.suppressed } as const;
  const isTold = await tell(message, way);
  // So that the next process tries.
  if (!isTold) claim.release();
}

async function tellOver(over: Resolved, claims: AlertClaims, way: Way): Promise<void> {
  const key = alertKey(over.kind, over.subject);
  if (!claims.isTold(key)) return;
  const at = way.options.clock.now();
  if (await tell({ event: "resolve", key, at, alert: over }, way)) claims.forget(key);
}

/** Whether somebody was told. */
export async function tell(message: AlertMessage, way: Way): Promise<boolean> {
  const told = await Promise.all(
    way.options.targets.map((target) => tellOne(target, message, way)),
  );
  return told.includes(true);
}

async function tellOne(
  target: AlertTarget,
  message: AlertMessage,
  { options, signal }: Way,
): Promise<boolean> {
  const fields = { action: `alert ${message.alert.kind}` };
  for (let attempt = 1; attempt <= TRIES && !signal.aborted; attempt += 1) {
    try {
      await target.tell(message, signal);
      options.log.write("info", `${target.name} was told: ${message.key}`, fields);
      return true;
    } catch (error) {
      options.log.write("error", `${target.name} could not be told: ${message.key}`, {
        ...fields,
        outcome: "failure",
        attempt,
        error,
      });
      if (attempt < TRIES) await pause(options.clock, signal);
    }
  }
  return false;
}

async function pause(clock: Clock, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(PAUSE_MS, signal);
  } catch {
    // The time is up: the loop ends by itself.
  }
}
