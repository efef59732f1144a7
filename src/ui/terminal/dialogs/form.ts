import { editText } from "../edit-text.ts";
import type { Glyphs } from "../glyphs.ts";
import { type Line, padTo, span } from "../spans.ts";

/** One line of a form: typed, or chosen among some. */
export type Field = {
  readonly label: string;
  readonly value: string;
  readonly hint: string;
  /** What can be chosen; null where it is typed. */
  readonly choices: readonly string[] | null;
};

const LABEL_WIDTH = 12;
const CURSOR = "_";

/** The field's value after a key; null when the key is none of its own. */
export function editField({ value, choices }: Field, key: string): string | null {
  if (!choices) return editText(value, key);
  const by = { left: -1, right: 1, space: 1 }[key];
  if (by === undefined) return [...key].length === 1 ? value : null;
  const index = choices.indexOf(value) + by + choices.length;
  return choices[index % choices.length] ?? value;
}

/** The number of the field that a key leads to; null when it leads to none. */
export function nextField(field: number, count: number, key: string): number | null {
  const by = { up: -1, "shift-tab": -1, down: 1, tab: 1 }[key];
  return by === undefined ? null : (field + by + count) % count;
}

export function formLines(
  fields: readonly Field[],
  current: number,
  glyphs: Glyphs,
): readonly Line[] {
  return fields.map((field, index) => {
    const isCurrent = index === current;
    const value = field.choices ? `< ${field.value} >` : field.value;
    return [
      span(isCurrent ? `${glyphs.pointer} ` : "  ", "heading"),
      span(padTo(field.label, LABEL_WIDTH), isCurrent ? "strong" : "plain"),
      span(value, isCurrent ? "strong" : "plain"),
      span(isCurrent && !field.choices ? CURSOR : " ", "heading"),
      span(isCurrent ? `  ${field.hint}` : "", "dim"),
    ];
  });
}
