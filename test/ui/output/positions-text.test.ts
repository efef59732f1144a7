import { describe, expect, it } from "vitest";
import { decimal, toPrice, toUnits } from "../../../src/core/money.ts";
import { positionsOf } from "../../../src/core/position.ts";
import { type Held, netStanding, standingOf } from "../../../src/core/standing.ts";
import type { Trade } from "../../../src/core/trade.ts";
import {
  closingPrice,
  type PositionRow,
  positionsText,
  tradesText,
} from "../../../src/ui/output/positions-text.ts";
import { PLAIN_THEME } from "../../../src/ui/output/theme.ts";
import { EUR_USD } from "../../support/instruments.ts";
import { aQuote, aTrade } from "../../support/market.ts";

const PLAIN = PLAIN_THEME;
const PAPER = { environment: "paper", name: "paper" } as const;
const price = (text: string) => toPrice(decimal(text));
const stop = (text: string) => ({ stopLoss: price(text) });

const HOUR = 3700;

/** Rows at a price of 1.08100; trades whose first stop is known had it at 1.07500. */
function rowsOf(
  trades: readonly Trade[],
  { currentPrice = price("1.08100"), firstStop = null }: Partial<Omit<Held, "trade">> = {},
): readonly PositionRow[] {
  return positionsOf(trades).map((position) => {
    const held = position.trades.map((trade) => ({ trade, currentPrice, firstStop }));
    return {
      position,
      instrument: EUR_USD,
      currentPrice,
      currency: "USD",
      ageSeconds: HOUR,
      standing: netStanding(held, EUR_USD),
      trades: held.map((one) => {
        return { trade: one.trade, ageSeconds: HOUR, standing: standingOf(one, EUR_USD) };
      }),
    };
  });
}

function positions(trades: readonly Trade[], theme = PLAIN): string {
  return positionsText(PAPER, rowsOf(trades), theme);
}

function cellOf(text: string, heading: string): string {
  const [, head = "", row = ""] = text.split("\n");
  const end = head.indexOf(heading) + heading.length;
  return row.slice(0, end).split(/ {2,}/).at(-1)?.trim() ?? "";
}

describe("positions", () => {
  it("are a line each, with the total below", () => {
    const trades = [
      aTrade({ unrealizedPl: decimal("10"), ...stop("1.07"), takeProfit: price("1.09") }),
      aTrade({
        id: "8",
        instrument: "GBP_USD",
        direction: "short",
        unrealizedPl: decimal("-12.5"),
      }),
    ];
    const lines = positions(trades).split("\n");
    expect(lines[0]).toBe("[PAPER] paper");
    expect(lines[2]).toBe(
      "EUR_USD     long   1,000  1.08000  1.08100  +10.00  -  1.07000   110  1.09000    90       0.00   21.60  1h 1m  7",
    );
    expect(lines[3]).toContain("GBP_USD     short  1,000");
    expect(lines[3]).toContain("-12.50  -     NONE     -        -");
    expect(lines.slice(4)).toEqual([
      "Total P&L -2.50 USD, financing 0.00 USD, margin 43.20 USD",
      "NO STOP on 1,000 GBP_USD short",
    ]);
  });

  it("none are said to be none", () => {
    expect(positionsText(PAPER, [], PLAIN)).toBe("[PAPER] No open position on paper.");
  });

  it.each([
    ["every trade has the same", [stop("1.07"), stop("1.07")], "1.07000"],
    ["they differ", [stop("1.07"), stop("1.06")], "2 levels"],
    ["one has none", [stop("1.07"), {}], "1.07000 (some)"],
    ["none has one", [{}, {}], "NONE"],
    [
      "it trails",
      [{ trailingStop: { distance: decimal("0.002"), price: price("1.0785") } }],
      "1.07850",
    ],
    [
      "it trails, nobody knows where",
      [{ trailingStop: { distance: decimal("0.002"), price: null } }],
      "20p trailing",
    ],
  ])("say where the stop is when %s", (_, changes, expected) => {
    const trades = changes.map((change, index) => aTrade({ id: String(index), ...change }));
    expect(positions(trades)).toContain(`  ${expected}  `);
  });

  it("show the average rounded to the instrument's decimals, and ? for a price nobody has", () => {
    const trades = [
      aTrade({ openPrice: price("1.08000") }),
      aTrade({ id: "8", openPrice: price("1.08001"), units: toUnits(decimal("2000")) }),
    ];
    const rows = rowsOf(trades, { currentPrice: null });
    const shown = positionsText(PAPER, rows, PLAIN);
    expect(cellOf(shown, "Entry")).toBe("1.08001");
    expect(cellOf(shown, "Price")).toBe("?");
  });

  it("a long is closed at the bid, a short at the ask", () => {
    const quote = aQuote("1.08500", "1.08510");
    expect(closingPrice({ direction: "long" }, quote)).toBe(quote.bid);
    expect(closingPrice({ direction: "short" }, quote)).toBe(quote.ask);
    expect(closingPrice({ direction: "long" }, null)).toBeNull();
  });

  it("show what is gained in multiples of what the first stop would have lost", () => {
    const rows = rowsOf([aTrade(stop("1.07"))], { firstStop: decimal("0.0008") });
    expect(positionsText(PAPER, rows, PLAIN)).toContain("  +1.25R  ");
  });

  it("show each trade with its ends, and mark the one without a stop", () => {
    const trailing = { trailingStop: { distance: decimal("0.002"), price: price("1.0785") } };
    const trades = [aTrade(trailing), aTrade({ id: "8", takeProfit: price("1.09") })];
    const [row] = rowsOf(trades);
    const lines = row ? tradesText(row, PLAIN).split("\n") : [];
    expect(lines[1]).toMatch(/^7 .* 1h 1m .* - +- +- +1\.07850 +25p +- +0\.00 +21\.60 +-$/);
    expect(lines[2]).toMatch(/^8 .* NONE +1\.09000 +- +- +90p /);
    expect(lines[3]).toBe("Margin 43.20 USD, financing 0.00 USD, realised 0.00 USD");
    expect(row && positionsText(PAPER, [row], PLAIN)).toContain("NO STOP on 1,000 EUR_USD long");
  });
});
