import { describe, expect, it } from "vitest";
import { decimal, toPrice } from "../../../src/core/money.ts";
import type { Order } from "../../../src/core/order.ts";
import { type AccountRow, accountsText } from "../../../src/ui/output/accounts-text.ts";
import { instrumentsText, ordersText } from "../../../src/ui/output/lists.ts";
import { loadColorTheme, PLAIN_THEME } from "../../../src/ui/output/theme.ts";
import { EUR_USD, XAU_USD } from "../../support/instruments.ts";
import { anOrder, aQuote, NOON } from "../../support/market.ts";

const PLAIN = PLAIN_THEME;
const COLORED = await loadColorTheme();
const price = (text: string) => toPrice(decimal(text));

const AWAY = { distancePercent: "1.38", expiresInSeconds: 3700 };

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
      [{ ...AWAY, order: { ...order, ...changes }, instrument: EUR_USD, distancePips }],
      "all",
      PLAIN,
    ).split("\n")[1] ?? "";

  it("are a line each", () => {
    expect(lineOf({})).toBe(
      "101    EUR_USD     stop_loss of 7  sell  1,000  1.07000        150    1.38     -       -  pending  GTC    2026-11-18 12:00:00Z  -",
    );
    const strange = lineOf({ price: null, clientOrderId: "\u001B[2Jmine" }, null);
    expect(strange).toMatch(/ - +- +1\.38 +- +- +pending .* \uFFFD\[2Jmine$/);
  });

  it("show what they attach, how they trail and until when they wait", () => {
    const entry = { type: "limit", tradeId: null } as const;
    const exits = { stopLoss: price("1.06"), takeProfit: price("1.09") };
    expect(lineOf({ ...entry, ...exits })).toMatch(/ limit .* 1\.06000 +1\.09000 +pending /);
    expect(lineOf({ ...entry, stopLossDistance: decimal("0.002") })).toMatch(/ 20p +- +pending /);
    expect(lineOf({ ...entry, trailingStop: decimal("0.003") })).toMatch(/ 30p +- +pending /);
    const trailing = { type: "trailing_stop", price: null, distance: decimal("0.0025") } as const;
    expect(lineOf(trailing)).toContain("trailing_stop of 7  sell  1,000  25p trailing");
    expect(lineOf({ timeInForce: "GTD", expiresAt: NOON })).toMatch(
      /2026-11-18 12:00:00Z \(in 1h 1m\) +2026/,
    );
  });

  it("of an instrument that nobody knows any more are shown as they are", () => {
    const distance = decimal("0.002");
    const unknown = { order: { ...order, stopLossDistance: distance }, distancePips: null };
    const [, line] = ordersText([{ ...AWAY, ...unknown, instrument: null }], "all", PLAIN).split(
      "\n",
    );
    expect(line).toMatch(/ 1\.07 +- +1\.38 +0\.002 +- +pending /);
  });

  it("none are said to be none", () => {
    expect(ordersText([], "all", PLAIN)).toBe("No orders.");
    expect(ordersText([], "pending", PLAIN)).toBe("No pending orders.");
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

  it("are a line each; several have a total for each currency, and real money one of its own", () => {
    const lines = accountsText(
      [
        row,
        { ...row, alias: null, currency: "JPY", equity: decimal("5000") },
        row,
        { ...row, environment: "live" },
      ],
      PLAIN,
    ).split("\n");
    expect(lines[1]).toContain("[PRACTICE]  oanda       main (101-001)");
    expect(lines[1]).toContain("10,000.00 USD  -12.50  9,987.50 USD");
    expect(lines[1]).toContain("1.0 %    1.05:1    1       2");
    expect(lines[2]).toContain(" 101-001 ");
    expect(lines.slice(-3)).toEqual([
      "Total PRACTICE equity 19,975.00 USD, P&L -25.00 USD",
      "Total PRACTICE equity 5,000 JPY, P&L -12 JPY",
      "Total LIVE equity 9,987.50 USD, P&L -12.50 USD",
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
