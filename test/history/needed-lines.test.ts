import { describe, expect, it } from "vitest";
import type { BookedRow } from "../../src/core/history-row.ts";
import { decimal, toUnits, ZERO } from "../../src/core/money.ts";
import { NeededLines } from "../../src/history/needed-lines.ts";
import { aRow } from "../support/history-rows.ts";

type Touched = "opened" | "reduced" | "closed";

function fill(id: string, trades: readonly (readonly [string, Touched])[] | null, given = {}) {
  const changes = trades?.map(([tradeId, action]) => ({
    ...{ tradeId, action, units: toUnits(decimal("1")), realizedPl: ZERO },
  }));
  return { ...aRow({ id, orderId: null, ...given }), trades: changes ?? null };
}

function order(id: string): BookedRow {
  return { ...aRow({ id, type: "order", orderId: id }), trades: [] };
}

function needed(rows: readonly BookedRow[]): readonly string[] {
  const lines = new NeededLines();
  for (const row of rows) lines.add(row);
  return [...lines.ids()].toSorted();
}

describe("the lines before a cut that stay", () => {
  it("are those of trades that were open then, with their reductions and their orders", () => {
    const rows = [
      order("1"),
      fill("2", [["2", "opened"]], { orderId: "1" }),
      order("3"),
      fill("4", [["4", "opened"]], { orderId: "3" }),
      fill("5", [["4", "reduced"]]),
      fill("6", [["2", "closed"]]),
      { ...aRow({ id: "7", type: "financing" }), trades: [] },
      { ...aRow({ id: "8", type: "financing" }), trades: [] },
    ];
    // 8 carries the balance.
    expect(needed(rows)).toEqual(["3", "4", "5", "8"]);
  });

  it("are the orders that waited, and not those that ended", () => {
    const cancelled = { ...aRow({ id: "3", type: "cancel", orderId: "1" }), trades: [] };
    expect(needed([order("1"), order("2"), cancelled])).toEqual(["2", "3"]);
  });

  it("are all since the last balance that was told", () => {
    const rows = ["1", "2", "3"].map((id) => ({
      ...aRow({ id, type: "fee", balance: id === "2" ? "7" : null }),
      trades: [],
    }));
    expect(needed(rows)).toEqual(["2", "3"]);
    expect(needed(rows.map((row) => ({ ...row, balance: null })))).toEqual([]);
  });

  it("are, where a statement doesn't name trades, the fills since the instrument was flat", () => {
    const size = (units: string, side: "buy" | "sell", instrument = "AAPL") => ({
      ...{ units, side, instrument, orderId: null },
    });
    const rows = [
      fill("1", null, size("10", "buy")),
      fill("2", null, size("4.5", "sell")),
      fill("3", null, size("5.5", "sell")),
      fill("4", null, size("3", "sell")),
      fill("5", null, size("1", "buy")),
      fill("6", null, size("7", "buy", "MSFT")),
      fill("7", null, size("7", "sell", "MSFT")),
    ];
    // 7 carries the balance.
    expect(needed(rows)).toEqual(["4", "5", "7"]);
  });
});
