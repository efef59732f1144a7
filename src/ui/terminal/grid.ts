import type { Line, Span } from "./spans.ts";
import { padTo, span, widthOf } from "./spans.ts";

/** One column of a panel's table. `rank` says which go first when there is no room: the highest. */
export type GridColumn<Row> = {
  readonly head: string;
  readonly align: "left" | "right";
  readonly rank: number;
  readonly cell: (row: Row) => Span;
};

export type Grid = { readonly head: Line; readonly rows: readonly Line[] };

const GAP = 2;

/**
 * A table of the columns that have room in `width` cells, each as wide as its widest cell. The first column's head is the
 * panel's title.
 */
export function grid<Row>(
  columns: readonly GridColumn<Row>[],
  rows: readonly Row[],
  width: number,
): Grid {
  const cells = columns.map(({ cell }) => rows.map(cell));
  const widths = columns.map(({ head }, x) =>
    Math.max(widthOf(head), ...(cells[x] ?? []).map(({ text }) => widthOf(text))),
  );
  const shown = chosen(columns, widths, width);
  const lineOf = (make: (x: number) => Span): Line =>
    shown.flatMap((x, index) => {
      const { text, role } = make(x);
      const padded = span(padTo(text, widths[x] ?? 0, columns[x]?.align), role);
      if (index === 0) return [padded];
      // Neighbours that look alike stay one piece: each change of colour has to be sent.
      const isAlike = make(shown[index - 1] ?? x).role === role;
      return [span(" ".repeat(GAP), isAlike ? role : "plain"), padded];
    });
  return {
    head: lineOf((x) => span(columns[x]?.head ?? "", "heading")),
    rows: rows.map((_, y) => lineOf((x) => cells[x]?.[y] ?? span(""))),
  };
}

/** The columns that fit, in their order: those of the lowest rank first. */
function chosen(
  columns: readonly { readonly rank: number }[],
  widths: readonly number[],
  width: number,
): readonly number[] {
  const byRank = columns.map((_, x) => x).sort((a, b) => rankOf(columns, a) - rankOf(columns, b));
  const kept: number[] = [];
  let used = -GAP;
  for (const x of byRank) {
    const wanted = used + GAP + (widths[x] ?? 0);
    if (wanted > width && kept.length > 0) break;
    used = wanted;
    kept.push(x);
  }
  return kept.sort((a, b) => a - b);
}

function rankOf(columns: readonly { readonly rank: number }[], x: number): number {
  return columns[x]?.rank ?? 0;
}

/** The rows of `lines` that are shown in `height`, so that `selected` is among them. */
export function windowOf(
  count: number,
  height: number,
  selected: number,
): readonly [number, number] {
  if (count <= height) return [0, count];
  const start = Math.min(Math.max(0, selected - Math.floor(height / 2)), count - height);
  return [start, start + height];
}

/** A row as it is shown when it is the chosen one: its name stands out, and what the rest means stays to be seen. */
export function chosenRow([name, ...rest]: Line, isChosen: boolean): Line {
  if (!isChosen || !name) return name ? [name, ...rest] : [];
  return [span(name.text, "selected"), ...rest.map((part): Span => ({ ...part, isChosen: true }))];
}
