import Table from "cli-table3";

export type Column = { readonly head: string; readonly align?: "left" | "right" };

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
  middle: "  ",
} as const;

/** An aligned table without borders: a heading, then a line for each row. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const grid = new Table({
    head: columns.map((column) => column.head),
    colAligns: columns.map((column) => column.align ?? "left"),
    chars: NO_BORDERS,
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
  });
  grid.push(...rows.map((row) => row.map(cell)));
  return grid
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
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
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Text from elsewhere without control characters, so that nothing from a broker or a comment can steer the terminal. */
export function printable(text: string): string {
  return text.replaceAll(CONTROL, "�");
}

/** As `printable`, but a colour of ours around all of it stays. */
function cell(text: string): string {
  const [, before = "", inner = text, after = ""] = DRESSED.exec(text) ?? [];
  return before + printable(inner) + after;
}
