import * as v from "valibot";
import { Failure } from "../../core/failures.ts";
import { type Decimal, sumOf, toPrice, toUnits, ZERO } from "../../core/money.ts";
import type { Order } from "../../core/order.ts";
import type { Instant } from "../../core/time.ts";
import { closingSide, type Trade } from "../../core/trade.ts";
import type { AccountState } from "../../ports/broker.ts";
import { joined, toTrade, tradeSummary } from "./wire-account.ts";
import { toOrder, type WireOrder, wireOrder } from "./wire-orders.ts";
import { compareIds, wireDecimal, wireId } from "./wire-values.ts";

const list = <T extends v.GenericSchema>(item: T) => v.nullish(v.array(item), []);

/** Of a log entry only what tells whether the account can be worked out from the changes. */
const entry = v.object({
  id: wireId,
  type: v.string(),
  pl: v.nullish(wireDecimal),
  orderID: v.nullish(wireId),
  tradeReduced: v.nullish(v.object({ tradeID: wireId })),
});

/** A trade that has been closed since has no size any more: it is read only where it is still open. */
const looseTrade = v.looseObject({ id: wireId });

const accountChanges = v.object({
  changes: v.object({
    ordersCreated: list(wireOrder),
    ordersCancelled: list(v.object({ id: wireId })),
    ordersFilled: list(v.object({ id: wireId })),
    ordersTriggered: list(v.object({ id: wireId })),
    tradesOpened: list(looseTrade),
    tradesReduced: list(looseTrade),
    tradesClosed: list(v.object({ id: wireId })),
    transactions: list(entry),
  }),
  state: v.object({
    balance: v.nullish(wireDecimal),
    pl: v.nullish(wireDecimal),
    unrealizedPL: wireDecimal,
    NAV: wireDecimal,
    marginUsed: wireDecimal,
    marginAvailable: wireDecimal,
    marginCloseoutPercent: wireDecimal,
    positionValue: wireDecimal,
    orders: list(v.object({ id: wireId, trailingStopValue: v.nullish(wireDecimal) })),
    trades: list(v.object({ id: wireId, unrealizedPL: wireDecimal, marginUsed: wireDecimal })),
  }),
  lastTransactionID: wireId,
});
type AccountChanges = v.InferOutput<typeof accountChanges>;

/** What changes no more than orders, trades and the balance: everything else is read anew. */
const PLAIN_ENTRY = /^(ORDER_FILL|ORDER_CANCEL|TRANSFER_FUNDS|.*_ORDER|.*_REJECT)$/;

/**
 * `earlier` with what GET …/changes says has happened since; null when the account can't be worked out from it with
 * certainty: then it must be read as a whole.
 */
export function toChangedState(
  earlier: AccountState,
  body: unknown,
  asOf: Instant,
): AccountState | null {
  const result = v.safeParse(accountChanges, body);
  if (!result.success) return null;
  try {
    return applied(earlier, result.output, asOf);
  } catch (error) {
    if (error instanceof Oddity) return null;
    throw error;
  }
}

/** Something in the changes that isn't as expected. */
class Oddity extends Error {}

function applied(earlier: AccountState, wire: AccountChanges, asOf: Instant): AccountState {
  checkComplete(earlier, wire);
  const trades = changedTrades(earlier.trades, wire);
  const orders = changedOrders(earlier.pendingOrders, wire, trades);
  return {
    account: changedAccount(earlier, wire, { trades, orders, asOf }),
    ...joined([...trades.values()], orders),
  };
}

function checkComplete({ account, pendingOrders }: AccountState, wire: AccountChanges): void {
  const { changes, lastTransactionID: last } = wire;
  const since = account.lastTransactionId;
  if (compareIds(last, since) < 0) throw new Oddity("the newest id went backwards");
  if (BigInt(last) - BigInt(since) !== BigInt(changes.transactions.length)) {
    throw new Oddity("the log has a gap");
  }
  const other = changes.transactions.find(({ type }) => !PLAIN_ENTRY.test(type));
  if (other) throw new Oddity(`an entry of type ${other.type}`);
  if (changes.ordersTriggered.length > 0) throw new Oddity("an order that has triggered");
  const isWhole = account.pendingOrders === pendingOrders.length;
  if (!isWhole) throw new Oddity("orders without a word here");
  checkMentioned(changes);
}

/** Every order and trade that the log is about must be among the changes: a stop that was left out would be missed. */
function checkMentioned(changes: AccountChanges["changes"]): void {
  const { ordersCreated, ordersCancelled, ordersFilled, tradesReduced, tradesClosed } = changes;
  const ended = new Set([...ordersCancelled, ...ordersFilled].map(({ id }) => id));
  const known = new Set([...ended, ...ordersCreated.map(({ id }) => id)]);
  const reduced = new Set([...tradesReduced, ...tradesClosed].map(({ id }) => id));
  for (const { id, type, orderID, tradeReduced } of changes.transactions) {
    if (type.endsWith("_ORDER") && !known.has(id)) throw new Oddity(`order ${id} is left out`);
    const isEnd = type === "ORDER_FILL" || type === "ORDER_CANCEL";
    if (isEnd && !ended.has(orderID ?? "")) throw new Oddity(`the end of order ${orderID}`);
    if (tradeReduced && !reduced.has(tradeReduced.tradeID)) throw new Oddity("a reduced trade");
  }
}

type Trades = ReadonlyMap<string, Trade>;

function changedTrades(earlier: readonly Trade[], { changes, state }: AccountChanges): Trades {
  const trades = new Map(earlier.map((trade) => [trade.id, trade]));
  const closed = new Set(changes.tradesClosed.map(({ id }) => id));
  for (const wire of [...changes.tradesOpened, ...changes.tradesReduced]) {
    if (!closed.has(wire.id)) trades.set(wire.id, readTrade(wire));
  }
  for (const id of closed) trades.delete(id);
  if (state.trades.length !== trades.size) throw new Oddity("trades without figures");
  for (const { id, unrealizedPL, marginUsed } of state.trades) {
    const trade = trades.get(id);
    if (!trade) throw new Oddity("figures of an unknown trade");
    trades.set(id, { ...trade, unrealizedPl: unrealizedPL, marginUsed });
  }
  return trades;
}

function readTrade(wire: unknown): Trade {
  const result = v.safeParse(tradeSummary, wire);
  if (!result.success) throw new Oddity("a trade that can't be read");
  return toTrade(result.output);
}

function changedOrders(
  earlier: readonly Order[],
  { changes, state }: AccountChanges,
  trades: Trades,
): readonly Order[] {
  const ended = [...changes.ordersCancelled, ...changes.ordersFilled].map(({ id }) => id);
  const gone = new Set(ended);
  const created = changes.ordersCreated.filter(({ id }) => !gone.has(id));
  const known = new Map(earlier.map((order) => [order.orderId, order]));
  for (const wire of created) known.set(wire.id, newOrder(wire, trades));
  for (const id of gone) known.delete(id);
  for (const { id, trailingStopValue } of state.orders) {
    const order = known.get(id);
    if (!order) throw new Oddity("figures of an unknown order");
    if (trailingStopValue) known.set(id, { ...order, price: toPrice(trailingStopValue) });
  }
  return [...known.values()].map((order) => sizedByTrade(order, trades));
}

function newOrder(wire: WireOrder, trades: Trades): Order {
  const trade = trades.get(wire.tradeID ?? "");
  const order = wire.state === "PENDING" ? toOrder(wire, trade && sizeOf(trade)) : null;
  if (!order) throw new Oddity(`order ${wire.id} can't be told`);
  return order;
}

function sizeOf({ instrument, units, direction }: Trade) {
  return { instrument, units: direction === "short" ? units.negated() : units };
}

/** An exit is as large as its trade, which may have been reduced. */
function sizedByTrade(order: Order, trades: Trades): Order {
  if (order.tradeId === null) return order;
  const trade = trades.get(order.tradeId);
  if (!trade) throw new Oddity(`order ${order.orderId} has no trade`);
  return { ...order, units: toUnits(trade.units), side: closingSide(trade.direction) };
}

type Changed = {
  readonly trades: Trades;
  readonly orders: readonly Order[];
  readonly asOf: Instant;
};

function changedAccount(
  { account }: AccountState,
  { changes, state, lastTransactionID }: AccountChanges,
  { trades, orders, asOf }: Changed,
): AccountState["account"] {
  const realized: readonly Decimal[] = changes.transactions.map(({ pl }) => pl ?? ZERO);
  return {
    ...account,
    // Equity is balance + unrealised P&L, exactly.
    balance: state.balance ?? state.NAV.minus(state.unrealizedPL),
    unrealizedPl: state.unrealizedPL,
    realizedPl: state.pl ?? sumOf([account.realizedPl, ...realized]),
    equity: state.NAV,
    marginUsed: state.marginUsed,
    marginAvailable: state.marginAvailable,
    marginCloseoutPercent: state.marginCloseoutPercent,
    positionValue: state.positionValue,
    openPositions: new Set([...trades.values()].map((trade) => trade.instrument)).size,
    openTrades: trades.size,
    pendingOrders: orders.length,
    lastTransactionId: lastTransactionID,
    asOf,
  };
}

/** Whether the broker's refusal says that it can't tell what has changed since: the id is too old, or too new. */
export function isOutOfRange(error: unknown): boolean {
  return error instanceof Failure && [400, 404, 416].includes(Number(error.details.status));
}
