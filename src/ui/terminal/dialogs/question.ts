import { editText } from "../edit-text.ts";
import { badge } from "../panels/view.ts";
import { type Line, span, wrapped } from "../spans.ts";
import type { QuestionDialog, WatchState } from "../state.ts";
import { type Step, step, withDialog } from "../step.ts";

/** A question must have been on the screen for so long before it can be answered with yes, */
export const SETTLE_MS = 400;
/** and no key may have been pressed for so long: one that is held down repeats much faster. */
export const QUIET_MS = 250;
/** The quickest that a person presses two keys one after the other. */
const KEYSTROKE_MS = 30;
export const CONFIRM_KEY = "y";

/**
 * A key for a question. Yes needs a key of its own, pressed anew after the question was there to be read: what was typed
 * ahead, is held down or was pasted never confirms.
 */
export function pressQuestion(
  state: WatchState,
  dialog: QuestionDialog,
  { key, atMs }: Pressed,
): Step {
  const touched = { ...dialog, lastKeyMs: atMs };
  if (key === "escape") return answer(state, dialog, false);
  if (key === "up" || key === "down") {
    const top = Math.max(0, dialog.top + (key === "up" ? -1 : 1));
    return step(withDialog(state, { ...touched, top }));
  }
  return dialog.question.word === null
    ? pressOneKey(state, dialog, { key, atMs })
    : typeWord(state, dialog, { key, atMs });
}

type Pressed = { readonly key: string; readonly atMs: number };

function pressOneKey(state: WatchState, dialog: QuestionDialog, { key, atMs }: Pressed): Step {
  if (key === "n") return answer(state, dialog, false);
  const isFresh = isSettled(dialog, atMs) && atMs - dialog.lastKeyMs >= QUIET_MS;
  if (key === CONFIRM_KEY && isFresh) return answer(state, dialog, true);
  return step(withDialog(state, { ...dialog, lastKeyMs: atMs }));
}

/** The word can't be typed by a key that is held down, but it can be pasted with its Enter, which then comes at once. */
function typeWord(state: WatchState, dialog: QuestionDialog, { key, atMs }: Pressed): Step {
  const touched = { ...dialog, lastKeyMs: atMs };
  if (key === "enter") {
    const isRight = dialog.typed.trim().toLowerCase() === dialog.question.word;
    if (!isRight) return step(withDialog(state, { ...touched, typed: "" }));
    const isFresh = isSettled(dialog, atMs) && atMs - dialog.lastKeyMs >= KEYSTROKE_MS;
    return isFresh ? answer(state, dialog, true) : step(withDialog(state, touched));
  }
  const edited = editText(dialog.typed, key);
  return step(withDialog(state, edited === null ? touched : { ...touched, typed: edited }));
}

function isSettled({ openedAtMs }: QuestionDialog, atMs: number): boolean {
  return atMs - openedAtMs >= SETTLE_MS;
}

function answer(state: WatchState, { behind }: QuestionDialog, isYes: boolean): Step {
  return step(withDialog(state, isYes ? null : behind), { kind: "answer", isYes });
}

export function questionLines(
  dialog: QuestionDialog,
  width: number,
  height: number,
): readonly Line[] {
  const { question, typed, top } = dialog;
  const { environment, word } = question;
  const head = environment ? [badge(environment), span(" ")] : [];
  const text = question.lines.flatMap((line) => wrapped(line, width - 2));
  const room = Math.max(1, height - 2);
  const start = Math.min(top, Math.max(0, text.length - room));
  const rest = text.length - start - room;
  const more = rest > 0 ? [span(`  (${rest} more lines: Down)`, "dim")] : [];
  return [
    [...head, span(question.title, environment === "live" ? "error" : "heading"), ...more],
    ...text.slice(start, start + room).map((line) => [span(`  ${line}`, roleOf(line))]),
    word === null
      ? [span(`  Press ${CONFIRM_KEY} to send it, Esc to go back.`, "strong")]
      : [
          span(`  Type ${word} and Enter to go on, Esc to go back: `, "strong"),
          span(`${typed}_`, "warning"),
        ],
  ];
}

function roleOf(line: string) {
  return line.includes("BLOCKED") ? "error" : "plain";
}
