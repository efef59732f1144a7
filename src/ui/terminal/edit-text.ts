import { printable } from "../output/table.ts";

const LONGEST_TEXT = 200;

/** `text` after a key of a one-line field; null when the key is none of a field's. */
export function editText(text: string, key: string): string | null {
  if (key === "backspace") return [...text].slice(0, -1).join("");
  if (key === "ctrl-u") return "";
  if (key === "ctrl-w") return text.replace(/\S*\s*$/, "");
  if (key === "space") return insertText(text, " ");
  return [...key].length === 1 ? insertText(text, key) : null;
}

/** `text` with something typed or pasted at its end: one line, no control characters, of a bounded length. */
export function insertText(text: string, added: string): string {
  const line = added.slice(0, 4 * LONGEST_TEXT).replaceAll(/[\r\n\t]+/g, " ");
  return [...(text + printable(line))].slice(0, LONGEST_TEXT).join("");
}
