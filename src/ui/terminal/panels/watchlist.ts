import { formatPrice, toPips } from "../../../core/instrument.ts";
import { type Decimal, decimal } from "../../../core/money.ts";
import { midOf, spreadOf } from "../../../core/quote.ts";
import type { LiveQuote } from "../../../ports/live.ts";
import { sparkline } from "../glyphs.ts";
import { type Grid, type GridColumn, grid } from "../grid.ts";
import { type Keyed, quoteRows } from "../rows.ts";
import { foreign, type Role, type Span, span } from "../spans.ts";
import { ageText, gainSpan, type PanelView } from "./view.ts";

type Row = Keyed<LiveQuote>;

const SPARK_WIDTH = 16;
const CHANGE_PLACES = 2;
const HUNDRED = decimal("100");
const NONE = "-";

/** Bid, ask, spread, change since the day began, its course since the screen was opened, and how old the price is. */
export function watchlist(view: PanelView, width: number): Grid {
  const hasSeveral = view.snapshot.connections.length > 1;
  const columns: GridColumn<Row>[] = [
    { head: "WATCHLIST", align: "left", rank: 0, cell: ({ instrument }) => foreign(instrument) },
    { head: "Bid", align: "right", rank: 1, cell: (row) => priceCell(row, "bid") },
    { head: "Ask", align: "right", rank: 2, cell: (row) => priceCell(row, "ask") },
    { head: "", align: "left", rank: 3, cell: (row) => directionCell(row, view) },
    { head: "Spread", align: "right", rank: 5, cell: spreadCell },
    { head: changeHead(view), align: "right", rank: 6, cell: (row) => changeCell(row, view) },
    { head: "Trend", align: "left", rank: 8, cell: (row) => trendCell(row, view) },
    { head: "Age", align: "right", rank: 4, cell: (row) => ageCell(row, view) },
    { head: "", align: "left", rank: 7, cell: tradeableCell },
  ];
  if (hasSeveral) {
    columns.push({
      head: "At",
      align: "left",
      rank: 9,
      cell: ({ connection }) => foreign(connection, "dim"),
    });
  }
  return grid(columns, quoteRows(view.snapshot, view.state), width);
}

function priceCell(row: Row, side: "bid" | "ask"): Span {
  const { quote, terms, direction, isStale } = row;
  if (!quote) return span(NONE, "dim");
  const text = priceText(quote[side], row);
  if (isStale || !terms) return span(text, "dim");
  return span(text, ROLES[direction]);
}

const ROLES: Readonly<Record<LiveQuote["direction"], Role>> = {
  up: "gain",
  down: "loss",
  none: "plain",
};

function directionCell({ direction, isStale, quote }: Row, { glyphs }: PanelView): Span {
  if (!quote || direction === "none") return span(" ");
  return span(glyphs[direction], isStale ? "dim" : ROLES[direction]);
}

function spreadCell({ quote, terms, isStale }: Row): Span {
  if (!quote || !terms) return span(NONE, "dim");
  return span(toPips(spreadOf(quote), terms).toFixed(1), isStale ? "dim" : "plain");
}

/** Where no day's opening is known, what changes counts from the screen's own: not before that is certain. */
function changeHead({ snapshot }: PanelView): string {
  return snapshot.dayOpenings?.size === 0 ? "Since opened" : "Day";
}

function changeCell({ key, isStale, quote }: Row, { snapshot, trails }: PanelView): Span {
  const { dayOpenings } = snapshot;
  const from = dayOpenings?.size === 0 ? trails.of(key)?.firstMid : dayOpenings?.get(key);
  if (!quote || !from?.isPositive()) return span(NONE, "dim");
  const percent = midOf(quote).minus(from).times(HUNDRED).dividedBy(from, CHANGE_PLACES);
  const shown = `${percent.isPositive() ? "+" : ""}${percent.toFixed(CHANGE_PLACES)}%`;
  return isStale ? span(shown, "dim") : gainSpan(percent, shown);
}

function trendCell({ key, isStale }: Row, { trails, glyphs }: PanelView): Span {
  const mids = trails.of(key)?.mids ?? [];
  const line = mids.length > 1 ? sparkline(mids, SPARK_WIDTH, glyphs) : " ".repeat(SPARK_WIDTH);
  return span(line, isStale ? "dim" : "plain");
}

function ageCell({ age, isStale, quote }: Row, { now }: PanelView): Span {
  if (!quote) return span(NONE, "dim");
  return span(ageText(age, now), isStale ? "warning" : "plain");
}

function tradeableCell({ quote, isStale, doubt }: Row): Span {
  if (doubt) return span(`odd price: ${doubt.replaceAll("_", " ")}`, "warning");
  if (quote && !quote.tradeable) return span("closed", "dim");
  return span(isStale && quote ? "stale" : "", "warning");
}

/** With its instrument's precision where that is known. */
export function priceText(price: Decimal, { terms }: Pick<LiveQuote, "terms">): string {
  return terms ? formatPrice(price, terms) : price.toString();
}
