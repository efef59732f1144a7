import { describe, expect, it } from "vitest";
import { parseRuleChanges } from "../../../src/compliance/rule-changes.ts";
import { ruleSetOn } from "../../../src/compliance/rule-set.ts";
import { decimal, toPrice } from "../../../src/core/money.ts";
import type { OrderRequest } from "../../../src/core/order-request.ts";
import type { Trade } from "../../../src/core/trade.ts";
import {
  changeOrder,
  closeOrder,
  entryOrder,
  entryTerms,
  exitsChange,
  marketOrder,
} from "../../support/clear-order.ts";
import { anAccount, anOrder } from "../../support/market.ts";
import { aBook, rulesOf, STOP, TARGET, TODAY, tradeOf, units, verdictOn, wordOf } from "./book.ts";

const OANDA = { hedging: false, fifoSafeguard: true };
const SL = { stopLoss: { kind: "price", price: STOP.stopLoss } } as const;
const buy = (size: string, changes = {}) => marketOrder({ units: units(size), ...changes });
const partOf = (id: string | null, size: string) =>
  closeOrder({ tradeId: id, units: units(size), isWhole: false });
const addStop = exitsChange({ tradeId: "2", stopLoss: { set: SL.stopLoss } });

function said(request: OrderRequest, trades: readonly Trade[], set = rulesOf("US")) {
  return verdictOn("us-fifo-safeguard", request, { ...aBook({ trades, venue: OANDA }), set });
}

const withSl = tradeOf(1, "1000", STOP);
type Case = {
  readonly code: string;
  readonly trades: readonly Trade[];
  readonly request: OrderRequest;
  readonly outcome: "pass" | "warn" | "block";
};

const CASES: readonly Case[] = [
  { code: "S1", trades: [withSl], request: buy("1000", SL), outcome: "block" },
  { code: "S2", trades: [withSl], request: buy("1001", SL), outcome: "pass" },
  { code: "S3", trades: [tradeOf(1, "1000")], request: buy("1000"), outcome: "pass" },
  {
    code: "S3, an exit added later",
    trades: [tradeOf(1, "1000"), tradeOf(2, "1000")],
    request: addStop,
    outcome: "warn",
  },
  { code: "S4", trades: [tradeOf(1, "1000", TARGET)], request: buy("1000"), outcome: "warn" },
  {
    code: "S5",
    trades: [withSl, tradeOf(2, "1500", STOP)],
    request: partOf("2", "500"),
    outcome: "warn",
  },
  {
    code: "S6",
    trades: [withSl],
    request: buy("1000", { ...SL, instrument: "GBP_USD" }),
    outcome: "pass",
  },
];

describe("OANDA's house rule of unique sizes", () => {
  it.each(CASES)("$code", ({ trades, request, outcome }) => {
    expect(wordOf(said(request, trades))).toBe(outcome);
  });

  it.each(CASES)("$code is nothing where the broker has no such rule", ({ trades, request }) => {
    const verdict = verdictOn("us-fifo-safeguard", request, aBook({ trades }));
    expect(verdict.outcome).toBe("not_applicable");
  });

  it.each(CASES.filter(({ outcome }) => outcome === "warn"))(
    "$code is blocked for who wants no surprise",
    ({ trades, request }) => {
      const changes = parseRuleChanges("us-fifo-safeguard.inconsistent=block");
      const set = ruleSetOn({ region: "US", broker: "oanda", changes }, TODAY);
      expect(said(request, trades, set)).toMatchObject({
        outcome: "block",
        code: "COMPLIANCE_FIFO",
      });
    },
  );

  it("S1 offers the nearest sizes that no trade has", () => {
    const verdict = said(buy("1000", SL), [withSl, tradeOf(2, "1001"), tradeOf(3, "999")]);
    if (verdict.outcome !== "block") throw new Error("a block was expected");
    expect(verdict.hint).toContain("1002 or 998 units would pass");
    expect(verdict.message).toContain("Nothing was sent.");
    for (const size of ["1002", "998"]) {
      expect(said(buy(size, SL), [withSl, tradeOf(2, "1001"), tradeOf(3, "999")]).outcome).toBe(
        "pass",
      );
    }
  });

  it("S1 counts what a flip opens, and sizes it so that the rest passes", () => {
    const short = tradeOf(1, "300", { ...STOP, direction: "short" });
    expect(wordOf(said(buy("600", SL), [short]))).toBe("pass");
  });

  it("S2 the last unit: no legal size below one is offered", () => {
    const verdict = said(buy("1", SL), [tradeOf(1, "1", STOP)]);
    if (verdict.outcome !== "block") throw new Error("a block was expected");
    expect(verdict.hint).toMatch(/^2 units would pass/);
  });

  it("S5 says which parts would pass", () => {
    const verdict = said(partOf("2", "500"), [withSl, tradeOf(2, "1500", STOP)]);
    expect(verdict.detail).toContain("499 or 501 units would pass");
  });

  it("S5 the rest of a position that is closed in part, oldest first", () => {
    const trades = [tradeOf(1, "1500"), tradeOf(2, "1000", STOP)];
    expect(wordOf(said(partOf(null, "500"), trades))).toBe("warn");
    expect(wordOf(said(partOf(null, "1500"), trades))).toBe("pass");
    expect(wordOf(said(buy("500", { side: "sell" }), trades))).toBe("warn");
  });

  it("orders that wait are looked at when they fill, so they are told beforehand", () => {
    const waiting = entryOrder({ ...SL, price: toPrice(decimal("1.07")) });
    expect(wordOf(said(waiting, [tradeOf(1, "1000")]))).toBe("warn");
    expect(wordOf(said(waiting, [tradeOf(1, "1001", STOP)]))).toBe("pass");
    expect(wordOf(said(changeOrder(entryTerms(SL)), [tradeOf(1, "1000")]))).toBe("warn");
    const state = { account: anAccount(), trades: [], pendingOrders: [anOrder({ orderId: "9" })] };
    const beside = verdictOn("us-fifo-safeguard", waiting, aBook({ state, venue: OANDA }));
    expect(beside.detail).toContain("order 9 has 1000 units as well");
  });

  it("taking an exit away changes nothing for the worse", () => {
    const request = exitsChange({ tradeId: "1", stopLoss: "remove" });
    expect(said(request, [withSl, tradeOf(2, "1000")]).outcome).toBe("not_applicable");
  });

  it("isn't asked before it was there", () => {
    const ids = rulesOf("US", "2019-08-15").rules.map(({ id }) => id);
    expect(ids).not.toContain("us-fifo-safeguard");
    expect(rulesOf("US", "2019-08-16").rules.map(({ id }) => id)).toContain("us-fifo-safeguard");
  });
});
