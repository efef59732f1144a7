import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addMs,
  type Instant,
  instantFromMs,
  instantToMs,
  instantToUnixSeconds,
  leastAgeMs,
  msBetween,
  parseInstant,
} from "../../src/core/time.ts";

const YEAR_1970_MS = 0;
const YEAR_2200_MS = Date.UTC(2200, 0, 1);
const ms = fc.integer({ min: YEAR_1970_MS, max: YEAR_2200_MS });

function instant(text: string): Instant {
  const value = parseInstant(text);
  if (!value) throw new Error(`the test's own instant is wrong: ${text}`);
  return value;
}

describe("reading", () => {
  it.each([
    ["2026-11-22T10:00:00Z", "2026-11-22T10:00:00.000000000Z"],
    ["2026-11-22t10:00:00z", "2026-11-22T10:00:00.000000000Z"],
    ["2026-11-22 10:00:00Z", "2026-11-22T10:00:00.000000000Z"],
    ["2026-11-22T10:00:00.5Z", "2026-11-22T10:00:00.500000000Z"],
    ["2026-11-22T10:00:00.123456Z", "2026-11-22T10:00:00.123456000Z"],
    ["2026-11-22T10:00:00.123456789Z", "2026-11-22T10:00:00.123456789Z"],
    ["2026-11-22T10:00:00.1234567891Z", "2026-11-22T10:00:00.123456789Z"],
    ["2026-11-22T10:00:00+05:30", "2026-11-22T04:30:00.000000000Z"],
    ["2026-11-22T22:00:00.25-05:00", "2026-11-23T03:00:00.250000000Z"],
    ["2026-11-22T10:00:00-00:00", "2026-11-22T10:00:00.000000000Z"],
    ["2028-02-29T00:00:00Z", "2028-02-29T00:00:00.000000000Z"],
    ["1512446222.248676455", "2017-12-05T03:57:02.248676455Z"],
    ["1512446222", "2017-12-05T03:57:02.000000000Z"],
    ["0", "1970-01-01T00:00:00.000000000Z"],
  ])("TM-06 %s is %s", (text, expected) => {
    expect(parseInstant(text)).toBe(expected);
  });

  it.each([
    "",
    "now",
    "2026-11-22",
    "2026-11-22T10:00Z",
    "2026-11-22T10:00:00",
    "2026-11-22T10:00:00.Z",
    "2026-11-22T10:00:00+0530",
    "2026-11-22T10:00:00+25:00",
    "2026-13-01T00:00:00Z",
    "2026-00-01T00:00:00Z",
    "2026-02-29T00:00:00Z",
    "2026-04-31T00:00:00Z",
    "2026-01-01T24:00:00Z",
    "2026-01-01T24:00:00.5Z",
    "2026-01-01T23:60:00Z",
    "2026-01-01T23:59:60Z",
    "0000-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-01:00",
    "-1512446222",
    "1512446222.",
    " 2026-11-22T10:00:00Z",
    "2026-11-22T10:00:00Z\n",
  ])("CI-14 %j is no instant", (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  it("for all moments and offsets, the offset only changes how it is written", () => {
    fc.assert(
      fc.property(ms, fc.integer({ min: -14 * 60, max: 14 * 60 }), (moment, offset) => {
        const local = new Date(moment + offset * 60_000).toISOString().slice(0, -1);
        const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
        const pad = (part: number) => String(part).padStart(2, "0");
        const zone = `${offset < 0 ? "-" : "+"}${pad(hours)}:${pad(minutes)}`;
        expect(parseInstant(`${local}${zone}`)).toBe(instantFromMs(moment));
      }),
    );
  });
});

describe("an age by the monotonic clock", () => {
  it.each([
    { when: "a moment ago", thenMs: 1_000, ageMs: 3_000 },
    { when: "now", thenMs: 4_000, ageMs: 0 },
    { when: "before the computer's last start", thenMs: 90_000, ageMs: 4_000 },
  ])("TM-01 of $when is what it is at least", ({ thenMs, ageMs }) => {
    expect(leastAgeMs(thenMs, 4_000)).toBe(ageMs);
  });
});

describe("instants", () => {
  const fraction = fc.integer({ min: 0, max: 999_999 });
  const fine = fc.tuple(ms, fraction).map(([moment, nanoseconds]) => {
    const text = instantFromMs(moment).slice(0, 23);
    return instant(`${text}${String(nanoseconds).padStart(6, "0")}Z`);
  });

  it("for all pairs, TM-06 their order as text is their order in time", () => {
    fc.assert(
      fc.property(fine, fine, (left, right) => {
        const [a = 0n, b = 0n] = [left, right].map((each) => BigInt(each.replaceAll(/\D/g, "")));
        expect([left < right, left > right]).toEqual([a < b, a > b]);
        expect(Math.sign(msBetween(right, left))).toBe(
          Math.sign(instantToMs(left) - instantToMs(right)),
        );
      }),
    );
  });

  it("for all moments, milliseconds and UNIX seconds give the same instant back", () => {
    fc.assert(
      fc.property(fine, (each) => {
        expect(parseInstant(instantToUnixSeconds(each))).toBe(each);
        expect(parseInstant(each)).toBe(each);
        expect(instantFromMs(instantToMs(each)).slice(0, 23)).toBe(each.slice(0, 23));
      }),
    );
  });

  it("for all moments, moving forth and back keeps every digit", () => {
    fc.assert(
      fc.property(fine, fc.integer({ min: 0, max: 1e12 }), (each, step) => {
        expect(addMs(addMs(each, step), -step)).toBe(each);
        expect(msBetween(each, addMs(each, step))).toBe(step);
      }),
    );
  });

  it("TM-03 the second after 31 December is 1 January", () => {
    expect(addMs(instant("2026-12-31T23:59:59.999000001Z"), 1)).toBe(
      "2027-01-01T00:00:00.000000001Z",
    );
  });
});
