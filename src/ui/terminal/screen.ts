import { closeLines, exitsLines } from "./dialogs/exits.ts";
import { pageLines } from "./dialogs/pages.ts";
import { pickerLines } from "./dialogs/picker.ts";
import { promptLine } from "./dialogs/prompts.ts";
import { questionLines } from "./dialogs/question.ts";
import { ticketLines } from "./dialogs/ticket.ts";
import { chosenRow, type Grid, windowOf } from "./grid.ts";
import { GUTTER, layoutPanels, type Size, type Slot, type Wants } from "./layout.ts";
import { accounts } from "./panels/accounts.ts";
import { activity } from "./panels/activity.ts";
import { connections } from "./panels/connections.ts";
import { orders } from "./panels/orders.ts";
import { positions } from "./panels/positions.ts";
import type { PanelView } from "./panels/view.ts";
import { watchlist } from "./panels/watchlist.ts";
import { chosenIndex, rowKeys } from "./rows.ts";
import { fitted, foreign, type Line, type Role, span, wrapped } from "./spans.ts";
import type { Dialog, PanelName } from "./state.ts";
import { footerLine, statusLine } from "./status-line.ts";

const DRAWN: Readonly<Record<PanelName, (view: PanelView, width: number) => Grid>> = {
  watchlist,
  positions,
  orders,
  accounts,
  connections,
  activity,
};

const EMPTY: Readonly<Record<PanelName, string>> = {
  watchlist: "No instrument here. a adds one.",
  positions: "Nothing is open. b buys, s sells.",
  orders: "No order waits.",
  accounts: "No account is known yet.",
  connections: "No connection is open.",
  activity: "Nothing has happened yet.",
};

/** Prices stay in sight above a dialog where there is room for so many lines of them. */
const LEAST_ABOVE = 4;

export type ScreenView = PanelView & { readonly verbs: readonly string[] };

/** A message may take so many lines where the screen is high enough. */
const MOST_NOTICE_LINES = 3;
const HIGH = 12;

/** The whole screen: exactly `rows` lines of exactly `columns` cells, whatever the size. */
export function screenLines(view: ScreenView, { columns, rows }: Size): readonly Line[] {
  const width = Math.max(1, columns);
  const height = Math.max(1, rows);
  const notices = noticeLines(view, width).slice(0, height >= HIGH ? MOST_NOTICE_LINES : 1);
  const body = Math.max(0, height - 2 - notices.length);
  const lines = [
    statusLine(view, width),
    ...(body > 0 ? bodyLines(view, { columns: width, rows: body }) : []),
    ...(height >= 2 ? notices : []),
    ...(height >= 3 ? [footerLine(view, width)] : []),
  ];
  return Array.from({ length: height }, (_, y) => fitted(lines[y] ?? [], width));
}

function bodyLines(view: ScreenView, size: Size): readonly Line[] {
  const { dialog } = view.state;
  const dialogLines = dialog ? linesOfDialog(dialog, view, size) : [];
  if (dialogLines.length === 0) return panelLines(view, size);
  const above = size.rows - dialogLines.length - 1;
  if (above < LEAST_ABOVE) return dialogLines.slice(0, size.rows);
  return [
    ...panelLines(view, { ...size, rows: above }),
    [span(view.glyphs.rule.repeat(size.columns), "dim")],
    ...dialogLines,
  ];
}

/** The lines of a dialog that has some of its own: prompts stand in the line above the last one. */
function linesOfDialog(dialog: Dialog, view: ScreenView, size: Size): readonly Line[] {
  const { columns, rows } = size;
  switch (dialog.kind) {
    case "help":
    case "output":
      return pageLines(dialog, view.state, size);
    case "ticket":
      return ticketLines(view, dialog);
    case "exits":
      return exitsLines(dialog, view.glyphs);
    case "close":
      return closeLines(dialog, view.glyphs);
    case "question":
      return questionLines(dialog, columns, rows);
    case "picker":
      return pickerLines(dialog, Math.min(rows, Math.max(8, Math.floor(rows / 2))));
    case "filter":
    case "command":
      return [];
  }
}

function panelLines(view: PanelView, size: Size): readonly Line[] {
  const rightWidth = layoutPanels(NO_WANTS, size, view.state).right?.width ?? 0;
  const leftWidth = rightWidth > 0 ? size.columns - rightWidth - GUTTER : size.columns;
  const widthOfPanel = (panel: PanelName) =>
    rightWidth > 0 && RIGHT_PANELS.has(panel) ? rightWidth : leftWidth;
  const grids = mapPanels((panel) => DRAWN[panel](view, widthOfPanel(panel)));
  const wants = mapPanels((panel) => Math.max(1, grids[panel].rows.length) + 1);
  const { left, right } = layoutPanels(wants, size, view.state);
  const drawn = (slots: readonly Slot[], width: number) =>
    slots.flatMap((slot) => slotLines(view, { slot, grid: grids[slot.panel], width }));
  const leftLines = drawn(left, leftWidth);
  if (!right) return leftLines;
  const rightLines = drawn(right.slots, rightWidth);
  return Array.from({ length: size.rows }, (_, y) => [
    ...fitted(leftLines[y] ?? [], leftWidth),
    span(` ${view.glyphs.divider} `, "dim"),
    ...fitted(rightLines[y] ?? [], rightWidth),
  ]);
}

const RIGHT_PANELS: ReadonlySet<PanelName> = new Set(["connections", "activity"]);
const NO_WANTS: Wants = mapPanels(() => 0);

function mapPanels<T>(make: (panel: PanelName) => T): Record<PanelName, T> {
  return {
    watchlist: make("watchlist"),
    positions: make("positions"),
    orders: make("orders"),
    accounts: make("accounts"),
    connections: make("connections"),
    activity: make("activity"),
  };
}

type Drawn = { readonly slot: Slot; readonly grid: Grid; readonly width: number };

/** A panel in its slot: heading, and those of its rows around the chosen one that have room. */
function slotLines(view: PanelView, { slot, grid, width }: Drawn): readonly Line[] {
  const { snapshot, state } = view;
  const { panel, height } = slot;
  if (height === 0) return [];
  const hasFocus = state.focus === panel;
  const index = chosenIndex(rowKeys(panel, snapshot, state), state.chosen[panel]);
  const [start, end] = windowOf(grid.rows.length, height - 1, index);
  const hidden = grid.rows.length - (end - start);
  const head = headLine(grid.head, { hasFocus, hidden, width });
  const shown = grid.rows
    .slice(start, end)
    .map((line, offset) => chosenRow(fitted(line, width), hasFocus && start + offset === index));
  const rows = grid.rows.length > 0 ? shown : [[span(`  ${emptyText(panel, view)}`, "dim")]];
  return Array.from({ length: height }, (_, y) => (y === 0 ? head : (rows[y - 1] ?? [])));
}

/** That nothing is there is said only where it is known. */
function emptyText(panel: PanelName, { snapshot }: PanelView): string {
  const isAboutAccounts = panel === "positions" || panel === "orders";
  const isUnknown = snapshot.accounts.some(({ account }) => account === null);
  return isAboutAccounts && isUnknown ? "Not known: the account wasn't read yet." : EMPTY[panel];
}

type Head = { readonly hasFocus: boolean; readonly hidden: number; readonly width: number };

function headLine(head: Line, { hasFocus, hidden, width }: Head): Line {
  const [title, ...rest] = head;
  const role: Role = hasFocus ? "focus" : "heading";
  const line = [span(title?.text ?? "", role), ...rest];
  if (hidden === 0) return line;
  const more = ` +${hidden}`;
  return [...fitted(line, width - more.length), span(more, "dim")];
}

const NOTICE_ROLES: Readonly<Record<string, Role>> = { good: "gain", note: "plain", bad: "error" };

/** What is typed, what is under way, or what became of the last thing that was asked for: at least one line. */
function noticeLines({ state, verbs }: ScreenView, width: number): readonly Line[] {
  const { dialog, notice, busy, filter } = state;
  if (dialog?.kind === "filter" || dialog?.kind === "command") return [promptLine(dialog, verbs)];
  if (busy.length > 0 && dialog?.kind !== "question") {
    return [[foreign(`${busy.join(", ")} ...`, "warning")]];
  }
  if (notice) {
    const text = notice.text.trim().replaceAll(/\s*\n\s*/g, " ");
    return wrapped(text, width).map((line) => [span(line, NOTICE_ROLES[notice.level])]);
  }
  if (filter !== "")
    return [[foreign(`Only what contains "${filter}". Esc shows all.`, "warning")]];
  return [[]];
}
