import { toPips } from "../../../core/instrument.ts";
import type { Price } from "../../../core/money.ts";
import type { Trade } from "../../../core/trade.ts";
import { grouped, signedMoney } from "../../output/numbers.ts";
import { type Grid, type GridColumn, grid } from "../grid.ts";
import { type PositionRow, positionRows } from "../rows.ts";
import { foreign, type Span, span } from "../spans.ts";
import { badge, gainSpan, type PanelView } from "./view.ts";
import { priceText } from "./watchlist.ts";

const NONE = "-";

/** What is open: its profit and loss by the prices of now, and how far its stop and target are. */
export function positions(view: PanelView, width: number): Grid {
  const hasSeveral = view.snapshot.accounts.length > 1;
  const columns: GridColumn<PositionRow>[] = [
    {
      head: "POSITIONS",
      align: "left",
      rank: 0,
      cell: ({ held }) => foreign(held.position.instrument),
    },
    {
      head: "Side",
      align: "left",
      rank: 3,
      cell: ({ held }) => span(held.position.direction),
    },
    {
      head: "Units",
      align: "right",
      rank: 2,
      cell: ({ held }) => span(grouped(held.position.units)),
    },
    { head: "Entry", align: "right", rank: 5, cell: ({ held }) => entryCell(held) },
    { head: "Now", align: "right", rank: 6, cell: ({ held }) => currentCell(held) },
    { head: "P&L", align: "right", rank: 1, cell: plCell },
    { head: "Stop", align: "right", rank: 4, cell: ({ held }) => stopCell(held) },
    { head: "Target", align: "right", rank: 7, cell: ({ held }) => targetCell(held) },
  ];
  if (hasSeveral) {
    columns.push(
      { head: "", align: "left", rank: 8, cell: ({ owner }) => badge(owner.environment) },
      { head: "Account", align: "left", rank: 9, cell: accountCell },
    );
  }
  return grid(columns, positionRows(view.snapshot, view.state), width);
}

type Held = PositionRow["held"];

function entryCell(held: Held): Span {
  const places = held.terms?.pricePrecision;
  const { averagePrice } = held.position;
  return span(places === undefined ? averagePrice.toString() : averagePrice.toFixed(places));
}

function currentCell(held: Held): Span {
  if (!held.currentPrice) return span(NONE, "dim");
  return span(priceText(held.currentPrice, held), held.isLive ? "plain" : "dim");
}

function plCell({ held, owner }: PositionRow): Span {
  const { unrealizedPl } = held.position;
  const text = signedMoney(unrealizedPl, owner.account?.currency ?? "");
  if (!held.isLive) return span(`${text} (old)`, "dim");
  return gainSpan(unrealizedPl, text);
}

/** The nearest stop of all its trades, in pips from where it would be closed now. */
function stopCell(held: Held): Span {
  const { trades } = held.position;
  const stops = trades.map(stopOf);
  const nearest = nearestPips(held, stops);
  if (nearest === null) return span(stops.every((stop) => !stop) ? "none" : NONE, "warning");
  return span(stops.every(Boolean) ? nearest : `${nearest}, partly`, "plain");
}

function stopOf({ stopLoss, trailingStop }: Trade): Price | null {
  return stopLoss ?? trailingStop?.price ?? null;
}

function targetCell(held: Held): Span {
  const nearest = nearestPips(
    held,
    held.position.trades.map(({ takeProfit }) => takeProfit),
  );
  return nearest === null ? span(NONE, "dim") : span(nearest);
}

function nearestPips({ currentPrice, terms }: Held, levels: readonly (Price | null)[]) {
  if (!currentPrice || !terms) return null;
  const distances = levels.flatMap((level) => (level ? [level.minus(currentPrice).abs()] : []));
  const [nearest] = distances.sort((left, right) => left.compare(right));
  return nearest ? `${toPips(nearest, terms).toFixed(1)}p` : null;
}

function accountCell({ owner }: PositionRow): Span {
  return foreign(owner.alias ?? `${owner.connection}/${owner.id}`, "dim");
}
