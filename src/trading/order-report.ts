import type { Check } from "../compliance/check.ts";
import { toHome } from "../core/conversion.ts";
import type { FailureCode } from "../core/failures.ts";
import { formatPrice, toPips } from "../core/instrument.ts";
import { type Decimal, type Price, sumOf, type Units, ZERO } from "../core/money.ts";
import type { Environment, ExecutedOutcome, Fill, OrderOutcome, Side } from "../core/order.ts";
import type { OrderRequest } from "../core/order-request.ts";
import type { Instant } from "../core/time.ts";
import type { Desk } from "./desk.ts";
import type { MarketView } from "./market-view.ts";

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
  readonly type: "market";
  readonly units: string;
  readonly filledUnits: string;
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
  readonly timeInForce: string;
  readonly expiresAt: Instant | null;
  readonly signalId: string | null;
  readonly agent: string | null;
  readonly compliance: readonly Check[];
  readonly latencyMs: number | null;
  readonly brokerLatencyMs: number | null;
  readonly submittedAt: Instant | null;
  readonly completedAt: Instant | null;
  readonly error: ReportedError | null;
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

export type ReportedExit = { readonly price: string; readonly distancePips: string };

export type ReportedError = {
  readonly code: FailureCode;
  readonly brokerCode: string | null;
  readonly message: string;
  readonly hint: string | null;
};

/** All that is known of one request on its road; a report is made of it at any point. */
export type OrderContext = {
  readonly desk: Desk;
  readonly request: OrderRequest;
  readonly view: MarketView;
  readonly expectedPrice: Price;
  readonly checks: readonly Check[];
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

export type ReportedExits = Pick<OrderReport, "stopLoss" | "takeProfit" | "trailingStop">;

export const NO_EXITS: ReportedExits = { stopLoss: null, takeProfit: null, trailingStop: null };

const COST_PLACES = 4;
const AVERAGE_PLACES = 8;

/** The report of a request that has no outcome: blocked, dry, refused before sending, or unknown. */
export function reportWithout(
  context: OrderContext,
  status: ReportStatus,
  rest: { readonly timing?: OrderTiming; readonly error?: ReportedError },
): OrderReport {
  const { desk, request, view } = context;
  const isMarket = request.kind === "market";
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
    type: "market",
    units: request.units.toString(),
    filledUnits: "0",
    price: null,
    averagePrice: null,
    expectedPrice: formatPrice(context.expectedPrice, view.instrument),
    slippagePips: null,
    slippageCost: null,
    currency: view.state.account.currency,
    fills: [],
    tradeIds: [],
    ...exitsOf(context, context.expectedPrice),
    timeInForce: isMarket ? request.timeInForce : "FOK",
    expiresAt: null,
    signalId: request.origin.signalId,
    agent: request.origin.agent,
    compliance: context.checks,
    ...(rest.timing ?? NO_TIMING),
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
  const base = reportWithout(context, statusOf(outcome), { timing });
  if (outcome.status === "done") return { ...base, orderId: outcome.orderId };
  if (outcome.status === "pending") return { ...base, orderId: outcome.orderId };
  if (outcome.status === "filled" || outcome.status === "partially_filled") {
    return { ...base, ...filledPart(context, outcome) };
  }
  const { code, brokerCode, message, hint } = outcome.rejection;
  return { ...base, orderId: outcome.orderId, error: { code, brokerCode, message, hint } };
}

/** What was asked for is done: an order is cancelled, or exits wait where they were put. */
export function statusOf({ status }: OrderOutcome): ReportStatus {
  return status === "done" ? "cancelled" : status;
}

function filledPart(context: OrderContext, outcome: ExecutedOutcome): Partial<OrderReport> {
  const { instrument, conversion } = context.view;
  const { request, expectedPrice } = context;
  const filled = sumOf(outcome.fills.map((fill) => fill.units));
  const average = averagePrice(outcome.fills);
  const worse =
    request.side === "buy" ? average.minus(expectedPrice) : expectedPrice.minus(average);
  const cost = toHome(worse.times(filled).negated(), conversion).negated();
  return {
    orderId: outcome.orderId,
    filledUnits: filled.toString(),
    price: formatPrice(average, instrument),
    averagePrice: formatPrice(average, instrument),
    slippagePips: toPips(worse, instrument).toString(),
    slippageCost: cost.rounded(COST_PLACES, "half_even").toString(),
    fills: outcome.fills.map((fill) => reportedFill(fill, formatPrice(fill.price, instrument))),
    tradeIds: outcome.openedTradeId ? [outcome.openedTradeId] : outcome.closedTradeIds,
    ...(outcome.openedTradeId ? exitsOf(context, average) : NO_EXITS),
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

function exitsOf({ request, view }: OrderContext, entry: Decimal): ReportedExits {
  if (request.kind !== "market" && request.kind !== "entry") return NO_EXITS;
  const { instrument } = view;
  const losing = (distance: Decimal) =>
    request.side === "buy" ? entry.minus(distance) : entry.plus(distance);
  const exit = (price: Decimal | null): ReportedExit | null =>
    price && {
      price: formatPrice(price.rounded(instrument.pricePrecision, "half_even"), instrument),
      distancePips: toPips(price.minus(entry).abs(), instrument).toString(),
    };
  const { stopLoss, takeProfit, trailingStop } = request;
  const stop = stopLoss && (stopLoss.kind === "price" ? stopLoss.price : losing(stopLoss.distance));
  return {
    stopLoss: exit(stop),
    takeProfit: exit(takeProfit),
    trailingStop: exit(trailingStop && losing(trailingStop)),
  };
}
