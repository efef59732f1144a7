import type { Check } from "../compliance/check.ts";
import { toHome } from "../core/conversion.ts";
import type { FailureCode } from "../core/failures.ts";
import { formatPrice, toPips } from "../core/instrument.ts";
import { type Decimal, sumOf, type Units, ZERO } from "../core/money.ts";
import type {
  Environment,
  ExecutedOutcome,
  Fill,
  OrderOutcome,
  OrderType,
  Side,
  TimeInForce,
} from "../core/order.ts";
import type { OrderRequest } from "../core/order-request.ts";
import type { Instant } from "../core/time.ts";
import type { OrderContext } from "./order-context.ts";
import type { ReportedCosts } from "./order-costs.ts";
import { exitsAt, NO_EXITS, type ReportedExit, reportedTerms, subjectOf } from "./report-terms.ts";

export type ReportStatus =
  | "filled"
  | "partially_filled"
  | "pending"
  | "cancelled"
  | "rejected"
  | "unknown"
  | "dry_run";

/** What `order … --json` prints and the journal keeps: see the command-line contract. Decimals are text. */
export type OrderReport = {
  readonly orderId: string | null;
  readonly clientOrderId: string;
  readonly status: ReportStatus;
  readonly connection: string;
  readonly broker: string;
  readonly environment: Environment;
  readonly account: string;
  readonly instrument: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly units: string;
  readonly filledUnits: string;
  /** What it waits for; of an order at the market, what it was filled at. */
  readonly price: string | null;
  readonly averagePrice: string | null;
  readonly expectedPrice: string | null;
  readonly slippagePips: string | null;
  readonly slippageCost: string | null;
  readonly currency: string;
  readonly fills: readonly ReportedFill[];
  readonly tradeIds: readonly string[];
  readonly stopLoss: ReportedExit | null;
  readonly takeProfit: ReportedExit | null;
  readonly trailingStop: ReportedExit | null;
  readonly timeInForce: TimeInForce;
  readonly expiresAt: Instant | null;
  readonly signalId: string | null;
  readonly agent: string | null;
  readonly compliance: readonly Check[];
  readonly latencyMs: number | null;
  readonly brokerLatencyMs: number | null;
  readonly submittedAt: Instant | null;
  readonly completedAt: Instant | null;
  readonly error: ReportedError | null;
  /** Only there in a dry run; see order-costs.ts. */
  readonly costs?: ReportedCosts | null;
  /** Only there when the order was filled and the broker refused its stop. */
  readonly stopRefused?: StopRefused;
};

/** Whether a settled order with that report changed nothing: what the broker itself refused has a code of its own. */
export function reachedNobody({ status, error }: OrderReport): boolean {
  return status === "rejected" && (error?.brokerCode ?? null) === null;
}

/** What the journal keeps of an order: its report, and every transaction that it made where the broker's answer named them. */
export type KeptReport = OrderReport & {
  readonly transactionIds?: readonly string[];
  /** What was to become of its trade without a stop has become of it, as far as it could. */
  readonly isGuarded?: true;
};

/** What is shown of what was kept. */
export function shownReport({
  transactionIds: _,
  isGuarded: __,
  ...report
}: KeptReport): OrderReport {
  return report;
}

/** A trade that was opened without the stop that it was to have, and what has become of it. */
export type StopRefused = {
  readonly tradeId: string;
  readonly brokerCode: string;
  /** `has_stop` and `gone`: somebody else saw to it before anything was done. */
  readonly result: "open_without_stop" | "stop_attached" | "closed" | "has_stop" | "gone";
};

export type ReportedFill = {
  readonly transactionId: string;
  readonly units: string;
  readonly price: string;
  readonly time: Instant;
  readonly realizedPl: string;
  readonly commission: string;
  readonly financing: string;
};

export type ReportedError = {
  readonly code: FailureCode;
  readonly brokerCode: string | null;
  readonly message: string;
  readonly hint: string | null;
};

export type OrderTiming = {
  readonly submittedAt: Instant | null;
  readonly completedAt: Instant | null;
  readonly latencyMs: number | null;
  readonly brokerLatencyMs: number | null;
};

export const NO_TIMING: OrderTiming = {
  submittedAt: null,
  completedAt: null,
  latencyMs: null,
  brokerLatencyMs: null,
};

const COST_PLACES = 4;
const AVERAGE_PLACES = 8;

/** The report of a request that has no outcome: blocked, dry, refused before sending, or unknown. */
export function reportWithout(
  context: OrderContext,
  status: ReportStatus,
  rest: { readonly timing?: OrderTiming; readonly error?: ReportedError },
): OrderReport {
  const { desk, request, view, expectedPrice } = context;
  const terms = reportedTerms(context);
  const timing = rest.timing ?? NO_TIMING;
  return {
    orderId: null,
    clientOrderId: request.clientOrderId,
    status,
    connection: desk.profile.name,
    broker: desk.profile.broker,
    environment: desk.profile.environment,
    account: desk.account.id,
    instrument: request.instrument,
    side: request.side,
    type: terms.type,
    units: request.units.toString(),
    filledUnits: "0",
    price: terms.price,
    averagePrice: null,
    expectedPrice: expectedPrice && formatPrice(expectedPrice, view.instrument),
    slippagePips: null,
    slippageCost: null,
    currency: view.state.account.currency,
    fills: [],
    tradeIds: concernedTrades(context),
    stopLoss: terms.stopLoss,
    takeProfit: terms.takeProfit,
    trailingStop: terms.trailingStop,
    timeInForce: terms.timeInForce,
    expiresAt: terms.expiresAt,
    signalId: request.origin.signalId,
    agent: request.origin.agent,
    compliance: context.checks,
    latencyMs: timing.latencyMs,
    brokerLatencyMs: timing.brokerLatencyMs,
    submittedAt: timing.submittedAt,
    completedAt: timing.completedAt,
    error: rest.error ?? null,
  };
}

/** The report of a request that nothing was sent of, and why. */
export function reportRefused(
  context: OrderContext,
  { code, message, hint }: Pick<ReportedError, "code" | "message" | "hint">,
  timing: OrderTiming = NO_TIMING,
): OrderReport {
  const error = { code, brokerCode: null, message, hint };
  return reportWithout(context, "rejected", { timing, error });
}

/** The report of what the broker answered. */
export function reportOutcome(
  context: OrderContext,
  outcome: OrderOutcome,
  timing: OrderTiming,
): OrderReport {
  const { request } = context;
  const base = reportWithout(context, statusOf(request, outcome), { timing });
  if (outcome.status === "done") return { ...base, orderId: outcome.orderId };
  if (outcome.status === "pending") return { ...base, orderId: outcome.orderId };
  if (outcome.status === "filled" || outcome.status === "partially_filled") {
    return { ...base, ...filledPart(context, outcome) };
  }
  const { code, brokerCode, message, hint } = outcome.rejection;
  return { ...base, orderId: outcome.orderId, error: { code, brokerCode, message, hint } };
}

/** What is done: an order or the exits are gone, or what was put in place waits there. */
export function statusOf(request: OrderRequest, { status }: OrderOutcome): ReportStatus {
  if (status !== "done") return status;
  if (request.kind === "cancel") return "cancelled";
  if (request.kind !== "exits") return "pending";
  const { stopLoss, takeProfit, trailingStop } = request;
  const isSet = [stopLoss, takeProfit, trailingStop].some((change) => typeof change === "object");
  return isSet ? "pending" : "cancelled";
}

/** The open trade that a change of exits is about; none for orders that are yet to open one. */
function concernedTrades(context: OrderContext): readonly string[] {
  const { request } = context;
  if (request.kind === "exits") return [request.tradeId];
  const tradeId = subjectOf(context)?.tradeId;
  return tradeId ? [tradeId] : [];
}

/** An order with a price of its own keeps it; slippage is measured against the expected price. */
function filledPart(context: OrderContext, outcome: ExecutedOutcome): Partial<OrderReport> {
  const { request } = context;
  const { instrument } = context.view;
  const filled = sumOf(outcome.fills.map((fill) => fill.units));
  const average = averagePrice(outcome.fills);
  const price = formatPrice(average, instrument);
  return {
    orderId: outcome.orderId,
    filledUnits: filled.toString(),
    price: reportedTerms(context).price ?? price,
    averagePrice: price,
    ...slippageOf(context, average, filled),
    fills: outcome.fills.map((fill) => reportedFill(fill, formatPrice(fill.price, instrument))),
    tradeIds: outcome.openedTradeId ? [outcome.openedTradeId] : outcome.closedTradeIds,
    ...(outcome.openedTradeId ? exitsAt(context, average) : NO_EXITS),
    ...refusedStopPart({ ...request, connection: context.desk.profile.name }, outcome),
  };
}

type Place = Pick<OrderRequest, "instrument" | "account"> & { readonly connection: string };

/** What the report says of a trade without its stop; nothing where it has it. */
export function refusedStopPart(
  place: Place,
  { openedTradeId: tradeId, refusedStop }: ExecutedOutcome,
): Partial<OrderReport> {
  return refusedStop && tradeId !== null ? withoutStop(place, tradeId, refusedStop) : {};
}

export function withoutStop(
  { instrument, account, connection }: Place,
  tradeId: string,
  { brokerCode, message }: NonNullable<ExecutedOutcome["refusedStop"]>,
): Partial<OrderReport> {
  const where = `-c ${connection} -a ${account}`;
  const error = {
    code: "ORDER_REJECTED" as const,
    brokerCode,
    message: `The order was filled, and the broker refused its stop: trade ${tradeId} of ${instrument} is OPEN WITHOUT A STOP. ${message}`,
    hint: `Set one with: tmt-broker positions modify ${tradeId} --sl ${where}, or close it: tmt-broker positions close ${tradeId} ${where}`,
  };
  const stopRefused = { tradeId, brokerCode, result: "open_without_stop" as const };
  return { stopLoss: null, trailingStop: null, error, stopRefused };
}

function slippageOf(
  { request, view, expectedPrice }: OrderContext,
  average: Decimal,
  filled: Decimal,
): Pick<OrderReport, "slippagePips" | "slippageCost"> {
  if (!expectedPrice || !view.conversion) return { slippagePips: null, slippageCost: null };
  const worse =
    request.side === "buy" ? average.minus(expectedPrice) : expectedPrice.minus(average);
  const cost = toHome(worse.times(filled).negated(), view.conversion).negated();
  return {
    slippagePips: toPips(worse, view.instrument).toString(),
    slippageCost: cost.rounded(COST_PLACES, "half_even").toString(),
  };
}

/** What all of it cost on average, a price of its own decimals where the fills differ. */
export function averagePrice(fills: readonly Fill[]): Decimal {
  const units = sumOf(fills.map((fill) => fill.units));
  if (!units.isPositive()) return ZERO;
  const [first] = fills;
  if (first && fills.every((fill) => fill.price.equals(first.price))) return first.price;
  return sumOf(fills.map((fill) => fill.units.times(fill.price))).dividedBy(units, AVERAGE_PLACES);
}

export function reportedFill(fill: Fill, price: string): ReportedFill {
  return {
    transactionId: fill.transactionId,
    units: (fill.units satisfies Units).toString(),
    price,
    time: fill.time,
    realizedPl: fill.realizedPl.toString(),
    commission: fill.commission.toString(),
    financing: fill.financing.toString(),
  };
}
