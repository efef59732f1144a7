import { Failure } from "../core/failures.ts";
import { msBetween } from "../core/time.ts";
import type { Intent } from "../ports/journal.ts";
import type { Fate, OrderFence, StandingOrder } from "../ports/order-fence.ts";
import { MOST_UNDER_WAY_MS } from "../ports/wire-gate.ts";
import { deskRecord } from "./audit-records.ts";
import { type Desk, selecting } from "./desk.ts";
import { readOutcome } from "./look-up.ts";
import { type OrderReport, reachedNobody } from "./order-report.ts";
import { reportSettled } from "./settled-report.ts";

/** What other computers have left without an outcome. */
export type Elsewhere = {
  /** Reports of orders whose outcome is proven now. */
  readonly settled: readonly OrderReport[];
  /** Orders that still have none. */
  readonly open: readonly StandingOrder[];
};

const NOTHING: Elsewhere = { settled: [], open: [] };

/**
 * So long after it was raised a process that says it is connected may still be believed to send an order, however the
 * server's clock was set meanwhile.
 */
const LONGEST_BELIEVED_MS = 600_000;

/**
 * Gives the orders of the account that another computer left without an outcome the one that the broker's log proves, and
 * tells all computers. This one's own are left to its journal.
 * @throws Failure where the server can't be asked.
 */
export async function settleElsewhere(desk: Desk): Promise<Elsewhere> {
  if (!desk.fence) return NOTHING;
  const fence = await desk.fence();
  const settled: OrderReport[] = [];
  const open: StandingOrder[] = [];
  for (const order of await fence.doubted()) {
    if (await ownIntent(desk, order)) continue;
    const report = await settleOne(desk, fence, order);
    if (report) settled.push(report);
    else open.push(order);
  }
  return { settled, open };
}

/** Connects with the other computers' server while an order is being prepared. */
export function prepareFence({ fence }: Pick<Desk, "fence">): void {
  fence?.().then(
    (opened) => opened.prepare(),
    // Whoever needs it is told.
    () => undefined,
  );
}

/** The order in this computer's journal; null where another one made it. */
export async function ownIntent(
  { journal, profile, account }: Pick<Desk, "journal" | "profile" | "account">,
  { clientOrderId, owner }: StandingOrder,
): Promise<Intent | null> {
  const key = { connection: profile.name, account: account.id, clientOrderId };
  const intent = await journal.find(key);
  return intent?.owner === owner ? intent : null;
}

/** An order of another computer, as if it were in this one's journal. */
export function intentOf(
  { report, raisedAt, host: _, ...order }: StandingOrder & { readonly request: Intent["request"] },
  { profile, account }: Pick<Desk, "profile" | "account">,
): Intent {
  return {
    ...order,
    connection: profile.name,
    account: account.id,
    expectedPrice: (report as OrderReport | null)?.expectedPrice ?? null,
    createdAt: raisedAt,
    createdMonotonicMs: 0,
    // Whatever the other computer calls the connection.
    result: { ...(report as OrderReport), connection: profile.name },
    settledAt: null,
  };
}

/** What to tell of an intent with that result: one that nothing of reached the broker stands no more. */
export function fateOf(
  { clientOrderId, owner }: Pick<StandingOrder, "clientOrderId" | "owner">,
  report: OrderReport,
): Fate {
  const key = { clientOrderId, owner };
  return reachedNobody(report)
    ? { ...key, state: "withdrawn" }
    : { ...key, state: "settled", report };
}

export function doubtedFailure(
  { clientOrderId, host, instrument, raisedAt }: StandingOrder,
  desk: Pick<Desk, "profile" | "account">,
): Failure {
  return new Failure(
    "OUTCOME_UNKNOWN",
    `Order ${clientOrderId} in ${instrument} was sent by ${host} at ${raisedAt} and its fate is not known yet: it may be live. The new order was not sent.`,
    {
      hint: `Settle it first: tmt-broker order reconcile ${selecting(desk)}`,
      retryable: true,
      details: { clientOrderId, host },
    },
  );
}

/**
 * Does `act`, and does it anew, on the account as it is then, where only another computer's order was in its way whose outcome
 * the broker's log shows by now.
 */
export async function afterOthers<T>(desk: Desk, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!isDoubtedElsewhere(error) || (await settleElsewhere(desk)).settled.length === 0)
      throw error;
    return act();
  }
}

function isDoubtedElsewhere(error: unknown): boolean {
  return error instanceof Failure && error.code === "OUTCOME_UNKNOWN" && "host" in error.details;
}

async function settleOne(
  desk: Desk,
  fence: OrderFence,
  order: StandingOrder,
): Promise<OrderReport | null> {
  const { request, host, clientOrderId, instrument } = order;
  if (request === null) return null;
  // Reckoned before the log is asked: what arrives while it is read may be missing from it.
  const isYoung = mayArrive(desk, order);
  const outcome = await readOutcome(desk, request, order.sinceTransactionId);
  if (outcome === "unreadable" || (outcome === null && isYoung)) return null;
  const report = reportSettled(intentOf({ ...order, request }, desk), outcome, desk.clock.now());
  // Of this raising only: the same process may raise the id again meanwhile.
  await fence.tell({ ...fateOf(order, report), mark: order.mark });
  const { signalId, orderId, status, fills, error } = report;
  await desk.journal.record([
    deskRecord(desk, "order.settled", {
      ...{ clientOrderId, instrument, signalId, orderId, status, fills, error },
      host,
    }),
  ]);
  return report;
}

/**
 * A process that lost the server may have the broker still: its order may leave, and arrive, some time after it was raised.
 * One clock may be wrong: the server's doesn't make an order old that is young by those of the two computers.
 */
function mayArrive({ capabilities, clock }: Desk, order: StandingOrder): boolean {
  const { isConnected, ageMs, state } = order;
  const longestMs = MOST_UNDER_WAY_MS + capabilities.arrivalGraceMs;
  const submittedAt = (order.report as OrderReport | null)?.submittedAt ?? order.raisedAt;
  const wallMs = Math.abs(msBetween(submittedAt, clock.now()));
  if (ageMs < longestMs || wallMs < longestMs) return true;
  // Whoever says that its fate is unknown sends it no more.
  return state === "sending" && isConnected && ageMs < LONGEST_BELIEVED_MS;
}
