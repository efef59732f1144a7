import { ordersPerMinuteRule } from "../compliance/rules/pace.ts";
import { Failure } from "../core/failures.ts";
import { openBatchDesk } from "./batch-desk.ts";
import { type BatchWaits, openBatchWaits, type WaitOptions } from "./batch-waits.ts";
import type { Desk } from "./desk.ts";
import { runInLanes } from "./lanes.ts";
import type { OrderDraft } from "./order-draft.ts";
import type { OrderReport } from "./order-report.ts";
import { placeSignal } from "./place-signal.ts";
import { openUnderWay, type UnderWay } from "./under-way.ts";

export type SubmitOptions = {
  /** Most orders under way at a time. */
  readonly atOnce: number;
  readonly isDryRun: boolean;
  /** Aborted: nothing new begins, and what is under way comes to its end. */
  readonly signal: AbortSignal;
  /** Whether an order waits where `risk.maxOrdersPerMinute` would refuse it. Absent: none does. */
  readonly isPaced?: (draft: OrderDraft) => boolean;
  /** Told once for each reason that orders of the batch wait for. */
  readonly onWaiting?: WaitOptions["onWaiting"];
  /** Told of each order once it has its outcome. */
  readonly onSettled: (order: SubmittedOrder) => void;
};

/** What became of one order of a batch. */
export type SubmittedOrder = {
  readonly draft: OrderDraft;
  /** Null when nothing came of it, for the reason that `failure` gives, or because the batch was stopped. */
  readonly report: OrderReport | null;
  readonly failure: Failure | null;
  /** Whether it is an earlier order of the same signal: nothing was sent now. */
  readonly isKnown: boolean;
};

/** An order that our own limit, or the broker's, held back has never left: it goes the whole road again. */
const MOST_TRIES = 4;
const PAUSE_MS = 1_000;
/** So often it waits until the fate of others is known, or until a minute has room for it after all. */
const MOST_WAITS = 20;

/**
 * Sends the orders of a batch, each by the whole road of one order, and at the most `atOnce` of them at a time; see
 * `lanes.ts` for which wait for which. `instrument` of the drafts is the instrument's own name.
 */
export async function submitOrders(
  desk: Desk,
  drafts: readonly OrderDraft[],
  options: SubmitOptions,
): Promise<void> {
  const { atOnce, signal, onSettled, onWaiting = () => undefined } = options;
  const shared = openBatchDesk(desk);
  const waits = openBatchWaits(shared, { signal, onWaiting });
  const batch = { desk: shared, underWay: openUnderWay(), waits, options };
  const isStopped = () => signal.aborted;
  const work = async (draft: OrderDraft) => onSettled(await submitOne(draft, batch));
  const unsent = await runInLanes(drafts, work, { atOnce, isStopped });
  for (const draft of unsent) onSettled(stopped(draft));
}

type Batch = {
  readonly desk: Desk;
  readonly underWay: UnderWay;
  readonly waits: BatchWaits;
  readonly options: SubmitOptions;
};

async function submitOne(draft: OrderDraft, batch: Batch): Promise<SubmittedOrder> {
  const { desk, waits, options } = batch;
  const { signal } = options;
  const isPaced = !options.isDryRun && options.isPaced?.(draft) === true;
  const unknown = options.isDryRun ? 1 : MOST_WAITS;
  const left = { limit: MOST_TRIES, unknown, pace: isPaced ? MOST_WAITS : 1 };
  const pauses = {
    limit: () => desk.clock.sleep(PAUSE_MS * (MOST_TRIES - left.limit), signal).then(() => true),
    unknown: waits.settled,
    // Another process was quicker: the next try waits for its place.
    pace: async () => true,
  };
  for (;;) {
    const order = await (isPaced ? tryInItsPlace(draft, batch) : tryOnce(draft, batch));
    const reason = heldBackBy(order);
    if (reason === null) return order;
    left[reason] -= 1;
    const mayGo = left[reason] > 0 && (await pauses[reason]().catch(() => false));
    if (!mayGo || signal.aborted) return order;
  }
}

/** What kept an order here that may go a moment later; null for any other outcome. */
function heldBackBy(order: SubmittedOrder): "limit" | "unknown" | "pace" | null {
  const { report, failure, isKnown } = order;
  const error = report?.error;
  if (isKnown || (error && error.brokerCode !== null)) return null;
  const code = error?.code ?? failure?.code;
  if (code === "RATE_LIMITED") return "limit";
  if (code === "OUTCOME_UNKNOWN" && report === null && failure?.sent === false) return "unknown";
  if (code !== "RISK_LIMIT") return null;
  const isBlocked = report?.compliance.some(
    ({ rule, outcome }) => rule === ordersPerMinuteRule.id && outcome === "block",
  );
  return isBlocked || failure?.retryable ? "pace" : null;
}

/** Whether the limit of a minute refused it. */
export function isRefusedByPace(order: SubmittedOrder): boolean {
  return heldBackBy(order) === "pace";
}

async function tryInItsPlace(draft: OrderDraft, batch: Batch): Promise<SubmittedOrder> {
  const { signal } = batch.options;
  const giveBack = await batch.waits.turn().catch((error: unknown) => {
    if (signal.aborted && error === signal.reason) return null;
    throw error;
  });
  return giveBack ? tryOnce(draft, batch).finally(giveBack) : stopped(draft);
}

async function tryOnce(draft: OrderDraft, batch: Batch): Promise<SubmittedOrder> {
  const { desk, underWay, options } = batch;
  let clientOrderId: string | null = null;
  const settled = (report: OrderReport | null) => {
    if (clientOrderId !== null && !options.isDryRun) underWay.done(clientOrderId, report);
  };
  try {
    const { report, isKnown } = await placeSignal(desk, draft, {
      isDryRun: options.isDryRun,
      // What is under way when the batch is stopped is to come to its end.
      signal: new AbortController().signal,
      underWay,
      confirm: async ({ built }) => {
        clientOrderId = built.order.clientOrderId;
        options.signal.throwIfAborted();
        return false;
      },
    });
    settled(report);
    return { draft, report, failure: null, isKnown };
  } catch (error) {
    const sent = error instanceof Failure ? sentReport(error) : null;
    settled(sent);
    if (error instanceof Failure) return { draft, report: sent, failure: error, isKnown: false };
    if (options.signal.aborted && error === options.signal.reason) return stopped(draft);
    throw error;
  }
}

/** The report of an order whose outcome is known and couldn't be stored. */
function sentReport({ details }: Failure): OrderReport | null {
  return (details.report as OrderReport | undefined) ?? null;
}

function stopped(draft: OrderDraft): SubmittedOrder {
  return { draft, report: null, failure: null, isKnown: false };
}
