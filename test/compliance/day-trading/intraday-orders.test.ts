import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimal, toPrice, wholeNumber } from "../../../src/core/money.ts";
import { entryOrder } from "../../support/clear-order.ts";
import { units } from "../regional/book.ts";
import { ask, found, held, judge } from "./stock-orders.ts";

const STOCK_RULES = ["us-margin-minimum", "us-pdt", "us-intraday-margin"];

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
    expect(found(judgement, "us-intraday-margin")?.word).toBe(outcome);
  });

  it("says the numbers and what would be allowed (M3)", () => {
    const judgement = judge("ABC B500", "2026-09-01", {
      equity: decimal("7000"),
      maintenance: decimal("6750"),
    });
    expect(found(judgement, "us-intraday-margin")).toMatchObject({
      detail:
        "margin level 250.00 USD before, -1000.00 after: a deficit of 1000.00, more than 350.00 USD",
      message:
        "The order would make an intraday margin deficit of 1000.00 USD: equity 7000.00 less maintenance 8000.00 (FINRA Rule 4210(a)(17)-(19), (d)(2); 91 FR 20731). Nothing was sent.",
      hint: "At most 100 units of ABC would be free of one now. The deficit stays for the day even if the position is closed again.",
    });
  });

  it("M4 a fall of the market alone stops no sale", () => {
    const judgement = judge("ABC S100", "2026-09-01", {
      equity: decimal("6000"),
      maintenance: decimal("7500"),
      positions: held({ ABC: "3000" }),
    });
    expect(found(judgement, "us-intraday-margin")?.word).toBe("pass");
  });

  it("the units that it names pass, and one more doesn't, for all levels", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500_000 }), (cents) => {
        const level = wholeNumber(cents).dividedBy(wholeNumber(100), 2);
        const account = { equity: level.plus(decimal("50000")), maintenance: decimal("50000") };
        const units = level.dividedBy(decimal("2.5"), 0, "down");
        const says = (more: number) =>
          found(
            judge(`ABC B${units.plus(wholeNumber(more))}`, "2026-09-01", account),
            "us-intraday-margin",
          )?.word;
        if (units.isPositive()) expect(says(0)).toBe("pass");
        expect(says(1)).not.toBe("pass");
      }),
    );
  });

  it("takes the broker's own maintenance rate where it is stricter", () => {
    const at = (rate: string) =>
      judge("ABC B800", "2026-09-01", {
        equity: decimal("7000"),
        maintenance: decimal("0"),
        maintenanceRates: new Map([["ABC", decimal(rate)]]),
      });
    const dear = at("1");
    expect(found(dear, "us-intraday-margin")?.word).toBe("block");
    const cheap = at("0.1");
    expect(found(cheap, "us-intraday-margin")?.detail).toContain("5000.00 after");
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
    expect(found(judgement, "us-margin-minimum")?.word).toBe(given.outcome);
  });

  it.each([
    { did: "ABC B100", day: "2026-09-30", outcome: "block" },
    { did: "ABC B100", day: "2026-10-01", outcome: "pass" },
    { did: "ABC B50", day: "2026-09-30", outcome: "pass" },
    { did: "ABC S10", day: "2026-09-30", outcome: "block" },
  ])("frozen until 2026-09-30, $did on $day: $outcome", ({ did, day, outcome }) => {
    const judgement = judge(did, day, { cash: decimal("500"), frozenUntil: "2026-09-30" });
    expect(found(judgement, "us-intraday-margin")?.word).toBe(outcome);
  });

  it.each([
    { given: { equity: decimal("1500"), frozenUntil: null }, why: "below the minimum" },
    { given: { equity: decimal("5000"), frozenUntil: "2026-09-30" }, why: "frozen" },
    { given: { equity: decimal("100"), maintenance: decimal("9000") }, why: "in a deficit" },
  ])("never holds a cover of a short position up: $why", ({ given }) => {
    const account = { cash: decimal("0"), positions: held({ ABC: "-100" }), ...given };
    const covered = judge("ABC B100", "2026-09-01", account);
    for (const rule of STOCK_RULES) expect(found(covered, rule)?.word).not.toBe("block");
    const more = judge("ABC B200", "2026-09-01", account);
    expect(more.some(({ word }) => word === "block")).toBe(true);
  });

  it("tells of an order that waits, and leaves it to the day on which it fills", () => {
    const account = { equity: decimal("7000"), maintenance: decimal("6750") };
    const terms = { units: units("500"), price: toPrice(decimal("9")) };
    const order = entryOrder({ instrument: "ABC", side: "buy", ...terms });
    const results = ask(order, "2026-09-01T15:00:00", account);
    expect(found(results, "us-intraday-margin")?.word).toBe("warn");
    const reached = entryOrder({ ...order, price: toPrice(decimal("10")) });
    const atOnce = ask(reached, "2026-09-01T15:00:00", account);
    expect(found(atOnce, "us-intraday-margin")?.word).toBe("block");
  });

  it.each(["good_faith", "portfolio_margin"] as const)("doesn't bind a %s account", (kind) => {
    const judgement = judge("ABC B5000", "2026-09-01", { kind });
    expect(found(judgement, "us-intraday-margin")?.word).toBe("not_applicable");
  });

  it("binds no cash account, under either rule", () => {
    for (const day of ["2026-05-27", "2026-09-01"]) {
      const judgement = judge("ABC B5000", day, { kind: "cash" });
      const words = judgement.filter(({ rule }) => STOCK_RULES.includes(rule));
      expect(words.length).toBeGreaterThan(1);
      expect(words.every(({ word }) => word === "not_applicable")).toBe(true);
    }
  });
});
