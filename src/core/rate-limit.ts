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
 * The limit to keep to here, so that the broker never sees more than `limit`: a request arrives later than its
 * slot, by `marginMs` and now and then by more.
 */
export function withMargin({ requests, windowMs }: RateLimit, marginMs: number): RateLimit {
  const spare = requests >= SPARED_FROM ? Math.ceil(requests / SPARED_SHARE) : 0;
  return { requests: requests - spare, windowMs: windowMs + marginMs };
}

/** Below so many requests one more or less would cost too much of them. */
const SPARED_FROM = 10;
const SPARED_SHARE = 20;

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
  const slots = believable(taken, nowMs, limit.windowMs + maxWaitMs);
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

/** The clock begins anew when the computer does: moments that nobody can have taken are from before that. */
function believable(slots: Slots, nowMs: number, furthestMs: number): Slots {
  const last = slots.at(-1) ?? 0;
  return last > nowMs + furthestMs ? [] : slots;
}
