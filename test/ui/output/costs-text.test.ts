import { describe, expect, it } from "vitest";
import { type CostsText, costsLine, costsPairs } from "../../../src/ui/output/costs-text.ts";

const ENTRY: CostsText = {
  spread: "1.4",
  commission: null,
  financingPerDay: "-0.351",
  lossAtStop: "20",
  realizedPl: null,
  marginTaken: "231.12",
  marginFreed: "0",
  marginAvailableAfter: "9768.88",
  before: null,
};
const CLOSE: CostsText = {
  ...ENTRY,
  commission: "0",
  lossAtStop: null,
  realizedPl: "-3.456",
  marginTaken: "0",
  marginFreed: "231.12",
};

function pairs(costs: CostsText, kind: "entry" | "change" | "close" | "exits" = "entry") {
  return costsPairs(costs, { currency: "USD", kind });
}

describe("what an order will cost", () => {
  it("is said in full, and what nobody knows is said to be not known", () => {
    expect(pairs(ENTRY)).toEqual([
      ["costs", "spread 1.40 USD, commission not known, financing -0.35 USD a day"],
      ["margin", "takes 231.12 USD, leaves 9,768.88 USD"],
      ["worst case", "20.00 USD lost at the stop; more through a gap"],
    ]);
    expect(pairs({ ...ENTRY, financingPerDay: null, lossAtStop: null, commission: "0.5" })).toEqual(
      [
        ["costs", "spread 1.40 USD, commission 0.50 USD, financing not known"],
        expect.anything(),
        ["worst case", "NO STOP: no limit but the broker's close-out"],
      ],
    );
  });

  it("of a close are what it pays, what it realises, and the margin that it frees", () => {
    const said = [
      ["costs", "spread 1.40 USD, commission none"],
      ["result", "realises about -3.46 USD, without commission and financing"],
      ["margin", "frees 231.12 USD, leaves 9,768.88 USD"],
    ];
    expect(pairs(CLOSE, "close")).toEqual(said);
    expect(pairs(CLOSE).slice(1)).toEqual(said.slice(1));
  });

  it("of a change are told beside what they were", () => {
    const change = { ...ENTRY, before: { lossAtStop: "35", marginTaken: "100" } };
    expect(pairs(change, "change").slice(1)).toEqual([
      ["margin", "takes 231.12 USD (was 100.00 USD), leaves 9,768.88 USD"],
      [
        "worst case",
        "20.00 USD lost at the stop; more through a gap (was: 35.00 USD lost at the stop; more through a gap)",
      ],
    ]);
  });

  it("of exits are the worst case alone; a stop in profit keeps a gain", () => {
    const exits = { ...ENTRY, lossAtStop: "-7.5", before: { lossAtStop: null, marginTaken: "0" } };
    expect(pairs(exits, "exits")).toEqual([
      [
        "worst case",
        "7.50 USD kept at the stop; less through a gap (was: NO STOP: no limit but the broker's close-out)",
      ],
    ]);
  });

  it("fit one line each where there are many", () => {
    expect(costsLine(ENTRY, "USD")).toBe(
      "spread 1.40 USD, commission not known, margin 231.12 USD, leaves 9,768.88 USD, 20.00 USD lost at the stop; more through a gap",
    );
    expect(costsLine(CLOSE, "USD")).toBe(
      "spread 1.40 USD, commission none, frees 231.12 USD, leaves 9,768.88 USD",
    );
  });
});
