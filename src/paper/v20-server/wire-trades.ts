import type { AccountFigures, TradeFigures } from "../engine/figures.ts";
import type { VenueTrade } from "../engine/types.ts";
import {
  amount,
  extensionsJson,
  ids,
  type Json,
  NO_AMOUNT,
  optional,
  PRECISION,
  type Wire,
} from "./wire.ts";
import { orderJson } from "./wire-orders.ts";

/** What each open trade is worth, by its number. */
export type TradeValues = ReadonlyMap<number, TradeFigures>;

export function tradeValues({ trades }: AccountFigures): TradeValues {
  return new Map(trades.map((entry) => [entry.trade.id, entry]));
}

export function stateOfTrade({ closeTime, delayedClosureId }: VenueTrade): string {
  if (closeTime !== null) return "CLOSED";
  return delayedClosureId === null ? "OPEN" : "CLOSE_WHEN_TRADEABLE";
}

/** A trade with its exit orders whole, as `/trades` answers it. */
export function tradeJson(wire: Wire, trade: VenueTrade, values: TradeValues): Json {
  const order = (id: number | null) =>
    optional(exitOf(wire, trade, id), (exit) => orderJson(wire, exit));
  return {
    ...tradeBase(wire, trade, values.get(trade.id) ?? null),
    takeProfitOrder: order(trade.takeProfitOrderId),
    stopLossOrder: order(trade.stopLossOrderId),
    guaranteedStopLossOrder: order(trade.guaranteedStopLossOrderId),
    trailingStopLossOrder: order(trade.trailingStopOrderId),
  };
}

/** A trade with its exit orders' ids, as an account holds it. */
export function tradeSummaryJson(wire: Wire, trade: VenueTrade, values: TradeValues): Json {
  const orderId = (id: number | null) =>
    optional(exitOf(wire, trade, id), (exit) => String(exit.id));
  return {
    ...tradeBase(wire, trade, values.get(trade.id) ?? null),
    takeProfitOrderID: orderId(trade.takeProfitOrderId),
    stopLossOrderID: orderId(trade.stopLossOrderId),
    guaranteedStopLossOrderID: orderId(trade.guaranteedStopLossOrderId),
    trailingStopLossOrderID: orderId(trade.trailingStopOrderId),
  };
}

/** A trade without its exit orders; `figures` is null for a closed one. */
function tradeBase(wire: Wire, trade: VenueTrade, figures: TradeFigures | null): Json {
  const closedUnits = trade.initialUnits.minus(trade.currentUnits).abs();
  const places = wire.ledger.venue.feed.instrument(trade.instrument)?.pricePrecision ?? PRECISION;
  return {
    id: String(trade.id),
    instrument: trade.instrument,
    price: wire.price(trade.instrument, trade.price),
    openTime: wire.time(trade.openTime),
    state: stateOfTrade(trade),
    initialUnits: trade.initialUnits.toString(),
    initialMarginRequired: amount(trade.initialMarginRequired),
    currentUnits: trade.currentUnits.toString(),
    realizedPL: amount(trade.realizedPl),
    unrealizedPL: optional(figures, ({ unrealizedPl }) => amount(unrealizedPl)),
    marginUsed: optional(figures, ({ marginUsed }) => amount(marginUsed)),
    averageClosePrice: closedUnits.isZero()
      ? undefined
      : trade.closedValue.dividedBy(closedUnits, places).abs().toFixed(places),
    closingTransactionIDs: ids(trade.closingTransactionIds),
    financing: amount(trade.financing),
    dividendAdjustment: NO_AMOUNT,
    closeTime: optional(trade.closeTime, wire.time),
    clientExtensions: extensionsJson(trade.clientExtensions),
  };
}

/** An open trade shows only what still protects it; a closed one shows what ended with it. */
function exitOf({ ledger }: Wire, trade: VenueTrade, id: number | null) {
  const order = id === null ? undefined : ledger.orderById(id);
  return order && (trade.closeTime !== null || order.end === null) ? order : null;
}
