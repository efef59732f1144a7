import { describe, expect, it } from "vitest";
import { parseRuleChanges } from "../../../src/compliance/rule-changes.ts";
import { ruleSetOn } from "../../../src/compliance/rule-set.ts";
import type { BrokerName } from "../../../src/core/connection.ts";
import { decimal } from "../../../src/core/money.ts";
import { found, held, judge, judgeAt } from "./stock-orders.ts";
import { executions } from "./trading-days.ts";

/** Says what is so anyway. */
const NO_CHANGE = "us-fifo=block";

describe("a change of rules in the middle of a position's life (TM-09)", () => {
  const before = [
    ...executions("2026-05-29", "ABC B100", "ABC S100", "ABC B100", "ABC S100"),
    ...executions("2026-06-02", "ABC B100", "ABC S100"),
    ...executions("2026-06-03", "XYZ B100"),
  ];
  const account = { executions: before, positions: held({ XYZ: "100" }) };

  it("blocks the fourth day trade on the last day, and not on the next", () => {
    const last = judge("XYZ S100", "2026-06-03", account);
    expect(found(last, "us-pdt")?.word).toBe("block");
    const next = judge("XYZ S100", "2026-06-04", account);
    expect(found(next, "us-pdt")).toBeUndefined();
    expect(found(next, "us-intraday-margin")?.word).toBe("pass");
  });

  it("goes by the trading day in New York, not by UTC or the evening's date", () => {
    const at = (clock: string) => found(judgeAt("XYZ S100", clock, account), "us-pdt");
    expect(at("2026-06-03T19:59:00")?.word).toBe("block");
    expect(at("2026-06-03T20:00:00")).toMatchObject({
      word: "not_applicable",
      detail: "a trade now counts for 2026-06-04; the rule ends on 2026-06-03",
    });
    expect(at("2026-06-04T09:30:00")).toBeUndefined();
  });

  it("keeps counting what was traded before, at a broker that keeps the old rule", () => {
    const changes = "us-pdt=block, us-pdt.confirmed=2026-06-01, us-intraday-margin=off";
    const day = executions("2026-06-04", "QRS B10");
    const positions = held({ XYZ: "100", QRS: "10" });
    const judgement = judge("QRS S10", "2026-06-04", {
      broker: "ibkr",
      changes,
      executions: [...before, ...day],
      positions,
    });
    expect(found(judgement, "us-pdt")?.word).toBe("block");
    expect(found(judgement, "us-intraday-margin")?.word).toBe("not_applicable");
  });

  it("asks both rules and only warns where the broker's rule isn't known", () => {
    const day = executions("2026-06-04", "QRS B10");
    const judgement = judge("QRS S10", "2026-06-04", {
      broker: "ibkr",
      executions: [...before, ...day],
      positions: held({ XYZ: "100", QRS: "10" }),
    });
    expect(found(judgement, "us-pdt")?.word).toBe("warn");
    expect(found(judgement, "us-pdt")?.detail).toContain("ask, then set us-pdt=off");
    expect(found(judgement, "us-intraday-margin")?.word).toBe("pass");
    const deep = judge("ABC B20000", "2026-06-04", { broker: "ibkr" });
    expect(found(deep, "us-intraday-margin")?.word).toBe("warn");
  });

  it("never calls a flag that a broker no longer sends a zero", () => {
    const unsaid = judge("XYZ B1", "2026-05-27", { isPatternDayTrader: null });
    expect(found(unsaid, "us-pdt")?.word).toBe("pass");
  });

  it("differs between two accounts at one broker on one day", () => {
    const day = executions("2026-09-02", "QRS B10");
    const days = executions(
      "2026-09-01",
      ..."ABC B1,ABC S1,ABC B1,ABC S1,ABC B1,ABC S1".split(","),
    );
    const given = {
      broker: "ibkr",
      executions: [...days, ...day],
      positions: held({ QRS: "10" }),
    } as const;
    const words = (changes: string) => {
      const results = judge("QRS S10", "2026-09-02", { ...given, changes });
      return ["us-pdt", "us-intraday-margin"].map((rule) => found(results, rule)?.word ?? "none");
    };
    expect(words("us-pdt=block, us-intraday-margin=off")).toEqual(["block", "not_applicable"]);
    expect(words("us-pdt=off")).toEqual(["not_applicable", "pass"]);
    expect(words("us-pdt.validTo=2026-09-01")).toEqual(["none", "pass"]);
    expect(words("us-pdt.validTo=2026-09-02, us-pdt=block")).toEqual(["block", "pass"]);
  });

  it.each<{ broker: BrokerName; day: string; changes?: string; rules: string }>([
    { broker: "alpaca", day: "2001-09-27", rules: "" },
    { broker: "alpaca", day: "2001-09-28", rules: "us-pdt" },
    { broker: "alpaca", day: "2026-06-03", rules: "us-pdt" },
    { broker: "alpaca", day: "2026-06-04", rules: "us-intraday-margin" },
    { broker: "ibkr", day: "2026-06-03", rules: "us-pdt" },
    { broker: "ibkr", day: "2026-06-04", rules: "us-pdt us-intraday-margin" },
    { broker: "ibkr", day: "2027-10-20", rules: "us-pdt us-intraday-margin" },
    { broker: "ibkr", day: "2027-10-21", rules: "us-intraday-margin" },
    // The user's word goes before what the broker announced.
    {
      broker: "alpaca",
      day: "2026-07-01",
      changes: "us-pdt.validTo=2026-07-01",
      rules: "us-pdt us-intraday-margin",
    },
    {
      broker: "alpaca",
      day: "2026-07-02",
      changes: "us-pdt.validTo=2026-07-01",
      rules: "us-intraday-margin",
    },
  ])("$broker on $day with $changes: $rules", ({ broker, day, changes, rules }) => {
    const scope = {
      region: "US",
      broker,
      changes: parseRuleChanges(changes ?? NO_CHANGE),
    } as const;
    const inForce = ruleSetOn(scope, day).rules.map(({ id }) => id);
    const dayTrading = inForce.filter((id) => ["us-pdt", "us-intraday-margin"].includes(id));
    expect(dayTrading.join(" ")).toBe(rules);
  });

  it("takes a rule of the user's own with the numbers of the law where it gives none", () => {
    const results = judge("XYZ S100", "2026-06-03", {
      ...account,
      equity: decimal("1000"),
      cash: decimal("0"),
      changes:
        "us-pdt=off, own-pdt.check=pattern-day-trader, own-imd.check=intraday-margin, own-least.check=margin-minimum",
    });
    expect(found(results, "us-pdt")?.word).toBe("not_applicable");
    expect(found(results, "own-pdt")?.word).toBe("block");
    const bought = judge("ABC B2000", "2026-09-01", {
      equity: decimal("1000"),
      cash: decimal("0"),
      changes:
        "us-intraday-margin=off, own-imd.check=intraday-margin, own-least.check=margin-minimum",
    });
    expect(found(bought, "own-imd")?.word).toBe("block");
    expect(found(bought, "own-least")?.word).toBe("block");
  });
});
