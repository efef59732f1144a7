import { editText, insertText } from "../edit-text.ts";
import { chosenRow, windowOf } from "../grid.ts";
import { foreign, type Line, padTo, span } from "../spans.ts";
import type { PickerDialog, WatchState } from "../state.ts";
import { type Step, step, withDialog } from "../step.ts";
import type { InstrumentChoice } from "../watch-desk.ts";

const NAME_WIDTH = 14;

export function pressPicker(state: WatchState, dialog: PickerDialog, key: string): Step {
  if (key === "escape") return step(withDialog(state, null));
  const found = matching(dialog);
  if (key === "up" || key === "down") {
    const index = dialog.index + (key === "up" ? -1 : 1);
    const last = Math.max(0, found.length - 1);
    return step(withDialog(state, { ...dialog, index: Math.min(last, Math.max(0, index)) }));
  }
  if (key === "enter") {
    const name = found[dialog.index]?.name;
    if (name === undefined) return step(state);
    const { connection } = dialog.account;
    return step(withDialog(state, null), { kind: "add", connection, instrument: name });
  }
  const edited = editText(dialog.text, key);
  if (edited === null) return step(state);
  return step(withDialog(state, { ...dialog, text: edited, index: 0 }));
}

export function pasteIntoPicker(state: WatchState, dialog: PickerDialog, text: string): Step {
  return step(withDialog(state, { ...dialog, text: insertText(dialog.text, text), index: 0 }));
}

export function pickerLines(dialog: PickerDialog, height: number): readonly Line[] {
  const { choices, text, index } = dialog;
  const found = matching(dialog);
  const [start, end] = windowOf(found.length, Math.max(1, height - 2), index);
  const rows = found.slice(start, end).map((choice, offset) => {
    return chosenRow(choiceLine(choice), start + offset === index);
  });
  const status = choices ? `${found.length} of ${choices.length}` : "reading the list";
  return [
    [
      span("ADD AN INSTRUMENT ", "heading"),
      span(`of ${dialog.account.connection}: `, "dim"),
      span(`${text}_`, "strong"),
      span(`  ${status}`, "dim"),
    ],
    ...rows,
    [span("  Type a part of its name; Enter adds the chosen one, Esc goes back.", "dim")],
  ];
}

function choiceLine({ name, displayName }: InstrumentChoice): Line {
  return [foreign(`  ${padTo(name, NAME_WIDTH)}  `, "strong"), foreign(displayName, "dim")];
}

function matching({ choices, text }: PickerDialog): readonly InstrumentChoice[] {
  const wanted = text.trim().toUpperCase();
  const asName = wanted.replaceAll(/[/ -]/g, "_");
  return (choices ?? []).filter(
    ({ name, displayName }) =>
      name.includes(asName) ||
      name.replaceAll("_", "").includes(wanted) ||
      displayName.toUpperCase().includes(wanted),
  );
}
