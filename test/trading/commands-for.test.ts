import { describe, expect, it } from "vitest";
import { commandsFor } from "../../src/trading/commands-for.ts";
import { selecting } from "../../src/trading/desk.ts";
import { aDesk } from "./test-desk.ts";

const HERE = selecting(aDesk());

describe("a command that a rule's hint gives", () => {
  it.each([
    ["Close the oldest first: CLOSE EUR_USD --units 10000", "CLOSE EUR_USD --units 10000 HERE"],
    ["Close trade 1 instead: CLOSE 1. A trade of", "CLOSE 1 HERE. A trade of"],
    [
      "Reduce: CLOSE BRK.B --units 0.5, or add --reduce-only.",
      "CLOSE BRK.B --units 0.5 HERE, or add",
    ],
    ["CLOSE BRK.B. Then CLOSE 7", "CLOSE BRK.B HERE. Then CLOSE 7 HERE"],
  ])("means the account of the order: %s", (hint, told) => {
    const full = (text: string) =>
      text.replaceAll("CLOSE", "tmt-broker positions close").replaceAll("HERE", HERE);
    expect(commandsFor(aDesk(), full(hint))).toContain(full(told));
  });

  it("and others stay as they are", () => {
    const hint = "Order at most 5, or raise it: tmt-broker config set risk.maxUnits 10";
    expect(commandsFor(aDesk(), hint)).toBe(hint);
  });
});
