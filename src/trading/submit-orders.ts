import { Failure } from "../core/failures.ts";
import { openBatchDesk } from "./batch-desk.ts";
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

/**
 * Sends the orders of a batch, each by the whole road of one order, and at the most `atOnce` of them at a time; see
 * `lanes.ts` for which wait for which. `instrument` of the drafts is the instrument's own name.
 */
export async function submitOrders(
  desk: Desk,
  drafts: readonly OrderDraft[],
  options: SubmitOptions,
): Promise<void> {
  const { atOnce, signal, onSettled } = options;
  const batch = { desk: openBatchDesk(desk), underWay: openUnderWay(), options };
  const isStopped = () => signal.aborted;
  const work = async (draft: OrderDraft) => onSettled(await submitOne(draft, batch));
  const unsent = await runInLanes(drafts, work, { atOnce, isStopped });
  for (const draft of unsent) onSettled(stopped(draft));
}

type Batch = {
  readonly desk: Desk;
  readonly underWay: UnderWay;
  readonly options: SubmitOptions;
};

async function submitOne(draft: OrderDraft, batch: Batch): Promise<SubmittedOrder> {
  const { clock } = batch.desk;
  const { signal } = batch.options;
  for (let tries = 1; ; tries += 1) {
    const order = await tryOnce(draft, batch);
    const code = order.report?.error?.code ?? order.failure?.code;
    const wasSent = order.report?.error ? order.report.error.brokerCode !== null : false;
    if (code !== "RATE_LIMITED" || wasSent || order.isKnown || tries === MOST_TRIES) return order;
    await clock.sleep(PAUSE_MS * tries, signal).catch(() => undefined);
    if (signal.aborted) return order;
  }
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
