import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Decimal, decimal } from "../../../src/core/money.ts";
import { fields, printable, table } from "../../../src/ui/output/table.ts";
import { loadColorTheme, PLAIN_THEME } from "../../../src/ui/output/theme.ts";

const COLORED = await loadColorTheme();
const ESCAPE = "\u001B";
const BELL = "\u0007";
const HOSTILE: readonly [string, string][] = [
  ["a cleared screen", `EUR${ESCAPE}[2J${ESCAPE}[H`],
  ["a colour of its own", `${ESCAPE}[8mhidden`],
  ["a colour that is never closed", `${ESCAPE}[31mred`],
  ["a colour that is closed as another thing", `${ESCAPE}[31mred${ESCAPE}[22m`],
  ["a window title", `${ESCAPE}]0;owned${BELL}`],
  ["a link", `${ESCAPE}]8;;http://evil.example${ESCAPE}\\click${ESCAPE}]8;;${ESCAPE}\\`],
  ["one byte instead of two", "\u009B31mred"],
  ["a line break", "first\nsecond"],
  ["a carriage return", "loss\rgain"],
  ["a tab", "a\tb"],
  ["a backspace", "-100\b\b\b\b+100"],
  ["text turned round", "\u202E001-\u202C"],
  ["an invisible character", "EUR\u200BUSD"],
  ["a line separator", "a\u2028b\u2029c"],
  ["nothing", "\u0000"],
];
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** Every code point but halves of pairs; fast-check's own needs a second of work before it gives the first. */
function anyCharacter() {
  return fc
    .integer({ min: 0, max: 0x10_ff_ff - 0x8_00 })
    .map((code) => String.fromCodePoint(code < 0xd8_00 ? code : code + 0x8_00));
}

describe("printable text", () => {
  it.each(HOSTILE)("TY-07 CI-17 has nothing left of %s", (_, text) => {
    expect(printable(text)).not.toMatch(CONTROL);
    expect(printable(text)).toContain("\uFFFD");
  });

  it("for all text, TY-07 holds no character that steers a terminal, and the rest is untouched", () => {
    const character = fc.oneof(
      fc.string({ unit: anyCharacter() }),
      fc.constantFrom(ESCAPE, "\n", "\u202E"),
    );
    fc.assert(
      fc.property(fc.array(character), (parts) => {
        const text = parts.join("");
        const shown = printable(text);
        expect(shown).not.toMatch(CONTROL);
        expect([...shown].filter((each) => each !== "\uFFFD").join("")).toBe(
          [...text].filter((each) => !CONTROL.test(each) && each !== "\uFFFD").join(""),
        );
      }),
    );
  });

  it("keeps what people write", () => {
    const text = "Zürich 東京 €1,000 — 50 % “quoted” 🙂";
    expect(printable(text)).toBe(text);
  });
});

describe("a table", () => {
  const columns = [{ head: "Name" }, { head: "P&L", align: "right" }] as const;

  it("aligns texts left and numbers right, without trailing spaces", () => {
    const text = table(columns, [
      ["EUR_USD", "+1.00"],
      ["XAU", "-1,000.00"],
    ]);
    expect(text.split("\n")).toEqual([
      "Name           P&L",
      "EUR_USD      +1.00",
      "XAU      -1,000.00",
    ]);
  });

  it("without rows is its heading", () => {
    expect(table(columns, [])).toBe("Name  P&L");
  });

  it("is aligned with colours as without", () => {
    const rows = (hasColor: boolean) => {
      const theme = hasColor ? COLORED : PLAIN_THEME;
      return [
        [theme.bold("EUR_USD"), theme.gain(decimal("1"), "+1.00")],
        [theme.warning("NONE"), theme.gain(decimal("-1000"), "-1,000.00")],
        [theme.badge("live"), theme.gain(decimal("0"), "0.00")],
      ];
    };
    const plain = table(columns, rows(false)).replaceAll("[LIVE]", " LIVE ");
    const colored = table(columns, rows(true));
    expect(colored).toContain(`${ESCAPE}[32m+1.00${ESCAPE}[39m`);
    const stripped = colored.replaceAll(new RegExp(`${ESCAPE}\\[[0-9;]*m`, "g"), "");
    const trimmed = (text: string) => text.split("\n").map((line) => line.trim());
    expect(trimmed(stripped)).toEqual(trimmed(plain));
  });

  it.each(HOSTILE)("TY-07 isn't disturbed by %s in a cell", (_, text) => {
    const shown = table(columns, [[text, "1"]]);
    expect(shown.split("\n")).toHaveLength(2);
    expect(shown.replaceAll("\n", "")).not.toMatch(CONTROL);
  });

  it("for all plain tables, coloured or not, is what it is beside a row that isn't plain", () => {
    const plain = fc.string({ unit: "grapheme-ascii", maxLength: 12 });
    const dress = fc.constantFrom(
      ...[PLAIN_THEME.dim, COLORED.dim, COLORED.bold, COLORED.error],
      ...(["live", "paper"] as const).map((environment) => () => COLORED.badge(environment)),
      ...[1n, 0n, -1n].map(
        (digits) => (text: string) => COLORED.gain(new Decimal(digits, 0), text),
      ),
    );
    const shown = fc.tuple(dress, plain).map(([dressed, text]) => dressed(text));
    const column = fc.record({ head: plain, align: fc.constantFrom("left", "right") });
    const width = fc.integer({ min: 1, max: 5 });
    const tables = width.chain((size) => {
      const row = fc.array(shown, { minLength: size, maxLength: size });
      const head = fc.array(column, { minLength: size, maxLength: size });
      return fc.tuple(head, fc.array(row, { maxLength: 6 }));
    });
    fc.assert(
      fc.property(tables, ([head, rows]) => {
        // No column is narrower than one letter, so this row leaves the others where they are.
        const notPlain = head.map(() => "\u00E9");
        const lines = table(head, [...rows, notPlain]).split("\n");
        expect(table(head, rows)).toBe(lines.slice(0, -1).join("\n"));
      }),
      { numRuns: 500 },
    );
  });

  it("aligns wide characters", () => {
    const lines = table(columns, [
      ["東京", "1"],
      ["Zürich", "22"],
    ]).split("\n");
    expect(lines).toEqual(["Name    P&L", "東京      1", "Zürich   22"]);
  });
});

describe("fields", () => {
  it("are aligned lines", () => {
    expect(
      fields([
        ["stop loss", "1.08310"],
        ["id", "7"],
      ]),
    ).toBe("  stop loss  1.08310\n  id         7");
    expect(fields([])).toBe("");
  });

  it.each(HOSTILE)("TY-07 aren't disturbed by %s", (_, text) => {
    expect(fields([["comment", text]])).not.toMatch(CONTROL);
  });
});
