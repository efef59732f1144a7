import { expect, it } from "vitest";
import { rememberEach, rememberLast, rememberLong } from "../../../src/paper/feed/remember.ts";

it("the last answer is given again until something else is asked", () => {
  const asked: string[] = [];
  const ask = rememberLast((first, last) => {
    asked.push(`${first}-${last}`);
    return last - first;
  });
  expect([ask(1), ask(1, 1), ask(1, 3), ask(1, 3), ask(2, 3), ask(1)]).toEqual([0, 0, 2, 2, 1, 0]);
  expect(asked).toEqual(["1-1", "1-3", "2-3", "1-1"]);
});

it("what is found by name is looked for once, also when it is nothing", () => {
  const asked: string[] = [];
  const find = rememberEach((name) => {
    asked.push(name);
    if (name === "unknown") return undefined;
    return name === "empty" ? null : name.length;
  });
  const names = ["three", "empty", "unknown", "three", "empty", "unknown"];
  expect(names.map(find)).toEqual([5, null, undefined, 5, null, undefined]);
  expect(asked).toEqual(["three", "empty", "unknown", "unknown"]);
});

it("answers about long stretches are kept, up to a limit", () => {
  const asked: string[] = [];
  const ask = rememberLong(
    (first, last) => {
      asked.push(`${first}-${last}`);
      return last - first;
    },
    { worth: 10, limit: 2 },
  );
  for (const last of [8, 8, 9, 9, 10, 10, 11, 11, 9]) expect(ask(0, last)).toBe(last);
  // 8 is too short to keep; the third long one made the first two be forgotten.
  expect(asked).toEqual(["0-8", "0-8", "0-9", "0-10", "0-11", "0-9"]);
});
