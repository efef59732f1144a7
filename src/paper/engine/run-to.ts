import { sumOf } from "../../core/money.ts";
import { type Instant, instantFromMs, instantToMs } from "../../core/time.ts";
import { nextRollover } from "../../core/trading-day.ts";
import { closingTerms } from "./closing.ts";
import { executeMarket } from "./execute.ts";
import { executeEntry } from "./execute-entry.ts";
import { executeExit } from "./execute-exit.ts";
import { chargeFinancing } from "./financing.ts";
import { findById, isExit } from "./orders.ts";
import { cancelPending } from "./pending.ts";
import { openBatch, reachedMs, stamp, type Work, write } from "./step.ts";
import type { PendingOrder, VenueAccount, VenueTrade } from "./types.ts";
import { followPrices, type Hit, nextHit } from "./watch.ts";

/** Something whose moment is known beforehand. */
type Due = { readonly ms: number; readonly what: PendingOrder | "financing" | "nothing" };

/**
 * Lets everything happen up to and including `to`, in order of time. In one moment, orders expire first, then
 * financing is charged, then prices act: condemned trades are closed, older orders are filled first, and the margin
 * close-out comes last.
 */
export function runTo(work: Work, to: Instant): void {
  if (to <= work.account.processedTo) return;
  const toMs = instantToMs(to);
  /** What prices cause has happened up to and including this moment. */
  let seenMs = reachedMs(work.account);
  while (work.account.trades.length > 0 || work.account.orders.length > 0) {
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
  let due = nextFinancing(account, seenMs);
  for (const order of account.orders) {
    if (order.expiresAt) {
      const ms = Math.max(instantToMs(order.expiresAt), seenMs + 1);
      const isFirst = typeof due.what === "string" ? ms <= due.ms : ms < due.ms;
      if (isFirst) due = { ms, what: order };
    }
  }
  return due;
}

/** Only open trades are charged: an account that merely waits isn't looked at day by day. */
function nextFinancing({ trades, financedTo }: VenueAccount, seenMs: number): Due {
  if (trades.length === 0) return { ms: Number.POSITIVE_INFINITY, what: "nothing" };
  const seen = instantFromMs(seenMs);
  const rollover = nextRollover(seen > financedTo ? seen : financedTo);
  return { ms: instantToMs(rollover), what: "financing" };
}

function settleDue(work: Work, { ms, what }: Due): void {
  arriveAt(work, ms);
  if (what === "financing") chargeFinancing(work, instantFromMs(ms));
  else if (what !== "nothing") {
    cancelPending(work, openBatch(work), { order: what, reason: "TIME_IN_FORCE_EXPIRED" });
  }
}

function settleHit(work: Work, { ms, what }: Hit): void {
  arriveAt(work, ms);
  if (work.account.trades.length === 0) passRollover(work, ms);
  if (what === "margin_closeout") closeEverything(work, ms);
  else if ("condemned" in what) closeCondemned(work, what.condemned);
  else executePending(work, what.id);
}

/** A trade that is opened at a rollover comes after its financing, which nobody charged as there was no trade. */
function passRollover(work: Work, ms: number): void {
  const rollover = nextRollover(instantFromMs(ms - 1));
  if (instantToMs(rollover) === ms) work.account = { ...work.account, financedTo: rollover };
}

function executePending(work: Work, id: number): void {
  const order = findById(work.account.orders, id);
  if (!order) throw new RangeError(`the order ${id} isn't pending any more`);
  const batch = openBatch(work);
  if (isExit(order)) executeExit(work, order, batch);
  else executeEntry(work, order, { batch, isNew: false });
}

/** One order for each instrument that trades now, all in one batch; the trades of the others are condemned. */
function closeEverything(work: Work, ms: number): void {
  const batch = openBatch(work);
  const names = new Set(work.account.trades.map((trade) => trade.instrument));
  const isOpen = (name: string) => work.venue.feed.quoteAt(name, ms)?.tradeable === true;
  for (const instrument of names) {
    if (!isOpen(instrument)) continue;
    const trades = work.account.trades.filter((trade) => trade.instrument === instrument);
    const units = sumOf(trades.map((trade) => trade.currentUnits)).negated();
    const terms = { ...closingTerms(null), instrument, units };
    executeMarket(work, batch, { terms, reason: "MARGIN_CLOSEOUT", maximumFillUnits: null });
  }
  const left = work.account.trades.filter((trade) => trade.delayedClosureId === null);
  if (left.length === 0) return;
  const { id } = write(work, {
    ...stamp(work, batch),
    type: "DELAYED_TRADE_CLOSURE",
    reason: "MARGIN_CLOSEOUT",
    tradeIds: left.map((trade) => trade.id),
  });
  const trades = work.account.trades.map((trade) =>
    trade.delayedClosureId === null ? { ...trade, delayedClosureId: id } : trade,
  );
  work.account = { ...work.account, trades };
}

/** Closes a trade that was condemned while its market was closed. */
function closeCondemned(work: Work, { id }: VenueTrade): void {
  const trade = findById(work.account.trades, id);
  if (!trade?.delayedClosureId) throw new RangeError(`the trade ${id} isn't to be closed`);
  executeMarket(work, openBatch(work), {
    terms: {
      ...closingTerms(null),
      instrument: trade.instrument,
      units: trade.currentUnits.negated(),
      delayedTradeClose: {
        tradeId: trade.id,
        clientTradeId: trade.clientExtensions?.id ?? null,
        sourceTransactionId: trade.delayedClosureId,
      },
    },
    reason: "DELAYED_TRADE_CLOSE",
    maximumFillUnits: null,
  });
}

function arriveAt(work: Work, ms: number): void {
  const arrived = instantFromMs(ms);
  if (arrived > work.account.processedTo) work.account = { ...work.account, processedTo: arrived };
}
