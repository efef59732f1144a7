import { BINDINGS, isOnScreen, keyText } from "../keys.ts";
import type { Size } from "../layout.ts";
import { foreign, type Line, padTo, span, wrapped } from "../spans.ts";
import type { Dialog, OutputDialog, WatchState } from "../state.ts";
import { type Step, step, withDialog } from "../step.ts";

type Page = Extract<Dialog, { readonly kind: "help" }> | OutputDialog;

const PAGE = 10;
const KEYS_WIDTH = 14;
const FOLDLESS = 10_000;
const MOST_FOLDS = 10;

const SCROLLS: Readonly<Record<string, number>> = {
  up: -1,
  k: -1,
  down: 1,
  j: 1,
  pgup: -PAGE,
  pgdn: PAGE,
  space: PAGE,
  home: Number.NEGATIVE_INFINITY,
  g: Number.NEGATIVE_INFINITY,
};

/** Scrolling through a page; anything else closes it. */
export function pressPage(state: WatchState, dialog: Page, key: string): Step {
  const by = SCROLLS[key];
  if (by === undefined) return step(withDialog(state, null));
  // How far it can be scrolled depends on the screen: drawing it sees to that.
  const most = MOST_FOLDS * pageRows(dialog, state, FOLDLESS).length;
  const top = Math.min(most, Math.max(0, dialog.top + by));
  return step(withDialog(state, { ...dialog, top }));
}

export function pageLines(
  dialog: Page,
  state: WatchState,
  { columns, rows: height }: Size,
): readonly Line[] {
  const rows = pageRows(dialog, state, columns);
  const room = Math.max(1, height - 1);
  const top = Math.min(dialog.top, Math.max(0, rows.length - room));
  const shown = rows.slice(top, top + room);
  const rest = rows.length - top - shown.length;
  const title = dialog.kind === "help" ? "KEYS" : dialog.title;
  const scroll = rest > 0 || top > 0 ? `  ${rest} more lines: Down, PgDn.` : "";
  return [[foreign(title, "heading"), span(`${scroll}  Esc goes back.`, "dim")], ...shown];
}

function pageRows(dialog: Page, state: WatchState, width: number): readonly Line[] {
  if (dialog.kind === "output") {
    return dialog.lines.flatMap((line) => wrapped(line, width)).map((line) => [span(line)]);
  }
  return BINDINGS.filter((binding) => isOnScreen(binding, state)).map(({ keys, help, panels }) => [
    span(`  ${padTo(keys.map(keyText).join(", "), KEYS_WIDTH)} `, "strong"),
    span(help),
    span(panels ? `  (${panels.join(", ")})` : "", "dim"),
  ]);
}
