import { expect, it } from "vitest";
import { instantFromMs } from "../../src/core/time.ts";
import { parseRetryAfter } from "../../src/resilience/retry-after.ts";

const NOW = instantFromMs(Date.UTC(2026, 10, 22, 10, 0, 0));

it.each([
  ["seconds", "3", 3000],
  ["no wait", "0", 0],
  ["exactly an hour", "3600", 3_600_000],
  ["a day, cut to an hour", "86400", 3_600_000],
  ["a date", "Sun, 22 Nov 2026 10:00:30 GMT", 30_000],
  ["a date far away, cut to an hour", "Mon, 23 Nov 2026 10:00:00 GMT", 3_600_000],
  ["a date that has passed", "Sun, 22 Nov 2026 09:00:00 GMT", 0],
  ["an impossible date", "Sun, 99 Foo 2026 09:00:00 GMT", null],
  ["garbage", "soon", null],
  ["a negative number", "-5", null],
  ["a fraction", "1.5", null],
  ["nothing", "", null],
  ["no header", undefined, null],
])("HT-06 Retry-After with %s", (_what, value, expected) => {
  expect(parseRetryAfter(value, NOW)).toBe(expected);
});
