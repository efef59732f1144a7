import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Instant, instantFromMs, parseInstant } from "../../../src/core/time.ts";
import { timesIn, UTC_TIMES } from "../../../src/ui/output/times.ts";

const at = (text: string): Instant => {
  const instant = parseInstant(text);
  if (!instant) throw new Error(`${text} is no time`);
  return instant;
};

describe("times for people", () => {
  it.each([
    ["UTC", "2026-11-22T10:00:00.250Z", "2026-11-22 10:00:00Z", "10:00:00.250"],
    ["Europe/Berlin", "2026-11-22T23:30:00.250Z", "2026-11-23 00:30:00+01:00", "00:30:00.250"],
    ["America/New_York", "2026-07-01T02:00:00Z", "2026-06-30 22:00:00-04:00", "22:00:00.000"],
    ["Asia/Kathmandu", "2026-01-01T00:00:00Z", "2026-01-01 05:45:00+05:45", "05:45:00.000"],
    ["America/St_Johns", "2026-01-01T00:00:00Z", "2025-12-31 20:30:00-03:30", "20:30:00.000"],
  ])("in %s: %s is %s", (...[zone, instant, text, clock]) => {
    const times = timesIn(zone);
    expect(times.text(at(instant))).toBe(text);
    expect(times.clock(at(instant), "milliseconds")).toBe(clock);
    expect(times.clock(at(instant))).toBe(clock.slice(0, 8));
  });

  it("TM-02 of an hour that a clock shows twice are told apart", () => {
    const { text } = timesIn("America/New_York");
    expect(text(at("2026-11-01T05:30:00Z"))).toBe("2026-11-01 01:30:00-04:00");
    expect(text(at("2026-11-01T06:30:00Z"))).toBe("2026-11-01 01:30:00-05:00");
  });

  it("for all moments and zones read back as the same moment", () => {
    const zones = ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Tokyo"];
    const second = fc.integer({ min: 0, max: 4_000_000_000 });
    fc.assert(
      fc.property(fc.constantFrom(...zones), second, (zone, seconds) => {
        const instant = instantFromMs(seconds * 1_000);
        const shown = timesIn(zone).text(instant);
        expect(Date.parse(shown.replace(" ", "T"))).toBe(seconds * 1_000);
      }),
    );
  });

  it("CF-09 of a zone that nobody knows can't be made; UTC is what there is without one", () => {
    expect(() => timesIn("Mars/Olympus")).toThrow(RangeError);
    expect(UTC_TIMES.zone).toBe("UTC");
  });
});
