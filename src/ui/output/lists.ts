import { formatPrice, type Instrument, toPips } from "../../core/instrument.ts";
import type { Decimal } from "../../core/money.ts";
import type { Order } from "../../core/order.ts";
import type { Quote } from "../../core/quote.ts";

import { ageText, grouped } from "./numbers.ts";
import { table } from "./table.ts";
import type { Theme } from "./theme.ts";
import type { Times } from "./times.ts";

export type OrderRow = {
  readonly order: Order;
  readonly instrument: Instrument | null;
  readonly distancePips: string | null;
  readonly distancePercent: string | null;
  readonly expiresInSeconds: number | null;
};

/** Orders as a table. */
export function ordersText(rows: readonly OrderRow[], state: string, theme: Theme): string {
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
      { head: "% away", align: "right" },
      { head: "Stop", align: "right" },
      { head: "Target", align: "right" },
      { head: "State" },
      { head: "Until" },
      { head: "Created" },
      { head: "Client id" },
    ],
    rows.map((row) => orderCells(row, theme)),
  );
}

function orderCells(row: OrderRow, { times }: Theme): readonly string[] {
  const { order, instrument, distancePips } = row;
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
    row.distancePercent ?? "-",
    stop ?? (stopAway ? away(stopAway) : "-"),
    order.takeProfit ? price(order.takeProfit) : "-",
    order.state,
    untilText(row, times),
    times.text(order.createdAt),
    order.clientOrderId ?? "-",
  ];
}

function untilText({ order, expiresInSeconds }: OrderRow, times: Times): string {
  const { timeInForce, expiresAt } = order;
  if (!expiresAt) return timeInForce;
  const left = expiresInSeconds === null ? "" : ` (in ${ageText(expiresInSeconds)})`;
  return `${times.text(expiresAt)}${left}`;
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
