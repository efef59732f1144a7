import { Failure } from "../core/failures.ts";
import { type Decimal, decimal, toPrice } from "../core/money.ts";
import type { EntryOrder, MarketOrder } from "../core/order-request.ts";
import { hasStop } from "../core/trade.ts";
import { changeExits } from "./change-exits.ts";
import { closePosition, findTarget } from "./close-position.ts";
import { type Desk, findInstrument } from "./desk.ts";
import type { TradeExitChoices } from "./order-draft.ts";
import type { OrderReport, StopRefused } from "./order-report.ts";

/** Asked about a trade that was opened without its stop: null leaves it as it is. */
export type AskAboutStop = (report: OrderReport) => Promise<"attach" | "close" | null>;

/** Enough for any distance in whole price steps. */
const PIP_PLACES = 12;

type Opened = { readonly report: OrderReport; readonly order: MarketOrder | EntryOrder };
type GuardOptions = { readonly signal: AbortSignal; readonly onStopRefused?: AskAboutStop };

/**
 * Carries out `order.onStopRefused` for a trade whose stop the broker refused, by the road of every request. The report
 * says what has become of the trade; what couldn't be done leaves it open, and the report a failure.
 */
export async function guardTrade(
  desk: Desk,
  { report, order }: Opened,
  { signal, onStopRefused }: GuardOptions,
): Promise<OrderReport> {
  if (!report.stopRefused) return report;
  const { onStopRefused: policy } = desk.policy;
  const action = policy === "ask" ? ((await onStopRefused?.(report)) ?? null) : policy;
  if (action === null) return report;
  const work = action === "attach" ? attachStop : closeTrade;
  try {
    return await work(desk, { report, order }, signal);
  } catch (error) {
    // The order itself is done: that the trade couldn't be guarded is told beside it.
    if (!(error instanceof Failure)) throw error;
    return stillOpen(report, error.message);
  }
}

async function attachStop(desk: Desk, opened: Opened, signal: AbortSignal): Promise<OrderReport> {
  const { report } = opened;
  const choices = await choicesFor(desk, opened);
  const trade = { id: tradeIdOf(report), instrument: report.instrument };
  const road = { isDryRun: false, signal, confirm: async () => false };
  const set = await changeExits(desk, trade, { choices, ...road });
  if (set.error) return stillOpen(report, set.error.message);
  const { stopLoss, trailingStop } = set;
  return { ...report, stopLoss, trailingStop, error: null, ...resultOf(report, "stop_attached") };
}

async function closeTrade(desk: Desk, opened: Opened, signal: AbortSignal): Promise<OrderReport> {
  const { report } = opened;
  const target = await findTarget(desk, tradeIdOf(report));
  // Whoever said that it has none may not have known.
  if (target.trade && hasStop(target.trade)) return attachStop(desk, opened, signal);
  const road = { isDryRun: false, signal, confirm: async () => false };
  const closed = await closePosition(desk, target, { portion: { kind: "all" }, ...road });
  if (closed.status !== "filled") return stillOpen(report, closed.error?.message ?? closed.status);
  const message = `The order was filled, the broker refused its stop (${report.stopRefused?.brokerCode}), and trade ${tradeIdOf(report)} was closed again at ${closed.averagePrice}, as order.onStopRefused has it.`;
  const error = report.error && { ...report.error, message, hint: null };
  return { ...report, error, ...resultOf(report, "closed") };
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

function stillOpen(report: OrderReport, why: string): OrderReport {
  const { error } = report;
  return { ...report, error: error && { ...error, message: `${error.message} ${why}` } };
}

function resultOf(report: OrderReport, result: StopRefused["result"]): Partial<OrderReport> {
  return report.stopRefused ? { stopRefused: { ...report.stopRefused, result } } : {};
}

function tradeIdOf({ stopRefused }: OrderReport): string {
  if (!stopRefused) throw new RangeError("the report is of a trade that has its stop");
  return stopRefused.tradeId;
}
