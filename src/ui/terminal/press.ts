import { pressBrowsing } from "./browse.ts";
import { pasteIntoExits, pressClose, pressExits } from "./dialogs/exits.ts";
import { pressPage } from "./dialogs/pages.ts";
import { pasteIntoPicker, pressPicker } from "./dialogs/picker.ts";
import { pasteIntoPrompt, pressCommand, pressFilter } from "./dialogs/prompts.ts";
import { pressQuestion } from "./dialogs/question.ts";
import { pasteIntoTicket, pressTicket } from "./dialogs/ticket.ts";
import { insertText } from "./edit-text.ts";
import type { Situation } from "./keys.ts";
import { type Step, step, told, withDialog } from "./step.ts";

export type KeyEvent = {
  readonly key: string;
  /** On the monotonic clock. */
  readonly atMs: number;
  /** Every command's words. */
  readonly verbs: readonly string[];
};

/** What a key does, wherever the screen is. */
export function press(situation: Situation, event: KeyEvent): Step {
  const { state } = situation;
  const { key } = event;
  const { dialog } = state;
  if (key === "ctrl-c") return step(state, { kind: "interrupt" });
  if (key === "ctrl-z") return step(state, { kind: "suspend" });
  if (key === "ctrl-l") return step(state, { kind: "redraw" });
  switch (dialog?.kind) {
    case undefined:
      return pressBrowsing(situation, key);
    case "help":
    case "output":
      return pressPage(state, dialog, key);
    case "filter":
      return pressFilter(state, dialog, key);
    case "command":
      return pressCommand(state, dialog, event);
    case "picker":
      return pressPicker(state, dialog, key);
    case "ticket":
      return pressTicket(state, dialog, key);
    case "exits":
      return pressExits(state, dialog, key);
    case "close":
      return pressClose(state, dialog, key);
    case "question":
      return pressQuestion(state, dialog, event);
  }
}

/** Pasted text goes into the field that is being typed in, as text; it never presses a key. */
export function paste({ state }: Situation, text: string, atMs: number): Step {
  const { dialog } = state;
  switch (dialog?.kind) {
    case "filter":
    case "command":
      return pasteIntoPrompt(state, dialog, text);
    case "picker":
      return pasteIntoPicker(state, dialog, text);
    case "ticket":
      return pasteIntoTicket(state, dialog, text);
    case "exits":
      return pasteIntoExits(state, dialog, text);
    case "close":
      return step(withDialog(state, { ...dialog, text: insertText(dialog.text, text) }));
    case "question":
      return step(withDialog(state, { ...dialog, lastKeyMs: atMs }));
    default:
      return told(state, "Pasted text does nothing here.");
  }
}
