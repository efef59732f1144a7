import type { Order } from "../../core/order.ts";
import { isExit } from "../../paper/engine/orders.ts";
import { parseOrder, parseTrade } from "../../paper/engine/snapshot.ts";
import type { VenueOrder, VenueTrade } from "../../paper/engine/types.ts";
import type { OrderFilter } from "../../ports/broker.ts";
import type { Session } from "./session.ts";
import { toOrder } from "./wire.ts";

const LIST_LIMIT = 500;
/** How far back a list of filled or cancelled orders looks for them. */
const SEARCH_LIMIT = 2000;
const ID = /^[1-9]\d{0,14}$/;

/** Orders by state, newest first, at most 500. */
export function listOrders(session: Session, filter: OrderFilter): readonly Order[] {
  const { account, records } = session;
  const ended =
    filter === "pending" ? [] : records.archived("order", SEARCH_LIMIT).map((item) => item.body);
  const pending = filter === "pending" || filter === "all" ? account.orders : [];
  return [...pending, ...ended.map(parseOrder)]
    .filter((order) => filter === "all" || (order.end?.state ?? "pending") === filter)
    .toSorted((left, right) => right.id - left.id)
    .slice(0, LIST_LIMIT)
    .map((order) => describe(session, order));
}

/** One order by the venue's id, or by `@` and the client's; null when there is none. */
export function findOrder(session: Session, id: string): Order | null {
  const order = id.startsWith("@")
    ? orderByClientId(session, id.slice(1))
    : ID.test(id)
      ? orderById(session, Number(id))
      : null;
  return order && describe(session, order);
}

/** An order that has that client id: a waiting one before an ended one. */
export function orderByClientId(session: Session, clientOrderId: string): VenueOrder | null {
  const { account, records } = session;
  const pending = account.orders.find((order) => order.clientExtensions?.id === clientOrderId);
  if (pending) return pending;
  const item = records.archivedByClientId(clientOrderId);
  return item && parseOrder(item.body);
}

export function orderById({ account, records }: Session, id: number): VenueOrder | null {
  const pending = account.orders.find((order) => order.id === id);
  if (pending) return pending;
  const item = records.archivedById("order", id);
  return item && parseOrder(item.body);
}

export function tradeById({ account, records }: Session, id: number): VenueTrade | null {
  const open = account.trades.find((trade) => trade.id === id);
  if (open) return open;
  const item = records.archivedById("trade", id);
  return item && parseTrade(item.body);
}

function describe(session: Session, order: VenueOrder): Order {
  return toOrder(order, isExit(order) ? tradeById(session, order.tradeId) : null);
}
