import { describe, expect, it } from "vitest";
import { hintText } from "../../../src/compliance/check.ts";
import { legalRates } from "../../../src/compliance/legal-rates.ts";
import { requiredRate } from "../../../src/compliance/margin.ts";
import { parseRuleChanges } from "../../../src/compliance/rule-changes.ts";
import { type RuleSet, ruleSetOn } from "../../../src/compliance/rule-set.ts";
import type { Region } from "../../../src/core/account.ts";
import { identityConversion } from "../../../src/core/conversion.ts";
import type { Instrument } from "../../../src/core/instrument.ts";
import { type Decimal, decimal, maximumOf, ZERO } from "../../../src/core/money.ts";
import { closeOrder, entryOrder, marketOrder } from "../../support/clear-order.ts";
import { anAccount, aQuote } from "../../support/market.ts";
import { HERE } from "../circumstances.ts";
import { aBook, aPair, rulesOf, tradeOf, units, verdictOn, wordOf } from "./book.ts";

/** What the rules of a region ask for, whatever the broker does. */
function lawOf(set: RuleSet, instrument: Instrument): Decimal {
  return legalRates(set, instrument).reduce((high, { rate }) => maximumOf(high, rate), ZERO);
}

function marginOf(name: string, notional: string, set: RuleSet): string {
  return lawOf(set, aPair(name)).times(decimal(notional)).toFixed(2);
}

const BEFORE_TABLES = rulesOf("US", "2014-06-02");
const NOW = rulesOf("US");

/** An account with that equity, all of it free. */
const withEquity = (amount: string, changes = {}) =>
  anAccount({ equity: decimal(amount), marginAvailable: decimal(amount), ...changes });
const bookOf = (amount: string, changes = {}) =>
  aBook({
    quote: aQuote("1.10000", "1.10000"),
    state: { account: withEquity(amount), trades: [], pendingOrders: [] },
    ...changes,
  });
const buy = (size: string, changes = {}) => marketOrder({ units: units(size), ...changes });

describe("margin in the US", () => {
  it.each([
    { code: "L1", pair: "EUR_USD", notional: "110000", section12: "2200.00", table: "2200.00" },
    { code: "L2", pair: "GBP_USD", notional: "62500", section12: "1250.00", table: "3125.00" },
    { code: "L3", pair: "USD_JPY", notional: "100000", section12: "2000.00", table: "5000.00" },
    { code: "L4", pair: "EUR_JPY", notional: "11000", section12: "220.00", table: "550.00" },
    { code: "L5", pair: "USD_MXN", notional: "20000", section12: "1000.00", table: "2000.00" },
    { code: "L6", pair: "AUD_NZD", notional: "19500", section12: "390.00", table: "585.00" },
    { code: "L7", pair: "EUR_SGD", notional: "22000", section12: "1100.00", table: "1100.00" },
  ])("$code $pair", ({ pair, notional, section12, table }) => {
    expect(marginOf(pair, notional, BEFORE_TABLES)).toBe(section12);
    expect(marginOf(pair, notional, NOW)).toBe(table);
  });

  it("L1 tells leverage and what is left, and how much would pass", () => {
    const said = verdictOn("us-leverage", buy("100000"), bookOf("5000"));
    expect(said.detail).toBe(
      "2 % (50:1) for EUR: needs 2200.00 USD, free 5000.00, left 2800.00; leverage 22 of the trade, 22 of the account after it",
    );
    expect(verdictOn("us-leverage", buy("227272"), bookOf("5000")).outcome).toBe("pass");
    const blocked = verdictOn("us-leverage", buy("227273"), bookOf("5000"));
    expect(blocked).toMatchObject({ outcome: "block", code: "COMPLIANCE_LEVERAGE" });
    if (blocked.outcome !== "block") throw new Error("a block was expected");
    expect(blocked.message).toContain("NFA Financial Requirements Section 12(a)");
    expect(blocked.message).toContain("Nothing was sent.");
    expect(blocked.hint).toBe("At most 227272 units of EUR_USD would pass now.");
  });

  it("L3 the notional is in units of the base: the price doesn't multiply it", () => {
    const conversion = {
      ...identityConversion("JPY"),
      value: decimal("1").dividedBy(decimal("150"), 20),
    };
    const book = bookOf("5000", {
      instrument: aPair("USD_JPY", "0.05"),
      quote: aQuote("150.000", "150.000", { instrument: "USD_JPY" }),
      conversion,
    });
    const said = verdictOn("us-leverage", buy("100000", { instrument: "USD_JPY" }), book);
    expect(said.detail).toContain("needs 2000.00 USD");
  });

  it("L8 leveraged metals are blocked; paid in full they pass; open ones may be closed", () => {
    const gold = (rate: string) =>
      bookOf("100000", { instrument: aPair("XAU_USD", rate), quote: aQuote("2400", "2400") });
    const request = buy("10", { instrument: "XAU_USD" });
    const blocked = verdictOn("us-metals", request, gold("0.05"));
    expect(blocked).toMatchObject({ outcome: "block", code: "COMPLIANCE_INSTRUMENT" });
    expect(verdictOn("us-metals", request, gold("1")).outcome).toBe("pass");
    const close = closeOrder({ instrument: "XAU_USD" });
    expect(verdictOn("us-metals", close, gold("0.05")).outcome).toBe("not_applicable");
    expect(verdictOn("us-metals", buy("1"), bookOf("5000")).outcome).toBe("not_applicable");
  });

  it("the whole account: what is open takes its margin and adds to the leverage", () => {
    // Long 100,000 EUR/USD at 1.10 with 10,000 of equity: then 50,000 GBP/USD at 1.25, as in the worked example.
    const account = withEquity("10000", {
      marginUsed: decimal("2200"),
      marginAvailable: decimal("7800"),
      positionValue: decimal("110000"),
    });
    const book = bookOf("0", {
      state: { account, trades: [tradeOf(1, "100000")], pendingOrders: [] },
      instrument: aPair("GBP_USD", "0.05"),
      quote: aQuote("1.25000", "1.25000", { instrument: "GBP_USD" }),
    });
    const request = buy("50000", { instrument: "GBP_USD", side: "sell" });
    const said = verdictOn("us-leverage", request, book);
    expect(said.detail).toContain("leverage 6.2 of the trade, 17.2 of the account after it");
    expect(verdictOn("us-leverage-table", request, book).detail).toContain(
      "5 % (20:1) for GBP: needs 3125.00 USD, free 7800.00, left 4675.00",
    );
  });

  it("where the broker asks less than the table, that is a warning and no block", () => {
    const book = bookOf("5000", { instrument: aPair("GBP_USD", "0.02") });
    const request = buy("200000", { instrument: "GBP_USD" });
    const said = verdictOn("us-leverage-table", request, book);
    expect(wordOf(said)).toBe("warn");
    expect(said.detail).toContain("the table of 2023-03-13 may be outdated");
    expect(verdictOn("us-leverage", request, book).outcome).toBe("pass");
    const changes = parseRuleChanges("us-leverage-table=block");
    const set = ruleSetOn({ region: "US", broker: "oanda", changes }, "2026-11-18");
    expect(verdictOn("us-leverage-table", request, { ...book, set })).toMatchObject({
      outcome: "block",
      code: "COMPLIANCE_LEVERAGE",
    });
    expect(requiredRate({ ...book, ruleSet: set }).toString()).toBe("0.05");
    expect(requiredRate({ ...book, ruleSet: NOW }).toString()).toBe("0.02");
  });

  it("required is what the rule or the broker asks, whichever is more", () => {
    const strict = bookOf("5000", { instrument: aPair("EUR_USD", "0.1") });
    expect(requiredRate({ ...strict, ruleSet: NOW }).toString()).toBe("0.1");
    const blocked = verdictOn("us-leverage", buy("300000"), strict);
    if (blocked.outcome !== "block") throw new Error("a block was expected");
    expect(blocked.hint).toBe("At most 45454 units of EUR_USD would pass now.");
  });

  it("what only reduces is free of it, and of a flip only the new part counts", () => {
    const state = { account: withEquity("0"), trades: [tradeOf(1, "1000")], pendingOrders: [] };
    const book = bookOf("0", { state });
    const sell = (size: string) => buy(size, { side: "sell" });
    expect(verdictOn("us-leverage", sell("1000"), book).outcome).toBe("not_applicable");
    expect(verdictOn("us-leverage", closeOrder(), book).outcome).toBe("not_applicable");
    const flip = verdictOn("us-leverage", sell("2000"), book);
    // 21.60 of margin come free; 1,000 units at 1.10 need 22.
    expect(flip).toMatchObject({ outcome: "block", hint: expect.stringContaining("At most 1981") });
  });

  it("an order that waits takes its margin when it fills: a warning at most", () => {
    const waiting = entryOrder({ units: units("300000") });
    expect(wordOf(verdictOn("us-leverage", waiting, bookOf("5000")))).toBe("warn");
    expect(wordOf(verdictOn("us-leverage", waiting, bookOf("50000")))).toBe("pass");
  });

  it("an account that is short of margin already opens nothing more, although a flip frees some", () => {
    const account = withEquity("100", { marginUsed: decimal("500"), marginAvailable: ZERO });
    const trades = [tradeOf(1, "1000")];
    const book = bookOf("0", { state: { account, trades, pendingOrders: [] } });
    expect(verdictOn("us-leverage", buy("1001", { side: "sell" }), book).outcome).toBe("block");
  });
});

describe("margin elsewhere", () => {
  const XAU = aPair("XAU_USD");
  it.each<{ readonly region: Region; readonly expected: readonly string[] }>([
    { region: "EU", expected: ["999.00", "1500.00", "1500.00"] },
    { region: "UK", expected: ["999.00", "1500.00", "1500.00"] },
    { region: "AU", expected: ["999.00", "999.00", "1500.00"] },
    { region: "JP", expected: ["1200.00", "1200.00", "0.00"] },
    { region: "SG", expected: ["1500.00", "1500.00", "0.00"] },
    { region: "US", expected: ["600.00", "900.00", "0.00"] },
    { region: "CA", expected: ["0.00", "0.00", "0.00"] },
    { region: "NONE", expected: ["0.00", "0.00", "0.00"] },
  ])("30,000 of EUR/USD, AUD/USD and gold in $region", ({ region, expected }) => {
    const set = rulesOf(region);
    const rates = [aPair("EUR_USD"), aPair("AUD_USD"), XAU].map((pair) => lawOf(set, pair));
    expect(rates.map((rate) => rate.times(decimal("30000")).toFixed(2))).toEqual(expected);
  });

  const cfd = (name: string): Instrument => ({ ...aPair(name), type: "cfd" });
  it.each([
    ["a major index", cfd("SPX500_USD"), "0.05"],
    ["another index", cfd("US2000_USD"), "0.1"],
    ["oil", cfd("BCO_USD"), "0.1"],
    ["silver", aPair("XAG_USD"), "0.1"],
    ["a cryptocurrency", cfd("BTC_USD"), "0.5"],
    ["anything else", cfd("TSLA_USD"), "0.2"],
    ["the yen against the franc", aPair("CHF_JPY"), "0.0333"],
    ["the kiwi", aPair("NZD_USD"), "0.05"],
  ])("in the EU, %s", (_, instrument, rate) => {
    expect(lawOf(rulesOf("EU"), instrument).toString()).toBe(rate);
  });

  it("the UK takes government bonds at 30:1 and no cryptocurrencies since 2021", () => {
    const bond = cfd("UK10YB_GBP");
    expect(lawOf(rulesOf("UK"), bond).toString()).toBe("0.0333");
    expect(lawOf(rulesOf("EU"), bond).toString()).toBe("0.2");
    const book = bookOf("5000", { instrument: cfd("BTC_USD") });
    const request = buy("1", { instrument: "BTC_USD" });
    const blocked = verdictOn("uk-crypto", request, { ...book, set: rulesOf("UK") });
    expect(blocked).toMatchObject({ outcome: "block", code: "COMPLIANCE_INSTRUMENT" });
    if (blocked.outcome !== "block") throw new Error("a block was expected");
    expect(hintText(blocked.hint, HERE)).toMatch(/unverified.*set compliance\.001\.rules/);
    expect(rulesOf("UK", "2021-01-05").rules.map(({ id }) => id)).not.toContain("uk-crypto");
  });

  it("a shares account is no CFD account: real stocks are left alone", () => {
    const stock: Instrument = { ...aPair("AAPL_USD"), type: "stock" };
    expect(lawOf(rulesOf("EU"), stock).isZero()).toBe(true);
  });

  it("Canada's list is the user's to take over", () => {
    const changes = parseRuleChanges("ca-leverage.rates=USD:1.8% JPY:3%");
    const set = ruleSetOn({ region: "CA", broker: "oanda", changes }, "2026-11-18");
    expect(lawOf(set, aPair("USD_CAD")).toString()).toBe("0.018");
    expect(lawOf(set, aPair("USD_JPY")).toString()).toBe("0.03");
  });

  it("only the US has FIFO and forbids hedging", () => {
    for (const region of ["EU", "UK", "AU", "SG", "CA", "NONE"] as const) {
      const checks = rulesOf(region).rules.map(({ check }) => check);
      expect(checks).not.toContain("fifo");
      expect(checks).not.toContain("hedging");
    }
    const hedging = { hedging: true, fifoSafeguard: false };
    const book = { ...aBook({ trades: [tradeOf(1, "1000")], venue: hedging }), set: rulesOf("JP") };
    expect(wordOf(verdictOn("jp-hedging", buy("100", { side: "sell" }), book))).toBe("warn");
  });
});

describe("a leverage of one's own", () => {
  const changes = parseRuleChanges(
    "own-cap.check=leverage-cap, own-cap.trade=5, own-cap.account=10",
  );
  const set = ruleSetOn({ region: "NONE", broker: "oanda", changes }, "2026-11-18");

  it("holds for the trade", () => {
    const book = { ...bookOf("1000"), set };
    expect(verdictOn("own-cap", buy("4545"), book).outcome).toBe("pass");
    const blocked = verdictOn("own-cap", buy("5000"), book);
    expect(blocked).toMatchObject({
      outcome: "block",
      code: "COMPLIANCE_LEVERAGE",
      hint: "At most 4545 units of EUR_USD would pass now.",
    });
  });

  it("holds for the account", () => {
    const account = withEquity("1000", { positionValue: decimal("8900") });
    const state = { account, trades: [], pendingOrders: [] };
    const book = { ...bookOf("0", { state }), set };
    expect(verdictOn("own-cap", buy("1000"), book).outcome).toBe("pass");
    expect(verdictOn("own-cap", buy("1100"), book)).toMatchObject({
      outcome: "block",
      hint: "At most 1000 units of EUR_USD would pass now.",
    });
  });
});
