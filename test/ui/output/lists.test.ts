import { describe, expect, it } from "vitest";
import { decimal, toPrice, toUnits } from "../../../src/core/money.ts";
import type { Order } from "../../../src/core/order.ts";
import { positionsOf } from "../../../src/core/position.ts";
import type { Trade } from "../../../src/core/trade.ts";
import { type AccountRow, accountsText } from "../../../src/ui/output/accounts-text.ts";
import {
  closingPrice,
  instrumentsText,
  ordersText,
  positionsText,
} from "../../../src/ui/output/lists.ts";
import { loadColorTheme, PLAIN_THEME } from "../../../src/ui/output/theme.ts";
import { EUR_USD, XAU_USD } from "../../support/instruments.ts";
import { anOrder, aQuote, aTrade, NOON } from "../../support/market.ts";

const PLAIN = PLAIN_THEME;
const COLORED = await loadColorTheme();
const PAPER = { environment: "paper", name: "paper" } as const;
const price = (text: string) => toPrice(decimal(text));
const stop = (text: string) => ({ stopLoss: price(text) });

function positions(trades: readonly Trade[], theme = PLAIN): string {
  const rows = positionsOf(trades).map((position) => ({
    position,
    instrument: EUR_USD,
    currentPrice: price("1.08100"),
    currency: "USD",
    ageSeconds: 3700,
  }));
  return positionsText(PAPER, rows, theme);
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
      "EUR_USD     long   1,000  1.08000  1.08100  +10.00  1.07000  1.09000  1h 1m  7",
    );
    expect(lines[3]).toContain("GBP_USD     short  1,000");
    expect(lines[3]).toContain("-12.50     NONE        -");
    expect(lines.at(-1)).toBe("Total P&L -2.50 USD");
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
    const rows = positionsOf(trades).map((position) => ({
      position,
      instrument: EUR_USD,
      currentPrice: null,
      currency: "USD",
      ageSeconds: 0,
    }));
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
});

describe("orders", () => {
  const order = anOrder({
    orderId: "101",
    clientOrderId: null,
    type: "stop_loss",
    side: "sell",
    tradeId: "7",
  });

  const lineOf = (changes: Partial<Order>, distancePips: string | null = "150") =>
    ordersText(
      [{ order: { ...order, ...changes }, instrument: EUR_USD, distancePips }],
      "all",
    ).split("\n")[1] ?? "";

  it("are a line each", () => {
    expect(lineOf({})).toBe(
      "101    EUR_USD     stop_loss of 7  sell  1,000  1.07000        150     -       -  pending  GTC    2026-11-18 12:00:00Z  -",
    );
    const strange = lineOf({ price: null, clientOrderId: "\u001B[2Jmine" }, null);
    expect(strange).toMatch(/ - +- +- +- +pending .* \uFFFD\[2Jmine$/);
  });

  it("show what they attach, how they trail and until when they wait", () => {
    const entry = { type: "limit", tradeId: null } as const;
    const exits = { stopLoss: price("1.06"), takeProfit: price("1.09") };
    expect(lineOf({ ...entry, ...exits })).toMatch(/ limit .* 1\.06000 +1\.09000 +pending /);
    expect(lineOf({ ...entry, stopLossDistance: decimal("0.002") })).toMatch(/ 20p +- +pending /);
    expect(lineOf({ ...entry, trailingStop: decimal("0.003") })).toMatch(/ 30p +- +pending /);
    const trailing = { type: "trailing_stop", price: null, distance: decimal("0.0025") } as const;
    expect(lineOf(trailing)).toContain("trailing_stop of 7  sell  1,000  25p trailing");
    expect(lineOf({ timeInForce: "GTD", expiresAt: NOON })).toMatch(/2026-11-18 12:00:00Z +2026/);
  });

  it("of an instrument that nobody knows any more are shown as they are", () => {
    const distance = decimal("0.002");
    const unknown = { order: { ...order, stopLossDistance: distance }, distancePips: null };
    const [, line] = ordersText([{ ...unknown, instrument: null }], "all").split("\n");
    expect(line).toMatch(/ 1\.07 +- +0\.002 +- +pending /);
  });

  it("none are said to be none", () => {
    expect(ordersText([], "all")).toBe("No orders.");
    expect(ordersText([], "pending")).toBe("No pending orders.");
  });
});

describe("instruments", () => {
  it("are a line each, with or without a price", () => {
    const quote = aQuote("1.0851", "1.08523");
    const lines = instrumentsText([
      { instrument: EUR_USD, quote, spreadPips: decimal("1.3") },
      { instrument: XAU_USD, quote: null, spreadPips: null },
    ]).split("\n");
    expect(lines[1]).toMatch(
      /^EUR_USD +EUR\/USD +forex +1\.08510 +1\.08523 +1\.3p +yes +0\.02 +1$/,
    );
    expect(lines[2]).toMatch(/^XAU_USD +Gold +metal +- +- +- +no +0\.02 +1$/);
    expect(instrumentsText([])).toBe("No instrument matches.");
  });
});

describe("accounts", () => {
  const row: AccountRow = {
    connection: "oanda",
    environment: "practice",
    id: "101-001",
    alias: "main",
    currency: "USD",
    balance: decimal("10000"),
    unrealizedPl: decimal("-12.5"),
    realizedPl: decimal("0"),
    equity: decimal("9987.5"),
    marginUsed: decimal("200"),
    marginAvailable: decimal("9787.5"),
    marginCloseoutPercent: decimal("0.0100"),
    leverage: decimal("1.05"),
    openPositions: 1,
    pendingOrders: 2,
    asOf: NOON,
    stale: false,
  };

  it("of a broker that can't be reached are marked with the time they are of, and stand out by nothing", () => {
    const stale = { ...row, stale: true };
    expect(accountsText([row, stale], PLAIN).split("\n").at(-1)).toBe(
      "oanda / 101-001 as of 2026-11-18 12:00:00Z: not current",
    );
    expect(accountsText([row], COLORED)).toContain(COLORED.gain(decimal("-1"), "-12.50"));
    expect(accountsText([stale], COLORED)).toContain(COLORED.dim("-12.50"));
  });

  it("are a line each; several have a total for each currency", () => {
    const lines = accountsText(
      [row, { ...row, alias: null, currency: "JPY", equity: decimal("5000") }, row],
      PLAIN,
    ).split("\n");
    expect(lines[1]).toContain("[PRACTICE]  oanda       main (101-001)");
    expect(lines[1]).toContain("10,000.00 USD  -12.50  9,987.50 USD");
    expect(lines[1]).toContain("1.0 %    1.05:1    1       2");
    expect(lines[2]).toContain(" 101-001 ");
    expect(lines.slice(-2)).toEqual([
      "Total equity 19,975.00 USD, P&L -25.00 USD",
      "Total equity 5,000 JPY, P&L -12 JPY",
    ]);
    expect(accountsText([], PLAIN)).toBe("No accounts.");
    expect(accountsText([row], PLAIN).split("\n")).toHaveLength(2);
  });

  it.each([
    ["0", "0.0 %"],
    ["0.001", "0.1 %"],
    ["0.0999", "9.9 %"],
    ["0.5", "50.0 %"],
    ["0.99999", "100.0 %"],
    ["1", "100.0 %"],
    ["12.345", "1234.5 %"],
  ])("show a close-out ratio of %s as %s", (marginCloseoutPercent, expected) => {
    const ratio = decimal(marginCloseoutPercent);
    expect(accountsText([{ ...row, marginCloseoutPercent: ratio }], PLAIN)).toContain(
      ` ${expected}`,
    );
  });
});

describe("colours", () => {
  it("TY-01 are an extra: a badge without them is a word in brackets", () => {
    const environments = ["live", "practice", "paper"] as const;
    expect(environments.map(PLAIN.badge)).toEqual(["[LIVE]", "[PRACTICE]", "[PAPER]"]);
    const colored = environments.map(COLORED.badge);
    expect(new Set(colored.map((badge) => badge.split("m")[0])).size).toBe(3);
    expect(PLAIN.dim("a") + PLAIN.bold("b") + PLAIN.warning("c") + PLAIN.error("d")).toBe("abcd");
  });
});
