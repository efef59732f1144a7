import { recordOf } from "./panels/connections.ts";
import { chosenOf, connectionRows, orderRows, positionRows, quoteRows } from "./rows.ts";
import type { PanelName, WatchState } from "./state.ts";
import type { WatchSnapshot } from "./watch-desk.ts";

export type Action =
  | "quit"
  | "help"
  | "next-panel"
  | "previous-panel"
  | "up"
  | "down"
  | "page-up"
  | "page-down"
  | "first"
  | "last"
  | "filter"
  | "command"
  | "buy"
  | "sell"
  | "close"
  | "modify"
  | "cancel"
  | "halt"
  | "add"
  | "remove"
  | "connect"
  | "disconnect"
  | "reconnect"
  | "refresh"
  | "palette"
  | "glyphs"
  | "redraw"
  | "suspend"
  | "back";

/** What decides whether a key does anything now. */
export type Situation = { readonly snapshot: WatchSnapshot; readonly state: WatchState };

export type Binding = {
  /** As `KeyPress` names them. */
  readonly keys: readonly string[];
  readonly action: Action;
  readonly help: string;
  /** A word for the last line, and the panels that it is shown for; everywhere where none are named. */
  readonly footer?: string;
  readonly panels?: readonly PanelName[];
  /** The panel whose rows it is about; where the screen doesn't have it, the key does nothing. */
  readonly of?: PanelName;
  /** Why the key does nothing now; null when it does. */
  readonly disabledReason?: (situation: Situation) => string | null;
};

/** Every key of the screen: handler, last line and help page are made of it. The first ones are shown first. */
export const BINDINGS: readonly Binding[] = [
  { keys: ["?", "f1"], action: "help", help: "this page", footer: "help" },
  { keys: ["q"], action: "quit", help: "quit (Ctrl-C: at once)", footer: "quit" },
  { keys: ["b"], action: "buy", help: "buy the chosen instrument", footer: "buy", of: "watchlist" },
  {
    keys: ["s"],
    action: "sell",
    help: "sell the chosen instrument",
    footer: "sell",
    of: "watchlist",
  },
  {
    keys: ["c"],
    action: "close",
    help: "close the chosen position, wholly or in part",
    footer: "close",
    panels: ["positions"],
    of: "positions",
    disabledReason: ({ snapshot, state }) =>
      positionRows(snapshot, state).length === 0 ? "There is no open position." : null,
  },
  {
    keys: ["m"],
    action: "modify",
    help: "set or remove stop and target of the chosen position",
    footer: "exits",
    panels: ["positions"],
    of: "positions",
    disabledReason: ({ snapshot, state }) =>
      positionRows(snapshot, state).length === 0 ? "There is no open position." : null,
  },
  {
    keys: ["x", "delete"],
    action: "cancel",
    help: "cancel the chosen order",
    footer: "cancel",
    panels: ["orders"],
    of: "orders",
    disabledReason: ({ snapshot, state }) =>
      orderRows(snapshot, state).length === 0 ? "There is no order that waits." : null,
  },
  { keys: ["tab"], action: "next-panel", help: "next panel", footer: "panel" },
  { keys: ["shift-tab"], action: "previous-panel", help: "panel before" },
  { keys: ["/"], action: "filter", help: "show only what contains a text", footer: "filter" },
  { keys: [":"], action: "command", help: "any command of tmt-broker", footer: "command" },
  {
    keys: ["a", "i"],
    action: "add",
    help: "add an instrument",
    footer: "add",
    panels: ["watchlist"],
    of: "watchlist",
  },
  {
    keys: ["d"],
    action: "remove",
    help: "take the chosen instrument off the list",
    footer: "remove",
    panels: ["watchlist"],
    of: "watchlist",
    disabledReason: ({ snapshot, state }) =>
      quoteRows(snapshot, state).length === 0 ? "The list is empty." : null,
  },
  {
    keys: ["h"],
    action: "halt",
    help: "halt trading on the chosen connection, or resume it",
    footer: "halt/resume",
    panels: ["connections", "accounts"],
  },
  {
    keys: ["C"],
    action: "connect",
    help: "connect the chosen connection",
    footer: "connect",
    panels: ["connections"],
    disabledReason: (situation) => (isOff(situation) ? null : "It is connected, or being tried."),
  },
  {
    keys: ["D"],
    action: "disconnect",
    help: "disconnect the chosen connection; orders at the broker stay",
    footer: "disconnect",
    panels: ["connections"],
    disabledReason: (situation) => (isOff(situation) ? "It is disconnected already." : null),
  },
  {
    keys: ["R"],
    action: "reconnect",
    help: "reconnect the chosen connection",
    footer: "reconnect",
    panels: ["connections"],
  },
  { keys: ["r"], action: "refresh", help: "ask the brokers for all accounts now" },
  { keys: ["up", "k"], action: "up", help: "row above" },
  { keys: ["down", "j"], action: "down", help: "row below" },
  { keys: ["pgup"], action: "page-up", help: "ten rows up" },
  { keys: ["pgdn"], action: "page-down", help: "ten rows down" },
  { keys: ["home", "g"], action: "first", help: "first row" },
  { keys: ["end", "G"], action: "last", help: "last row" },
  { keys: ["p"], action: "palette", help: "next palette of colours" },
  { keys: ["A"], action: "glyphs", help: "plain ASCII signs, or blocks and lines" },
  { keys: ["ctrl-l"], action: "redraw", help: "draw the screen anew" },
  { keys: ["ctrl-z"], action: "suspend", help: "go to the shell; fg comes back" },
  { keys: ["escape"], action: "back", help: "back: close a dialog, end a filter" },
];

export function bindingOf(key: string): Binding | undefined {
  return BINDINGS.find(({ keys }) => keys.includes(key));
}

/** Whether the screen has what the key is about. */
export function isOnScreen({ of }: Binding, { panels }: WatchState): boolean {
  return of === undefined || panels.includes(of);
}

/** Keys as they are written for people. */
export function keyText(key: string): string {
  const names: Readonly<Record<string, string>> = {
    up: "Up",
    down: "Down",
    tab: "Tab",
    "shift-tab": "Shift-Tab",
    pgup: "PgUp",
    pgdn: "PgDn",
    home: "Home",
    end: "End",
    delete: "Del",
    escape: "Esc",
    f1: "F1",
  };
  return names[key] ?? (key.startsWith("ctrl-") ? `Ctrl-${key.slice(5).toUpperCase()}` : key);
}

/** The connection that a key about connections means: the chosen one. */
export function chosenConnection({ snapshot, state }: Situation): string | null {
  if (state.focus === "accounts") {
    const account = snapshot.accounts.find(
      ({ connection, id }) => `${connection}/${id}` === state.chosen.accounts,
    );
    if (account) return account.connection;
  }
  return chosenOf(connectionRows(snapshot), state.chosen.connections)?.name ?? null;
}

function isOff(situation: Situation): boolean {
  const name = chosenConnection(situation);
  return name !== null && recordOf(situation.snapshot, name).isOff;
}
