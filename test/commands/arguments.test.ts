import { describe, expect, it } from "vitest";
import {
  choiceOption,
  distanceOption,
  exitChoice,
  exitOption,
  expiryOption,
  integerOption,
  orderIdArgument,
  riskOption,
  textOption,
  timeOption,
  unitsArgument,
} from "../../src/commands/arguments.ts";
import { Failure } from "../../src/core/failures.ts";
import { instantToMs } from "../../src/core/time.ts";
import { NOON } from "../support/market.ts";

function failureOf(work: () => unknown): Failure {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("a failure was expected");
}

describe("units", () => {
  it.each([
    ["10000", "10000"],
    ["10k", "10000"],
    ["1.5m", "1500000"],
    ["0.5", "0.5"],
  ])("CI-03 %s is %s", (text, units) => {
    expect(unitsArgument(text).toString()).toBe(units);
  });

  it.each(["", "0", "1e5", "10_000", "10,000", "１００００", "0x10", "NaN", "Infinity", "ten"])(
    "CI-03 %j is refused",
    (text) => {
      const failure = failureOf(() => unitsArgument(text));
      expect(failure).toMatchObject({ code: "INVALID_UNITS", sent: false });
      expect(failure.message).toBe(`"${text}" is not a size. Nothing was sent.`);
      expect(failure.hint).toContain("10k or 1.5m");
    },
  );

  it("CI-02 negative units are no silent sell", () => {
    const failure = failureOf(() => unitsArgument("-10000"));
    expect(failure.code).toBe("INVALID_UNITS");
    expect(failure.hint).toContain("use sell to sell");
  });

  it("CI-17 hostile or endless text isn't repeated as it is", () => {
    const failure = failureOf(() => unitsArgument(`\u001B[2J\n${"9".repeat(10_000_000)}`));
    expect(failure.message).not.toMatch(/\p{Cc}/u);
    expect(failure.message.length).toBeLessThan(100);
  });
});

describe("distances", () => {
  it("CI-08 a bare --sl is the default, an absent one is none, and an empty one is refused", () => {
    expect(exitOption("--sl", true)).toEqual({ kind: "default" });
    expect(exitOption("--sl", undefined)).toBeNull();
    expect(exitOption("--sl", "20p")).toMatchObject({ kind: "pips" });
    expect(failureOf(() => exitOption("--sl", "")).code).toBe("INVALID_PRICE");
  });

  it("where exits are there already, an absent one stays and a negated one goes", () => {
    expect(exitChoice("--sl", undefined)).toBe("keep");
    expect(exitChoice("--sl", false)).toBe("remove");
    expect(exitChoice("--sl", true)).toEqual({ kind: "default" });
    expect(exitChoice("--sl", "1.08")).toMatchObject({ kind: "price" });
  });

  it.each(["", "0", "-20p", "20 pips", "1,0850", "abc"])("CI-09 %j is refused", (text) => {
    const failure = failureOf(() => distanceOption("--tp", text));
    expect(failure).toMatchObject({ code: "INVALID_PRICE", sent: false });
    expect(failure.message).toBe(`--tp "${text}" is not a price. Nothing was sent.`);
    expect(failure.hint).toContain("20p");
  });
});

describe("risk", () => {
  it.each([
    ["1%", "risk_percent"],
    ["0.25%", "risk_percent"],
    ["50", "risk_amount"],
    ["50.5", "risk_amount"],
  ])("%s is a %s", (text, kind) => {
    expect(riskOption(text).kind).toBe(kind);
  });

  it.each(["", "%", "0", "0%", "-1%", "1e2", "50 USD", "1%%"])("%j is refused", (text) => {
    expect(failureOf(() => riskOption(text))).toMatchObject({ code: "USAGE", sent: false });
  });
});

describe("times", () => {
  const now = instantToMs(NOON);

  it.each([
    ["2026-11-22", "2026-11-22T00:00:00.000000000Z"],
    ["2026-11-22T10:00:00Z", "2026-11-22T10:00:00.000000000Z"],
    ["2026-11-22T10:00:00-05:00", "2026-11-22T15:00:00.000000000Z"],
    ["7d", "2026-11-11T12:00:00.000000000Z"],
    ["12h", "2026-11-18T00:00:00.000000000Z"],
    ["30m", "2026-11-18T11:30:00.000000000Z"],
    ["5s", "2026-11-18T11:59:55.000000000Z"],
  ])("%s is %s", (text, expected) => {
    expect(timeOption(text, now)).toBe(expected);
  });

  it.each([
    "",
    "2026",
    "2026-11",
    "2026-02-29",
    "2026-13-01",
    "22.11.2026",
    "yesterday",
    "7",
    "7w",
    "-7d",
    "1512446222",
  ])("CI-14 %j is refused", (text) => {
    expect(failureOf(() => timeOption(text, now)).code).toBe("USAGE");
  });
});

describe("times to come", () => {
  const now = instantToMs(NOON);

  it.each([
    ["2026-11-30", "2026-11-30T00:00:00.000000000Z"],
    ["2026-11-30T17:00:00-05:00", "2026-11-30T22:00:00.000000000Z"],
    ["7d", "2026-11-25T12:00:00.000000000Z"],
    ["12h", "2026-11-19T00:00:00.000000000Z"],
    ["30m", "2026-11-18T12:30:00.000000000Z"],
  ])("%s is %s", (text, expected) => {
    expect(expiryOption(text, now)).toBe(expected);
  });

  it.each([
    ["2026-11-18", "in the past"],
    ["2026-11-18T12:00:00Z", "in the past"],
    ["2020-01-01", "in the past"],
    ["0d", "is not a time"],
    ["-7d", "is not a time"],
    ["tomorrow", "is not a time"],
    ["2026-02-30", "is not a time"],
  ])("CI-14 BR-12 %j is refused: it %s", (text, words) => {
    const failure = failureOf(() => expiryOption(text, now));
    expect(failure.code).toBe("USAGE");
    expect(failure.message).toContain(words);
    expect(failure.message).toContain("Nothing was sent.");
  });
});

describe("ids of orders", () => {
  it.each(["42", "@mine-1", "@tmt-01JD", "a1b2-c3"])("%s may be one", (text) => {
    expect(orderIdArgument(text)).toBe(text);
  });

  it.each(["", "@", "-5", "1/2", "../x", "a b", `1${"0".repeat(200)}`])("%j is none", (text) => {
    expect(failureOf(() => orderIdArgument(text))).toMatchObject({ code: "USAGE", sent: false });
  });
});

describe("numbers and choices", () => {
  const range = { minimum: 1, maximum: 100 };

  it.each([
    ["1", 1],
    ["100", 100],
    ["007", 7],
  ])("%s is a whole number in range", (text, value) => {
    expect(integerOption("--limit", text, range)).toBe(value);
  });

  it.each(["0", "101", "-1", "1.5", "1e1", "", "ten", "9999999999"])("%j is refused", (text) => {
    const failure = failureOf(() => integerOption("--limit", text, range));
    expect(failure.code).toBe("USAGE");
    expect(failure.message).toContain("from 1 to 100");
  });

  it("CF-03 a choice is one of the words, exactly", () => {
    const choices = ["live", "practice"] as const;
    expect(choiceOption("--env", "live", choices)).toBe("live");
    for (const text of ["LIVE", " live", "liv", "", "constructor"]) {
      const failure = failureOf(() => choiceOption("--env", text, choices));
      expect(failure.code).toBe("USAGE");
      expect(failure.message).toContain("live, practice");
    }
  });
});

describe("free text", () => {
  it("has a length, and no control characters", () => {
    expect(textOption("--comment", undefined, 5)).toBeNull();
    expect(textOption("--comment", "12345", 5)).toBe("12345");
    expect(textOption("--comment", "Zürich", 10)).toBe("Zürich");
  });

  it.each(["", "123456", "a\nb", "\u001B[2J", "\u202Eabc", "a\u2028b", "\u0000"])(
    "CI-17 %j is refused",
    (text) => {
      expect(failureOf(() => textOption("--comment", text, 5)).code).toBe("USAGE");
    },
  );
});
