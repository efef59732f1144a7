import { toPips } from "../../../core/instrument.ts";
import { entryPrice } from "../../../core/quote.ts";
import { grouped } from "../../output/numbers.ts";
import { type Grid, type GridColumn, grid } from "../grid.ts";
import { type OrderRow, orderRows } from "../rows.ts";
import { foreign, type Span, span } from "../spans.ts";
import { badge, type PanelView } from "./view.ts";
import { priceText } from "./watchlist.ts";

const NONE = "-";

/** Orders that wait, and how far the market is from them. */
export function orders(view: PanelView, width: number): Grid {
  const hasSeveral = view.snapshot.accounts.length > 1;
  const columns: GridColumn<OrderRow>[] = [
    { head: "ORDERS", align: "left", rank: 0, cell: ({ order }) => foreign(order.instrument) },
    {
      head: "Type",
      align: "left",
      rank: 3,
      cell: ({ order }) => span(`${order.side} ${order.type.replaceAll("_", " ")}`),
    },
    { head: "Units", align: "right", rank: 2, cell: ({ order }) => span(grouped(order.units)) },
    { head: "Price", align: "right", rank: 1, cell: priceCell },
    { head: "Distance", align: "right", rank: 4, cell: distanceCell },
    { head: "Until", align: "left", rank: 6, cell: (row) => untilCell(row, view) },
    { head: "Id", align: "left", rank: 5, cell: ({ order }) => foreign(order.orderId, "dim") },
  ];
  if (hasSeveral) {
    columns.push({
      head: "",
      align: "left",
      rank: 7,
      cell: ({ owner }) => badge(owner.environment),
    });
  }
  return grid(columns, orderRows(view.snapshot, view.state), width);
}

function priceCell({ order, quote }: OrderRow): Span {
  return order.price ? span(priceText(order.price, quote ?? { terms: null })) : span(NONE, "dim");
}

function distanceCell({ order, quote }: OrderRow): Span {
  if (!order.price || !quote?.quote || !quote.terms) return span(NONE, "dim");
  const distance = order.price.minus(entryPrice(quote.quote, order.side)).abs();
  return span(`${toPips(distance, quote.terms).toFixed(1)}p`, quote.isStale ? "dim" : "plain");
}

function untilCell({ order }: OrderRow, { times }: PanelView): Span {
  if (order.expiresAt) return span(times.text(order.expiresAt), "dim");
  return span(order.timeInForce, "dim");
}
