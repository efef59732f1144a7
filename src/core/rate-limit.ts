/** At most `requests` in any span of `windowMs` milliseconds. */
export type RateLimit = { readonly requests: number; readonly windowMs: number };

/**
 * Moments taken, oldest first, in milliseconds of the computer's monotonic clock. The last `requests` of them decide
 * when the next one may be.
 */
export type Slots = readonly number[];

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

/** What a broker allows: whole numbers are counted by the second, others by the minute (200 a minute is 200 / 60). */
export function limitFrom(requestsPerSecond: number): RateLimit {
  if (Number.isInteger(requestsPerSecond)) {
    return { requests: requestsPerSecond, windowMs: SECOND_MS };
  }
  return { requests: Math.round(requestsPerSecond * 60), windowMs: MINUTE_MS };
}

/**
 * Kept back for requests that were sent and not yet answered: whatever holds those up, a busy computer or a slow
 * line, they may arrive together with the ones of a whole window after them. There are no more of them than
 * connections, and there are seldom so many: but never more than a quarter of the limit.
 */
const UNDER_WAY = 24;
/** A timer goes off a little early now and then. */
const TIMER_MARGIN_MS = 50;

/** The limit that is kept to here, so that the broker never sees more than it allows. */
export function limitKept(requestsPerSecond: number): RateLimit {
  const { requests, windowMs } = limitFrom(requestsPerSecond);
  const spare = Math.min(UNDER_WAY, Math.floor(requests / 4));
  return { requests: requests - spare, windowMs: windowMs + TIMER_MARGIN_MS };
}

/** The longest that any request of the program waits for its moment. */
export const LONGEST_WAIT_MS = 10_000;

export type SlotRequest = {
  readonly nowMs: number;
  readonly limit: RateLimit;
  /** A slot later than this isn't taken. */
  readonly maxWaitMs: number;
};

export type SlotAnswer = {
  /** How long until its moment; more than `maxWaitMs` when none was taken. */
  readonly waitMs: number;
  /** What is taken now; null when nothing was. */
  readonly slots: Slots | null;
};

/** Takes the next free moment, after all that were taken before: first come, first served. */
export function takeSlot(taken: Slots, { nowMs, limit, maxWaitMs }: SlotRequest): SlotAnswer {
  const furthestMs = nowMs + limit.windowMs + Math.max(LONGEST_WAIT_MS, maxWaitMs);
  const slots = believable(taken, furthestMs);
  const first = slots.at(-limit.requests);
  const free = first === undefined ? 0 : first + limit.windowMs;
  const atMs = Math.max(Math.ceil(nowMs), slots.at(-1) ?? 0, free);
  const waitMs = Math.max(0, atMs - nowMs);
  if (waitMs > maxWaitMs) return { waitMs, slots: null };
  const recent = slots.filter((slot) => slot + limit.windowMs > nowMs);
  return { waitMs, slots: [...recent, atMs].slice(-limit.requests) };
}

/** How many could be sent at this moment. */
export function remainingOf(taken: Slots, limit: RateLimit, nowMs: number): number {
  const recent = taken.slice(-limit.requests).filter((slot) => slot + limit.windowMs > nowMs);
  return limit.requests - recent.length;
}

/**
 * The clock begins anew when the computer does: moments that nobody can have taken are from before that. What others may
 * have taken counts, however short this request's own patience is.
 */
function believable(slots: Slots, furthestMs: number): Slots {
  const last = slots.at(-1) ?? 0;
  return last > furthestMs ? [] : slots;
}
