import { describe, expect, it } from "vitest";
import { decimal } from "../../../src/core/money.ts";
import {
  checksText,
  type OrderTextExtras,
  type OrderTextReport,
  orderText,
} from "../../../src/ui/output/order-text.ts";
import { loadColorTheme, PLAIN_THEME } from "../../../src/ui/output/theme.ts";

import { NOON } from "../../support/market.ts";

const PLAIN = PLAIN_THEME;
const COLORED = await loadColorTheme();
const ESCAPE = "\u001B";

function aReport(changes: Partial<OrderTextReport> = {}): OrderTextReport {
  return {
    status: "filled",
    orderId: "101",
    clientOrderId: "tmt-1",
    connection: "paper",
    environment: "paper",
    account: "001",
    instrument: "EUR_USD",
    side: "buy",
    type: "market",
    units: "10000",
    price: null,
    filledUnits: "10000",
    averagePrice: "1.08510",
    expectedPrice: "1.08510",
    slippagePips: "0",
    slippageCost: "0",
    currency: "USD",
    fills: [{ transactionId: "102", realizedPl: "0", commission: "0" }],
    tradeIds: ["102"],
    stopLoss: null,
    takeProfit: null,
    trailingStop: null,
    timeInForce: "FOK",
    expiresAt: null,
    latencyMs: 12.3,
    brokerLatencyMs: 10,
    error: null,
    compliance: [{ rule: "halt", outcome: "pass", detail: "trading is not halted" }],
    ...changes,
  };
}

function text(
  changes: Partial<OrderTextReport> = {},
  extras: Partial<Parameters<typeof orderText>[1]> = {},
): string {
  return orderText(aReport(changes), { riskAtStop: null, sizing: null, ...extras }, PLAIN);
}

describe("what happened, in one line", () => {
  it.each([
    [{}, "[PAPER] Bought 10,000 EUR_USD at 1.08510"],
    [{ side: "sell" } as const, "[PAPER] Sold 10,000 EUR_USD at 1.08510"],
    [
      { status: "partially_filled", filledUnits: "4000" },
      "[PAPER] Partly filled: bought 4,000 of 10,000 EUR_USD at 1.08510; the rest was cancelled",
    ],
    [
      { status: "dry_run" },
      "[PAPER] Dry run: would buy 10,000 EUR_USD at about 1.08510. Nothing was sent",
    ],
    [
      { status: "unknown", environment: "live" } as const,
      "[LIVE] UNKNOWN: buy 10,000 EUR_USD was sent and its fate is not known yet",
    ],
    [{ status: "pending" }, "[PAPER] Accepted and waiting: buy 10,000 EUR_USD"],
    [{ status: "cancelled", error: {} }, "[PAPER] Cancelled by the broker: buy 10,000 EUR_USD"],
    [{ status: "rejected" }, "[PAPER] Not executed: buy 10,000 EUR_USD"],
    [
      { status: "rejected", environment: "practice", side: "sell" } as const,
      "[PRACTICE] Not executed: sell 10,000 EUR_USD",
    ],
  ])("of %j is readable without colour", (changes, line) => {
    expect(text(changes).split("\n")[0]).toBe(line);
  });

  it.each(["filled", "partially_filled", "dry_run", "unknown", "pending", "cancelled", "rejected"])(
    "TY-01 %s says the same with colours",
    (status) => {
      const colored = orderText(aReport({ status }), { riskAtStop: null, sizing: null }, COLORED);
      const stripped = colored.replaceAll(new RegExp(`${ESCAPE}\\[[0-9;]*m`, "g"), "");
      expect(stripped.replace(" PAPER  ", "[PAPER] ")).toBe(text({ status }));
    },
  );

  it("TY-07 doesn't repeat a broker's control characters", () => {
    const shown = text({ instrument: `EUR${ESCAPE}[2J`, account: `0${ESCAPE}[31m1\n` });
    expect(shown).not.toContain(ESCAPE);
    expect(shown.split("\n").filter((line) => line.startsWith("  account"))).toHaveLength(1);
  });
});

const LIMIT = { type: "limit", price: "1.08000", timeInForce: "GTC", fills: [] } as const;
const STOP = { ...LIMIT, type: "stop_loss", side: "sell" } as const;

describe("an order that waits, a change and a cancellation, in one line", () => {
  it.each<[Partial<OrderTextReport>, Partial<OrderTextExtras>, string]>([
    [
      { ...LIMIT, status: "pending" },
      {},
      "Accepted and waiting: buy limit 10,000 EUR_USD at 1.08000",
    ],
    [
      { ...LIMIT, type: "mit", side: "sell", status: "pending" },
      { kind: "entry" },
      "Accepted and waiting: sell market-if-touched 10,000 EUR_USD at 1.08000",
    ],
    [
      { ...LIMIT, status: "dry_run" },
      { kind: "entry" },
      "Dry run: would place buy limit 10,000 EUR_USD at 1.08000. Nothing was sent",
    ],
    [{ ...LIMIT, status: "filled" }, { kind: "entry" }, "Bought 10,000 EUR_USD at 1.08510"],
    [
      { ...LIMIT, status: "partially_filled", filledUnits: "4000" },
      { kind: "entry" },
      "Partly filled: bought 4,000 of 10,000 EUR_USD at 1.08510; the rest still waits",
    ],
    [
      { ...LIMIT, status: "pending" },
      { kind: "change", replaces: "5" },
      "Changed: buy limit 10,000 EUR_USD at 1.08000",
    ],
    [
      { ...LIMIT, status: "dry_run" },
      { kind: "change", replaces: "5" },
      "Dry run: would change order 5 to buy limit 10,000 EUR_USD at 1.08000. Nothing was sent",
    ],
    [
      { ...LIMIT, status: "rejected", error: {} },
      { kind: "change" },
      "Not changed: buy limit 10,000 EUR_USD at 1.08000",
    ],
    [
      { ...LIMIT, status: "unknown", error: {} },
      { kind: "change" },
      "UNKNOWN: the change to buy limit 10,000 EUR_USD at 1.08000 was sent and its fate is not known yet",
    ],
    [
      { ...LIMIT, status: "cancelled" },
      { kind: "cancel" },
      "Cancelled: buy limit 10,000 EUR_USD at 1.08000",
    ],
    [
      { ...STOP, status: "cancelled" },
      { kind: "cancel" },
      "Cancelled: stop loss of long 10,000 EUR_USD at 1.08000",
    ],
    [
      { ...STOP, side: "buy", status: "dry_run" },
      { kind: "cancel" },
      "Dry run: would cancel stop loss of short 10,000 EUR_USD at 1.08000. Nothing was sent",
    ],
    [
      { ...LIMIT, status: "rejected", error: {} },
      { kind: "cancel" },
      "Not cancelled: buy limit 10,000 EUR_USD at 1.08000",
    ],
    [{ ...STOP, status: "pending" }, { kind: "exits" }, "Exits in place: long 10,000 EUR_USD"],
    [{ ...STOP, status: "cancelled" }, { kind: "exits" }, "Exits removed: long 10,000 EUR_USD"],
    [
      { ...STOP, status: "dry_run" },
      { kind: "exits" },
      "Dry run: would change the exits of long 10,000 EUR_USD. Nothing was sent",
    ],
    [
      { ...STOP, status: "rejected", error: {} },
      { kind: "exits" },
      "Exits not changed: long 10,000 EUR_USD",
    ],
  ])("%j %j", (changes, extras, line) => {
    expect(text(changes, extras).split("\n")[0]).toBe(`[PAPER] ${line}`);
  });

  it.each([
    [{ timeInForce: "GTC" }, "until cancelled"],
    [{ timeInForce: "DAY" }, "until 17:00 New York"],
    [{ timeInForce: "GTD", expiresAt: NOON }, "until 2026-11-18 12:00:00Z"],
  ])("says how long it waits: %j", (changes, words) => {
    const shown = text({ ...LIMIT, status: "pending", ...changes }, { kind: "entry" });
    expect(shown).toMatch(new RegExp(`^ +waits +${words}$`, "m"));
    const once = { ...LIMIT, timeInForce: "FOK", status: "dry_run" };
    expect(text(once, { kind: "entry" })).not.toContain("waits");
    expect(text({ ...LIMIT, status: "cancelled" }, { kind: "cancel" })).not.toContain("waits");
  });

  it("names the order whose place it took, and no client id that isn't the order's own", () => {
    const changed = text({ ...LIMIT, status: "pending" }, { kind: "change", replaces: "5" });
    expect(changed).toMatch(/^ +order +101, in place of 5$/m);
    expect(text({ ...LIMIT, status: "pending" }, { kind: "change" })).toMatch(/^ +order +101$/m);
    expect(text({ ...LIMIT, status: "cancelled" }, { kind: "cancel" })).toMatch(/ order +101$/m);
    expect(text({ ...LIMIT, status: "pending" })).toContain("101 (client id tmt-1)");
  });
});

describe("the details", () => {
  it("name the trade, the order and the account", () => {
    const lines = text().split("\n");
    expect(lines).toContain("  slippage  none");
    expect(lines).toContain("  trade     102");
    expect(lines).toContain("  order     101 (client id tmt-1)");
    expect(lines).toContain("  account   paper / 001");
    expect(lines).toContain("  time      12.3 ms, of which broker 10 ms");
  });

  it("name several trades", () => {
    expect(text({ tradeIds: ["7", "9"] })).toContain("trades    7, 9");
  });

  it("leave out what isn't known", () => {
    const shown = text({
      status: "rejected",
      orderId: null,
      tradeIds: [],
      fills: [],
      slippagePips: null,
      slippageCost: null,
      latencyMs: null,
      brokerLatencyMs: null,
    });
    expect(shown.split("\n")).toEqual([
      "[PAPER] Not executed: buy 10,000 EUR_USD",
      "  account  paper / 001",
    ]);
  });

  it.each([
    ["1.2", "1.2", "1.2 pips worse (-1.20 USD)"],
    ["-0.8", "-0.8", "0.8 pips better (+0.80 USD)"],
    ["0", "0", "none"],
  ])("tell a slippage of %s pips that costs %s: %s", (slippagePips, slippageCost, expected) => {
    expect(text({ slippagePips, slippageCost })).toContain(`slippage  ${expected}`);
  });

  it("show exits with their distance, and the risk at the stop once", () => {
    const stopLoss = { price: "1.08310", distancePips: "20" };
    const takeProfit = { price: "1.08910", distancePips: "40" };
    const trailingStop = { price: "1.08210", distancePips: "30" };
    const risk = { riskAtStop: decimal("20") };
    const all = text({ stopLoss, takeProfit, trailingStop }, risk);
    expect(all).toContain("stop loss      1.08310 (20 pips), risk 20.00 USD");
    expect(all).toContain("take profit    1.08910 (40 pips)");
    expect(all).toContain("trailing stop  1.08210 (30 pips)\n");
    expect(text({ trailingStop }, risk)).toContain("1.08210 (30 pips), risk 20.00 USD");
    expect(text({ stopLoss })).toContain("1.08310 (20 pips)\n");
  });

  it("show how a risk became a size", () => {
    expect(text({}, { sizing: "100.00 USD ÷ 0.002 = 50000 units" })).toContain(
      "sizing    100.00 USD ÷ 0.002 = 50000 units",
    );
  });

  it("add up what closing earned and cost", () => {
    const fills = [
      { transactionId: "1", realizedPl: "-10.50", commission: "0.20" },
      { transactionId: "2", realizedPl: "4.00", commission: "0.05" },
    ];
    const shown = text({ fills });
    expect(shown).toContain("realised    -6.50 USD");
    expect(shown).toContain("commission  0.25 USD");
  });

  it("of a dry run are the checks", () => {
    expect(text({ status: "dry_run" })).toContain("  halt  ok  trading is not halted");
  });
});

describe("checks", () => {
  it("are told by words, not by colour", () => {
    expect(
      checksText([
        { rule: "halt", outcome: "pass", detail: "trading is not halted" },
        { rule: "risk.maxUnits", outcome: "block", detail: "5 units, allowed 1" },
        { rule: "margin", outcome: "not_applicable", detail: "only reduces what is open" },
        { rule: "us-fifo", outcome: "pass", detail: "warning: the position flips" },
      ]),
    ).toBe(
      [
        "  halt           ok  trading is not halted",
        "  risk.maxUnits  BLOCKED  5 units, allowed 1",
        "  margin         -  only reduces what is open",
        "  us-fifo        WARNING  the position flips",
      ].join("\n"),
    );
  });
});
