// The build puts this into Ink: see scripts/bundled-ink.mjs.
import { isNarrow } from "./spans.ts";

/** What a cell shows: one letter, and the SGR parameters it is dressed in. */
type Cell = { readonly letter: string; readonly style: string };

const ESCAPE = String.fromCharCode(27);
const SGR = new RegExp(`${ESCAPE}\\[([0-9;]*)m`);
const RESET = `${ESCAPE}[m`;
const ERASE_REST = `${ESCAPE}[K`;
const TO_START = "\r";
const BLANK: Cell = { letter: " ", style: "" };
/** So many cells between two changes are written again rather than jumped over, where they look like their neighbour. */
const SHORT_GAP = 4;

/**
 * What makes of the line that a terminal shows another one: the cells that differ, and nothing else. The cursor stands
 * anywhere on it, and no style is set. A line that holds more than our own plain signs, or is wider than the terminal and
 * so lies on other lines too, is written whole.
 */
export function lineUpdate(previous: string, next: string, columns: number): string {
  const whole = `${TO_START}${ERASE_REST}${next}`;
  const [before, after] = [cellsOf(previous), cellsOf(next)];
  if (!before || !after || Math.max(before.length, after.length) > columns) return whole;
  const update = updateOf(before, after);
  return update.length < whole.length ? update : whole;
}

const LINE_DOWN = `${ESCAPE}[E`;

/** A frame in which moves down, a line each, are one move. */
export function withLongMoves(frame: string): string {
  return frame.replaceAll(LINES_DOWN, (moves) => `${ESCAPE}[${moves.length / LINE_DOWN.length}E`);
}

const LINES_DOWN = new RegExp(`(?:${ESCAPE}\\[E){2,}`, "g");

function updateOf(before: readonly Cell[], after: readonly Cell[]): string {
  let text = TO_START;
  let style = "";
  let cursor = 0;
  const dress = (wanted: string) => {
    if (wanted === style) return;
    text += wanted === "" ? RESET : `${ESCAPE}[${style === "" ? "" : "0;"}${wanted}m`;
    style = wanted;
  };
  const moveTo = (x: number) => {
    const gap = after.slice(cursor, x);
    const isShort = cursor > 0 && gap.length <= SHORT_GAP;
    if (isShort && gap.every((cell) => cell.style === style)) {
      text += gap.map(({ letter }) => letter).join("");
    } else if (gap.length > 0) text += `${ESCAPE}[${gap.length}C`;
    cursor = x;
  };
  for (const [x, cell] of after.entries()) {
    if (isSame(cell, before[x] ?? BLANK)) continue;
    moveTo(x);
    dress(cell.style);
    text += cell.letter;
    cursor += 1;
  }
  if (before.length > after.length) {
    moveTo(after.length);
    dress("");
    text += ERASE_REST;
  }
  dress("");
  return text;
}

function isSame(left: Cell, right: Cell): boolean {
  return left.letter === right.letter && left.style === right.style;
}

/** The cells of a line up to the last that isn't blank; null where it holds what isn't known here. */
function cellsOf(line: string): readonly Cell[] | null {
  const cells: Cell[] = [];
  const style: Style = new Map();
  // Texts and parameters in turn.
  for (const [index, part] of line.split(SGR).entries()) {
    const isText = index % 2 === 0;
    if (isText) cells.push(...dressed(part, style));
    const isKnown = isText || part.split(";").every((code) => wear(style, Number(code)));
    if (!isKnown || (isText && !isNarrow(part))) return null;
  }
  while (cells.length > 0 && isSame(cells.at(-1) ?? BLANK, BLANK)) cells.pop();
  return cells;
}

type Style = Map<Attribute, string>;

function dressed(text: string, style: Style): readonly Cell[] {
  const [worn, seen] = [styleText(style, WORN), styleText(style, SEEN_WHEN_EMPTY)];
  return [...text].map((letter) => ({ letter, style: letter === " " ? seen : worn }));
}

type Attribute = "weight" | "faint" | "underline" | "inverse" | "foreground" | "background";

const WORN: readonly Attribute[] = [
  "weight",
  "faint",
  "underline",
  "inverse",
  "foreground",
  "background",
];
/** Of an empty cell there is no letter whose weight or colour could be seen. */
const SEEN_WHEN_EMPTY: readonly Attribute[] = ["underline", "inverse", "background"];

const BEGINS: Readonly<Record<number, Attribute>> = {
  1: "weight",
  2: "faint",
  4: "underline",
  7: "inverse",
};
const ENDS: Readonly<Record<number, readonly Attribute[]>> = {
  0: WORN,
  22: ["weight", "faint"],
  24: ["underline"],
  27: ["inverse"],
  39: ["foreground"],
  49: ["background"],
};

/** Takes an SGR code into a style; false for one that our palettes don't have. */
function wear(style: Style, code: number): boolean {
  const ended = ENDS[code];
  for (const attribute of ended ?? []) style.delete(attribute);
  const begun = BEGINS[code] ?? colourOf(code);
  if (begun) style.set(begun, String(code));
  return ended !== undefined || begun !== undefined;
}

function colourOf(code: number): Attribute | undefined {
  if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) return "foreground";
  return (code >= 40 && code <= 47) || (code >= 100 && code <= 107) ? "background" : undefined;
}

function styleText(style: Style, attributes: readonly Attribute[]): string {
  return attributes.flatMap((attribute) => style.get(attribute) ?? []).join(";");
}
