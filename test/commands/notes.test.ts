import { describe, expect, it } from "vitest";
import { openNotes } from "../../src/commands/notes.ts";
import { PLAIN_THEME } from "../../src/ui/output/theme.ts";

function aScene(options: { readonly quiet: boolean; readonly json: boolean }, showsNotes = false) {
  const written: string[] = [];
  const terminal = { writeNote: (text: string) => written.push(text), showsNotes };
  const notes = openNotes({ terminal, theme: PLAIN_THEME, options: () => options });
  return { ...notes, written };
}

describe("a remark", () => {
  it("is told at once", () => {
    const { note, written } = aScene({ quiet: false, json: false });
    note("One.");
    expect(written).toEqual(["One.\n"]);
  });

  it("is held back with --json, and told once when the command has ended well", () => {
    const { note, tellHeld, written } = aScene({ quiet: false, json: true });
    note("One.");
    note("Two.");
    expect(written).toEqual([]);
    tellHeld();
    note("Three, while everything is closed.");
    expect(written).toEqual(["One.\n", "Two.\n", "Three, while everything is closed.\n"]);
  });

  it("is told at once with --json too where a person reads it, and not again", () => {
    const { note, tellHeld, written } = aScene({ quiet: false, json: true }, true);
    note("Waiting …");
    expect(written).toEqual(["Waiting …\n"]);
    tellHeld();
    expect(written).toHaveLength(1);
  });

  it("isn't told with --quiet", () => {
    const { note, tellHeld, written } = aScene({ quiet: true, json: true });
    note("One.");
    tellHeld();
    note("Two.");
    expect(written).toEqual([]);
  });
});
