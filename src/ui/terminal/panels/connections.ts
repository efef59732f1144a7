import type { LiveConnection } from "../../../ports/live.ts";
import { type Grid, type GridColumn, grid } from "../grid.ts";
import { connectionRows, type Keyed } from "../rows.ts";
import { foreign, type Span, span } from "../spans.ts";
import type { ConnectionRecord, WatchSnapshot } from "../watch-desk.ts";
import { badge, type PanelView, statusWord } from "./view.ts";

type Row = Keyed<LiveConnection>;

const NONE = "-";

/** Whether each connection stands, how fast it is, and what holds requests back. */
export function connections(view: PanelView, width: number): Grid {
  const record = ({ name }: Row) => recordOf(view.snapshot, name);
  const columns: GridColumn<Row>[] = [
    { head: "CONNECTIONS", align: "left", rank: 0, cell: ({ name }) => foreign(name) },
    { head: "", align: "left", rank: 2, cell: ({ environment }) => badge(environment) },
    { head: "Status", align: "left", rank: 1, cell: (row) => statusCell(row, view) },
    { head: "Latency", align: "right", rank: 3, cell: latencyCell },
    { head: "Breaker", align: "left", rank: 5, cell: (row) => breakerCell(record(row)) },
    { head: "Budget", align: "right", rank: 6, cell: (row) => budgetCell(record(row)) },
    { head: "Trading", align: "left", rank: 4, cell: (row) => haltCell(record(row)) },
    { head: "", align: "left", rank: 7, cell: detailCell },
  ];
  return grid(columns, connectionRows(view.snapshot), width);
}

export function recordOf({ records }: WatchSnapshot, name: string): ConnectionRecord {
  return records.get(name) ?? { halt: null, breaker: "closed", budget: null, isOff: false };
}

function statusCell(row: Row, { snapshot, now, glyphs }: PanelView): Span {
  const { isOff } = recordOf(snapshot, row.name);
  const { word, role } = statusWord({ ...row, isOff }, now.monotonicMs);
  const isUp = role === "gain" || role === "dim";
  return span(`${isUp ? glyphs.dot : glyphs.ring} ${word}`, role);
}

function latencyCell({ latencyMs }: Row): Span {
  return latencyMs === null ? span(NONE, "dim") : span(`${Math.round(latencyMs)} ms`);
}

function breakerCell({ breaker }: ConnectionRecord): Span {
  return span(breaker, breaker === "closed" ? "dim" : "error");
}

/** Requests that may still be sent in this second. */
function budgetCell({ budget }: ConnectionRecord): Span {
  if (!budget) return span(NONE, "dim");
  return span(
    `${budget.remaining}/${budget.limitPerSecond}`,
    budget.remaining > 0 ? "dim" : "warning",
  );
}

function haltCell({ halt }: ConnectionRecord): Span {
  return halt ? foreign(`HALTED: ${halt.reason}`, "error") : span("on", "dim");
}

function detailCell({ failure, detail, status }: Row): Span {
  const isDown = status === "failed" || status === "reconnecting";
  return foreign(detail ?? (isDown ? (failure?.message ?? "") : ""), "dim");
}
