import { editText, insertText } from "../edit-text.ts";
import { foreign, type Line, span } from "../spans.ts";
import type { Dialog, WatchState } from "../state.ts";
import { type Step, step, withDialog } from "../step.ts";

type FilterDialog = Extract<Dialog, { readonly kind: "filter" }>;
type CommandDialog = Extract<Dialog, { readonly kind: "command" }>;

const MOST_RECALLED = 50;

/** The filter holds while it is typed; Esc takes it away. */
export function pressFilter(state: WatchState, dialog: FilterDialog, key: string): Step {
  if (key === "escape") return step({ ...withDialog(state, null), filter: "" });
  if (key === "enter") return step(withDialog(state, null));
  const text = editText(dialog.text, key);
  return text === null ? step(state) : step(filtered(state, dialog, text));
}

function filtered(state: WatchState, dialog: FilterDialog, text: string): WatchState {
  return { ...withDialog(state, { ...dialog, text }), filter: text };
}

export function pressCommand(
  state: WatchState,
  dialog: CommandDialog,
  { key, verbs }: { readonly key: string; readonly verbs: readonly string[] },
): Step {
  if (key === "escape") return step(withDialog(state, null));
  if (key === "enter") return runTyped(state, dialog);
  if (key === "up" || key === "down") {
    const recall = dialog.recall + (key === "up" ? 1 : -1);
    const text = state.recalled[recall];
    if (text === undefined && recall >= 0) return step(state);
    return step(withDialog(state, { ...dialog, text: text ?? "", recall: Math.max(-1, recall) }));
  }
  const text = key === "tab" ? completed(dialog.text, verbs) : editText(dialog.text, key);
  return text === null ? step(state) : step(withDialog(state, { ...dialog, text }));
}

function runTyped(state: WatchState, { text }: CommandDialog): Step {
  const words = text.trim().replace(/^tmt-broker\s+/, "");
  const closed = withDialog(state, null);
  if (words === "") return step(closed);
  if (words === "q" || words === "quit") return step(closed, { kind: "quit" });
  const others = state.recalled.filter((one) => one !== words);
  const recalled = [words, ...others].slice(0, MOST_RECALLED);
  return step({ ...closed, recalled }, { kind: "run", words });
}

/** As far as all the commands that begin so agree. */
export function completed(text: string, verbs: readonly string[]): string {
  const found = verbs.filter((verb) => verb.startsWith(text));
  const [first, ...others] = found;
  if (first === undefined) return text;
  if (others.length === 0) return `${first} `;
  return others.reduce((common, verb) => {
    let length = 0;
    while (length < common.length && common[length] === verb[length]) length += 1;
    return common.slice(0, length);
  }, first);
}

export function pasteIntoPrompt(
  state: WatchState,
  dialog: FilterDialog | CommandDialog,
  text: string,
): Step {
  const inserted = insertText(dialog.text, text);
  if (dialog.kind === "filter") return step(filtered(state, dialog, inserted));
  return step(withDialog(state, { ...dialog, text: inserted }));
}

export function promptLine(dialog: FilterDialog | CommandDialog, verbs: readonly string[]): Line {
  const sign = dialog.kind === "filter" ? "/" : ":";
  const near =
    dialog.kind === "command" && dialog.text !== ""
      ? verbs.filter((verb) => verb.startsWith(dialog.text)).slice(0, 6)
      : [];
  return [
    span(sign, "heading"),
    foreign(`${dialog.text}`, "strong"),
    span("_", "heading"),
    span(near.length > 0 ? `  ${near.join("  ")}` : "", "dim"),
  ];
}
