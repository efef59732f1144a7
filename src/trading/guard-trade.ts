import { Failure, type FailureCode } from "../core/failures.ts";
import { type Decimal, decimal, toPrice } from "../core/money.ts";
import type { EntryOrder, MarketOrder } from "../core/order-request.ts";
import { hasStop } from "../core/trade.ts";
import type { IntentKey } from "../ports/journal.ts";
import type { StopPolicy } from "../ports/naked-trades.ts";
import { deskRecord } from "./audit-records.ts";
import { changeExits } from "./change-exits.ts";
import { closePosition, findTarget } from "./close-position.ts";
import { type Desk, findInstrument } from "./desk.ts";
import type { TradeExitChoices } from "./order-draft.ts";
import type { KeptReport, OrderReport, StopRefused } from "./order-report.ts";

/** Asked about a trade that was opened without its stop: null where nobody can be. */
export type AskAboutStop = (report: OrderReport) => Promise<"attach" | "close" | "leave" | null>;

export type GuardOptions = { readonly signal: AbortSignal; readonly onStopRefused?: AskAboutStop };

/** A trade without its stop, by the report and the request of the order that opened it. */
export type Opened = { readonly report: OrderReport; readonly order: MarketOrder | EntryOrder };

/** What has become of it: over, or left to whoever looks next. */
export type Guarding = { readonly report: OrderReport; readonly isOver: boolean };

/** Enough for any distance in whole price steps. */
const PIP_PLACES = 12;
/** What says nothing about the stop itself: another try may end otherwise. */
const PASSING: ReadonlySet<FailureCode> = new Set([
  ...(["BROKER_UNAVAILABLE", "CIRCUIT_OPEN", "RATE_LIMITED", "TIMEOUT"] as const),
  ...(["OUTCOME_UNKNOWN", "STORAGE_BUSY"] as const),
]);

/**
 * Carries out `order.onStopRefused` for a trade whose stop the broker refused, by the road of every request. The report
 * says what has become of the trade; what couldn't be done leaves it open, and the report a failure.
 */
export async function guardTrade(
  desk: Desk,
  opened: Opened,
  options: GuardOptions,
): Promise<OrderReport> {
  const { report } = opened;
  const policy = await policyOfSender(desk, report);
  if (policy === null) return report;
  try {
    return (await keepTo(policy, { desk, opened }, options)).report;
  } finally {
    await letGo(desk, report);
  }
}

/** Does as the policy has it, and keeps in the journal what has become of the trade. Only for who has it in hand. */
export async function keepTo(
  policy: StopPolicy,
  { desk, opened }: { readonly desk: Desk; readonly opened: Opened },
  options: GuardOptions,
): Promise<Guarding> {
  const guarding = await guard(desk, opened, { ...options, policy });
  await concludeGuarding(desk, guarding, policy);
  return guarding;
}

/** Where it can't be stored, the next who looks finds out what has become of the trade. */
export async function concludeGuarding(
  desk: Desk,
  { report, isOver }: Guarding,
  policy: StopPolicy,
): Promise<void> {
  if (!isOver) return;
  const key = keyOf(report);
  const { stopRefused, clientOrderId, instrument, signalId, error } = report;
  const record = deskRecord(desk, "trade.guarded", {
    ...{ clientOrderId, instrument, signalId, policy, error },
    ...{ tradeId: stopRefused?.tradeId, result: stopRefused?.result },
  });
  try {
    const kept = (await desk.journal.find(key))?.result as KeptReport;
    // What an order that waits was answered stays as it was.
    const known = kept.status === "pending" ? { stopRefused } : report;
    await desk.journal.settle(key, { ...kept, ...known, isGuarded: true }, [record]);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}

/** It ends with this process at the latest. */
export async function letGo(desk: Desk, report: IntentKey): Promise<void> {
  try {
    await desk.nakedTrades.release(keyOf(report), desk.actor.process);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}

/** Whoever sent the order has its trade in hand from the start, also where that can't be written just now. */
async function policyOfSender(desk: Desk, report: OrderReport): Promise<StopPolicy | null> {
  const { onStopRefused: policy } = desk.policy;
  const claim = { owner: desk.actor.process, isAlive: desk.isOwnerAlive, policy };
  try {
    return await desk.nakedTrades.claim(keyOf(report), claim);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return policy;
  }
}

async function guard(
  desk: Desk,
  opened: Opened,
  { policy, signal, onStopRefused }: GuardOptions & { readonly policy: StopPolicy },
): Promise<Guarding> {
  const { report } = opened;
  const action = policy === "ask" ? ((await onStopRefused?.(report)) ?? null) : policy;
  if (action === null || action === "leave") return { report, isOver: action === "leave" };
  const work = action === "attach" ? attachStop : closeTrade;
  try {
    return await work(desk, opened, signal);
  } catch (error) {
    // The order itself is done: that the trade couldn't be guarded is told beside it.
    if (!(error instanceof Failure)) throw error;
    return stillOpen(report, error);
  }
}

async function attachStop(desk: Desk, opened: Opened, signal: AbortSignal): Promise<Guarding> {
  const { report } = opened;
  const choices = await choicesFor(desk, opened);
  const trade = { id: tradeIdOf(report), instrument: report.instrument };
  const road = { isDryRun: false, signal, confirm: async () => false };
  const set = await changeExits(desk, trade, { choices, ...road });
  if (set.error) return stillOpen(report, set.error);
  const { stopLoss, trailingStop } = set;
  const guarded = { ...report, stopLoss, trailingStop, error: null };
  return { report: withResult(guarded, "stop_attached"), isOver: true };
}

async function closeTrade(desk: Desk, opened: Opened, signal: AbortSignal): Promise<Guarding> {
  const { report } = opened;
  const target = await findTarget(desk, tradeIdOf(report));
  // Whoever said that it has none may not have known.
  if (target.trade && hasStop(target.trade)) return attachStop(desk, opened, signal);
  const road = { isDryRun: false, signal, confirm: async () => false };
  const closed = await closePosition(desk, target, { portion: { kind: "all" }, ...road });
  if (closed.status !== "filled") {
    return stillOpen(report, closed.error ?? { code: "ORDER_REJECTED", message: closed.status });
  }
  const message = `The order was filled, the broker refused its stop (${report.stopRefused?.brokerCode}), and trade ${tradeIdOf(report)} was closed again at ${closed.averagePrice}, as order.onStopRefused has it.`;
  const error = report.error && { ...report.error, message, hint: null };
  return { report: withResult({ ...report, error }, "closed"), isOver: true };
}

/** The stops that the order brought, counted from what it was filled at. */
async function choicesFor(desk: Desk, { report, order }: Opened): Promise<TradeExitChoices> {
  const instrument = await findInstrument(desk, report.instrument);
  const { stopLoss, trailingStop, side } = order;
  const entry = decimal(report.averagePrice ?? "0");
  const away = (distance: Decimal) =>
    side === "buy" ? entry.minus(distance) : entry.plus(distance);
  const price = stopLoss?.kind === "distance" ? away(stopLoss.distance) : stopLoss?.price;
  const stop = price?.rounded(instrument.pricePrecision, "half_even");
  return {
    stopLoss: stop ? { kind: "price", price: toPrice(stop) } : "keep",
    isStopGuaranteed: stopLoss?.isGuaranteed === true,
    takeProfit: "keep",
    trailingStop: trailingStop
      ? { kind: "pips", pips: trailingStop.dividedBy(instrument.pipSize, PIP_PLACES) }
      : "keep",
  };
}

type Why = { readonly code: FailureCode; readonly message: string };

/** The trade is as it was, and why. */
export function stillOpen(report: OrderReport, { code, message: why }: Why): Guarding {
  const { error } = report;
  const told = { ...report, error: error && { ...error, message: `${error.message} ${why}` } };
  return { report: told, isOver: !PASSING.has(code) };
}

export function withResult(report: OrderReport, result: StopRefused["result"]): OrderReport {
  const { stopRefused } = report;
  return stopRefused ? { ...report, stopRefused: { ...stopRefused, result } } : report;
}

function tradeIdOf({ stopRefused }: OrderReport): string {
  if (!stopRefused) throw new RangeError("the report is of a trade that has its stop");
  return stopRefused.tradeId;
}

function keyOf({ connection, account, clientOrderId }: IntentKey): IntentKey {
  return { connection, account, clientOrderId };
}
