import { reviewCancel } from "../compliance/review.ts";
import type { Order } from "../core/order.ts";
import type { CancelOrder } from "../core/order-request.ts";
import type { AccountState } from "../ports/broker.ts";
import { carryOut, type RoadOptions } from "./carry-out.ts";
import { type Desk, findInstrument, newClientOrderId } from "./desk.ts";
import { rulesOf } from "./market-view.ts";
import type { OrderReport } from "./order-report.ts";
import { fateOf } from "./pending-orders.ts";

export type CancelOptions = RoadOptions & {
  /** Read before: a cancellation needs no price, so it stays possible without one. */
  readonly state: AccountState;
  readonly confirm: () => Promise<boolean>;
};

/**
 * Takes one pending order back, by the road of every order. It is possible while another order's fate is unknown:
 * cancelled twice, nothing more is cancelled. One that was filled meanwhile is reported as rejected, with its fate.
 */
export async function cancelOrder(
  desk: Desk,
  order: Order,
  options: CancelOptions,
): Promise<OrderReport> {
  const instrument = await findInstrument(desk, order.instrument);
  const request: CancelOrder = {
    kind: "cancel",
    clientOrderId: newClientOrderId(desk),
    account: desk.account.id,
    instrument: order.instrument,
    side: order.side,
    units: order.units,
    origin: order.origin,
    orderId: order.orderId,
  };
  const state = withOrder(options.state, order);
  const examine = async () => {
    const halt = await desk.halts.haltOf(desk.profile.name);
    const ruleSet = rulesOf(desk, desk.clock.now());
    return reviewCancel({ request, state, halt, quote: null, ruleSet }, desk.newId());
  };
  const view = { instrument, state, conversion: null };
  const errand = { desk, request, view, expectedPrice: null, examine };
  const { report } = await carryOut(errand, options.confirm, options);
  return report.error?.code === "ORDER_NOT_FOUND" ? withFate(desk, order, report) : report;
}

/** An order that came after the state was read belongs to it as well. */
function withOrder(state: AccountState, order: Order): AccountState {
  const isKnown = state.pendingOrders.some(({ orderId }) => orderId === order.orderId);
  return isKnown ? state : { ...state, pendingOrders: [...state.pendingOrders, order] };
}

/** Why there was nothing to cancel any more; without an answer the broker's own words have to do. */
async function withFate(desk: Desk, { orderId }: Order, report: OrderReport): Promise<OrderReport> {
  const [found] = await Promise.allSettled([desk.broker.order(orderId)]);
  const now = found.status === "fulfilled" ? found.value : null;
  if (!now || !report.error) return report;
  return {
    ...report,
    error: { ...report.error, message: `${report.error.message} ${fateOf(now)}` },
  };
}
