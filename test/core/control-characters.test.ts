import { expect, it } from "vitest";
import { hasControlCharacter } from "../../src/core/control-characters.ts";

it("finds exactly the characters that Unicode calls controls", () => {
  const controls = /^\p{Cc}$/u;
  for (let code = 0; code <= 0x10ffff; code += 1) {
    const character = String.fromCodePoint(code);
    if (hasControlCharacter(character) !== controls.test(character)) {
      expect.fail(`U+${code.toString(16)} is taken for what it isn't`);
    }
  }
});

it("finds one anywhere in a text", () => {
  expect(hasControlCharacter("plain \u{1f600} text")).toBe(false);
  expect(hasControlCharacter("two\nlines")).toBe(true);
  expect(hasControlCharacter("")).toBe(false);
});
