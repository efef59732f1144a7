import { review, type Verdict } from "../compliance/review.ts";
import { isEntry } from "../core/entry-order.ts";
import type { Order } from "../core/order.ts";
import type { ChangeOrder } from "../core/order-request.ts";
import { carryOut, type RoadOptions } from "./carry-out.ts";
import { changedTerms } from "./change-terms.ts";
import { type Desk, findInstrument, newClientOrderId } from "./desk.ts";
import { afterOthers } from "./elsewhere.ts";
import { circumstancesOf, type MarketView, readMarket, viewForReview } from "./market-view.ts";
import type { OrderCosts } from "./order-costs.ts";
import type { OrderChange } from "./order-draft.ts";
import type { OrderReport } from "./order-report.ts";
import { findPending } from "./pending-orders.ts";
import { requireChanges, requireSupported } from "./require-supported.ts";
import { requireSettled, settleIntents } from "./settle.ts";

export type ChangePreview = {
  /** As it was. */
  readonly order: Order;
  readonly request: ChangeOrder;
  readonly view: MarketView;
  readonly verdict: Verdict<ChangeOrder>;
};

export type ChangeOptions = RoadOptions & {
  readonly confirm: (preview: ChangePreview, costs: OrderCosts | null) => Promise<boolean>;
};

type AskedChange = { readonly id: string; readonly change: OrderChange };

export type OrderChanged = { readonly report: OrderReport; readonly preview: ChangePreview };

/**
 * Puts an order of other terms in a pending one's place, by the road of every order. An entry's change is as much new
 * risk as an entry. @throws Failure as `placeOrder`, and ORDER_NOT_FOUND for an order that no longer waits.
 */
export function changeOrder(
  desk: Desk,
  asked: AskedChange,
  options: ChangeOptions,
): Promise<OrderChanged> {
  return afterOthers(desk, () => changeNow(desk, asked, options));
}

async function changeNow(
  desk: Desk,
  { id, change }: AskedChange,
  options: ChangeOptions,
): Promise<OrderChanged> {
  requireChanges(desk);
  const { open } = await settleIntents(desk);
  const found = await findPending(desk, id, await desk.broker.state());
  requireSettled(open, found.instrument, desk);
  const view = await readMarket(desk, await findInstrument(desk, found.instrument));
  // As it is at the moment of the view: another process may have changed or cancelled it.
  const order = await findPending(desk, found.orderId, view.state);
  const { terms, units, expectedPrice } = changedTerms(desk, { order, change }, view);
  if (isEntry(terms)) requireSupported({ kind: "entry", ...terms }, desk, view.state.account);
  const request: ChangeOrder = {
    kind: "change",
    clientOrderId: newClientOrderId(desk),
    account: desk.account.id,
    instrument: order.instrument,
    side: order.side,
    units,
    origin: order.origin,
    orderId: order.orderId,
    terms,
  };
  const examine = async () => {
    const latest = await viewForReview(desk, request, view);
    return review(await circumstancesOf(desk, request, latest), desk.newId());
  };
  const { report, verdict } = await carryOut(
    { desk, request, view, expectedPrice, examine },
    (latest, costs) => options.confirm({ order, request, view, verdict: latest }, costs),
    options,
  );
  return { report, preview: { order, request, view, verdict } };
}
