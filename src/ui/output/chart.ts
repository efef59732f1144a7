import type { Decimal } from "../../core/money.ts";

/** One point of a line, and how it is called below the axis. */
export type ChartPoint = { readonly label: string; readonly value: Decimal };

export type ChartStyle = {
  readonly width: number;
  readonly height: number;
  /** Decimals of the values on the axis. */
  readonly places: number;
  /** Whether the terminal shows braille; stars otherwise. */
  readonly isUnicode: boolean;
};

const BRAILLE = 0x2800;
const BLANK_END = /[ \u2800]+$/;
/** The bit of each of a braille cell's dots: two columns of four. */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;

/** A line over time, oldest first, with its highest and lowest value on the axis; empty without a point. */
export function lineChart(points: readonly ChartPoint[], style: ChartStyle): string {
  const [first] = points;
  const last = points.at(-1);
  if (!first || !last) return "";
  const values = points.map(({ value }) => value.toApproximateNumber());
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  const labels = [highest, (highest + lowest) / 2, lowest].map((value) =>
    value.toFixed(style.places),
  );
  const margin = Math.max(...labels.map((label) => label.length));
  const rows = style.isUnicode ? brailleRows(values, style) : starRows(values, style);
  const middle = Math.floor(rows.length / 2);
  const marked = new Map([[middle, labels[1]]]);
  if (lowest < highest) marked.set(0, labels[0]).set(rows.length - 1, labels[2]);
  const [wall, corner] = style.isUnicode ? ["┤", "└"] : ["|", "+"];
  const lines = rows.map((row, y) => {
    const label = marked.get(y) ?? "";
    return `${label.padStart(margin)} ${wall}${row.replace(BLANK_END, "")}`;
  });
  const floor = (style.isUnicode ? "─" : "-").repeat(style.width);
  const gap = " ".repeat(Math.max(1, style.width - first.label.length - last.label.length));
  const ends = points.length > 1 ? `${first.label}${gap}${last.label}` : first.label;
  return [
    ...lines,
    `${" ".repeat(margin)} ${corner}${floor}`,
    `${" ".repeat(margin + 2)}${ends}`,
  ].join("\n");
}

function brailleRows(values: readonly number[], { width, height }: ChartStyle): readonly string[] {
  const cells = Array.from({ length: height }, () => new Array<number>(width).fill(0));
  const drawn = path(values, width * 2, height * 4);
  for (const [x, y] of drawn) {
    const row = cells[Math.floor(y / 4)];
    const column = Math.floor(x / 2);
    const dot = DOTS[x % 2 === 0 ? 0 : 1][y % 4] ?? 0;
    if (row) row[column] = (row[column] ?? 0) | dot;
  }
  return cells.map((row) => row.map((cell) => String.fromCodePoint(BRAILLE + cell)).join(""));
}

function starRows(values: readonly number[], { width, height }: ChartStyle): readonly string[] {
  const rows = Array.from({ length: height }, () => new Array<string>(width).fill(" "));
  for (const [x, y] of path(values, width, height)) {
    const row = rows[y];
    if (row) row[x] = "*";
  }
  return rows.map((row) => row.join(""));
}

/** The dots of a line through all values, joined without a gap: from the left, and from the top. */
function path(
  values: readonly number[],
  width: number,
  height: number,
): readonly (readonly [number, number])[] {
  const lowest = Math.min(...values);
  const range = Math.max(...values) - lowest;
  const yOf = (value: number) =>
    range > 0 ? Math.round((1 - (value - lowest) / range) * (height - 1)) : Math.floor(height / 2);
  const dots: (readonly [number, number])[] = [];
  let before: number | null = null;
  for (let x = 0; x < width; x += 1) {
    const y = yOf(valueAt(values, width > 1 ? x / (width - 1) : 1));
    const from: number = before ?? y;
    const step = from <= y ? 1 : -1;
    for (let fill = from; fill !== y; fill += step) dots.push([x, fill]);
    dots.push([x, y]);
    before = y;
  }
  return dots;
}

/** The value at a share of the way from the first to the last one, between its neighbours. */
function valueAt(values: readonly number[], share: number): number {
  const place = share * (values.length - 1);
  const left = Math.floor(place);
  const from = values[left] ?? 0;
  const to = values[left + 1] ?? from;
  return from + (to - from) * (place - left);
}
