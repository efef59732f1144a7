import type { Desk } from "./desk.ts";
import { isInFlight, settleIntents } from "./settle.ts";

/** What a batch waits for in place of having its orders refused. All that wait, wait together. */
export interface BatchWaits {
  /**
   * A place among the orders of a minute (`risk.maxOrdersPerMinute`). To be given back once the order is over: the
   * journal counts it then. @throws the signal's reason when the batch is stopped.
   */
  turn(): Promise<() => void>;
  /**
   * Until no order of an earlier moment has an unknown fate, which holds back others in its instrument; whether there
   * is none.
   */
  settled(): Promise<boolean>;
}

export type WaitOptions = {
  readonly signal: AbortSignal;
  /** Told once for each reason. */
  readonly onWaiting: (reason: "pace" | "unknown") => void;
};

const MINUTE_MS = 60_000;
const PACE_PAUSE_MS = 500;
const SETTLE_PAUSE_MS = 2_000;
/** After that long nothing of an order can arrive any more: what is open then stays so. */
const LONGEST_SETTLING_MS = 45_000;

export function openBatchWaits(desk: Desk, options: WaitOptions): BatchWaits {
  const told = new Set<string>();
  const tell = (reason: "pace" | "unknown") => {
    if (!told.has(reason)) options.onWaiting(reason);
    told.add(reason);
  };
  const pacer = openPacer(desk, options.signal, () => tell("pace"));
  let settling: Promise<boolean> | null = null;
  return {
    turn: pacer,
    settled() {
      tell("unknown");
      settling ??= settle(desk, options.signal).finally(() => {
        settling = null;
      });
      return settling;
    },
  };
}

/** One after the other; what has a place and isn't in the journal yet counts as if it were. */
function openPacer(desk: Desk, signal: AbortSignal, onWaiting: () => void) {
  const { journal, profile, policy, clock } = desk;
  let taken = 0;
  let last: Promise<unknown> = Promise.resolve();
  const take = async () => {
    for (;;) {
      signal.throwIfAborted();
      const span = { nowMs: clock.monotonicMs(), withinMs: MINUTE_MS };
      const opened = await journal.countIn(profile.name, span);
      if (opened + taken < policy.limits.maxOrdersPerMinute) break;
      onWaiting();
      await clock.sleep(PACE_PAUSE_MS, signal);
    }
    taken += 1;
    return () => {
      taken -= 1;
    };
  };
  return () => {
    const place = last.then(take, take);
    last = place;
    return place;
  };
}

async function settle(desk: Desk, signal: AbortSignal): Promise<boolean> {
  const startedMs = desk.clock.monotonicMs();
  while (desk.clock.monotonicMs() - startedMs < LONGEST_SETTLING_MS) {
    const { open } = await settleIntents(desk);
    if (open.every((intent) => isInFlight(desk, intent))) return true;
    await desk.clock.sleep(SETTLE_PAUSE_MS, signal).catch(() => undefined);
    if (signal.aborted) return false;
  }
  return false;
}
