import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editsBetween, nearestName } from "../../src/core/nearest.ts";

describe("the nearest name", () => {
  it.each([
    ["lvie", "live"],
    ["LIVE ", "live"],
    ["practise", "practice"],
    ["lve", "live"],
    ["x", undefined],
    ["anything", undefined],
  ])("to %j is %j", (text, expected) => {
    expect(nearestName(text, ["practice", "live"])).toBe(expected);
  });

  it("is the same both ways for all texts, and none away for the same text", () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (left, right) => {
        expect(editsBetween(left, right)).toBe(editsBetween(right, left));
        expect(editsBetween(left, left)).toBe(0);
        expect(editsBetween(left, right)).toBeLessThanOrEqual(Math.max(left.length, right.length));
      }),
    );
  });

  it("is found in bounded time for all lengths of input", () => {
    expect(nearestName("x".repeat(1_000_000), ["live"])).toBeUndefined();
  });
});
