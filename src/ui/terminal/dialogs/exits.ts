import { editText, insertText } from "../edit-text.ts";
import type { Glyphs } from "../glyphs.ts";
import { foreign, type Line, span } from "../spans.ts";
import type { Dialog, ExitsDialog, WatchState } from "../state.ts";
import { type Step, step, told, withDialog } from "../step.ts";
import type { ExitsForm } from "../watch-desk.ts";
import { editField, type Field, formLines, nextField } from "./form.ts";

type CloseDialog = Extract<Dialog, { readonly kind: "close" }>;
type NamedField = Field & { readonly name: keyof ExitsForm };

const HINT = "a price, 20p, 0.5%, default; none takes it away; empty: as it is";
const STOP_HINT = `breakeven, ${HINT}`;

function fieldsOf({ form }: ExitsDialog): readonly NamedField[] {
  const field = (name: keyof ExitsForm, label: string): NamedField => ({
    name,
    label,
    hint: name === "stopLoss" ? STOP_HINT : HINT,
    value: form[name],
    choices: null,
  });
  return [
    field("stopLoss", "Stop loss"),
    field("takeProfit", "Take profit"),
    field("trailing", "Trailing"),
  ];
}

export function pressExits(state: WatchState, dialog: ExitsDialog, key: string): Step {
  if (key === "escape") return step(withDialog(state, null));
  const fields = fieldsOf(dialog);
  const { target, form } = dialog;
  if (key === "enter") {
    const isEmpty = Object.values(form).every((value) => value.trim() === "");
    if (isEmpty) return told(state, "Nothing is to be changed: fill in a line.", "bad");
    return step({ ...state, notice: null }, { kind: "exits", target, form });
  }
  const next = nextField(dialog.field, fields.length, key);
  if (next !== null) return step(withDialog(state, { ...dialog, field: next }));
  const current = fields[dialog.field];
  const value = current && editField(current, key);
  if (!current || value === null || value === undefined) return step(state);
  return step(withDialog(state, { ...dialog, form: { ...form, [current.name]: value } }));
}

export function pasteIntoExits(state: WatchState, dialog: ExitsDialog, text: string): Step {
  const current = fieldsOf(dialog)[dialog.field];
  if (!current) return step(state);
  const form = { ...dialog.form, [current.name]: insertText(current.value, text) };
  return step(withDialog(state, { ...dialog, form }));
}

export function exitsLines(dialog: ExitsDialog, glyphs: Glyphs): readonly Line[] {
  return [
    [span("EXITS ", "heading"), foreign(dialog.target.instrument, "strong")],
    ...formLines(fieldsOf(dialog), dialog.field, glyphs),
    [span("  Enter reviews it, nothing is sent before you confirm. Esc goes back.", "dim")],
  ];
}

export function pressClose(state: WatchState, dialog: CloseDialog, key: string): Step {
  if (key === "escape") return step(withDialog(state, null));
  const { target, text } = dialog;
  if (key === "enter")
    return step({ ...state, notice: null }, { kind: "close", target, portion: text });
  const edited = editText(text, key);
  return edited === null ? step(state) : step(withDialog(state, { ...dialog, text: edited }));
}

export function closeLines(dialog: CloseDialog, glyphs: Glyphs): readonly Line[] {
  const field = {
    label: "How much",
    value: dialog.text,
    hint: "5000, 5k or 50%; empty: all of it",
    choices: null,
  };
  return [
    [span("CLOSE ", "heading"), foreign(dialog.target.instrument, "strong")],
    ...formLines([field], 0, glyphs),
    [span("  Enter reviews it, nothing is sent before you confirm. Esc goes back.", "dim")],
  ];
}
