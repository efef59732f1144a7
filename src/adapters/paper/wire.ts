import type { Account } from "../../core/account.ts";
import { toPrice, toUnits } from "../../core/money.ts";
import type { Order, OrderState, OrderType } from "../../core/order.ts";
import { closingSide, type Direction, type Trade } from "../../core/trade.ts";
import { accountFigures, type TradeFigures } from "../../paper/engine/figures.ts";
import { isExit } from "../../paper/engine/orders.ts";
import type {
  EntryOrder,
  ExitOrder,
  VenueMarketOrder,
  VenueOrder,
  VenueTrade,
} from "../../paper/engine/types.ts";
import type { GuaranteedStopMode } from "../../paper/venue-profile.ts";
import type { AccountState } from "../../ports/broker.ts";
import { toOrigin } from "./origin.ts";
import type { Session } from "./session.ts";

/** The account with its open trades, oldest first, and its pending orders. */
export function toAccountState({ venue, account, now }: Session): AccountState {
  const figures = accountFigures(venue, account, account.processedTo);
  const instruments = new Set(account.trades.map((trade) => trade.instrument));
  const trades = new Map(account.trades.map((trade) => [trade.id, trade]));
  const exits = Map.groupBy(account.orders.filter(isExit), (order) => order.tradeId);
  const overview: Account = {
    id: account.id,
    alias: account.alias,
    currency: account.currency,
    balance: account.balance,
    unrealizedPl: figures.unrealizedPl,
    realizedPl: account.pl,
    equity: figures.nav,
    marginUsed: figures.marginUsed,
    marginAvailable: figures.marginAvailable,
    marginCloseoutPercent: figures.closeoutPercent,
    marginRate: account.marginRate,
    guaranteedStops: GUARANTEES[venue.profile.guaranteedStops.mode],
    positionValue: figures.positionValue,
    openPositions: instruments.size,
    openTrades: account.trades.length,
    pendingOrders: account.orders.length,
    lastTransactionId: `${account.lastTransactionId}`,
    asOf: now,
  };
  return {
    account: overview,
    trades: figures.trades.map((each) => toTrade(each, exits.get(each.trade.id) ?? [])),
    pendingOrders: account.orders.map((order) =>
      toOrder(order, isExit(order) ? (trades.get(order.tradeId) ?? null) : null),
    ),
  };
}

const GUARANTEES: Readonly<Record<GuaranteedStopMode, Account["guaranteedStops"]>> = {
  DISABLED: "disabled",
  ALLOWED: "allowed",
  REQUIRED: "required",
};

/** What an order's type is called here. */
export function orderType({ type }: VenueOrder): OrderType {
  return type === "market_if_touched" ? "mit" : type;
}

/** An order as the broker keeps it; `trade` is the one that an exit belongs to. */
export function toOrder(order: VenueOrder, trade: VenueTrade | null): Order {
  if (isExit(order)) return toExit(order, trade);
  return order.type === "market" ? toMarketOrder(order) : toEntry(order);
}

function toTrade(
  { trade, unrealizedPl, marginUsed }: TradeFigures,
  exits: readonly ExitOrder[],
): Trade {
  const guaranteed = exits.find((order) => order.type === "guaranteed_stop_loss");
  const stop = guaranteed ?? exits.find((order) => order.type === "stop_loss");
  const target = exits.find((order) => order.type === "take_profit");
  const trailing = exits.find((order) => order.type === "trailing_stop");
  return {
    id: `${trade.id}`,
    instrument: trade.instrument,
    direction: directionOf(trade),
    units: toUnits(trade.currentUnits.abs()),
    openPrice: trade.price,
    openedAt: trade.openTime,
    unrealizedPl,
    realizedPl: trade.realizedPl,
    financing: trade.financing,
    marginUsed,
    stopLoss: stop?.price ?? null,
    isStopGuaranteed: guaranteed !== undefined,
    takeProfit: target?.price ?? null,
    trailingStop: trailing
      ? { distance: trailing.distance, price: toPrice(trailing.trailingStopValue) }
      : null,
    clientOrderId: trade.clientExtensions?.id ?? null,
    signalId: toOrigin(trade.clientExtensions).signalId,
  };
}

function toMarketOrder(order: VenueMarketOrder): Order {
  return {
    ...commonOf(order),
    ...openingOf(order),
    price: null,
    tradeId: order.tradeClose ? `${order.tradeClose.tradeId}` : null,
    expiresAt: null,
  };
}

function toEntry(order: EntryOrder): Order {
  return {
    ...commonOf(order),
    ...openingOf(order),
    price: toPrice(order.price),
    tradeId: null,
    expiresAt: order.gtdTime,
  };
}

/** What an order that can open a trade asks for. */
function openingOf(order: VenueMarketOrder | EntryOrder) {
  const stop = order.guaranteedStopLossOnFill ?? order.stopLossOnFill;
  return {
    instrument: order.instrument,
    side: order.units.isNegative() ? "sell" : "buy",
    units: toUnits(order.units.abs()),
    distance: null,
    timeInForce: order.timeInForce,
    stopLoss: stop?.price ? toPrice(stop.price) : null,
    stopLossDistance: stop?.distance ?? null,
    isStopGuaranteed: order.guaranteedStopLossOnFill !== null,
    takeProfit: order.takeProfitOnFill?.price ? toPrice(order.takeProfitOnFill.price) : null,
    trailingStop: order.trailingStopOnFill?.distance ?? null,
    priceBound: order.priceBound && toPrice(order.priceBound),
    reduceOnly: order.positionFill === "REDUCE_ONLY",
  } as const;
}

function toExit(order: ExitOrder, trade: VenueTrade | null): Order {
  if (!trade) throw new RangeError(`the exit order ${order.id} has no trade`);
  const isTrailing = order.type === "trailing_stop";
  const size = trade.currentUnits.isZero() ? trade.initialUnits : trade.currentUnits;
  return {
    ...commonOf(order),
    instrument: trade.instrument,
    side: closingSide(directionOf(trade)),
    units: toUnits(size.abs()),
    price: isTrailing ? toPrice(order.trailingStopValue) : order.price,
    distance: order.type === "take_profit" ? null : order.distance,
    tradeId: `${trade.id}`,
    timeInForce: order.timeInForce,
    expiresAt: order.gtdTime,
    stopLoss: null,
    stopLossDistance: null,
    isStopGuaranteed: false,
    priceBound: null,
    reduceOnly: true,
    takeProfit: null,
    trailingStop: null,
  };
}

function commonOf(order: VenueOrder) {
  const state: OrderState = order.end?.state ?? "pending";
  return {
    orderId: `${order.id}`,
    type: orderType(order),
    clientOrderId: order.clientExtensions?.id ?? null,
    state,
    createdAt: order.createTime,
    endedBy: order.end ? `${order.end.transactionId}` : null,
    replacedBy:
      order.end?.state === "cancelled" && order.end.replacedByOrderId !== null
        ? `${order.end.replacedByOrderId}`
        : null,
    replaces:
      "replacesOrderId" in order && order.replacesOrderId !== null
        ? `${order.replacesOrderId}`
        : null,
    origin: toOrigin(order.clientExtensions),
  };
}

function directionOf(trade: VenueTrade): Direction {
  return trade.initialUnits.isNegative() ? "short" : "long";
}
