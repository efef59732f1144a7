import { formatPrice, type Instrument, toPips } from "../../core/instrument.ts";
import { type Decimal, sumOf } from "../../core/money.ts";
import type { Environment, Order } from "../../core/order.ts";
import type { Position } from "../../core/position.ts";
import type { Quote } from "../../core/quote.ts";
import type { Trade } from "../../core/trade.ts";

import { ageText, grouped, signed, signedMoney, timeText } from "./numbers.ts";
import { table } from "./table.ts";
import type { Theme } from "./theme.ts";

export type PositionRow = {
  readonly position: Position;
  readonly instrument: Instrument;
  readonly currentPrice: Decimal | null;
  readonly currency: string;
  readonly ageSeconds: number;
};

/** Open positions as a table, the total below it; a position without a stop is marked. */
export function positionsText(
  where: { readonly environment: Environment; readonly name: string },
  rows: readonly PositionRow[],
  theme: Theme,
): string {
  const badge = theme.badge(where.environment);
  if (rows.length === 0) return `${badge} No open position on ${where.name}.`;
  const body = table(
    [
      { head: "Instrument" },
      { head: "Side" },
      { head: "Units", align: "right" },
      { head: "Entry", align: "right" },
      { head: "Price", align: "right" },
      { head: "P&L", align: "right" },
      { head: "Stop", align: "right" },
      { head: "Target", align: "right" },
      { head: "Age", align: "right" },
      { head: "Trades" },
    ],
    rows.map((row) => positionCells(row, theme)),
  );
  const currency = rows[0]?.currency ?? "";
  const total = sumOf(rows.map((row) => row.position.unrealizedPl));
  return `${badge} ${where.name}\n${body}\nTotal P&L ${theme.gain(total, signedMoney(total, currency))}`;
}

function positionCells(row: PositionRow, theme: Theme): readonly string[] {
  const { position, instrument, currency } = row;
  const pl = position.unrealizedPl;
  const price = (value: Decimal) => formatPrice(value, instrument);
  const average = position.averagePrice.rounded(instrument.pricePrecision, "half_even");
  return [
    position.instrument,
    position.direction,
    grouped(position.units),
    price(average),
    row.currentPrice ? price(row.currentPrice) : "?",
    theme.gain(pl, signed(pl, currency)),
    stopText(position, instrument, theme),
    commonText(position.trades.map(({ takeProfit }) => takeProfit && price(takeProfit))) ?? "-",
    ageText(row.ageSeconds),
    position.trades.map((trade) => trade.id).join(" "),
  ];
}

function stopText(position: Position, instrument: Instrument, theme: Theme): string {
  const stops = position.trades.map((trade) => stopOf(trade, instrument));
  const text = commonText(stops);
  if (stops.some((stop) => stop === null)) return theme.warning(text ? `${text} (some)` : "NONE");
  return text ?? "-";
}

function stopOf({ stopLoss, trailingStop }: Trade, instrument: Instrument): string | null {
  const price = stopLoss ?? trailingStop?.price;
  if (price) return formatPrice(price, instrument);
  return trailingStop && `${toPips(trailingStop.distance, instrument)}p trailing`;
}

function commonText(levels: readonly (string | null)[]): string | null {
  const texts = new Set(levels.filter((level) => level !== null));
  if (texts.size === 0) return null;
  return texts.size === 1 ? ([...texts][0] ?? null) : `${texts.size} levels`;
}

export type OrderRow = {
  readonly order: Order;
  readonly instrument: Instrument | null;
  readonly distancePips: string | null;
};

/** Orders as a table. */
export function ordersText(rows: readonly OrderRow[], state: string): string {
  if (rows.length === 0) return state === "all" ? "No orders." : `No ${state} orders.`;
  return table(
    [
      { head: "Order" },
      { head: "Instrument" },
      { head: "Type" },
      { head: "Side" },
      { head: "Units", align: "right" },
      { head: "Price", align: "right" },
      { head: "Pips away", align: "right" },
      { head: "Stop", align: "right" },
      { head: "Target", align: "right" },
      { head: "State" },
      { head: "Until" },
      { head: "Created" },
      { head: "Client id" },
    ],
    rows.map(orderCells),
  );
}

function orderCells({ order, instrument, distancePips }: OrderRow): readonly string[] {
  const price = (value: Decimal) =>
    instrument ? formatPrice(value, instrument) : value.toString();
  const away = (distance: Decimal) =>
    instrument ? `${toPips(distance, instrument)}p` : distance.toString();
  const stop = order.stopLoss && price(order.stopLoss);
  const stopAway = order.stopLossDistance ?? order.trailingStop;
  const level = order.price ? price(order.price) : null;
  return [
    order.orderId,
    order.instrument,
    order.tradeId === null ? order.type : `${order.type} of ${order.tradeId}`,
    order.side,
    grouped(order.units),
    level ?? (order.distance ? `${away(order.distance)} trailing` : "-"),
    distancePips ?? "-",
    stop ?? (stopAway ? away(stopAway) : "-"),
    order.takeProfit ? price(order.takeProfit) : "-",
    order.state,
    untilText(order),
    timeText(order.createdAt),
    order.clientOrderId ?? "-",
  ];
}

function untilText({ timeInForce, expiresAt }: Order): string {
  return expiresAt ? timeText(expiresAt) : timeInForce;
}

export type InstrumentRow = {
  readonly instrument: Instrument;
  readonly quote: Quote | null;
  readonly spreadPips: Decimal | null;
};

/** Instruments with their prices, spread and margin as a table. */
export function instrumentsText(rows: readonly InstrumentRow[]): string {
  if (rows.length === 0) return "No instrument matches.";
  return table(
    [
      { head: "Instrument" },
      { head: "Name" },
      { head: "Type" },
      { head: "Bid", align: "right" },
      { head: "Ask", align: "right" },
      { head: "Spread", align: "right" },
      { head: "Tradeable" },
      { head: "Margin", align: "right" },
      { head: "Min units", align: "right" },
    ],
    rows.map(({ instrument, quote, spreadPips }) => [
      instrument.name,
      instrument.displayName,
      instrument.type,
      quote ? formatPrice(quote.bid, instrument) : "-",
      quote ? formatPrice(quote.ask, instrument) : "-",
      spreadPips ? `${spreadPips.toFixed(1)}p` : "-",
      quote?.tradeable ? "yes" : "no",
      instrument.marginRate.toString(),
      grouped(instrument.minimumUnits),
    ]),
  );
}

/** The price a position could be closed at: the bid for a long, the ask for a short; the middle is for values. */
export function closingPrice(position: Pick<Position, "direction">, quote: Quote | null) {
  if (!quote) return null;
  return position.direction === "long" ? quote.bid : quote.ask;
}
