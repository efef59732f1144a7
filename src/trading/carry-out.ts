import { hintText } from "../compliance/check.ts";
import type { Verdict } from "../compliance/review.ts";
import { DAILY_LOSS_RULE } from "../compliance/rules/pace.ts";
import { Failure, type FailureCode } from "../core/failures.ts";
import type { Cleared, OrderRequest } from "../core/order-request.ts";
import { auditRecord, deskRecord } from "./audit-records.ts";
import { type Desk, hereOf } from "./desk.ts";
import { prepareFence } from "./elsewhere.ts";
import type { OrderContext } from "./order-context.ts";
import { type OrderCosts, orderCosts, reportedCosts } from "./order-costs.ts";
import { type OrderReport, reportRefused, reportWithout } from "./order-report.ts";
import { type Clearance, type Moment, sendOrder } from "./send-order.ts";

const BLOCKED = "order.blocked";

export type RoadOptions = {
  readonly isDryRun: boolean;
  readonly signal: AbortSignal;
};

/** A request that is worked out, and how it is reviewed: again after somebody was asked, for time has passed. */
export type Errand<T extends OrderRequest = OrderRequest> = Omit<
  OrderContext,
  "checks" | "review"
> & {
  readonly request: T;
  readonly examine: () => Promise<Verdict<T>>;
};

/** Asked after review and before anything is written or sent: whether somebody was asked. Throws to stop. */
export type Confirm<T extends OrderRequest> = (
  verdict: Verdict<T>,
  costs: OrderCosts | null,
) => Promise<boolean>;

export type CarriedOut<T extends OrderRequest> = {
  readonly report: OrderReport;
  readonly verdict: Verdict<T>;
};

/** So often a request is reviewed again because others were quicker between its review and its journal entry. */
const MOST_REVIEWS = 3;
const OVERTAKEN: ReadonlySet<FailureCode> = new Set(["TRADING_HALTED", "RISK_LIMIT"]);

/**
 * The road of every kind of request from its review to its outcome: blocked, dry, or asked, journaled and sent.
 * Blocked and rejected requests come back as reports. @throws Failure when it wasn't sent for another reason.
 */
export async function carryOut<T extends OrderRequest>(
  errand: Errand<T>,
  confirm: Confirm<T>,
  options: RoadOptions,
): Promise<CarriedOut<T>> {
  if (!options.isDryRun) prepareFence(errand.desk);
  const first = await reviewed(errand);
  const { verdict } = first;
  if (options.isDryRun) return { report: await dryRun(errand, verdict), verdict };
  const wasAsked = verdict.cleared !== null && (await confirm(verdict, orderCosts(errand)));
  // The answer may have taken minutes: the price is older now, and trading may have been halted meanwhile.
  return finish(errand, wasAsked ? await reviewed(errand) : first, options.signal);
}

type Reviewed<T extends OrderRequest> = { readonly verdict: Verdict<T>; readonly since: Moment };

async function reviewed<T extends OrderRequest>({
  desk,
  examine,
}: Errand<T>): Promise<Reviewed<T>> {
  const since = { at: desk.clock.now(), monotonicMs: desk.clock.monotonicMs() };
  return { verdict: await examine(), since };
}

async function dryRun<T extends OrderRequest>(
  { examine, ...errand }: Errand<T>,
  verdict: Verdict<T>,
): Promise<OrderReport> {
  const context = { ...errand, checks: verdict.checks, review: verdict.record };
  if (!verdict.cleared) return blocked(context, verdict, "order.dry-run.blocked");
  await recordChecks(context, "order.dry-run");
  const costs = orderCosts(context);
  return { ...reportWithout(context, "dry_run", {}), costs: costs && reportedCosts(costs) };
}

/** Sends what is cleared. Where another process was quicker to halt, or to order, the review is asked again. */
async function finish<T extends OrderRequest>(
  errand: Errand<T>,
  first: Reviewed<T>,
  signal: AbortSignal,
): Promise<CarriedOut<T>> {
  let latest = first;
  for (let reviews = 1; ; reviews += 1) {
    const { verdict, since } = latest;
    const { examine, ...rest } = errand;
    const context = { ...rest, checks: verdict.checks, review: verdict.record };
    if (!verdict.cleared) return { report: await blocked(context, verdict, BLOCKED), verdict };
    const clearance = { verdictId: verdict.id, basis: verdict.basis, since, signal };
    try {
      return { report: await send(context, verdict.cleared, clearance), verdict };
    } catch (error) {
      const isOvertaken = error instanceof Failure && OVERTAKEN.has(error.code);
      if (!isOvertaken || reviews === MOST_REVIEWS) throw error;
    }
    latest = await reviewed(errand);
  }
}

/** What was cleared is what is journaled and sent. An id that was used before is a refusal like any other. */
async function send(
  context: OrderContext,
  cleared: Cleared<OrderRequest>,
  clearance: Clearance,
): Promise<OrderReport> {
  try {
    return await sendOrder({ ...context, request: cleared }, cleared, clearance);
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
  return reportRefused(context, { ...block, hint: hintText(block.hint, hereOf(context.desk)) });
}

/** A day's loss that is reached stays reached, also when prices recover: until somebody resumes. */
async function haltTrading(desk: Desk): Promise<void> {
  const halt = { since: desk.clock.now(), reason: `${DAILY_LOSS_RULE} reached` };
  await desk.halts.halt(desk.profile.name, halt);
  await desk.journal.record([deskRecord(desk, "trading.halted", halt)]);
}

async function recordChecks(context: OrderContext, kind: string): Promise<void> {
  const { desk, request, checks, review } = context;
  await desk.journal.record([auditRecord(context, kind, { request, checks, review })]);
}
