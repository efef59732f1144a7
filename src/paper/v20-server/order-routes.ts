import { isExit } from "../engine/orders.ts";
import type { VenueOrder } from "../engine/types.ts";
import { cancelOrder, placeMarketOrder } from "../engine/venue.ts";
import { type AccountCall, type Answer, forAccount, type Handler, noSuch, ok } from "./call.ts";
import { invalidValue } from "./errors.ts";
import { parseOrderRequest } from "./order-request.ts";
import { halfOf, orderReply } from "./outcome.ts";
import { pageOf } from "./page.ts";
import { choiceOf } from "./query.ts";
import type { Route } from "./router.ts";
import { orderJson } from "./wire-orders.ts";

const ORDERS = "/v3/accounts/{account}/orders";

export const ORDER_ROUTES: readonly Route<Handler>[] = [
  { method: "POST", path: ORDERS, handler: forAccount(createOrder) },
  { method: "GET", path: ORDERS, handler: forAccount(listOrders) },
  {
    method: "GET",
    path: "/v3/accounts/{account}/pendingOrders",
    handler: forAccount(listPendingOrders),
  },
  { method: "GET", path: `${ORDERS}/{order}`, handler: forAccount(showOrder) },
  { method: "PUT", path: `${ORDERS}/{order}/cancel`, handler: forAccount(cancel) },
];

const STATES = ["PENDING", "FILLED", "TRIGGERED", "CANCELLED", "ALL"] as const;

function createOrder(call: AccountCall): Answer {
  const { ledger, now, requestId } = call;
  const order = parseOrderRequest(call.body);
  const instrument = ledger.venue.feed.instrument(order.instrument);
  if (!instrument) throw invalidValue("order.instrument");
  const limit = call.isPartialFill()
    ? { maximumFillUnits: halfOf(order.units, instrument.unitsPrecision) }
    : {};
  const step = ledger.run((venue, account) =>
    placeMarketOrder(venue, account, { ...order, ...limit, at: now, requestId }),
  );
  const reply = orderReply(call, step, 201);
  const location = `${call.url}/v3/accounts/${ledger.id}/orders/${step.own[0]?.id}`;
  return reply.status === 201 ? { ...reply, headers: { Location: location } } : reply;
}

function listOrders(call: AccountCall): Answer {
  const state = choiceOf(call.query, "state", { values: STATES, fallback: "PENDING" });
  const all = state === "PENDING" ? call.ledger.account.orders.toReversed() : call.ledger.orders();
  const orders = state === "ALL" ? all : all.filter((order) => stateOf(order) === state);
  const page = pageOf(call, orders, (order) => instrumentOf(call, order));
  const reply = ok(call, { orders: page.entries.map((order) => orderJson(call.wire, order)) });
  return { ...reply, headers: page.headers };
}

function stateOf({ end }: VenueOrder): string {
  return end === null ? "PENDING" : end.state.toUpperCase();
}

function instrumentOf({ ledger }: AccountCall, order: VenueOrder): string | undefined {
  return isExit(order) ? ledger.tradeById(order.tradeId)?.instrument : order.instrument;
}

function listPendingOrders(call: AccountCall): Answer {
  const orders = call.ledger.account.orders.toReversed();
  return ok(call, { orders: orders.map((order) => orderJson(call.wire, order)) });
}

function showOrder(call: AccountCall): Answer {
  const order = call.ledger.order(call.parameters.get("order") ?? "");
  return order ? ok(call, { order: orderJson(call.wire, order) }) : noSuch(call, "NO_SUCH_ORDER");
}

function cancel(call: AccountCall): Answer {
  const { ledger, now, requestId, parameters } = call;
  const specifier = parameters.get("order") ?? "";
  const orderId = ledger.order(specifier)?.id ?? numberOf(specifier);
  const step = ledger.run((venue, account) =>
    cancelOrder(venue, account, { orderId, at: now, requestId }),
  );
  return orderReply(call, step, 200);
}

/** The number a specifier spells, or 0, which no order and no trade has. */
export function numberOf(specifier: string): number {
  return /^\d{1,15}$/.test(specifier) ? Number(specifier) : 0;
}
