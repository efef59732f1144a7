import { Failure } from "../core/failures.ts";
import type { OrderRequest } from "../core/order-request.ts";
import { leastAgeMs } from "../core/time.ts";
import { type Intent, LONGEST_IN_FLIGHT_MS } from "../ports/journal.ts";
import { deskRecord } from "./audit-records.ts";
import { type Desk, selecting } from "./desk.ts";
import { readOutcome } from "./look-up.ts";
import type { OrderReport } from "./order-report.ts";
import { reportSettled } from "./settled-report.ts";

export type Settlement = {
  /** Reports of orders whose outcome is now proven. */
  readonly settled: readonly OrderReport[];
  /** Intents that still have none. */
  readonly open: readonly Intent[];
};

/**
 * Gives every order of the account that has no outcome the one that the broker's log proves. Orders that a living
 * process is sending are left to it. An order that the log doesn't hold is called never sent only when nothing
 * of it can arrive any more.
 */
export async function settleIntents(desk: Desk): Promise<Settlement> {
  const unsettled = await desk.journal.unsettled(desk.profile.name, desk.account.id);
  const settled: OrderReport[] = [];
  const open: Intent[] = [];
  for (const intent of unsettled) {
    const report = isInFlight(desk, intent) ? null : await settleOne(desk, intent);
    if (report) settled.push(report);
    else open.push(intent);
  }
  return { settled, open };
}

/** @throws Failure OUTCOME_UNKNOWN while an earlier order in the instrument may or may not be live. */
export function requireSettled(open: readonly Intent[], instrument: string, desk: Desk): void {
  const blocking = open.find(
    (intent) => intent.instrument === instrument && !isInFlight(desk, intent),
  );
  if (!blocking) return;
  throw new Failure(
    "OUTCOME_UNKNOWN",
    `Order ${blocking.clientOrderId} in ${instrument} was sent at ${blocking.createdAt} and its fate is not known yet: it may be live. The new order was not sent.`,
    {
      hint: `Settle it first: tmt-broker order reconcile ${selecting(desk)}`,
      retryable: true,
      details: { clientOrderId: blocking.clientOrderId },
    },
  );
}

/**
 * Whether a request has to wait while another one's fate is unknown. Not so what does nothing more when it is done
 * twice: closing all there is, taking an order back, moving exits; exits that weaken a stop are for the caller to fence.
 */
export function isFenced(request: OrderRequest): boolean {
  if (request.kind === "close") return !request.isWhole;
  return request.kind !== "cancel" && request.kind !== "exits";
}

/**
 * Whether a living process is sending it just now: nobody else may conclude anything about it. Whoever lives and has not
 * said for so long what became of it may not know, or could not store it.
 */
export function isInFlight(
  { clock, isOwnerAlive }: Pick<Desk, "clock" | "isOwnerAlive">,
  intent: Pick<Intent, "state" | "owner" | "createdMonotonicMs">,
): boolean {
  const ageMs = leastAgeMs(intent.createdMonotonicMs, clock.monotonicMs());
  return intent.state === "sending" && ageMs <= LONGEST_IN_FLIGHT_MS && isOwnerAlive(intent.owner);
}

async function settleOne(desk: Desk, intent: Intent): Promise<OrderReport | null> {
  // Taken before the log is asked: what arrives while it is read may be missing from it.
  const ageMs = leastAgeMs(intent.createdMonotonicMs, desk.clock.monotonicMs());
  const outcome = await readOutcome(desk, intent.request, intent.sinceTransactionId);
  if (outcome === "unreadable") return null;
  if (!outcome && ageMs < desk.capabilities.arrivalGraceMs) return null;
  const report = reportSettled(intent, outcome, desk.clock.now());
  const { connection, account, clientOrderId } = intent;
  await desk.journal.settle({ connection, account, clientOrderId }, report, [
    deskRecord(desk, "order.settled", {
      clientOrderId,
      instrument: intent.instrument,
      signalId: report.signalId,
      orderId: report.orderId,
      status: report.status,
      fills: report.fills,
      error: report.error,
    }),
  ]);
  return report;
}
