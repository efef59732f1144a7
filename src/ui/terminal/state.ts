import type { PaletteName } from "./palette.ts";
import type {
  AccountRef,
  ExitsForm,
  InstrumentChoice,
  Outcome,
  PositionRef,
  Question,
  Ticket,
} from "./watch-desk.ts";

export const PANELS = [
  "watchlist",
  "positions",
  "orders",
  "accounts",
  "connections",
  "activity",
] as const;
export type PanelName = (typeof PANELS)[number];

/** The panels of `accounts --watch`: it shows, and trades nothing. */
export const ACCOUNT_PANELS: readonly PanelName[] = ["accounts", "connections", "activity"];

/** Everything about the screen that isn't the market's or the account's. */
export type WatchState = {
  /** Those of this screen, at least one, in their order. */
  readonly panels: readonly PanelName[];
  readonly focus: PanelName;
  /** The chosen row of each panel, by its key; the first one where there is no entry. */
  readonly chosen: Readonly<Partial<Record<PanelName, string>>>;
  readonly filter: string;
  readonly dialog: Dialog | null;
  readonly notice: Outcome | null;
  readonly palette: PaletteName;
  readonly isAscii: boolean;
  /** Actions under way, by what they do. */
  readonly busy: readonly string[];
  /** Commands typed before, newest first. */
  readonly recalled: readonly string[];
};

export type Dialog =
  | { readonly kind: "help"; readonly top: number }
  | { readonly kind: "filter"; readonly text: string }
  | { readonly kind: "command"; readonly text: string; readonly recall: number }
  | PickerDialog
  | TicketDialog
  | ExitsDialog
  | { readonly kind: "close"; readonly target: PositionRef; readonly text: string }
  | QuestionDialog
  | OutputDialog;

export type PickerDialog = {
  readonly kind: "picker";
  readonly account: AccountRef;
  readonly text: string;
  readonly index: number;
  /** null while they are read. */
  readonly choices: readonly InstrumentChoice[] | null;
};

export type TicketDialog = {
  readonly kind: "ticket";
  readonly ticket: Ticket;
  readonly field: number;
  readonly accounts: readonly AccountRef[];
};

export type ExitsDialog = {
  readonly kind: "exits";
  readonly target: PositionRef;
  readonly form: ExitsForm;
  readonly field: number;
};

export type QuestionDialog = {
  readonly kind: "question";
  readonly question: Question;
  readonly typed: string;
  readonly top: number;
  /** On the monotonic clock: a key that is held down since before is no answer. */
  readonly openedAtMs: number;
  readonly lastKeyMs: number;
  /** What is shown again when the answer is no. */
  readonly behind: Dialog | null;
};

export type OutputDialog = {
  readonly kind: "output";
  readonly title: string;
  readonly lines: readonly string[];
  readonly top: number;
};

export type ScreenSettings = Pick<WatchState, "palette" | "isAscii" | "panels">;

export function initialState(settings: ScreenSettings): WatchState {
  return {
    ...settings,
    focus: settings.panels[0] ?? "watchlist",
    chosen: {},
    filter: "",
    dialog: null,
    notice: null,
    busy: [],
    recalled: [],
  };
}
