import { hash } from "node:crypto";
import { usageFailure } from "../core/failures.ts";
import type { Intent, KnownSignal, SignalClaim, SignalKey } from "../ports/journal.ts";
import { type Desk, findInstrument, selecting } from "./desk.ts";
import { settleElsewhere } from "./elsewhere.ts";
import type { OrderDraft } from "./order-draft.ts";
import { type KeptReport, type OrderReport, reachedNobody, shownReport } from "./order-report.ts";
import { type OrderOptions, type OrderPreview, placeOrder } from "./place-order.ts";
import { isInFlight, settleIntents } from "./settle.ts";
import { differenceOf, signalContent } from "./signal-content.ts";

export type PlacedSignal =
  | { readonly report: OrderReport; readonly isKnown: false; readonly preview: OrderPreview }
  /** What the signal's earlier order came to: nothing was sent now. */
  | { readonly report: OrderReport; readonly isKnown: true; readonly preview: null };

/** How a signal stands: it may make an order, or has made one. */
export type SignalStanding =
  | { readonly kind: "free"; readonly clientOrderId: string; readonly claim: SignalClaim }
  | ({ readonly kind: "made" } & Pick<KnownSignal, "intent" | "elsewhere">);

/** An order of another process has its outcome after that long, or never by itself. */
const MOST_WAITING_MS = 30_000;
const PAUSE_MS = 100;

/**
 * The road of an order that a signal asks for: a signal makes one order, whoever sends it and however often. One that made
 * an order before answers with that order's outcome; only where that one provably never left is there another.
 * @throws Failure USAGE when the earlier order was another one; as `placeOrder` does.
 */
export async function placeSignal(
  desk: Desk,
  draft: OrderDraft,
  options: OrderOptions,
): Promise<PlacedSignal> {
  if (draft.origin.signalId === null) return fresh(await placeOrder(desk, draft, options));
  const { name } = await findInstrument(desk, draft.instrument);
  const before = await earlierOutcome(desk, draft, name);
  if (before.earlier) return known(before.earlier);
  const { clientOrderId, claim } = before.free;
  const named = { ...draft, clientOrderId: draft.clientOrderId ?? clientOrderId };
  const placed = await placeOrder(desk, named, { ...options, claim });
  if (placed.report.error?.code !== "DUPLICATE_CLIENT_ORDER_ID") return fresh(placed);
  // Another process may have been quicker: the journal let only one of them through.
  const { earlier: quicker } = await earlierOutcome(desk, draft, name);
  return quicker ? known(quicker) : fresh(placed);
}

/** @throws Failure USAGE when the signal has made another order than `draft`, which says how they differ. */
export async function standingOf(
  desk: Desk,
  draft: OrderDraft,
  instrument: string,
): Promise<SignalStanding> {
  const { signalId } = draft.origin;
  if (signalId === null) throw new RangeError("an order without a signal has no standing");
  const key = { connection: desk.profile.name, account: desk.account.id, signalId };
  const content = signalContent(draft, instrument);
  const earlier = await desk.journal.signal(key);
  if (earlier) requireSame(earlier, content, signalId);
  if (earlier && !hasNeverLeft(earlier.intent)) return { ...earlier, kind: "made" };
  const inPlaceOf = earlier?.intent.clientOrderId ?? null;
  const clientOrderId = orderIdOf(key, (earlier?.attempts ?? 0) + 1);
  return { kind: "free", clientOrderId, claim: { content, inPlaceOf } };
}

/** Whether an intent is proven to have changed nothing. */
export function hasNeverLeft({ state, result }: Pick<Intent, "state" | "result">): boolean {
  const report = result as OrderReport | null;
  return state === "settled" && report !== null && reachedNobody(report);
}

function requireSame({ content, intent }: KnownSignal, now: string, signalId: string): void {
  const difference = content === null ? null : differenceOf(content, now);
  if (difference === null) return;
  throw usageFailure(
    `The signal ${signalId} made the order ${intent.clientOrderId} at ${intent.createdAt}, and it was another one: ${difference}. Nothing was sent.`,
    "A new order needs a signal id of its own.",
  );
}

type Earlier =
  | { readonly earlier: OrderReport }
  | { readonly earlier: null; readonly free: SignalStanding & { readonly kind: "free" } };

/**
 * What the signal's order came to, or how it may make one. A living process is waited for; what nobody
 * sends any more is settled by the broker's log. The outcome may stay unknown.
 */
async function earlierOutcome(desk: Desk, draft: OrderDraft, instrument: string): Promise<Earlier> {
  const startedMs = desk.clock.monotonicMs();
  for (;;) {
    const standing = await standingOf(desk, draft, instrument);
    if (standing.kind === "free") return { earlier: null, free: standing };
    const { intent, elsewhere } = standing;
    if (intent.state === "settled") return { earlier: shownReport(intent.result as KeptReport) };
    const isSending = elsewhere ? elsewhere.isInFlight : isInFlight(desk, intent);
    const isPatient = desk.clock.monotonicMs() - startedMs < MOST_WAITING_MS;
    if (isSending && isPatient) await desk.clock.sleep(PAUSE_MS);
    else if (isSending || !(await hasSettled(desk, standing))) {
      return { earlier: unknownReport(desk, intent) };
    }
  }
}

async function hasSettled(
  desk: Desk,
  { intent, elsewhere }: Pick<KnownSignal, "intent" | "elsewhere">,
): Promise<boolean> {
  const { open } = elsewhere ? await settleElsewhere(desk) : await settleIntents(desk);
  return !open.some(({ clientOrderId }) => clientOrderId === intent.clientOrderId);
}

function unknownReport(desk: Desk, { result, clientOrderId }: Intent): OrderReport {
  const error = {
    code: "OUTCOME_UNKNOWN" as const,
    brokerCode: null,
    message: `Order ${clientOrderId} was journaled before, and its fate is not known yet. It may be live, and is not sent again.`,
    hint: `Settle it with: tmt-broker order reconcile ${selecting(desk)}`,
  };
  return { ...(result as OrderReport), status: "unknown", error };
}

/** The same for the same signal everywhere: a broker that still has the order refuses a second one. */
function orderIdOf({ connection, account, signalId }: SignalKey, attempt: number): string {
  const digest = hash("sha256", JSON.stringify([connection, account, signalId]), "hex");
  return `tmt-${digest.slice(0, 32)}${attempt > 1 ? `-${attempt}` : ""}`;
}

function fresh(placed: { report: OrderReport; preview: OrderPreview }): PlacedSignal {
  return { ...placed, isKnown: false };
}

function known(report: OrderReport): PlacedSignal {
  return { report, isKnown: true, preview: null };
}
