import { sumOf } from "../../core/money.ts";
import { type Instant, instantFromMs, instantToMs } from "../../core/time.ts";
import { nextRollover } from "../../core/trading-day.ts";
import { executeExit, executeMarket } from "./execute.ts";
import { cancelPending } from "./exits.ts";
import { chargeFinancing } from "./financing.ts";
import { isExit } from "./orders.ts";
import { openBatch, reachedMs, type Work } from "./step.ts";
import type { MarketOrderTerms, PendingOrder, VenueAccount } from "./types.ts";
import { followPrices, type Hit, nextHit } from "./watch.ts";

/** Something whose moment is known beforehand. */
type Due = { readonly ms: number; readonly what: PendingOrder | "financing" };

/**
 * Lets everything happen up to and including `to`, in order of time. In one moment, orders expire first, then
 * financing is charged, then prices act: older orders first, the margin close-out last.
 */
export function runTo(work: Work, to: Instant): void {
  if (to <= work.account.processedTo) return;
  const toMs = instantToMs(to);
  /** What prices cause has happened up to and including this moment. */
  let seenMs = reachedMs(work.account);
  while (work.account.trades.length > 0) {
    const due = nextDue(work.account, seenMs);
    const stretch = { fromMs: seenMs, toMs: Math.min(toMs, due.ms - 1) };
    const hit = nextHit(work.venue, work.account, stretch);
    const reached = hit?.ms ?? stretch.toMs;
    work.account = followPrices(work.venue.feed, work.account, { ...stretch, toMs: reached });
    if (hit) {
      settleHit(work, hit);
      seenMs = hit.ms - 1;
    } else if (due.ms > toMs) {
      break;
    } else {
      settleDue(work, due);
      seenMs = due.ms - 1;
    }
  }
  work.account = { ...work.account, processedTo: to };
}

/** The next expiry or rollover after `seenMs`; what is overdue comes in the next moment. */
function nextDue(account: VenueAccount, seenMs: number): Due {
  const seen = instantFromMs(seenMs);
  const rollover = nextRollover(seen > account.financedTo ? seen : account.financedTo);
  let due: Due = { ms: instantToMs(rollover), what: "financing" };
  for (const order of account.orders) {
    if (order.expiresAt) {
      const ms = Math.max(instantToMs(order.expiresAt), seenMs + 1);
      if (ms < due.ms || (ms === due.ms && due.what === "financing")) due = { ms, what: order };
    }
  }
  return due;
}

function settleDue(work: Work, { ms, what }: Due): void {
  arriveAt(work, ms);
  if (what === "financing") chargeFinancing(work, instantFromMs(ms));
  else cancelPending(work, openBatch(work), { order: what, reason: "TIME_IN_FORCE_EXPIRED" });
}

function settleHit(work: Work, { ms, order }: Hit): void {
  arriveAt(work, ms);
  if (order === "margin_closeout") closeEverything(work, ms);
  else {
    const pending = pendingNow(work, order);
    if (isExit(pending)) executeExit(work, pending);
  }
}

/** One order for each instrument that trades now, all in one batch. */
function closeEverything(work: Work, ms: number): void {
  const batch = openBatch(work);
  const names = new Set(work.account.trades.map((trade) => trade.instrument));
  for (const name of names) {
    if (work.venue.feed.quoteAt(name, ms)?.tradeable) {
      const terms = closeoutTerms(work.account, name);
      executeMarket(work, batch, { terms, reason: "MARGIN_CLOSEOUT", maximumFillUnits: null });
    }
  }
}

/** The order as it is now, its trailing stop moved along. */
function pendingNow({ account }: Work, order: PendingOrder): PendingOrder {
  return account.orders.find((pending) => pending.id === order.id) ?? order;
}

function arriveAt(work: Work, ms: number): void {
  const arrived = instantFromMs(ms);
  if (arrived > work.account.processedTo) work.account = { ...work.account, processedTo: arrived };
}

function closeoutTerms(account: VenueAccount, instrument: string): MarketOrderTerms {
  const trades = account.trades.filter((trade) => trade.instrument === instrument);
  const units = sumOf(trades.map((trade) => trade.currentUnits));
  return {
    instrument,
    units: units.negated(),
    timeInForce: "FOK",
    priceBound: null,
    positionFill: "REDUCE_ONLY",
    takeProfitOnFill: null,
    stopLossOnFill: null,
    guaranteedStopLossOnFill: null,
    trailingStopOnFill: null,
    clientExtensions: null,
    tradeClientExtensions: null,
    tradeClose: null,
    positionCloseout: null,
    delayedTradeClose: null,
  };
}
