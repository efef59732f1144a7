import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openLineSplitter } from "../../src/resilience/line-splitter.ts";

const ROOM = 1_000_000;

/** All lines of `chunks`, through one splitter. */
function linesOf(chunks: readonly (string | Buffer)[], maxLineBytes = ROOM): string[] {
  const splitter = openLineSplitter(maxLineBytes);
  return chunks.flatMap((chunk) => splitter.push(Buffer.from(chunk)));
}

describe("ST-03 lines out of chunks", () => {
  it.each<[string, (string | Buffer)[], string[]]>([
    ["a line in one chunk", ["one\n"], ["one"]],
    ["two lines in one chunk", ["one\ntwo\n"], ["one", "two"]],
    ["a line over three chunks", ["o", "n", "e\n"], ["one"]],
    ["an end in a chunk of its own", ["one", "\n"], ["one"]],
    ["an end and the next line's beginning", ["on", "e\ntw", "o\n"], ["one", "two"]],
    ["empty lines", ["\n\none\n\n\ntwo\n\n"], ["one", "two"]],
    ["a carriage return before the end", ["one\r\n\r\ntwo\r", "\n"], ["one", "two"]],
    [
      "carriage returns before several ends",
      ["one\r\n\r\nt\rwo\r\r\nthree\n"],
      ["one", "t\rwo\r", "three"],
    ],
    ["a carriage return within", ["o\rne\n"], ["o\rne"]],
    ["a last line without an end", ["one\ntw"], ["one"]],
    ["no byte at all", ["", Buffer.alloc(0)], []],
    ["letters of several bytes cut apart", [Buffer.from([0xc3]), Buffer.from([0xa4, 0x0a])], ["ä"]],
    ["the replacement character itself", ["\ufffd\n"], ["\ufffd"]],
  ])("%s", (_what, chunks, expected) => {
    expect(linesOf(chunks)).toEqual(expected);
  });

  it("for all texts and all cuts: the same lines come out", () => {
    const line = fc
      .string({ unit: "grapheme", maxLength: 20 })
      .filter((text) => !/[\r\n]/.test(text));
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(30)), (lines, cuts) => {
        const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(""));
        const chunks: Buffer[] = [];
        let start = 0;
        for (const cut of cuts) {
          chunks.push(bytes.subarray(start, start + cut));
          start += cut;
        }
        chunks.push(bytes.subarray(start));
        expect(linesOf(chunks)).toEqual(lines.filter((each) => each !== ""));
      }),
    );
  });

  it.each([
    ["alone", ""],
    ["among others", "one\ntwo\n"],
  ])("bytes that aren't text are no line, %s", (_how, others) => {
    const bad = Buffer.from([0x7b, 0xff, 0x7d, 0x0a]);
    const bytes = Buffer.concat([Buffer.from(others), bad, Buffer.from(others)]);
    expect(() => linesOf([bytes])).toThrow(expect.objectContaining({ reason: "not-text" }));
  });

  it.each([
    ["in one chunk", [`${"x".repeat(10)}\n`, `${"x".repeat(11)}\n`]],
    ["over several, with no end in sight", ["xxxxx", "xxxxx", "x"]],
  ])("a line longer than the bound %s is refused, one as long isn't", (_how, chunks) => {
    const splitter = openLineSplitter(10);
    for (const chunk of chunks.slice(0, -1)) splitter.push(Buffer.from(chunk));
    const last = Buffer.from(chunks.at(-1) ?? "");
    expect(() => splitter.push(last)).toThrow(expect.objectContaining({ reason: "line-too-long" }));
  });
});
