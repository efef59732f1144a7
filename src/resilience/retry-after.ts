import { type Instant, instantToMs } from "../core/time.ts";

/** Longest wait that is believed; a longer one is cut to it. */
const LONGEST_WAIT_MS = 3_600_000;
const SECONDS = /^\d{1,9}$/;
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** How long a Retry-After header asks to wait, in ms, at most an hour; null when it says nothing usable. */
export function parseRetryAfter(value: string | undefined, now: Instant): number | null {
  const text = value?.trim() ?? "";
  if (SECONDS.test(text)) return bounded(Number(text) * 1000);
  const until = HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(until) ? null : bounded(until - instantToMs(now));
}

function bounded(ms: number): number {
  return Math.min(Math.max(0, ms), LONGEST_WAIT_MS);
}
