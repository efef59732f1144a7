import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Judgement,
  judgeStockOrder,
  type StockAccount,
  type StockOrder,
} from "../../../src/compliance/day-trading/judge-order.ts";
import { NYSE_DAYS } from "../../../src/compliance/day-trading/nyse-days.ts";
import {
  dayTradingBuyingPower,
  isPattern,
} from "../../../src/compliance/day-trading/pattern-day-trader.ts";
import { DAY_TRADING_RULES } from "../../../src/compliance/day-trading/rule-sets.ts";
import { decimal, wholeNumber } from "../../../src/core/money.ts";
import { executions, newYork } from "./trading-days.ts";

const LAW = { rules: DAY_TRADING_RULES, calendar: NYSE_DAYS };
const { pattern: PATTERN } = DAY_TRADING_RULES;

/** Three day trades, on 2026-05-20, 21 and 26; Memorial Day lies between. */
const THREE_DAY_TRADES = [
  ...executions("2026-05-20", "ABC B100", "ABC S100"),
  ...executions("2026-05-21", "ABC B100", "ABC S100"),
  ...executions("2026-05-26", "ABC B100", "ABC S100"),
];
const OPENED = executions("2026-05-27", "XYZ B100");

describe("the pattern-day-trader rule, asked of an order", () => {
  it("blocks the fourth day trade under 25,000 USD, and says what would be allowed", () => {
    const judgement = judge("XYZ S100", "2026-05-27", {
      executions: [...THREE_DAY_TRADES, ...OPENED],
      positions: held({ XYZ: "100" }),
    });
    expect(found(judgement, "US-FINRA-PDT")).toMatchObject({
      outcome: "block",
      message:
        "This sell of XYZ would be day trade number 4 within 5 trading days (2026-05-20 to 2026-05-27), more than 6 % of 8 trades; with an equity of 24999.99 USD, less than 25000, 3 are allowed (US-FINRA-PDT).",
      hint: "Hold XYZ until 2026-05-28, when it is no day trade, or deposit 0.01 USD. Without another one, the next day trade is allowed on 2026-05-28.",
    });
  });

  it("counts the day of the order and the four before it, without holidays", () => {
    const account = { executions: [...THREE_DAY_TRADES], positions: held({ XYZ: "100" }) };
    const next = executions("2026-05-28", "XYZ B100");
    const judgement = judge("XYZ S100", "2026-05-28", {
      ...account,
      executions: [...account.executions, ...next],
    });
    expect(found(judgement, "US-FINRA-PDT")).toMatchObject({
      outcome: "pass",
      detail:
        "2 day trades from 2026-05-21 to 2026-05-28, equity 24999.99 USD: this makes 3 of 3 allowed",
    });
  });

  it.each([
    { now: "24999.99", closing: null, outcome: "block" },
    { now: "25000", closing: null, outcome: "pass" },
    { now: "25000", closing: "24999.99", outcome: "block" },
    { now: "24999.99", closing: "25000", outcome: "block" },
    { now: "25000", closing: "25000", outcome: "pass" },
  ])("with an equity of $now now and $closing at the last close: $outcome", (given) => {
    const judgement = judge("XYZ S100", "2026-05-27", {
      executions: [...THREE_DAY_TRADES, ...OPENED],
      positions: held({ XYZ: "100" }),
      equity: decimal(given.now),
      equityAtLastClose: given.closing === null ? null : decimal(given.closing),
    });
    expect(found(judgement, "US-FINRA-PDT")?.outcome).toBe(given.outcome);
  });

  it.each([
    { dayTrades: 3, trades: 3, is: false },
    { dayTrades: 4, trades: 4, is: true },
    { dayTrades: 4, trades: 66, is: true },
    { dayTrades: 4, trades: 67, is: false },
    { dayTrades: 6, trades: 100, is: false },
    { dayTrades: 6, trades: 99, is: true },
  ])("$dayTrades day trades of $trades trades make a pattern: $is", ({ is, ...counts }) => {
    expect(isPattern(counts, PATTERN)).toBe(is);
  });

  it("lets what was held overnight go (P4)", () => {
    const judgement = judge("XYZ S100", "2026-05-27", {
      executions: THREE_DAY_TRADES,
      positions: held({ XYZ: "100" }),
    });
    expect(found(judgement, "US-FINRA-PDT")?.outcome).toBe("pass");
  });

  it("warns before a position that couldn't be closed on the same day, also by its own exits", () => {
    const judgement = judge("XYZ B100", "2026-05-27", {
      executions: THREE_DAY_TRADES,
      order: { hasExits: true },
    });
    expect(found(judgement, "US-FINRA-PDT")).toMatchObject({
      outcome: "warn",
      message:
        "No day trade is left (3 day trades since 2026-05-20): closing XYZ before 2026-05-28, also by its stop loss or take profit, would be one too many (US-FINRA-PDT).",
    });
  });

  it("holds a flag against the account until the broker lifts it, also with an empty window", () => {
    const account = { executions: OPENED, positions: held({ XYZ: "100" }) };
    const flagged = judge("XYZ S100", "2026-05-27", { ...account, isFlagged: true });
    expect(found(flagged, "US-FINRA-PDT")).toMatchObject({
      outcome: "block",
      hint: expect.stringContaining("The flag stays until the broker lifts it."),
    });
    const free = judge("XYZ S100", "2026-05-27", { ...account, isFlagged: false });
    expect(found(free, "US-FINRA-PDT")?.outcome).toBe("pass");
  });

  it("counts a longer window, and says so, where holidays aren't known", () => {
    const judgement = judge("XYZ B100", "2023-05-31", {
      executions: executions("2023-05-22", "ABC B1", "ABC S1"),
    });
    expect(found(judgement, "US-FINRA-PDT")?.detail).toContain(
      "0 day trades from 2023-05-23 to 2023-05-31",
    );
    expect(found(judgement, "US-FINRA-PDT")?.detail).toContain("holidays are not known");
  });

  it("gives four times what exceeds maintenance at the last close", () => {
    const closing = { equity: decimal("30000"), maintenance: decimal("12000") };
    expect(dayTradingBuyingPower(closing, PATTERN).toString()).toBe("72000");
  });

  it("for all windows, one more unrelated trade never turns a pass into a block", () => {
    fc.assert(
      fc.property(fc.nat({ max: 12 }), fc.nat({ max: 300 }), (dayTrades, others) => {
        const trades = dayTrades * 2 + others;
        if (isPattern({ dayTrades, trades }, PATTERN)) return;
        expect(isPattern({ dayTrades, trades: trades + 1 }, PATTERN)).toBe(false);
      }),
    );
  });
});

describe("intraday margin, asked of an order", () => {
  it.each([
    { code: "M1", equity: "10000", maintenance: "0", buys: "3000", outcome: "pass" },
    { code: "M3", equity: "7000", maintenance: "6750", buys: "500", outcome: "block" },
    { code: "M3, small", equity: "7000", maintenance: "6750", buys: "240", outcome: "warn" },
    { code: "M4", equity: "6000", maintenance: "7500", buys: "1", outcome: "block" },
  ])("$code: buying $buys units at 10 is a $outcome", ({ equity, maintenance, buys, outcome }) => {
    const judgement = judge(`ABC B${buys}`, "2026-09-01", {
      equity: decimal(equity),
      maintenance: decimal(maintenance),
    });
    expect(judgement.regime.rule).toBe("intraday");
    expect(found(judgement, "US-FINRA-IMD")?.outcome).toBe(outcome);
  });

  it("says the numbers and what would be allowed (M3)", () => {
    const judgement = judge("ABC B500", "2026-09-01", {
      equity: decimal("7000"),
      maintenance: decimal("6750"),
    });
    expect(found(judgement, "US-FINRA-IMD")).toMatchObject({
      detail:
        "margin level 250.00 USD before, -1000.00 after: a deficit of 1000.00, more than 350.00 USD",
      message:
        "The order would make an intraday margin deficit of 1000.00 USD: equity 7000.00 less maintenance 8000.00 (US-FINRA-IMD).",
      hint: "At most 100 units of ABC would be free of one now. The deficit stays for the day even if the position is closed again.",
    });
  });

  it("M4 a fall of the market alone stops no sale", () => {
    const judgement = judge("ABC S100", "2026-09-01", {
      equity: decimal("6000"),
      maintenance: decimal("7500"),
      positions: held({ ABC: "3000" }),
    });
    expect(found(judgement, "US-FINRA-IMD")?.outcome).toBe("pass");
  });

  it("the units that it names pass, and one more doesn't, for all levels", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500_000 }), (cents) => {
        const level = wholeNumber(cents).dividedBy(wholeNumber(100), 2);
        const account = { equity: level.plus(decimal("50000")), maintenance: decimal("50000") };
        const units = level.dividedBy(decimal("2.5"), 0, "down");
        const ask = (more: number) =>
          found(
            judge(`ABC B${units.plus(wholeNumber(more))}`, "2026-09-01", account),
            "US-FINRA-IMD",
          )?.outcome;
        if (units.isPositive()) expect(ask(0)).toBe("pass");
        expect(ask(1)).not.toBe("pass");
      }),
    );
  });

  it("takes the broker's own maintenance rate where it is stricter", () => {
    const ask = (rate: string) =>
      judge("ABC B800", "2026-09-01", {
        equity: decimal("7000"),
        maintenance: decimal("0"),
        order: { maintenanceRate: decimal(rate) },
      });
    const dear = ask("1");
    expect(found(dear, "US-FINRA-IMD")?.outcome).toBe("block");
    const cheap = ask("0.1");
    expect(found(cheap, "US-FINRA-IMD")?.detail).toContain("5000.00 after");
  });

  it.each([
    { equity: "1999.99", cash: "500", did: "ABC B100", outcome: "block" },
    { equity: "2000", cash: "500", did: "ABC B100", outcome: "pass" },
    { equity: "1999.99", cash: "1000", did: "ABC B100", outcome: "pass" },
    { equity: "1999.99", cash: "1999.99", did: "ABC S10", outcome: "block" },
  ])("equity $equity, cash $cash, $did: $outcome for the minimum of 2,000", (given) => {
    const judgement = judge(given.did, "2026-09-01", {
      equity: decimal(given.equity),
      cash: decimal(given.cash),
    });
    expect(found(judgement, "US-FINRA-4210")?.outcome).toBe(given.outcome);
  });

  it.each([
    { did: "ABC B100", day: "2026-09-30", outcome: "block" },
    { did: "ABC B100", day: "2026-10-01", outcome: "pass" },
    { did: "ABC B50", day: "2026-09-30", outcome: "pass" },
    { did: "ABC S10", day: "2026-09-30", outcome: "block" },
  ])("frozen until 2026-09-30, $did on $day: $outcome", ({ did, day, outcome }) => {
    const judgement = judge(did, day, { cash: decimal("500"), frozenUntil: "2026-09-30" });
    expect(found(judgement, "US-FINRA-IMD")?.outcome).toBe(outcome);
  });

  it.each(["good_faith", "portfolio_margin"] as const)("doesn't bind a %s account", (kind) => {
    const judgement = judge("ABC B5000", "2026-09-01", { kind });
    expect(found(judgement, "US-FINRA-IMD")?.outcome).toBe("not_applicable");
  });

  it("binds no cash account, under either rule", () => {
    for (const day of ["2026-05-27", "2026-09-01"]) {
      const judgement = judge("ABC B5000", day, { kind: "cash" });
      expect(judgement.findings.map(({ outcome }) => outcome)).toEqual(["not_applicable"]);
    }
  });
});

describe("a change of rules in the middle of a position's life (TM-09)", () => {
  const before = [
    ...executions("2026-05-29", "ABC B100", "ABC S100", "ABC B100", "ABC S100"),
    ...executions("2026-06-02", "ABC B100", "ABC S100"),
    ...executions("2026-06-03", "XYZ B100"),
  ];
  const account = { executions: before, positions: held({ XYZ: "100" }) };

  it("blocks the fourth day trade on the last day, and not on the next", () => {
    const last = judge("XYZ S100", "2026-06-03", account);
    expect(found(last, "US-FINRA-PDT")?.outcome).toBe("block");
    const next = judge("XYZ S100", "2026-06-04", account);
    expect(next.findings.map(({ rule, outcome }) => [rule, outcome])).toEqual([
      ["US-FINRA-4210", "pass"],
      ["US-FINRA-IMD", "pass"],
    ]);
  });

  it("goes by the trading day in New York, not by UTC or the evening's date", () => {
    const at = (clock: string) => judgeAt("XYZ S100", clock, account).regime.rule;
    expect(at("2026-06-03T19:59:00")).toBe("pattern");
    expect(at("2026-06-03T20:00:00")).toBe("intraday");
  });

  it("keeps counting what was traded before, at a broker that keeps the old rule", () => {
    const kept = { ...account, broker: "ibkr", confirmation: { kind: "pattern_kept" } } as const;
    const day = executions("2026-06-04", "QRS B10");
    const positions = held({ XYZ: "100", QRS: "10" });
    const judgement = judge("QRS S10", "2026-06-04", {
      ...kept,
      executions: [...before, ...day],
      positions,
    });
    expect(found(judgement, "US-FINRA-PDT")?.outcome).toBe("block");
    expect(found(judgement, "US-FINRA-IMD")).toBeUndefined();
  });

  it("asks both rules and only warns where the broker's rule isn't known", () => {
    const day = executions("2026-06-04", "QRS B10");
    const judgement = judge("QRS S10", "2026-06-04", {
      broker: "ibkr",
      executions: [...before, ...day],
      positions: held({ XYZ: "100", QRS: "10" }),
    });
    expect(judgement.regime.rule).toBe("unknown");
    expect(found(judgement, "US-FINRA-PDT")?.outcome).toBe("warn");
    expect(found(judgement, "US-FINRA-IMD")?.outcome).toBe("pass");
    const deep = judge("ABC B20000", "2026-06-04", { broker: "ibkr" });
    expect(found(deep, "US-FINRA-IMD")?.outcome).toBe("warn");
  });

  it("never calls a flag that a broker no longer sends a zero", () => {
    const unsaid = judge("XYZ B1", "2026-05-27", { isFlagged: null });
    expect(found(unsaid, "US-FINRA-PDT")?.outcome).toBe("pass");
  });
});

type Given = Partial<StockAccount> & { readonly order?: Partial<StockOrder> };

/** At 15:00 New York of the day. */
function judge(did: string, day: string, given: Given = {}): Judgement {
  return judgeAt(did, `${day}T15:00:00`, given);
}

function judgeAt(did: string, clock: string, { order = {}, ...changes }: Given): Judgement {
  const [instrument = "", what = ""] = did.split(" ");
  const stockOrder: StockOrder = {
    instrument,
    side: what.startsWith("B") ? "buy" : "sell",
    units: decimal(what.slice(1)),
    price: decimal("10"),
    isReduceOnly: false,
    hasExits: false,
    maintenanceRate: null,
    ...order,
  };
  const account: StockAccount = {
    broker: "alpaca",
    kind: "margin",
    confirmation: null,
    equity: decimal("24999.99"),
    equityAtLastClose: null,
    cash: decimal("24999.99"),
    maintenance: decimal("0"),
    isFlagged: null,
    frozenUntil: null,
    executions: [],
    positions: new Map(),
    ...changes,
  };
  return judgeStockOrder(stockOrder, { account, now: newYork(clock) }, LAW);
}

function found(judgement: Judgement, rule: string) {
  return judgement.findings.find((finding) => finding.rule === rule);
}

function held(units: Readonly<Record<string, string>>) {
  return new Map(Object.entries(units).map(([name, text]) => [name, decimal(text)]));
}
