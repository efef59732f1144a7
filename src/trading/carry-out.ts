import type { Verdict } from "../compliance/review.ts";
import { DAILY_LOSS_RULE } from "../compliance/rules/pace.ts";
import { Failure } from "../core/failures.ts";
import type { Cleared, OrderRequest } from "../core/order-request.ts";
import { auditRecord, deskRecord } from "./audit-records.ts";
import type { Desk } from "./desk.ts";
import type { OrderContext } from "./order-context.ts";
import { type OrderReport, reportRefused, reportWithout } from "./order-report.ts";
import { sendOrder } from "./send-order.ts";

const BLOCKED = "order.blocked";

export type RoadOptions = {
  readonly isDryRun: boolean;
  readonly signal: AbortSignal;
};

/** A request that is worked out, and how it is reviewed: again after somebody was asked, for time has passed. */
export type Errand<T extends OrderRequest = OrderRequest> = Omit<OrderContext, "checks"> & {
  readonly request: T;
  readonly examine: () => Promise<Verdict<T>>;
};

/** Asked after review and before anything is written or sent: whether somebody was asked. Throws to stop. */
export type Confirm<T extends OrderRequest> = (verdict: Verdict<T>) => Promise<boolean>;

export type CarriedOut<T extends OrderRequest> = {
  readonly report: OrderReport;
  readonly verdict: Verdict<T>;
};

/**
 * The road of every kind of request from its review to its outcome: blocked, dry, or asked, journaled and sent.
 * Blocked and rejected requests come back as reports. @throws Failure when it wasn't sent for another reason.
 */
export async function carryOut<T extends OrderRequest>(
  { examine, ...errand }: Errand<T>,
  confirm: Confirm<T>,
  options: RoadOptions,
): Promise<CarriedOut<T>> {
  const verdict = await examine();
  const context = { ...errand, checks: verdict.checks };
  const { cleared } = verdict;
  if (!cleared) {
    const kind = options.isDryRun ? "order.dry-run.blocked" : BLOCKED;
    return { report: await blocked(context, verdict, kind), verdict };
  }
  if (options.isDryRun) {
    await recordChecks(context, "order.dry-run");
    return { report: reportWithout(context, "dry_run", {}), verdict };
  }
  if (!(await confirm(verdict))) {
    return { report: await send(context, cleared, options.signal), verdict };
  }
  // The answer may have taken minutes: the price is older now, and trading may have been halted meanwhile.
  const latest = await examine();
  const sending = { ...errand, checks: latest.checks };
  const report = latest.cleared
    ? await send(sending, latest.cleared, options.signal)
    : await blocked(sending, latest, BLOCKED);
  return { report, verdict: latest };
}

/** What was cleared is what is journaled and sent. An id that was used before is a refusal like any other. */
async function send(
  context: OrderContext,
  cleared: Cleared<OrderRequest>,
  signal: AbortSignal,
): Promise<OrderReport> {
  try {
    return await sendOrder({ ...context, request: cleared }, cleared, signal);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "DUPLICATE_CLIENT_ORDER_ID") throw error;
    return reportRefused(context, error);
  }
}

async function blocked(
  context: OrderContext,
  { blocks }: Verdict<OrderRequest>,
  kind: string,
): Promise<OrderReport> {
  const [block] = blocks;
  if (!block) throw new Failure("INTERNAL", "The review cleared nothing and blocked nothing.");
  await recordChecks(context, kind);
  if (kind === BLOCKED && blocks.some((one) => one.rule === DAILY_LOSS_RULE)) {
    await haltTrading(context.desk);
  }
  return reportRefused(context, block);
}

/** A day's loss that is reached stays reached, also when prices recover: until somebody resumes. */
async function haltTrading(desk: Desk): Promise<void> {
  const halt = { since: desk.clock.now(), reason: `${DAILY_LOSS_RULE} reached` };
  await desk.halts.halt(desk.profile.name, halt);
  await desk.journal.record([deskRecord(desk, "trading.halted", halt)]);
}

async function recordChecks(context: OrderContext, kind: string): Promise<void> {
  const { desk, request, checks } = context;
  await desk.journal.record([auditRecord(context, kind, { request, checks })]);
}
