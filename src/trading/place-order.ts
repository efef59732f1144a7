import { review, type Verdict } from "../compliance/review.ts";
import type { EntryOrder, MarketOrder } from "../core/order-request.ts";
import type { SignalClaim } from "../ports/journal.ts";
import { type BuiltOrder, buildOrder } from "./build-order.ts";
import { carryOut, type RoadOptions } from "./carry-out.ts";
import { type Desk, findInstrument, newClientOrderId } from "./desk.ts";
import { afterOthers, prepareFence } from "./elsewhere.ts";
import { type AskAboutStop, guardTrade } from "./guard-trade.ts";
import { circumstancesOf, type MarketView, readMarket, viewForReview } from "./market-view.ts";
import type { OrderCosts } from "./order-costs.ts";
import type { OrderDraft } from "./order-draft.ts";
import type { OrderReport } from "./order-report.ts";
import { requireSupported } from "./require-supported.ts";
import { requireSettled, settleIntents } from "./settle.ts";
import type { UnderWay } from "./under-way.ts";
import { validateSize } from "./validate-size.ts";

export type OrderPreview = {
  readonly built: BuiltOrder;
  readonly view: MarketView;
  readonly verdict: Verdict<MarketOrder | EntryOrder>;
};

export type OrderOptions = RoadOptions & {
  /** Asked after review and before anything is written or sent: whether somebody was asked. Throws to stop. */
  readonly confirm: (preview: OrderPreview, costs: OrderCosts | null) => Promise<boolean>;
  /** How the order claims the signal that it names: see place-signal.ts. */
  readonly claim?: SignalClaim;
  /** What this process is sending beside it: its review counts that as done. */
  readonly underWay?: UnderWay;
  /** Where a trade was opened and its stop refused, and the user wants to be asked: null when nobody can be. */
  readonly onStopRefused?: AskAboutStop;
};

export type PlacedOrder = { readonly report: OrderReport; readonly preview: OrderPreview };

/**
 * The whole road of a new order: read the market, work the order out, review it, ask, send it once.
 * Blocked and rejected orders come back as reports. @throws Failure when it wasn't sent for another reason.
 */
export function placeOrder(
  desk: Desk,
  draft: OrderDraft,
  options: OrderOptions,
): Promise<PlacedOrder> {
  return afterOthers(desk, () => place(desk, draft, options));
}

async function place(desk: Desk, draft: OrderDraft, options: OrderOptions): Promise<PlacedOrder> {
  if (!options.isDryRun) prepareFence(desk);
  const instrument = await findInstrument(desk, draft.instrument);
  if (draft.size.kind === "units") validateSize(draft.size.units, instrument);
  const { open } = await settleIntents(desk);
  requireSettled(open, instrument.name, desk);
  const reading = readMarket(desk, instrument);
  // Made while the answers are under way: the first id of a process loads its cryptography.
  const clientOrderId = draft.clientOrderId ?? newClientOrderId(desk);
  const view = await reading;
  const built = buildOrder(desk, { ...draft, clientOrderId }, view);
  const { order: request, expected } = built;
  validateSize(request.units, instrument);
  requireSupported(request, desk, view.state.account);
  const examine = async () => {
    const latest = await viewForReview(desk, request, view);
    const circumstances = await circumstancesOf(desk, request, latest);
    const { underWay } = options;
    return underWay
      ? underWay.review(circumstances, desk.newId())
      : review(circumstances, desk.newId());
  };
  const claim = options.claim ? { claim: options.claim } : {};
  const errand = { desk, request, view, expectedPrice: expected.price, examine, ...claim };
  const { report, verdict } = await carryOut(
    errand,
    (latest, costs) => options.confirm({ built, view, verdict: latest }, costs),
    options,
  );
  const opened = { report, order: request };
  const guarded = report.stopRefused ? await guardTrade(desk, opened, options) : report;
  return { report: guarded, preview: { built, view, verdict } };
}
