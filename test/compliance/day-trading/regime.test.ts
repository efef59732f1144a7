import { describe, expect, it } from "vitest";
import { type Confirmation, regimeOf } from "../../../src/compliance/day-trading/regime.ts";
import { DAY_TRADING_RULES } from "../../../src/compliance/day-trading/rule-sets.ts";
import type { BrokerName } from "../../../src/core/connection.ts";

const KEPT: Confirmation = { kind: "pattern_kept" };

type Case = {
  readonly broker: BrokerName;
  readonly day: string;
  readonly is: string;
  readonly confirmation?: Confirmation;
};

describe("which day-trading rule binds an account (TM-09)", () => {
  it.each<Case>([
    { broker: "alpaca", day: "2001-09-27", is: "none" },
    { broker: "alpaca", day: "2001-09-28", is: "pattern" },
    { broker: "alpaca", day: "2026-06-03", is: "pattern" },
    { broker: "alpaca", day: "2026-06-04", is: "intraday" },
    { broker: "ibkr", day: "2026-06-03", is: "pattern" },
    { broker: "ibkr", day: "2026-06-04", is: "unknown" },
    { broker: "ibkr", day: "2027-10-20", is: "unknown" },
    { broker: "ibkr", day: "2027-10-21", is: "intraday" },
    { broker: "ibkr", day: "2026-06-04", is: "pattern", confirmation: KEPT },
    { broker: "ibkr", day: "2027-10-20", is: "pattern", confirmation: KEPT },
    { broker: "ibkr", day: "2027-10-21", is: "intraday", confirmation: KEPT },
    { broker: "ibkr", day: "2026-09-13", is: "pattern", confirmation: since("2026-09-14") },
    { broker: "ibkr", day: "2026-09-14", is: "intraday", confirmation: since("2026-09-14") },
    { broker: "alpaca", day: "2026-07-01", is: "pattern", confirmation: since("2026-07-02") },
    // Nobody can have begun before the law did.
    { broker: "ibkr", day: "2026-06-03", is: "pattern", confirmation: since("2026-01-01") },
  ])("$broker on $day, $confirmation: $is", ({ broker, day, is, confirmation = null }) => {
    expect(regimeOf({ broker, confirmation }, day, DAY_TRADING_RULES).rule).toBe(is);
  });

  it("differs between two accounts at one broker on one day", () => {
    const on = (confirmation: Confirmation | null) =>
      regimeOf({ broker: "ibkr", confirmation }, "2026-09-01", DAY_TRADING_RULES).rule;
    expect([on(KEPT), on(since("2026-08-01")), on(null)]).toEqual([
      "pattern",
      "intraday",
      "unknown",
    ]);
  });
});

function since(day: string): Confirmation {
  return { kind: "intraday_since", day };
}
