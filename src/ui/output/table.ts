import Table from "cli-table3";

export type Column = { readonly head: string; readonly align?: "left" | "right" };

const GAP = "  ";
const NO_BORDERS = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: GAP,
} as const;

/** An aligned table without borders: a heading, then a line for each row. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const grid = [columns.map(({ head }) => head), ...rows].map((row) => row.map(cell));
  return (alignedPlain(columns, grid) ?? alignedAny(columns, grid))
    .map((line) => line.trimEnd())
    .join("\n");
}

type Grid = readonly (readonly string[])[];

/**
 * What `alignedAny` gives, in a tenth of the time, where every cell is as wide as it has letters; null
 * elsewhere.
 */
function alignedPlain(columns: readonly Column[], grid: Grid): readonly string[] | null {
  const lengths = grid.map((row) => row.map(plainLength));
  const isPlain = (row: readonly number[]) =>
    row.length === columns.length && !row.some(Number.isNaN);
  if (!lengths.every(isPlain)) return null;
  const widths = columns.map((_, x) =>
    lengths.reduce((widest, row) => Math.max(widest, row[x] ?? 0), 1),
  );
  return grid.map((row, y) =>
    row
      .map((text, x) => {
        const space = " ".repeat((widths[x] ?? 0) - (lengths[y]?.[x] ?? 0));
        return columns[x]?.align === "right" ? space + text : text + space;
      })
      .join(GAP),
  );
}

/** Any text, wide characters too. */
function alignedAny(columns: readonly Column[], [head = [], ...rows]: Grid): readonly string[] {
  const grid = new Table({
    head: [...head],
    colAligns: columns.map((column) => column.align ?? "left"),
    chars: NO_BORDERS,
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
  });
  grid.push(...rows.map((row) => [...row]));
  return grid.toString().split("\n");
}

/** Aligned `name  value` lines. */
export function fields(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `  ${name.padEnd(width)}  ${cell(value)}`).join("\n");
}

const ESCAPE = String.fromCharCode(27);
/** A text that is dressed as a whole, by the codes that our themes use: no escape inside, and closed at its end. */
const DRESSED = new RegExp(
  `^((?:${ESCAPE}\\[(?:[012]|3[0-37]|4[1367])m)+)([^${ESCAPE}]*)((?:${ESCAPE}\\[(?:0|22|39|49)m)+)$`,
);
const PLAIN = /^[ -~]*$/;

/** Text from elsewhere without control characters, so that nothing from a broker or a comment can steer the terminal. */
export function printable(text: string): string {
  // Made here, because Unicode's classes are looked up as soon as there is an expression with them.
  return PLAIN.test(text) ? text : text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "�");
}

/** As `printable`, but a colour of ours around all of it stays. */
function cell(text: string): string {
  const [, before = "", inner = text, after = ""] = dressed(text) ?? [];
  return before + printable(inner) + after;
}

/** The parts of a dressed text: the codes before it, itself, and after it the end of each of these. */
function dressed(text: string): readonly string[] | null {
  const match = text.startsWith(ESCAPE) ? DRESSED.exec(text) : null;
  const opened = match?.[1]?.match(/\d+/g)?.toReversed() ?? [];
  return opened.map((code) => `${ESCAPE}[${endOf(code)}m`).join("") === match?.[3] ? match : null;
}

/** What ends a code: 22 bold and dim, 39 a colour, 49 a background. */
function endOf(code: string): string {
  if (code === "0") return "0";
  return code.length === 1 ? "22" : `${code.charAt(0)}9`;
}

/** How many letters of ASCII a cell shows; NaN where there are others. */
function plainLength(text: string): number {
  const [, , inner = text] = dressed(text) ?? [];
  return PLAIN.test(inner) ? inner.length : Number.NaN;
}
