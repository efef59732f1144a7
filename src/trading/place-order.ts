import { review, type Verdict } from "../compliance/review.ts";
import { DAILY_LOSS_RULE } from "../compliance/rules/pace.ts";
import { Failure } from "../core/failures.ts";
import type { Cleared, MarketOrder, OrderRequest } from "../core/order-request.ts";
import { auditRecord, deskRecord } from "./audit-records.ts";
import { type BuiltOrder, buildOrder } from "./build-order.ts";
import { type Desk, findInstrument, newClientOrderId } from "./desk.ts";
import { circumstancesOf, type MarketView, readMarket } from "./market-view.ts";
import type { OrderDraft } from "./order-draft.ts";
import {
  type OrderContext,
  type OrderReport,
  reportRefused,
  reportWithout,
} from "./order-report.ts";
import { requireSupported } from "./require-supported.ts";
import { sendOrder } from "./send-order.ts";
import { requireSettled, settleIntents } from "./settle.ts";
import { validateSize } from "./validate-size.ts";

const BLOCKED = "order.blocked";

export type OrderPreview = {
  readonly built: BuiltOrder;
  readonly view: MarketView;
  readonly verdict: Verdict<MarketOrder>;
};

export type OrderOptions = {
  readonly isDryRun: boolean;
  readonly signal: AbortSignal;
  /** Asked after review and before anything is written or sent: whether somebody was asked. Throws to stop. */
  readonly confirm: (preview: OrderPreview) => Promise<boolean>;
};

export type PlacedOrder = { readonly report: OrderReport; readonly preview: OrderPreview };

/**
 * The whole road of a market order: read the market, work the order out, review it, ask, send it once.
 * Blocked and rejected orders come back as reports. @throws Failure when it wasn't sent for another reason.
 */
export async function placeOrder(
  desk: Desk,
  draft: OrderDraft,
  options: OrderOptions,
): Promise<PlacedOrder> {
  const instrument = await findInstrument(desk, draft.instrument);
  if (draft.size.kind === "units") validateSize(draft.size.units, instrument);
  const { open } = await settleIntents(desk);
  requireSettled(open, instrument.name, desk);
  const reading = readMarket(desk, instrument);
  // Made while the answers are under way: the first id of a process loads its cryptography.
  const clientOrderId = draft.clientOrderId ?? newClientOrderId(desk);
  const view = await reading;
  const built = buildOrder(desk, { ...draft, clientOrderId }, view);
  validateSize(built.order.units, instrument);
  requireSupported(built.order, desk);
  const verdict = review(await circumstancesOf(desk, built.order, view), desk.newId());
  const preview = { built, view, verdict };
  const context: OrderContext = {
    desk,
    request: built.order,
    view,
    expectedPrice: built.expected.price,
    checks: verdict.checks,
  };
  const report = await dispatch(context, verdict, {
    ...options,
    confirm: () => options.confirm(preview),
  });
  return { report, preview };
}

export type DispatchOptions = Omit<OrderOptions, "confirm"> & {
  readonly confirm: () => Promise<boolean>;
};

/** From verdict to outcome: blocked, dry, or asked, journaled and sent. Orders and closes alike. */
export async function dispatch(
  context: OrderContext,
  verdict: Verdict<OrderRequest>,
  options: DispatchOptions,
): Promise<OrderReport> {
  if (!verdict.cleared) {
    return blocked(context, verdict, options.isDryRun ? "order.dry-run.blocked" : BLOCKED);
  }
  const { desk, request, view } = context;
  if (options.isDryRun) {
    await recordChecks(context, "order.dry-run");
    return reportWithout(context, "dry_run", {});
  }
  const wasAsked = await options.confirm();
  if (!wasAsked) return send(context, verdict.cleared, options.signal);
  // The answer may have taken minutes: the price is older now, and trading may have been halted meanwhile.
  const latest = review(await circumstancesOf(desk, request, view), desk.newId());
  const sending = { ...context, checks: latest.checks };
  if (!latest.cleared) return blocked(sending, latest, BLOCKED);
  return send(sending, latest.cleared, options.signal);
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
