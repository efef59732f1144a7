import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimal } from "../../../src/core/money.ts";
import { lineChart } from "../../../src/ui/output/chart.ts";

const STYLE = {
  width: 20,
  height: 5,
  isUnicode: false,
  places: 0,
};
const points = (...values: readonly number[]) =>
  values.map((value, day) => ({ label: `day ${day}`, value: decimal(String(value)) }));

describe("a line chart", () => {
  it("rises from the lower left to the upper right, with its extremes on the axis", () => {
    const lines = lineChart(points(100, 200), STYLE).split("\n");
    expect(lines[0]).toMatch(/^200 \|.*\*$/);
    expect(lines[4]).toMatch(/^100 \|\*/);
    expect(lines[6]).toBe("     day 0          day 1");
  });

  it("draws what never changed in the middle, with one value on the axis", () => {
    const chart = lineChart(points(7, 7, 7), STYLE);
    expect(chart.match(/7/g)).toHaveLength(1);
    expect(chart).toContain(`7 |${"*".repeat(20)}`);
  });

  it("of nothing is nothing", () => {
    expect(lineChart([], STYLE)).toBe("");
  });

  it.each([true, false])(
    "for all values keeps its size and has a mark in every column (unicode: %s)",
    (isUnicode) => {
      const values = fc.array(fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }), {
        minLength: 1,
        maxLength: 50,
      });
      fc.assert(
        fc.property(
          values,
          fc.integer({ min: 1, max: 80 }),
          fc.integer({ min: 1, max: 20 }),
          (given, width, height) => {
            const style = { ...STYLE, width, height, isUnicode };
            const lines = lineChart(points(...given), style)
              .split("\n")
              .slice(0, height);
            const cells = lines.map((line) => [...line.slice(line.search(/[|┤]/) + 1)]);
            for (let x = 0; x < width; x += 1) {
              expect(cells.some((row) => /[^ \u2800]/.test(row[x] ?? " "))).toBe(true);
            }
          },
        ),
      );
    },
  );
});
