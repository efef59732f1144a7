import type { PanelName, WatchState } from "./state.ts";

export type Size = { readonly columns: number; readonly rows: number };

/** A panel and the lines it gets, its heading included. */
export type Slot = { readonly panel: PanelName; readonly height: number };

/** How many lines each panel could use, its heading included. */
export type Wants = Readonly<Record<PanelName, number>>;

/** From this width and height on there are two columns. */
const WIDE: Size = { columns: 118, rows: 16 };
/** What stands between two columns. */
export const GUTTER = 3;
const LEAST_LEFT = 80;
const RIGHT_SHARE = 0.42;
const LEAST_HEIGHT = 2;
const COMFORT = 4;

const LEFT: readonly PanelName[] = ["watchlist", "positions", "orders", "accounts"];
const RIGHT: readonly PanelName[] = ["connections", "activity"];
/** Which panels go first when there is no room for all: the last one. */
const BY_NEED: readonly PanelName[] = [
  "watchlist",
  "positions",
  "accounts",
  "connections",
  "orders",
  "activity",
];

export type Columns = {
  readonly left: readonly Slot[];
  /** null where there is one column. */
  readonly right: { readonly slots: readonly Slot[]; readonly width: number } | null;
};

/** Which panels are shown, and how high. The one with the focus always is. */
export function layoutPanels(
  wants: Wants,
  { columns, rows }: Size,
  { panels, focus }: Pick<WatchState, "panels" | "focus">,
): Columns {
  // A screen without prices has room for all of its columns below each other.
  if (columns < WIDE.columns || rows < WIDE.rows || !panels.includes("watchlist")) {
    return { left: stack(panels, { wants, height: rows, focus }), right: null };
  }
  return {
    left: stack(LEFT, { wants, height: rows, focus }),
    right: {
      slots: stack(RIGHT, { wants, height: rows, focus }),
      width: Math.min(Math.floor(columns * RIGHT_SHARE), columns - LEAST_LEFT - GUTTER),
    },
  };
}

type Room = { readonly wants: Wants; readonly height: number; readonly focus: PanelName };

function stack(panels: readonly PanelName[], { wants, height, focus }: Room): readonly Slot[] {
  const shown = affordable(panels, height, focus);
  const heights = new Map(shown.map((panel) => [panel, Math.min(LEAST_HEIGHT, height)]));
  let left = height - LEAST_HEIGHT * shown.length;
  // First a few lines for everybody, then as many as each can use, then the rest to the last one.
  for (const limit of [COMFORT, Number.POSITIVE_INFINITY]) {
    for (const panel of byNeed(shown, focus)) {
      const now = heights.get(panel) ?? 0;
      const more = Math.max(0, Math.min(left, Math.min(wants[panel], limit) - now));
      heights.set(panel, now + more);
      left -= more;
    }
  }
  const last = shown.at(-1);
  if (last !== undefined && left > 0) heights.set(last, (heights.get(last) ?? 0) + left);
  return shown.map((panel) => ({ panel, height: heights.get(panel) ?? 0 }));
}

function affordable(
  panels: readonly PanelName[],
  height: number,
  focus: PanelName,
): readonly PanelName[] {
  const count = Math.max(height > 0 ? 1 : 0, Math.floor(height / LEAST_HEIGHT));
  const kept = new Set(byNeed(panels, focus).slice(0, count));
  return panels.filter((panel) => kept.has(panel));
}

function byNeed(panels: readonly PanelName[], focus: PanelName): readonly PanelName[] {
  const needed = BY_NEED.filter((panel) => panels.includes(panel));
  return panels.includes(focus) ? [focus, ...needed.filter((panel) => panel !== focus)] : needed;
}
