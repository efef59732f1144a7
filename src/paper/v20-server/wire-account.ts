import { type Decimal, sumOf, ZERO } from "../../core/money.ts";
import type { AccountFigures, TradeFigures } from "../engine/figures.ts";
import type { InstrumentTotals, SideTotals, VenueAccount, VenueTrade } from "../engine/types.ts";
import {
  amount,
  extensionsJson,
  ids,
  type Json,
  NO_AMOUNT,
  optional,
  PERCENT_PLACES,
  userOf,
  type Wire,
} from "./wire.ts";
import { orderJson } from "./wire-orders.ts";

/** Account without its trades, positions and orders. */
export function summaryJson(wire: Wire, figures: AccountFigures): Json {
  const { account } = wire.ledger;
  return {
    id: account.id,
    alias: account.alias ?? undefined,
    currency: account.currency,
    createdByUserID: userOf(account.id),
    createdTime: wire.time(account.createdTime),
    ...lifetimeJson(account),
    marginRate: optional(account.marginRate, String),
    openTradeCount: account.trades.length,
    openPositionCount: new Set(account.trades.map((trade) => trade.instrument)).size,
    pendingOrderCount: account.orders.length,
    hedgingEnabled: false,
    guaranteedStopLossOrderMode: "DISABLED",
    lastOrderFillTimestamp: optional(account.lastFillTime, wire.time),
    ...figuresJson(figures),
    lastTransactionID: String(account.lastTransactionId),
  };
}

function lifetimeJson(account: VenueAccount): Json {
  return {
    balance: amount(account.balance),
    pl: amount(account.pl),
    resettablePL: amount(account.pl),
    resettablePLTime: "0",
    financing: amount(account.financing),
    commission: amount(account.commission),
    guaranteedExecutionFees: NO_AMOUNT,
    dividendAdjustment: NO_AMOUNT,
  };
}

/** The figures that move with the prices. */
function figuresJson(figures: AccountFigures): Json {
  const marginUsed = amount(figures.marginUsed);
  const positionValue = amount(figures.positionValue);
  return {
    unrealizedPL: amount(figures.unrealizedPl),
    NAV: amount(figures.nav),
    marginUsed,
    marginAvailable: amount(figures.marginAvailable),
    positionValue,
    marginCloseoutUnrealizedPL: amount(figures.closeoutUnrealizedPl),
    marginCloseoutNAV: amount(figures.closeoutNav),
    marginCloseoutMarginUsed: marginUsed,
    marginCloseoutPercent: figures.closeoutPercent.toFixed(PERCENT_PLACES),
    marginCloseoutPositionValue: positionValue,
    withdrawalLimit: amount(figures.marginAvailable),
    marginCallMarginUsed: marginUsed,
    marginCallPercent: marginCallPercent(figures).toFixed(PERCENT_PLACES),
  };
}

function marginCallPercent({ marginUsed, nav }: AccountFigures): Decimal {
  return nav.isPositive() ? marginUsed.dividedBy(nav, PERCENT_PLACES) : ZERO;
}

/** A trade without its exit orders; `figures` is null for a closed one. */
function tradeBase(wire: Wire, trade: VenueTrade, figures: TradeFigures | null): Json {
  const closedUnits = trade.initialUnits.minus(trade.currentUnits).abs();
  const { pricePrecision } = wire.ledger.venue.feed.instrument(trade.instrument) ?? PLAIN;
  return {
    id: String(trade.id),
    instrument: trade.instrument,
    price: wire.price(trade.instrument, trade.price),
    openTime: wire.time(trade.openTime),
    state: trade.closeTime === null ? "OPEN" : "CLOSED",
    initialUnits: trade.initialUnits.toString(),
    initialMarginRequired: amount(trade.initialMarginRequired),
    currentUnits: trade.currentUnits.toString(),
    realizedPL: amount(trade.realizedPl),
    unrealizedPL: optional(figures, ({ unrealizedPl }) => amount(unrealizedPl)),
    marginUsed: optional(figures, ({ marginUsed }) => amount(marginUsed)),
    averageClosePrice: closedUnits.isZero()
      ? undefined
      : trade.closedValue.dividedBy(closedUnits, pricePrecision).abs().toFixed(pricePrecision),
    closingTransactionIDs: ids(trade.closingTransactionIds),
    financing: amount(trade.financing),
    dividendAdjustment: NO_AMOUNT,
    closeTime: optional(trade.closeTime, wire.time),
    clientExtensions: extensionsJson(trade.clientExtensions),
  };
}

const PLAIN = { pricePrecision: 5 } as const;

/** A trade with its exit orders whole, as `/trades` answers it. */
export function tradeJson(wire: Wire, trade: VenueTrade, figures: AccountFigures): Json {
  const order = (id: number | null) =>
    optional(exitOf(wire, trade, id), (exit) => orderJson(wire, exit));
  return {
    ...tradeBase(wire, trade, figuresOf(figures, trade)),
    takeProfitOrder: order(trade.takeProfitOrderId),
    stopLossOrder: order(trade.stopLossOrderId),
    trailingStopLossOrder: order(trade.trailingStopOrderId),
  };
}

/** A trade with its exit orders' ids, as an account holds it. */
export function tradeSummaryJson(wire: Wire, trade: VenueTrade, figures: AccountFigures): Json {
  const orderId = (id: number | null) =>
    optional(exitOf(wire, trade, id), (exit) => String(exit.id));
  return {
    ...tradeBase(wire, trade, figuresOf(figures, trade)),
    takeProfitOrderID: orderId(trade.takeProfitOrderId),
    stopLossOrderID: orderId(trade.stopLossOrderId),
    trailingStopLossOrderID: orderId(trade.trailingStopOrderId),
  };
}

/** An open trade shows only what still protects it; a closed one shows what ended with it. */
function exitOf({ ledger }: Wire, trade: VenueTrade, id: number | null) {
  const order = id === null ? undefined : ledger.orderById(id);
  return order && (trade.closeTime !== null || order.end === null) ? order : null;
}

function figuresOf(figures: AccountFigures, trade: VenueTrade): TradeFigures | null {
  return figures.trades.find((entry) => entry.trade.id === trade.id) ?? null;
}

/** The position of every instrument ever traded, also where it's flat. */
export function positionsJson(wire: Wire, figures: AccountFigures): readonly Json[] {
  return wire.ledger.account.totals.map((totals) => positionJson(wire, totals, figures));
}

export function positionJson(wire: Wire, totals: InstrumentTotals, figures: AccountFigures): Json {
  const trades = figures.trades.filter(({ trade }) => trade.instrument === totals.instrument);
  const pl = amount(totals.long.pl.plus(totals.short.pl));
  return {
    instrument: totals.instrument,
    pl,
    unrealizedPL: amount(sumOf(trades.map((trade) => trade.unrealizedPl))),
    marginUsed: amount(sumOf(trades.map((trade) => trade.marginUsed))),
    resettablePL: pl,
    financing: amount(totals.long.financing.plus(totals.short.financing)),
    commission: amount(totals.commission),
    guaranteedExecutionFees: NO_AMOUNT,
    dividendAdjustment: NO_AMOUNT,
    long: sideJson(
      wire,
      totals.long,
      trades.filter(({ trade }) => isLong(trade)),
    ),
    short: sideJson(
      wire,
      totals.short,
      trades.filter(({ trade }) => !isLong(trade)),
    ),
  };
}

function isLong(trade: VenueTrade): boolean {
  return trade.currentUnits.isPositive();
}

function sideJson(wire: Wire, totals: SideTotals, figures: readonly TradeFigures[]): Json {
  const trades = figures.map(({ trade }) => trade);
  return {
    units: sumOf(trades.map((trade) => trade.currentUnits)).toString(),
    ...openSideJson(wire, trades),
    pl: amount(totals.pl),
    unrealizedPL: amount(sumOf(figures.map((entry) => entry.unrealizedPl))),
    resettablePL: amount(totals.pl),
    financing: amount(totals.financing),
    guaranteedExecutionFees: NO_AMOUNT,
    dividendAdjustment: NO_AMOUNT,
  };
}

/** Average price and trades: only while the side is open. */
function openSideJson({ ledger }: Wire, trades: readonly VenueTrade[]): Json {
  const [first] = trades;
  if (!first) return {};
  const { pricePrecision } = ledger.venue.feed.instrument(first.instrument) ?? PLAIN;
  const units = sumOf(trades.map((trade) => trade.currentUnits));
  const cost = sumOf(trades.map((trade) => trade.currentUnits.times(trade.price)));
  return {
    averagePrice: cost.dividedBy(units, pricePrecision).toFixed(pricePrecision),
    tradeIDs: trades.map((trade) => String(trade.id)),
  };
}
