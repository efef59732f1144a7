import { createRequire } from "node:module";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lineUpdate, withLongMoves } from "../../../src/ui/terminal/line-update.ts";
import { PALETTE_NAMES, paint } from "../../../src/ui/terminal/palette.ts";
import { type Role, type Span, span } from "../../../src/ui/terminal/spans.ts";

type Headless = typeof import("@xterm/headless");
const { Terminal } = createRequire(import.meta.url)("@xterm/headless") as Headless;

const COLUMNS = 24;
const ESCAPE = String.fromCharCode(27);
const ROLES: readonly Role[] = ["plain", "dim", "strong", "focus", "selected", "gain", "error"];
const MORE: readonly Role[] = ["loss", "warning", "live", "practice", "paper", "heading"];

/** What the first line of a terminal shows after it took `texts`: of empty cells only what can be seen of them. */
async function shownAfter(...texts: readonly string[]): Promise<readonly string[]> {
  const terminal = new Terminal({ cols: COLUMNS, rows: 2, allowProposedApi: true });
  for (const text of texts) terminal.write(text);
  await new Promise<void>((resolve) => terminal.write("", resolve));
  const line = terminal.buffer.active.getLine(0);
  return Array.from({ length: COLUMNS }, (_, x) => {
    const cell = line?.getCell(x);
    if (!cell) throw new Error("no cell");
    const letter = cell.getChars() || " ";
    const seen = [cell.isUnderline(), cell.isInverse(), cell.getBgColor()];
    const worn = letter === " " ? [] : [cell.isBold(), cell.isDim(), cell.getFgColor()];
    return [letter, ...seen, ...worn].join(",");
  });
}

const spans = fc.array(
  fc.record({
    text: fc.string({ unit: fc.constantFrom("1", "2", " ", "▁", "█", "x", "界"), maxLength: 7 }),
    role: fc.constantFrom(...ROLES, ...MORE),
    isChosen: fc.boolean(),
  }),
  { maxLength: 5 },
);

/** At most as wide as the terminal, whatever the letters are. */
function painted(parts: readonly { text: string; role: Role; isChosen: boolean }[], name: string) {
  let room = COLUMNS;
  const line = parts.flatMap(({ text, role, isChosen }): Span[] => {
    const kept = [...text].filter((letter) => {
      room -= letter === "界" ? 2 : 1;
      return room >= 0;
    });
    const part = span(kept.join(""), role);
    return [isChosen ? { ...part, isChosen } : part];
  });
  return paint(line, PALETTE_NAMES.find((each) => each === name) ?? "default");
}

describe("the update of a line", () => {
  it("for all lines and palettes shows what writing the line whole would show", async () => {
    await fc.assert(
      fc.asyncProperty(
        spans,
        spans,
        fc.constantFrom(...PALETTE_NAMES),
        async (one, other, palette) => {
          const [before, after] = [painted(one, palette), painted(other, palette)];
          const updated = await shownAfter(before, lineUpdate(before, after, COLUMNS));
          expect(updated).toEqual(await shownAfter(after));
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    ["one letter", "EUR_USD 1.08500 up", "EUR_USD 1.08501 up", `\r${ESCAPE}[14C1`],
    ["its end", "EUR_USD stale", "EUR_USD", `\r${ESCAPE}[7C${ESCAPE}[K`],
    ["nothing", "abc", "abc", "\r"],
    ["neighbours", "abcdef1b2c", "abcdef3b4c", `\r${ESCAPE}[6C3b4`],
  ])("of %s is short", (...[, before, after, update]) => {
    expect(lineUpdate(before, after, COLUMNS)).toBe(update);
  });

  it("keeps a colour where it is, and closes what it opened", () => {
    const before = `up ${ESCAPE}[32m1.0850${ESCAPE}[39m x`;
    const after = `up ${ESCAPE}[32m1.0851${ESCAPE}[39m x`;
    expect(lineUpdate(before, after, COLUMNS)).toBe(`\r${ESCAPE}[8C${ESCAPE}[32m1${ESCAPE}[m`);
  });

  it("of a frame moves over lines without a change in one go", () => {
    const down = `${ESCAPE}[E`;
    expect(withLongMoves(`a${down}${down}${down}b${down}c`)).toBe(`a${ESCAPE}[3Eb${down}c`);
  });

  it("is the whole line where something is in it that isn't ours", () => {
    for (const odd of [
      `a${ESCAPE}[38;5;9mb${ESCAPE}[39m`,
      "界",
      "a\tb",
      `${ESCAPE}[3mi`,
      "x".repeat(COLUMNS + 1),
    ]) {
      expect(lineUpdate("before", odd, COLUMNS)).toBe(`\r${ESCAPE}[K${odd}`);
      expect(lineUpdate(odd, "after", COLUMNS)).toBe(`\r${ESCAPE}[Kafter`);
    }
  });
});
