import type { EntryOrder, MarketOrder } from "../core/order-request.ts";
import { hasStop, type Trade } from "../core/trade.ts";
import type { Transaction, TransactionType } from "../core/transaction.ts";
import type { Intent } from "../ports/journal.ts";
import type { NakedTrade, StopPolicy } from "../ports/naked-trades.ts";
import type { Desk } from "./desk.ts";
import {
  concludeGuarding,
  type Guarding,
  type GuardOptions,
  keepTo,
  letGo,
  type Opened,
  stillOpen,
  withResult,
} from "./guard-trade.ts";
import { type KeptReport, type OrderReport, shownReport, withoutStop } from "./order-report.ts";
import { settleIntents } from "./settle.ts";

/** Requests of ours among which those about a trade are looked for. */
const MOST_REQUESTS = 200;
/** A broker gives so many entries of its log at a time, and so often it is asked for more. */
const PAGE = 1000;
const MOST_PAGES = 20;

/**
 * Carries out `order.onStopRefused` for trades of the account whose order's sender didn't: it was killed, or the broker was
 * away. Each is taken up by one process only, and none is touched that has its stop, or that somebody else has touched. Gives
 * the reports of those of which there is something to say. @throws Failure when the account can't be read: the next one tries.
 */
export async function guardLeft(
  desk: Desk,
  options: GuardOptions,
): Promise<readonly OrderReport[]> {
  const left = await desk.nakedTrades.of({
    connection: desk.profile.name,
    account: desk.account.id,
  });
  const due = left.filter((naked) => mayBeDone(desk, naked, options));
  if (due.length === 0) return [];
  await settleIntents(desk);
  const reports: OrderReport[] = [];
  for (const naked of due) {
    const guarding = await takeUp(desk, naked, options);
    if (guarding) reports.push(guarding.report);
  }
  return reports;
}

/** Who is to be asked waits for somebody who can be. */
function mayBeDone(desk: Desk, { policy }: NakedTrade, { onStopRefused }: GuardOptions): boolean {
  return (policy ?? desk.policy.onStopRefused) !== "ask" || onStopRefused !== undefined;
}

async function takeUp(
  desk: Desk,
  naked: NakedTrade,
  options: GuardOptions,
): Promise<Guarding | null> {
  const { order } = naked;
  const policy = await desk.nakedTrades.claim(order, {
    owner: desk.actor.process,
    isAlive: desk.isOwnerAlive,
    policy: desk.policy.onStopRefused,
  });
  if (policy === null) return null;
  try {
    const intent = await desk.journal.find(order);
    if (!intent) return null;
    const opened = openedBy(intent, naked);
    const found = await standing(desk, { naked, opened }, policy);
    if (found === "under_way") return null;
    if ("openPrice" in found) {
      const filled = { ...opened, report: filledAt(opened.report, found) };
      return await keepTo(policy, { desk, opened: filled }, options);
    }
    await concludeGuarding(desk, found, policy);
    return found;
  } finally {
    await letGo(desk, order);
  }
}

function openedBy({ result, request, connection }: Intent, naked: NakedTrade): Opened {
  const order = request as MarketOrder | EntryOrder;
  const report = shownReport(result as KeptReport);
  if (report.stopRefused) return { report, order };
  const { tradeId, brokerCode } = naked;
  const refused = { brokerCode, message: `The broker said ${brokerCode}.` };
  return {
    report: { ...report, ...withoutStop({ ...order, connection }, tradeId, refused) },
    order,
  };
}

/** An order that had waited was answered before anybody knew its fill. */
function filledAt(report: OrderReport, { openPrice }: Trade): OrderReport {
  return { ...report, averagePrice: report.averagePrice ?? openPrice.toFixed(openPrice.scale) };
}

type Left = { readonly naked: NakedTrade; readonly opened: Opened };

/** The trade as it stands now, without its stop and untouched; or how somebody else has seen to it. */
async function standing(
  desk: Desk,
  { naked, opened }: Left,
  policy: StopPolicy,
): Promise<Trade | "under_way" | Guarding> {
  const { report } = opened;
  const tried = await earlierTry(desk, naked);
  if (tried === "under_way") return tried;
  const { trades } = await desk.broker.state();
  const trade = trades.find(({ id }) => id === naked.tradeId);
  if (!trade) return seenTo(report, "gone");
  if (hasStop(trade)) return seenTo(report, "has_stop");
  if (tried?.error) return stillOpen(report, { ...tried.error, code: "ORDER_REJECTED" });
  if (!(await isTouched(desk, trade, report))) return trade;
  const message = `order.onStopRefused (${policy}) was not carried out, because the trade has been changed since it was opened.`;
  return stillOpen(report, { code: "ORDER_REJECTED", message });
}

function seenTo(report: OrderReport, result: "gone" | "has_stop"): Guarding {
  return { report: withResult({ ...report, error: null }, result), isOver: true };
}

/** A request of ours about the trade that has no outcome yet, or that the broker refused: one that never left is none. */
async function earlierTry(
  { journal, profile, account }: Desk,
  { tradeId }: NakedTrade,
): Promise<"under_way" | OrderReport | null> {
  const recent = await journal.recent(profile.name, account.id, MOST_REQUESTS);
  const about = recent.filter(({ request }) => "tradeId" in request && request.tradeId === tradeId);
  if (about.some(({ state }) => state !== "settled")) return "under_way";
  const reports = about.map(({ result }) => result as OrderReport);
  return reports.find(({ error }) => (error?.brokerCode ?? null) !== null) ?? null;
}

const CHANGES: ReadonlySet<TransactionType> = new Set(["order", "fill", "cancel"]);

/** Whether anything has changed the trade since the moment that it was opened. */
async function isTouched(desk: Desk, trade: Trade, { fills }: OrderReport): Promise<boolean> {
  let since = fills.at(-1)?.transactionId ?? trade.id;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const entries = await desk.broker.transactionsSince(since);
    if (entries.some((entry) => touches(entry, trade))) return true;
    since = entries.at(-1)?.id ?? since;
    if (entries.length < PAGE) return false;
  }
  // What nobody can read to its end doesn't prove that it is untouched.
  return true;
}

/** The exits that came with the fill are of the same moment. */
function touches({ type, time, tradeId, trades }: Transaction, trade: Trade): boolean {
  if (!CHANGES.has(type) || time === trade.openedAt) return false;
  return tradeId === trade.id || trades.some((change) => change.tradeId === trade.id);
}
