import type { Dialog, WatchState } from "./state.ts";
import type { AccountRef, ExitsForm, PositionRef, Ticket } from "./watch-desk.ts";

/** What a key leads to beside another state: carried out by the controller. */
export type Effect =
  | { readonly kind: "quit" | "interrupt" | "suspend" | "redraw" | "refresh" }
  | { readonly kind: "answer"; readonly isYes: boolean }
  | { readonly kind: "read-instruments"; readonly account: AccountRef }
  | { readonly kind: "place"; readonly ticket: Ticket }
  | { readonly kind: "close"; readonly target: PositionRef; readonly portion: string }
  | { readonly kind: "exits"; readonly target: PositionRef; readonly form: ExitsForm }
  | { readonly kind: "cancel"; readonly order: AccountRef & { readonly orderId: string } }
  | {
      readonly kind: "halt" | "resume" | "connect" | "disconnect" | "reconnect";
      readonly connection: string;
    }
  | { readonly kind: "add" | "remove"; readonly connection: string; readonly instrument: string }
  | { readonly kind: "run"; readonly words: string };

export type Step = { readonly state: WatchState; readonly effects: readonly Effect[] };

export function step(state: WatchState, ...effects: readonly Effect[]): Step {
  return { state, effects };
}

export function withDialog(state: WatchState, dialog: Dialog | null): WatchState {
  return { ...state, dialog, notice: null };
}

/** A line that says why nothing happened, or what did. */
export function told(state: WatchState, text: string, level: "note" | "bad" = "note"): Step {
  return step({ ...state, notice: { level, text } });
}
