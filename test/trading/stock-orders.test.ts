import { describe, expect, it } from "vitest";
import { EXIT_CODES } from "../../src/commands/exit-codes.ts";
import { parseRuleChanges } from "../../src/compliance/rule-changes.ts";
import { decimal, toUnits } from "../../src/core/money.ts";
import type { StockStanding } from "../../src/core/stock-account.ts";
import { placeOrder } from "../../src/trading/place-order.ts";
import { executions, newYork } from "../compliance/day-trading/trading-days.ts";
import { anAccount, aQuote, aTrade } from "../support/market.ts";
import { aDesk, aDraft, sending, type TestDesk, units } from "./test-desk.ts";

const NOW = newYork("2026-11-18T12:00:00");

describe("an order for a US stock", () => {
  it("is blocked as a fourth day trade, before anything is sent (TM-09)", async () => {
    const desk = stockDesk("us-pdt=block");
    desk.broker.trades = [aTrade({ instrument: "AAPL", units: toUnits(decimal("10")) })];
    const { report } = await sell(desk);
    expect(report).toMatchObject({ status: "rejected", error: { code: "COMPLIANCE_PDT" } });
    expect(report.error?.message).toContain("day trade number 4");
    expect(report.error?.hint).toContain("Hold AAPL until 2026-11-19");
    expect(EXIT_CODES.COMPLIANCE_PDT).toBe(4);
    expect(desk.broker.placed).toEqual([]);
  });

  it("leaves at a broker whose rule isn't known, with a warning", async () => {
    const desk = stockDesk(null);
    desk.broker.trades = [aTrade({ instrument: "AAPL", units: toUnits(decimal("10")) })];
    const { report } = await sell(desk);
    expect(report.status).toBe("filled");
    const check = report.compliance.find(({ rule }) => rule === "us-pdt");
    expect(check?.detail).toContain("warning: ");
  });

  it("is blocked where it would make an intraday margin deficit", async () => {
    const desk = stockDesk("us-pdt=off");
    desk.broker.account = anAccount({ equity: decimal("5000"), marginAvailable: decimal("99999") });
    const draft = aDraft({ instrument: "AAPL", size: units("201") });
    const { report } = await placeOrder(desk, draft, sending());
    expect(report).toMatchObject({ status: "rejected", error: { code: "COMPLIANCE_PDT" } });
    expect(report.error?.hint).toContain("At most 100 units of AAPL");
  });
});

function stockDesk(changes: string | null): TestDesk {
  const ruleChanges = changes === null ? [] : parseRuleChanges(changes);
  const { profile } = aDesk();
  const desk = aDesk({
    profile: { ...profile, broker: "ibkr" },
    account: { id: "001", alias: null, region: "US", currency: "USD", ruleChanges },
  });
  desk.broker.time = NOW;
  desk.broker.quote = aQuote("200.00", "200.00", { instrument: "AAPL", time: NOW });
  desk.broker.standing = standing();
  return desk;
}

/** Three day trades of ABC, and ten shares of AAPL bought today. */
function standing(): StockStanding {
  const rounds = ["ABC B1", "ABC S1", "ABC B1", "ABC S1", "ABC B1", "ABC S1"];
  return {
    asOf: NOW,
    kind: "margin",
    equityAtLastClose: null,
    maintenanceAtLastClose: null,
    cash: decimal("10000"),
    maintenance: decimal("0"),
    isPatternDayTrader: null,
    frozenUntil: null,
    maintenanceRates: new Map(),
    executions: [...executions("2026-11-17", ...rounds), ...executions("2026-11-18", "AAPL B10")],
  };
}

function sell(desk: TestDesk) {
  const draft = aDraft({ instrument: "AAPL", side: "sell", size: units("10") });
  return placeOrder(desk, draft, sending());
}
