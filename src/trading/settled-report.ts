import { entryTermsOf } from "../core/entry-order.ts";
import { formatPrice } from "../core/instrument.ts";
import { type Decimal, decimal, sumOf } from "../core/money.ts";
import type { ExecutedOutcome, OrderOutcome } from "../core/order.ts";
import type { OrderRequest } from "../core/order-request.ts";
import type { Instant } from "../core/time.ts";
import type { Intent } from "../ports/journal.ts";
import {
  averagePrice,
  type OrderReport,
  refusedStopPart,
  reportedFill,
  statusOf,
} from "./order-report.ts";
import { NO_EXITS, type ReportedExit, type ReportedExits } from "./report-terms.ts";

/**
 * The report of an intent whose outcome was found later, when the view it was decided on is gone: it is what was
 * stored before sending, brought up to date. null means that the order never reached the broker.
 */
export function reportSettled(
  intent: Intent,
  outcome: OrderOutcome | null,
  settledAt: Instant,
): OrderReport {
  const base = { ...(intent.result as OrderReport), completedAt: settledAt, error: null };
  if (!outcome) return { ...base, status: "rejected", error: neverReached(intent) };
  const { status, orderId } = outcome;
  if (status === "filled" || status === "partially_filled") {
    return { ...base, ...executedPart(intent.request, base, outcome) };
  }
  if (status === "done") return { ...base, status: statusOf(intent.request, outcome), orderId };
  if (status === "pending") return { ...base, status, orderId };
  const { code, brokerCode, message, hint } = outcome.rejection;
  return { ...base, status, orderId, error: { code, brokerCode, message, hint } };
}

function neverReached({ clientOrderId }: Intent): OrderReport["error"] {
  return {
    code: "BROKER_UNAVAILABLE",
    brokerCode: null,
    message: `The broker's log shows that order ${clientOrderId} never reached it: nothing was executed.`,
    hint: "Place it again if it is still wanted.",
  };
}

function executedPart(
  request: OrderRequest,
  original: OrderReport,
  outcome: ExecutedOutcome,
): Partial<OrderReport> {
  const { fills, openedTradeId, closedTradeIds } = outcome;
  const average = averagePrice(fills);
  const price = (value: Decimal) => formatPrice(value, { pricePrecision: decimalsIn(original) });
  return {
    status: outcome.status,
    orderId: outcome.orderId,
    filledUnits: sumOf(fills.map((fill) => fill.units)).toString(),
    price: original.price ?? price(average),
    averagePrice: price(average),
    fills: fills.map((fill) => reportedFill(fill, price(fill.price))),
    tradeIds: openedTradeId ? [openedTradeId] : closedTradeIds,
    ...(openedTradeId ? exitsFrom(request, original, average) : NO_EXITS),
    ...refusedStopPart({ ...request, connection: original.connection }, outcome),
  };
}

/** Stops at a distance stand that far from the fill, so they moved with it; the others stay. */
function exitsFrom(request: OrderRequest, original: OrderReport, average: Decimal): ReportedExits {
  const terms = request.kind === "market" ? request : entryTermsOf(request);
  if (!terms || original.expectedPrice === null) return NO_EXITS;
  const shift = average.minus(decimal(original.expectedPrice));
  const moved = (exit: ReportedExit | null) =>
    exit && { ...exit, price: decimal(exit.price).plus(shift).toFixed(decimalsIn(original)) };
  return {
    stopLoss: terms.stopLoss?.kind === "distance" ? moved(original.stopLoss) : original.stopLoss,
    takeProfit: original.takeProfit,
    trailingStop: moved(original.trailingStop),
  };
}

/** Prices were written with the instrument's own decimals: one of them says how many there are. */
function decimalsIn({ expectedPrice, price }: OrderReport): number {
  return (expectedPrice ?? price)?.split(".")[1]?.length ?? 0;
}
