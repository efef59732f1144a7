import stringWidth from "string-width";
import { printable } from "../output/table.ts";

/** What a text means; a palette gives each its colours. */
export type Role =
  | "plain"
  | "dim"
  | "strong"
  | "heading"
  | "focus"
  | "selected"
  | "gain"
  | "loss"
  | "warning"
  | "error"
  | "live"
  | "practice"
  | "paper";

export type Span = {
  readonly text: string;
  readonly role: Role;
  /** Part of the chosen row, which stands out whatever its parts mean. */
  readonly isChosen?: true;
};
/** One line of the screen, or a part of one, left to right. */
export type Line = readonly Span[];

/** Letters of ASCII and the screen's own signs: each takes one cell. Looking closer at them would take most of a frame. */
const NARROW = /^[ -~\u2500\u2502\u2581-\u2588\u2591\u25b2\u25bc\u25b6\u25cf\u25cb\u2026]*$/;

/** Whether each letter of `text` takes one cell, for certain. */
export function isNarrow(text: string): boolean {
  return NARROW.test(text);
}

/** How many cells of the screen `text` takes. */
export function widthOf(text: string): number {
  return isNarrow(text) ? text.length : stringWidth(text);
}

export function lineWidth(line: Line): number {
  return line.reduce((sum, { text }) => sum + widthOf(text), 0);
}

export function span(text: string, role: Role = "plain"): Span {
  return { text, role };
}

/** Text from a broker, a user or an error, safe to show: control characters and text directions are gone. */
export function foreign(text: string, role: Role = "plain"): Span {
  return { text: printable(text), role };
}

/** Exactly `width` cells: cut, or filled with spaces. */
export function fitted(line: Line, width: number): Line {
  const used = lineWidth(line);
  if (used === width) return line;
  if (used < width) return [...line, span(" ".repeat(width - used))];
  return cut(line, width);
}

/** `text` in exactly `width` cells. */
export function padTo(text: string, width: number, align: "left" | "right" = "left"): string {
  const missing = width - widthOf(text);
  if (missing < 0) return cutText(text, width);
  const space = " ".repeat(missing);
  return align === "left" ? text + space : space + text;
}

/** The first `width` cells; half of a wide letter becomes a space. */
export function cutText(text: string, width: number): string {
  if (isNarrow(text)) return text.slice(0, Math.max(0, width));
  let used = 0;
  let kept = "";
  for (const { segment } of GRAPHEMES.segment(text)) {
    const next = used + stringWidth(segment);
    if (next > width) break;
    kept += segment;
    used = next;
  }
  return kept + " ".repeat(Math.max(0, width - used));
}

const GRAPHEMES = new Intl.Segmenter("en", { granularity: "grapheme" });

function cut(line: Line, width: number): Line {
  const kept: Span[] = [];
  let left = width;
  for (const { text, ...meaning } of line) {
    if (left <= 0) break;
    const part = widthOf(text) <= left ? text : cutText(text, left);
    kept.push({ text: part, ...meaning });
    left -= widthOf(part);
  }
  return kept;
}

/** `line` in another role throughout: for a selected row. */
export function withRole(line: Line, role: Role): Line {
  return [span(plainText(line), role)];
}

export function plainText(line: Line): string {
  return line.map(({ text }) => text).join("");
}

/** Text in lines of at most `width` cells, broken at spaces where there are some. */
export function wrapped(text: string, width: number): readonly string[] {
  return text.split("\n").flatMap((line) => wrapLine(printable(line), Math.max(1, width)));
}

function wrapLine(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let rest = text;
  while (widthOf(rest) > width) {
    const head = cutText(rest, width).trimEnd();
    const space = head.lastIndexOf(" ");
    const cutAt = space > width / 3 ? space : Math.max(1, head.length);
    lines.push(rest.slice(0, cutAt));
    rest = rest.slice(cutAt).trimStart();
  }
  return [...lines, rest];
}
