import type { Basis } from "../compliance/review.ts";
import { Failure } from "../core/failures.ts";
import type { OrderOutcome } from "../core/order.ts";
import type { Cleared, OrderRequest } from "../core/order-request.ts";
import { type Instant, msBetween, roundedMs } from "../core/time.ts";
import type { AuditRecord, IntentKey } from "../ports/journal.ts";
import { MOST_UNDER_WAY_MS } from "../ports/wire-gate.ts";
import { auditRecord } from "./audit-records.ts";
import { type Desk, selecting } from "./desk.ts";
import { lateFailure } from "./gated-broker.ts";
import { lookUpOutcome } from "./look-up.ts";
import type { OrderContext } from "./order-context.ts";
import {
  type KeptReport,
  type OrderReport,
  type OrderTiming,
  type ReportedError,
  reportOutcome,
  reportRefused,
  reportWithout,
  shownReport,
} from "./order-report.ts";
import { isFenced } from "./settle.ts";

/** A moment by both clocks of the computer. */
export type Moment = { readonly at: Instant; readonly monotonicMs: number };

/** What a cleared request goes out on. */
export type Clearance = {
  /** The review that cleared it: each clears one sending. */
  readonly verdictId: string;
  readonly basis: Basis;
  /** When its review began. */
  readonly since: Moment;
  readonly signal: AbortSignal;
};

/**
 * The one way out: the intent is on disk before the first byte leaves, the order is sent once, and an answer
 * that didn't come is looked up. The report says what happened; it throws only when the intent could not be
 * written (nothing was sent) or the outcome could not be.
 */
export async function sendOrder(
  context: OrderContext,
  cleared: Cleared<OrderRequest>,
  clearance: Clearance,
): Promise<OrderReport> {
  const { desk, request, checks, review } = context;
  const { verdictId, basis, since } = clearance;
  const key = intentKey(context);
  const isBound = isFenced(request) || (request.kind === "exits" && basis.weakensStop);
  const startedMs = desk.clock.monotonicMs();
  const submittedAt = desk.clock.now();
  const unsent = reportWithout(context, "unknown", { timing: timingAt(context, startedMs, null) });
  await desk.journal.open(
    {
      ...key,
      instrument: request.instrument,
      request,
      sinceTransactionId: context.view.state.account.lastTransactionId,
      expectedPrice: context.expectedPrice?.toString() ?? null,
      createdAt: submittedAt,
      createdMonotonicMs: startedMs,
      owner: desk.actor.process,
      report: unsent,
      ...(context.claim ? { claim: context.claim } : {}),
    },
    [auditRecord(context, "order.sent", { request, checks, review, verdictId })],
    { ...basis, isOwnerAlive: isBound ? desk.isOwnerAlive : null },
  );
  const sentMs = desk.clock.monotonicMs();
  const late = heldUp(desk, since);
  const answer: Answer = late
    ? { kind: "not_sent", failure: late }
    : await placeOnce(context, cleared, clearance.signal);
  const timing = timingAt(context, startedMs, desk.clock.monotonicMs() - sentMs);
  const report = reportAnswer(context, answer, { ...timing, submittedAt });
  const made = answer.kind === "outcome" ? answer.made : undefined;
  await storeOutcome(context, key, made ? { ...report, transactionIds: made } : report);
  return report;
}

/** Every transaction that it made. */
type Made = readonly string[];

type Answer =
  | { readonly kind: "outcome"; readonly outcome: OrderOutcome; readonly made?: Made }
  | { readonly kind: "not_sent"; readonly failure: Failure }
  | { readonly kind: "unknown"; readonly failure: Failure };

/**
 * A process that stood still (stopped, swapped out, the lid closed) would send an order on history: prices are old, trading
 * may be halted, and others may have concluded that it never left. The wall clock tells of a closed lid.
 */
function heldUp({ clock }: Desk, { at, monotonicMs }: Moment): Failure | null {
  const wallMs = Math.abs(msBetween(at, clock.now()));
  const passedMs = Math.max(clock.monotonicMs() - monotonicMs, wallMs);
  return passedMs <= MOST_UNDER_WAY_MS ? null : lateFailure(passedMs);
}

async function placeOnce(
  context: OrderContext,
  cleared: Cleared<OrderRequest>,
  signal: AbortSignal,
): Promise<Answer> {
  const { desk, request, view } = context;
  let made: Made | null = null;
  const onMade = (ids: Made) => {
    made = ids;
  };
  try {
    const outcome = await desk.broker.place(cleared, { signal, onMade });
    return { kind: "outcome", outcome, ...(made ? { made } : {}) };
  } catch (error) {
    const failure = asFailure(error);
    if (!failure.sent) return { kind: "not_sent", failure };
    const since = view.state.account.lastTransactionId;
    const outcome = await lookUpOutcome(desk, request, since);
    return outcome ? { kind: "outcome", outcome } : { kind: "unknown", failure };
  }
}

/** Whatever broke while an order was on its way may have broken after it left. */
function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new Failure("INTERNAL", message, { cause: error, sent: true });
}

function reportAnswer(context: OrderContext, answer: Answer, timing: OrderTiming): OrderReport {
  if (answer.kind === "outcome") return reportOutcome(context, answer.outcome, timing);
  const { failure } = answer;
  if (answer.kind === "not_sent") return reportRefused(context, failure, timing);
  return reportWithout(context, "unknown", { timing, error: unknownError(context, failure) });
}

function unknownError({ desk, request }: OrderContext, failure: Failure): ReportedError {
  return {
    code: "OUTCOME_UNKNOWN",
    brokerCode: null,
    message: `Order ${request.clientOrderId} was sent to ${desk.profile.name} and its fate is not known yet (${failure.message}). It may be live.`,
    hint: `Don't send it again. Settle it with: tmt-broker order reconcile ${selecting(desk)}`,
  };
}

/** What the broker answered is told also when it can't be stored. */
async function storeOutcome(
  context: OrderContext,
  key: IntentKey,
  report: KeptReport,
): Promise<void> {
  const { journal } = context.desk;
  const audit = [auditOutcome(context, report)];
  try {
    if (report.status === "unknown") await journal.markUnknown(key, report, audit);
    else await journal.settle(key, report, audit);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { clientOrderId, status, filledUnits, units } = report;
    throw new Failure(
      error.code,
      `Order ${clientOrderId} is ${status} (${filledUnits} of ${units} units), and that could not be stored. ${error.message}`,
      {
        ...(error.hint ? { hint: error.hint } : {}),
        details: { report: shownReport(report) },
        cause: error,
      },
    );
  }
}

function intentKey({ desk, request }: OrderContext): IntentKey {
  return {
    connection: desk.profile.name,
    account: desk.account.id,
    clientOrderId: request.clientOrderId,
  };
}

function timingAt({ desk }: OrderContext, startedMs: number, brokerMs: number | null): OrderTiming {
  return {
    submittedAt: desk.clock.now(),
    completedAt: brokerMs === null ? null : desk.clock.now(),
    latencyMs: brokerMs === null ? null : roundedMs(desk.clock.monotonicMs() - startedMs),
    brokerLatencyMs: brokerMs === null ? null : roundedMs(brokerMs),
  };
}

function auditOutcome(context: OrderContext, report: OrderReport): AuditRecord {
  return auditRecord(context, `order.${report.status}`, {
    orderId: report.orderId,
    fills: report.fills,
    tradeIds: report.tradeIds,
    error: report.error,
  });
}
