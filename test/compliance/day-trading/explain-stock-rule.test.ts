import { describe, expect, it } from "vitest";
import { type Picture, ruleNow } from "../../../src/compliance/explain-rule.ts";
import { ruleSetOn } from "../../../src/compliance/rule-set.ts";
import { decimal } from "../../../src/core/money.ts";
import { anAccount } from "../../support/market.ts";
import { aBook } from "../regional/book.ts";
import { standingAt } from "./stock-orders.ts";
import { executions } from "./trading-days.ts";

const TRADED = executions("2026-11-17", "ABC B1", "ABC S1", "ABC B1", "ABC S1");

describe("what the rules of stock accounts come to now", () => {
  it("is told in numbers", () => {
    const standing = standingAt("2026-11-18T12:00:00", {
      executions: TRADED,
      maintenance: decimal("1500"),
    });
    expect(explained({ stockStanding: standing })).toEqual({
      "us-margin-minimum": "equity 10000.00 USD",
      "us-pdt":
        "2 day trades from 2026-11-12 to 2026-11-18; 1 left with less than 25000 USD; the next one from 2026-11-18 on",
      "us-intraday-margin": "margin level 8500.00 USD: equity 10000.00 less maintenance 1500.00",
    });
  });

  it("says that day trades aren't limited where there is equity enough", () => {
    const state = {
      account: anAccount({ equity: decimal("25000") }),
      trades: [],
      pendingOrders: [],
    };
    const standing = standingAt("2026-11-18T12:00:00", { executions: TRADED });
    expect(explained({ state, stockStanding: standing })["us-pdt"]).toContain(
      "not limited with at least 25000 USD",
    );
  });

  it("says what isn't told, and whom it doesn't concern", () => {
    expect(new Set(Object.values(explained({ stockStanding: null })))).toEqual(
      new Set(["this broker tells nothing of executions and maintenance here"]),
    );
    const cash = standingAt("2026-11-18T12:00:00", { kind: "cash" });
    expect(explained({ stockStanding: cash })["us-pdt"]).toContain("a cash account");
  });
});

function explained(changes: Partial<Picture>): Readonly<Record<string, string>> {
  const ruleSet = ruleSetOn({ region: "US", broker: "ibkr", changes: [] }, "2026-11-18");
  const picture = { ...aBook(changes), ruleSet, instruments: [] };
  const about = ruleSet.rules.filter(({ products }) => products.includes("stock"));
  return Object.fromEntries(about.map((rule) => [rule.id, ruleNow(rule, picture)]));
}
