import type { Failure } from "../core/failures.ts";
import { closedSince, opensAfter } from "../core/market-hours.ts";
import { type Instant, instantFromMs } from "../core/time.ts";
import type { LiveStatus } from "../ports/live.ts";
import type { StreamState } from "./connection.ts";

/** How a connection's prices stand. */
export type FeedStatus = {
  readonly status: LiveStatus;
  /** In words; null when there is nothing to add. */
  readonly detail: string | null;
  /** On our monotonic clock; null while nothing is waited for. */
  readonly retryAtMs: number | null;
  /** When a closed market opens; null where it's open, or nobody knows. */
  readonly opensAt: Instant | null;
  readonly failure: Failure | null;
};

/** What the prices that are wanted look like now. */
export type MarketSigns = {
  /** How many have a price, and how many of these can be traded. */
  readonly priced: number;
  readonly tradeable: number;
  /** Age of the newest tradeable price; null where there is none, or its age can't be told. */
  readonly newestAgeMs: number | null;
  /** Whether all of them keep the hours of the currency market. */
  readonly keepsWeek: boolean;
  /** The venue's time, as far as it's known. */
  readonly venueMs: number;
};

const QUIET: Pick<FeedStatus, "detail" | "retryAtMs" | "opensAt" | "failure"> = {
  detail: null,
  retryAtMs: null,
  opensAt: null,
  failure: null,
};

/** Whether there is nothing new to say. */
export function isSameStatus(left: FeedStatus, right: FeedStatus): boolean {
  return (
    left.status === right.status &&
    left.retryAtMs === right.retryAtMs &&
    // The seconds in its words grow.
    (left.detail === right.detail || left.status === "stale")
  );
}

/** Whether it only says that another try begins: that the one before failed was told already. */
export function isTryBeginning({ status, detail }: FeedStatus): boolean {
  return status === "reconnecting" && detail === null;
}

/** How the status is told. */
export type StatusTerms = {
  /** An older price is no price to trade on. */
  readonly maxQuoteAgeMs: number;
  /** A time as the reader's zone has it, and which zone that is. */
  readonly timeText: (instant: Instant) => string;
};

export function feedStatusOf(
  state: StreamState,
  signs: MarketSigns,
  terms: StatusTerms,
): FeedStatus {
  switch (state.kind) {
    case "connecting":
      return { ...QUIET, status: state.failures > 0 ? "reconnecting" : "connecting" };
    case "waiting":
      return waitingStatus(state, signs, terms);
    case "failed":
      return {
        ...QUIET,
        status: "failed",
        detail: state.failure.message,
        failure: state.failure,
      };
    case "open":
      return openStatus(signs, terms);
  }
}

/** How a connection stands over which no price is wanted: as an account's own stream does. */
export function statusOfAccount(stream: StreamState): FeedStatus {
  return feedStatusOf(stream, NO_SIGNS, NO_TERMS);
}

/** Without a price there is none that grows old, and no market that opens. */
const NO_TERMS: StatusTerms = { maxQuoteAgeMs: Number.POSITIVE_INFINITY, timeText: String };
const NO_SIGNS: MarketSigns = {
  priced: 0,
  tradeable: 0,
  newestAgeMs: null,
  keepsWeek: false,
  venueMs: 0,
};

function waitingStatus(
  { failure, retryAtMs }: Extract<StreamState, { kind: "waiting" }>,
  signs: MarketSigns,
  { timeText }: StatusTerms,
): FeedStatus {
  const opensAt = opensAtOf(signs);
  const closed = opensAt === null ? "" : ` ${closedUntil(timeText(opensAt))}`;
  const detail = `${failure.message}${closed}`;
  return { status: "reconnecting", detail, retryAtMs, opensAt, failure };
}

function openStatus(signs: MarketSigns, { maxQuoteAgeMs, timeText }: StatusTerms): FeedStatus {
  if (signs.priced > 0 && signs.tradeable === 0) {
    const opensAt = opensAtOf(signs);
    const detail = opensAt
      ? closedUntil(timeText(opensAt))
      : "The broker takes no orders in any of them now, and doesn't say until when.";
    return { ...QUIET, status: "market_closed", detail, opensAt };
  }
  const { newestAgeMs } = signs;
  if (newestAgeMs !== null && newestAgeMs > maxQuoteAgeMs) {
    const seconds = Math.ceil(newestAgeMs / 1000);
    const detail = `The connection lives, but the newest price is ${seconds} s old.`;
    return { ...QUIET, status: "stale", detail };
  }
  return { ...QUIET, status: "connected" };
}

/** null while it's open, or where nobody knows. */
function opensAtOf({ keepsWeek, venueMs }: MarketSigns): Instant | null {
  const closed = keepsWeek ? closedSince(venueMs) : null;
  return closed === null ? null : instantFromMs(opensAfter(closed));
}

function closedUntil(opensAt: string): string {
  return `The market is closed until ${opensAt}.`;
}
