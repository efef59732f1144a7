import { Failure } from "../core/failures.ts";
import type { Order } from "../core/order.ts";
import type { AccountState } from "../ports/broker.ts";
import { type Desk, selecting } from "./desk.ts";

/** Changes of one order that are followed. */
const MOST_HOPS = 20;

/**
 * The pending order that `id` (the broker's, or `@` and the client order id) names in `state`.
 * @throws Failure ORDER_NOT_FOUND that says what became of it; nothing was sent.
 */
export async function findPending(desk: Desk, id: string, state: AccountState): Promise<Order> {
  const known = state.pendingOrders.find((order) => isNamed(order, id));
  if (known) return known;
  const found = await desk.broker.order(id);
  const order = found && id.startsWith("@") ? await latestOf(desk, found) : found;
  // The broker answers later than the state was read: it may have come in between.
  if (order?.state === "pending") return order;
  throw order ? noLongerPending(desk, order) : notFound(desk, id);
}

/** A client id means an order under whatever number it goes by now, also where a change has cost it that id. */
async function latestOf(desk: Desk, order: Order): Promise<Order> {
  let latest = order;
  for (let hops = 0; latest.replacedBy !== null && hops < MOST_HOPS; hops += 1) {
    const next = await desk.broker.order(latest.replacedBy);
    if (!next) return latest;
    latest = next;
  }
  return latest;
}

/** Orders that wait to open or reduce a position: exits of open trades are not among them. */
export function entriesOf(state: AccountState, instrument: string | null): readonly Order[] {
  return state.pendingOrders.filter(
    (order) => order.tradeId === null && (instrument === null || order.instrument === instrument),
  );
}

/** What became of an order, as a sentence. */
export function fateOf({ orderId, state, endedBy, replacedBy }: Order): string {
  const by = endedBy === null ? "" : ` (transaction ${endedBy})`;
  if (state === "pending") return `Order ${orderId} is still pending.`;
  if (replacedBy !== null) return `Order ${orderId} was replaced by order ${replacedBy}.`;
  return `Order ${orderId} was ${state}${by}.`;
}

function isNamed({ orderId, clientOrderId }: Order, id: string): boolean {
  return id.startsWith("@") ? clientOrderId === id.slice(1) : orderId === id;
}

function noLongerPending(desk: Desk, order: Order): Failure {
  const { orderId, replacedBy, state } = order;
  const next = replacedBy ?? orderId;
  return new Failure("ORDER_NOT_FOUND", `${fateOf(order)} Nothing was sent.`, {
    hint: `See: tmt-broker order show ${next} ${selecting(desk)}`,
    details: { orderId, state, replacedBy },
  });
}

function notFound(desk: Desk, id: string): Failure {
  return new Failure(
    "ORDER_NOT_FOUND",
    `There is no order "${id.slice(0, 140)}" on ${desk.profile.name}. Nothing was sent.`,
    { hint: `List those that wait with: tmt-broker order list ${selecting(desk)}` },
  );
}
