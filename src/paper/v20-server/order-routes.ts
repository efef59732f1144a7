import { isExit } from "../engine/orders.ts";
import type { VenueAccount, VenueOrder } from "../engine/types.ts";
import {
  cancelOrder,
  placeEntryOrder,
  placeExitOrder,
  placeMarketOrder,
  replaceOrder,
  setOrderExtensions,
  type Venue,
  type VenueStep,
} from "../engine/venue.ts";
import {
  type AccountCall,
  type Answer,
  forAccount,
  type Handler,
  noSuch,
  ok,
  specifierOf,
} from "./call.ts";
import { invalidValue, missingData } from "./errors.ts";
import { extensionsOf } from "./fields.ts";
import { type ExitRequest, type OrderRequest, parseOrderRequest } from "./order-request.ts";
import {
  createdId,
  halfOf,
  orderReply,
  replacementNames,
  stepReply,
  withLocation,
  writtenNames,
} from "./outcome.ts";
import { matching, pageOf } from "./page.ts";
import { choiceOf } from "./query.ts";
import type { Route } from "./router.ts";
import { orderJson } from "./wire-orders.ts";

const ACCOUNT = "/v3/accounts/{account}";
const ORDERS = `${ACCOUNT}/orders`;
const ORDER = `${ORDERS}/{order}`;

export const ORDER_ROUTES: readonly Route<Handler>[] = [
  { method: "POST", path: ORDERS, handler: forAccount(createOrder) },
  { method: "GET", path: ORDERS, handler: forAccount(listOrders) },
  { method: "GET", path: `${ACCOUNT}/pendingOrders`, handler: forAccount(listPendingOrders) },
  { method: "GET", path: ORDER, handler: forAccount(showOrder) },
  { method: "PUT", path: ORDER, handler: forAccount(replace) },
  { method: "PUT", path: `${ORDER}/cancel`, handler: forAccount(cancel) },
  { method: "PUT", path: `${ORDER}/clientExtensions`, handler: forAccount(setExtensions) },
];

const STATES = ["PENDING", "FILLED", "TRIGGERED", "CANCELLED", "ALL"] as const;

function createOrder(call: AccountCall): Answer {
  const request = parseOrderRequest(call.body);
  const place = placementOf(call, request);
  const step = call.ledger.run(place);
  return withLocation(call, orderReply(call, step, 201), createdId(step));
}

type Placement = (venue: Venue, account: VenueAccount) => VenueStep;

function placementOf(call: AccountCall, request: OrderRequest): Placement {
  const context = { at: call.now, requestId: call.requestId };
  if (request.kind === "exit") {
    const order = { ...exitOf(call, request.order), ...context };
    return (venue, account) => placeExitOrder(venue, account, order);
  }
  const limit = fillLimit(call, request.order);
  if (request.kind === "market") {
    const { stopLossOnFill, guaranteedStopLossOnFill, trailingStopOnFill } = request.order;
    const hasStop = stopLossOnFill ?? guaranteedStopLossOnFill ?? trailingStopOnFill ?? null;
    const areStopsRefused = hasStop !== null && call.areStopsRefused();
    const order = { ...request.order, ...limit, ...context, areStopsRefused };
    return (venue, account) => placeMarketOrder(venue, account, order);
  }
  const order = { ...request.order, ...limit, ...context };
  return (venue, account) => placeEntryOrder(venue, account, order);
}

/** @throws Refusal 400 for an unknown instrument: no transaction is made. */
function fillLimit(call: AccountCall, order: Exclude<OrderRequest, { kind: "exit" }>["order"]) {
  const instrument = call.ledger.venue.feed.instrument(order.instrument);
  if (!instrument) throw invalidValue("order.instrument");
  if (!call.isPartialFill()) return {};
  return { maximumFillUnits: halfOf(order.units, instrument.unitsPrecision) };
}

/** The exit with its trade's number; a replacement that names no trade keeps the old order's. */
function exitOf(
  { ledger }: AccountCall,
  { tradeSpecifier, ...order }: ExitRequest,
  replaced?: VenueOrder,
) {
  if (tradeSpecifier === null) {
    if (!replaced || !isExit(replaced)) throw missingData();
    return { ...order, tradeId: replaced.tradeId };
  }
  const tradeId = ledger.trade(tradeSpecifier)?.id ?? numberOf(tradeSpecifier);
  return { ...order, tradeId };
}

function replace(call: AccountCall): Answer {
  const { ledger, now, requestId } = call;
  const specifier = specifierOf(call, "order");
  const replaced = ledger.order(specifier);
  const orderId = replaced?.id ?? numberOf(specifier);
  const order = replacementOf(call, replaced);
  const step = ledger.run((venue, account) =>
    replaceOrder(venue, account, { orderId, order, at: now, requestId }),
  );
  const names = writtenNames(call, replacementNames(step, orderId));
  return withLocation(call, stepReply(call, step, { accepted: 201, names }), createdId(step));
}

/** @throws Refusal 400 for a market order: none waits that it could replace. */
function replacementOf(call: AccountCall, replaced: VenueOrder | undefined) {
  const request = parseOrderRequest(call.body);
  if (request.kind === "market") throw invalidValue("order.type");
  if (request.kind === "exit") return exitOf(call, request.order, replaced);
  return { ...request.order, ...fillLimit(call, request.order) };
}

function listOrders(call: AccountCall): Answer {
  const state = choiceOf(call.query, "state", { values: STATES, fallback: "PENDING" });
  const page = pageOf(call, ordersIn(call, state), (order) => instrumentOf(call, order));
  const reply = ok(call, { orders: page.entries.map((order) => orderJson(call.wire, order)) });
  return { ...reply, headers: page.headers };
}

function ordersIn({ ledger }: AccountCall, state: (typeof STATES)[number]): Iterable<VenueOrder> {
  if (state === "PENDING") return ledger.account.orders.toReversed();
  if (state === "ALL") return ledger.orders();
  return matching(ledger.orders(), (order) => stateOf(order) === state);
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
  const order = call.ledger.order(specifierOf(call, "order"));
  return order ? ok(call, { order: orderJson(call.wire, order) }) : noSuch(call, "NO_SUCH_ORDER");
}

function cancel(call: AccountCall): Answer {
  const { ledger, now, requestId } = call;
  const orderId = orderIdOf(call);
  const step = ledger.run((venue, account) =>
    cancelOrder(venue, account, { orderId, at: now, requestId }),
  );
  return orderReply(call, step, 200);
}

function setExtensions(call: AccountCall): Answer {
  const { ledger, now, requestId } = call;
  const orderId = orderIdOf(call);
  const body = { record: call.body, path: "" };
  const clientExtensions = extensionsOf(body, "clientExtensions");
  const tradeClientExtensions = extensionsOf(body, "tradeClientExtensions");
  const labels = { clientExtensions, tradeClientExtensions };
  const step = ledger.run((venue, account) =>
    setOrderExtensions(venue, account, { orderId, ...labels, at: now, requestId }),
  );
  return orderReply(call, step, 200);
}

function orderIdOf(call: AccountCall): number {
  const specifier = specifierOf(call, "order");
  return call.ledger.order(specifier)?.id ?? numberOf(specifier);
}

/** The number a specifier spells, or 0, which no order and no trade has. */
export function numberOf(specifier: string): number {
  return /^\d{1,15}$/.test(specifier) ? Number(specifier) : 0;
}
