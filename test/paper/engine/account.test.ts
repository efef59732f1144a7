import { describe, expect, it } from "vitest";
import { decimal } from "../../../src/core/money.ts";
import { openAccount } from "../../../src/paper/engine/account.ts";
import { conversionFactors } from "../../../src/paper/engine/figures.ts";
import {
  parseAccount,
  parseOrder,
  parseTrade,
  parseTransaction,
} from "../../../src/paper/engine/snapshot.ts";
import { configureAccount, placeMarketOrder } from "../../../src/paper/engine/venue.ts";
import { newAccount, order, START, scriptedVenue, syntheticVenue, text } from "./scene.ts";

const venue = scriptedVenue({
  EUR_USD: [
    [0, "1.10000", "1.10010"],
    [9000, "1.10000", "1.10010"],
  ],
});

describe("a new account", () => {
  it("begins its log with its creation and its money", () => {
    const terms = { id: "001", currency: "USD", balance: decimal("500.5"), at: START };
    const { account, transactions, own } = openAccount(terms);
    expect(transactions).toMatchObject([
      { id: 1, type: "CREATE", batchId: 1, homeCurrency: "USD" },
      { id: 2, type: "TRANSFER_FUNDS", batchId: 1, amount: decimal("500.5") },
    ]);
    expect(own).toEqual(transactions);
    expect(account).toMatchObject({ lastTransactionId: 2, balance: decimal("500.5"), alias: null });
  });

  it("has its alias from the start", () => {
    const terms = { id: "1", currency: "USD", balance: decimal("1"), at: START, alias: "main" };
    const { account, transactions } = openAccount(terms);
    expect(transactions[1]).toMatchObject({ id: 2, type: "CLIENT_CONFIGURE", alias: "main" });
    expect(account).toMatchObject({ alias: "main", lastTransactionId: 3 });
  });
});

describe("an account's settings", () => {
  it("change one by one", () => {
    const named = configureAccount(venue, newAccount(), {
      at: START,
      alias: "day",
      requestId: "5",
    });
    expect(named.own).toMatchObject([{ type: "CLIENT_CONFIGURE", alias: "day", requestId: "5" }]);
    const rate = decimal("0.05");
    const { account } = configureAccount(venue, named.account, { at: START, marginRate: rate });
    expect(account).toMatchObject({ alias: "day", marginRate: rate });
    const { own } = placeMarketOrder(venue, account, order());
    expect(own).toMatchObject([{}, { tradeOpened: { initialMarginRequired: decimal("55.0025") } }]);
  });

  it.each([
    ["CLIENT_CONFIGURE_DATA_MISSING", {}],
    ["ALIAS_INVALID", { alias: "" }],
    ["MARGIN_RATE_INVALID", { marginRate: decimal("0") }],
    ["MARGIN_RATE_INVALID", { marginRate: decimal("1.01") }],
    ["MARGIN_RATE_WOULD_TRIGGER_CLOSEOUT", { marginRate: decimal("0.5") }],
  ] as const)("stay as they are when a change is refused as %s", (rejectReason, changes) => {
    const large = order({ units: decimal("500000") });
    const { account } = placeMarketOrder(venue, newAccount(), large);
    const step = configureAccount(venue, account, { at: START, ...changes });
    expect(step.own).toMatchObject([{ type: "CLIENT_CONFIGURE_REJECT", rejectReason }]);
    expect(step.account).toEqual({
      ...account,
      lastTransactionId: account.lastTransactionId + 1,
    });
  });
});

describe("a conversion", () => {
  const market = syntheticVenue();
  const rate = (currency: string, home: string) =>
    conversionFactors(market, { currency, home }, START);

  it("of a currency into itself costs nothing", () => {
    expect(rate("USD", "USD")).toMatchObject({ gain: decimal("1"), loss: decimal("1") });
  });

  it.each([
    ["EUR", "USD", "1.1"],
    ["JPY", "USD", "0.0064"],
    ["MXN", "NOK", "0.55"],
    ["HUF", "EUR", "0.0027"],
  ])(
    "from %s to %s is near its usual rate, a gain below it and a loss above",
    (from, to, usual) => {
      const factors = rate(from, to);
      const value = factors?.value ?? decimal("0");
      expect(value.isGreaterThan(decimal(usual).times(decimal("0.8")))).toBe(true);
      expect(value.isLessThan(decimal(usual).times(decimal("1.25")))).toBe(true);
      expect(text(factors?.gain)).toBe(text(value.times(decimal("0.995"))));
      expect(text(factors?.loss)).toBe(text(value.times(decimal("1.005"))));
    },
  );

  it("that no prices lead to is unknown", () => {
    expect(rate("XYZ", "USD")).toBeNull();
  });
});

describe("a record of the venue", () => {
  it("that can't be read is STORAGE_CORRUPT", () => {
    const damaged = [{ balance: { $: "1.x" } }, { balance: { $: 5 } }];
    const texts = ["", "{", "null", "[]", "{}", ...damaged.map((each) => JSON.stringify(each))];
    for (const record of texts) {
      for (const parse of [parseAccount, parseOrder, parseTrade, parseTransaction]) {
        expect(() => parse(record)).toThrow(expect.objectContaining({ code: "STORAGE_CORRUPT" }));
      }
    }
  });
});
