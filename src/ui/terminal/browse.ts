import { type Action, bindingOf, chosenConnection, isOnScreen, type Situation } from "./keys.ts";
import { nextPalette } from "./palette.ts";
import { recordOf } from "./panels/connections.ts";
import {
  accountRows,
  chosenIndex,
  chosenOf,
  orderRows,
  positionRows,
  quoteRows,
  rowKeys,
} from "./rows.ts";
import type { TicketDialog, WatchState } from "./state.ts";
import { type Effect, type Step, step, told, withDialog } from "./step.ts";
import type { AccountRef, PositionRef } from "./watch-desk.ts";

const PAGE = 10;

/** A key while no dialog is open. */
export function pressBrowsing(situation: Situation, key: string): Step {
  const { state } = situation;
  const binding = bindingOf(key);
  if (!binding) return step(state);
  const reason = isOnScreen(binding, state)
    ? (binding.disabledReason?.(situation) ?? null)
    : "Not on this screen: tmt-broker watch.";
  if (reason !== null) return told(state, reason);
  return act(binding.action, situation);
}

function act(action: Action, situation: Situation): Step {
  const { state } = situation;
  switch (action) {
    case "quit":
      return quit(state);
    case "help":
      return step(withDialog(state, { kind: "help", top: 0 }));
    case "filter":
      return step(withDialog(state, { kind: "filter", text: state.filter }));
    case "command":
      return step(withDialog(state, { kind: "command", text: "", recall: -1 }));
    case "back":
      return step({ ...state, filter: "", notice: null });
    case "palette":
      return told({ ...state, palette: nextPalette(state.palette) }, paletteText(state));
    case "glyphs":
      return step({ ...state, isAscii: !state.isAscii });
    case "suspend":
    case "redraw":
    case "refresh":
      return step(state, { kind: action });
    default:
      return move(action, situation) ?? trade(action, situation) ?? connection(action, situation);
  }
}

function quit(state: WatchState): Step {
  if (state.busy.length === 0) return step(state, { kind: "quit" });
  return told(state, `${state.busy.join(", ")}: under way. Ctrl-C quits all the same.`);
}

function paletteText({ palette }: WatchState): string {
  const next = nextPalette(palette);
  return `Palette: ${next}. To keep it: tmt-broker config set display.palette ${next}`;
}

const MOVES: Readonly<Partial<Record<Action, number>>> = {
  up: -1,
  down: 1,
  "page-up": -PAGE,
  "page-down": PAGE,
  first: Number.NEGATIVE_INFINITY,
  last: Number.POSITIVE_INFINITY,
};

function move(action: Action, { snapshot, state }: Situation): Step | null {
  if (action === "next-panel") return step(focusOn(state, 1));
  if (action === "previous-panel") return step(focusOn(state, -1));
  const by = MOVES[action];
  if (by === undefined) return null;
  const keys = rowKeys(state.focus, snapshot, state);
  const index = chosenIndex(keys, state.chosen[state.focus]) + by;
  const key = keys[Math.min(keys.length - 1, Math.max(0, index))];
  if (key === undefined) return step(state);
  return step({ ...state, chosen: { ...state.chosen, [state.focus]: key } });
}

function focusOn(state: WatchState, by: number): WatchState {
  const { panels } = state;
  const index = panels.indexOf(state.focus) + by;
  const focus = panels.at(index % panels.length) ?? state.focus;
  return { ...state, focus, notice: null };
}

function trade(action: Action, situation: Situation): Step | null {
  const { snapshot, state } = situation;
  switch (action) {
    case "buy":
    case "sell":
      return openTicket(situation, action);
    case "close":
    case "modify": {
      const row = chosenOf(positionRows(snapshot, state), state.chosen.positions);
      if (!row) return step(state);
      const { connection, id: account } = row.owner;
      const target = { connection, account, instrument: row.held.position.instrument };
      return step(withDialog(state, action === "close" ? closing(target) : exits(target)));
    }
    case "cancel": {
      const row = chosenOf(orderRows(snapshot, state), state.chosen.orders);
      if (!row) return step(state);
      const { connection, id: account } = row.owner;
      const { orderId } = row.order;
      return step(state, { kind: "cancel", order: { connection, account, orderId } });
    }
    default:
      return null;
  }
}

function closing(target: PositionRef) {
  return { kind: "close", target, text: "" } as const;
}

function exits(target: PositionRef) {
  const form = { stopLoss: "", takeProfit: "", trailing: "" };
  return { kind: "exits", target, form, field: 0 } as const;
}

function openTicket(situation: Situation, side: "buy" | "sell"): Step {
  const { snapshot, state } = situation;
  const subject = subjectOf(situation);
  const accounts = snapshot.accounts.map(({ connection, id }) => ({ connection, account: id }));
  const account = accounts.find((one) => isSame(one, subject.account)) ?? accounts[0];
  if (!account) return told(state, "There is no account to trade on yet.");
  const dialog: TicketDialog = {
    kind: "ticket",
    accounts,
    field: subject.instrument === "" ? 1 : 2,
    ticket: {
      side,
      instrument: subject.instrument,
      size: "",
      type: "market",
      price: "",
      stopLoss: "default",
      takeProfit: "",
      trailing: "",
      expires: "",
      account,
    },
  };
  return step(withDialog(state, dialog));
}

type Subject = { readonly instrument: string; readonly account: AccountRef | null };

/** What an order is about: the chosen row of the panel that has the focus. */
function subjectOf({ snapshot, state }: Situation): Subject {
  if (state.focus === "positions") {
    const row = chosenOf(positionRows(snapshot, state), state.chosen.positions);
    if (row) return { instrument: row.held.position.instrument, account: refOf(row.owner) };
  }
  if (state.focus === "orders") {
    const row = chosenOf(orderRows(snapshot, state), state.chosen.orders);
    if (row) return { instrument: row.order.instrument, account: refOf(row.owner) };
  }
  const quote = chosenOf(quoteRows(snapshot, state), state.chosen.watchlist);
  const owners = accountRows(snapshot).filter(
    (one) => !quote || one.connection === quote.connection,
  );
  const owner = chosenOf(owners, state.chosen.accounts);
  return { instrument: quote?.instrument ?? "", account: owner && refOf(owner) };
}

function refOf({ connection, id }: { readonly connection: string; readonly id: string }) {
  return { connection, account: id };
}

function isSame(one: AccountRef, other: AccountRef | null): boolean {
  return one.connection === other?.connection && one.account === other.account;
}

function connection(action: Action, situation: Situation): Step {
  const { snapshot, state } = situation;
  if (action === "add") return addInstrument(situation);
  if (action === "remove") {
    const row = chosenOf(quoteRows(snapshot, state), state.chosen.watchlist);
    return row ? step(state, { kind: "remove", ...row }) : step(state);
  }
  const name = chosenConnection(situation);
  const kind = effectOf(action, situation, name);
  return name === null || kind === null ? step(state) : step(state, { kind, connection: name });
}

function effectOf(action: Action, { snapshot }: Situation, name: string | null) {
  if (action === "halt") {
    return name !== null && recordOf(snapshot, name).halt ? "resume" : "halt";
  }
  const isOne = action === "connect" || action === "disconnect" || action === "reconnect";
  return isOne ? action : null;
}

function addInstrument(situation: Situation): Step {
  const { snapshot, state } = situation;
  const owner = snapshot.accounts.find(
    ({ connection: name }) => name === watchedConnection(situation),
  );
  if (!owner) return told(state, "There is no account yet whose instruments could be listed.");
  const account = refOf(owner);
  const effect: Effect = { kind: "read-instruments", account };
  return step(
    withDialog(state, { kind: "picker", account, text: "", index: 0, choices: null }),
    effect,
  );
}

/** Whose instruments are chosen from: those of the chosen row, or of the first connection. */
function watchedConnection({ snapshot, state }: Situation): string | null {
  const quote = chosenOf(quoteRows(snapshot, state), state.chosen.watchlist);
  return quote?.connection ?? snapshot.connections[0]?.name ?? null;
}
