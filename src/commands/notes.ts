import type { Theme } from "../ui/output/theme.ts";
import type { CommonOptions, Terminal } from "./context.ts";

/** Remarks on stderr, as `--quiet` and `--json` want them. */
export type Notes = {
  readonly note: (text: string) => void;
  /** The command has ended well: what was held back is told. */
  readonly tellHeld: () => void;
};

export type NotesOptions = {
  readonly terminal: Pick<Terminal, "writeNote" | "showsNotes">;
  readonly theme: Theme;
  readonly options: () => Pick<CommonOptions, "quiet" | "json">;
};

/**
 * With `--json` an error is all that stands on stderr for a program to read: remarks wait until there is none, and are dropped
 * otherwise. To a person they are told at once.
 */
export function openNotes({ terminal, theme, options }: NotesOptions): Notes {
  const held: string[] = [];
  let isHolding = true;
  const write = (text: string) => terminal.writeNote(`${theme.dim(text)}\n`);
  return {
    note(text) {
      const { quiet, json } = options();
      if (quiet) return;
      if (json && isHolding && !terminal.showsNotes) held.push(text);
      else write(text);
    },
    tellHeld() {
      isHolding = false;
      for (const text of held.splice(0)) write(text);
    },
  };
}
