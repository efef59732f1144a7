import { describe, expect, it } from "vitest";
import { decimal } from "../../../src/core/money.ts";
import { A, ACCOUNT, market, openPractice } from "./practice.ts";

describe("the account", () => {
  it("is listed with the others of the token", async () => {
    const other = { id: "101-001-1234567-002", currency: "EUR", balance: decimal("5000") };
    const practice = await openPractice({
      accounts: [
        { id: ACCOUNT, currency: "USD", balance: decimal("100000"), region: "US" },
        { ...other, alias: "Second", region: "EU" },
      ],
    });
    const { json } = await practice.get("/v3/accounts");
    expect(json.accounts.map(({ id }) => id)).toEqual([ACCOUNT, other.id]);
    expect(practice.server.accounts).toEqual([ACCOUNT, other.id]);
    const second = (await practice.get(`/v3/accounts/${other.id}`)).json.account;
    expect(second).toMatchObject({ alias: "Second", currency: "EUR", balance: "5000.0000" });
  });

  it("shows its money to four decimals, without a trade", async () => {
    const practice = await openPractice();
    const { json } = await practice.get(A);
    expect(json.account).toMatchObject({
      id: ACCOUNT,
      currency: "USD",
      createdByUserID: 1234567,
      createdTime: "2026-11-18T14:00:00.000000000Z",
      balance: "100000.0000",
      NAV: "100000.0000",
      unrealizedPL: "0.0000",
      marginUsed: "0.0000",
      marginAvailable: "100000.0000",
      marginCloseoutPercent: "0.00000",
      marginCallPercent: "0.00000",
      hedgingEnabled: false,
      openTradeCount: 0,
      lastTransactionID: json.lastTransactionID,
      trades: [],
      orders: [],
      positions: [],
    });
  });

  it("is worth balance plus unrealized P&L to the last digit, with margin at mid", async () => {
    const practice = await openPractice();
    await practice.post(`${A}/orders`, market("10000"));
    await practice.clock.advance(1000);
    practice.price("EUR_USD", "1.10123", "1.10135");
    const { account } = (await practice.get(`${A}/summary`)).json;
    // 10,000 × (1.10123 − 1.10010); 10,000 × 1.10129 × 0.02; half of it over the equity at mid.
    expect(account).toMatchObject({
      balance: "100000.0000",
      unrealizedPL: "11.3000",
      NAV: "100011.3000",
      marginUsed: "220.2580",
      marginAvailable: "99791.0420",
      positionValue: "11012.9000",
      marginCloseoutNAV: "100011.9000",
      marginCloseoutMarginUsed: "220.2580",
      marginCloseoutPercent: "0.00110",
      marginCallPercent: "0.00220",
      openTradeCount: 1,
      openPositionCount: 1,
      lastOrderFillTimestamp: "2026-11-18T14:00:00.000000000Z",
    });
    const trades = (await practice.get(A)).json.account?.trades;
    expect(trades?.[0]).toMatchObject({ unrealizedPL: "11.3000", marginUsed: "220.2580" });
  });
});

describe("the instruments", () => {
  it("are all shown with what an order must keep to", async () => {
    const practice = await openPractice();
    const { instruments } = (await practice.get(`${A}/instruments`)).json;
    expect(instruments.map(({ name }) => name)).toEqual(["EUR_USD", "GBP_USD", "USD_JPY"]);
    expect(instruments[0]).toMatchObject({
      type: "CURRENCY",
      displayName: "EUR/USD",
      pipLocation: -4,
      displayPrecision: 5,
      tradeUnitsPrecision: 0,
      minimumTradeSize: "1",
      maximumOrderUnits: "100000000",
      maximumPositionSize: "0",
      minimumTrailingStopDistance: "0.00050",
      maximumTrailingStopDistance: "1.00000",
      marginRate: "0.02",
      financing: { longRate: "-0.0105", shortRate: "0.0031" },
    });
  });

  it("tell the days that financing is charged on, by the venue's hours", async () => {
    const practice = await openPractice({ hours: "market" });
    const { instruments } = (await practice.get(`${A}/instruments?instruments=EUR_USD`)).json;
    const days = instruments[0]?.financing?.financingDaysOfWeek;
    expect(days?.map(({ dayOfWeek, daysCharged }) => `${dayOfWeek} ${daysCharged}`)).toEqual([
      "MONDAY 1",
      "TUESDAY 1",
      "WEDNESDAY 3",
      "THURSDAY 1",
      "FRIDAY 1",
      "SATURDAY 0",
      "SUNDAY 0",
    ]);
  });

  it("can be named, and an unknown name is refused", async () => {
    const practice = await openPractice();
    const some = await practice.get(`${A}/instruments?instruments=USD_JPY%2CEUR_USD&`);
    expect(some.json.instruments.map(({ name }) => name)).toEqual(["USD_JPY", "EUR_USD"]);
    expect(some.json.instruments[0]).toMatchObject({ pipLocation: -2, maximumOrderUnits: "0" });
    const unknown = await practice.get(`${A}/instruments?instruments=EUR_XXX`);
    expect(unknown.status).toBe(400);
    expect(unknown.json.errorMessage).toBe("Invalid value specified for 'instruments'");
  });
});

describe("the prices", () => {
  it("are those of the venue, with its instrument's decimals", async () => {
    const practice = await openPractice();
    practice.price("USD_JPY", "150.1", "150.11");
    const { json } = await practice.get(`${A}/pricing?instruments=USD_JPY`);
    expect(json.prices).toHaveLength(1);
    expect(json.prices[0]).toMatchObject({
      type: "PRICE",
      instrument: "USD_JPY",
      bids: [{ price: "150.100", liquidity: 10_000_000 }],
      asks: [{ price: "150.110", liquidity: 10_000_000 }],
      closeoutBid: "150.100",
      closeoutAsk: "150.110",
      status: "tradeable",
      tradeable: true,
    });
    expect(json.homeConversions).toBeUndefined();
    expect(json.prices[0]?.unitsAvailable).toBeUndefined();
  });

  it("are left out when they aren't newer than `since`", async () => {
    const practice = await openPractice();
    const first = (await practice.get(`${A}/pricing?instruments=EUR_USD,GBP_USD`)).json;
    await practice.clock.advance(1000);
    practice.price("GBP_USD", "1.30100", "1.30120");
    const since = encodeURIComponent(first.time ?? "");
    const path = `${A}/pricing?instruments=EUR_USD,GBP_USD&since=${since}`;
    const { prices } = (await practice.get(path)).json;
    expect(prices.map(({ instrument }) => instrument)).toEqual(["GBP_USD"]);
  });

  it("come with conversions into the account's currency when asked", async () => {
    const practice = await openPractice();
    const path = `${A}/pricing?instruments=USD_JPY&includeHomeConversions=True`;
    const { homeConversions } = (await practice.get(path)).json;
    expect(homeConversions.map(({ currency }) => currency)).toEqual(["JPY", "USD"]);
    expect(homeConversions[1]).toMatchObject({
      accountGain: "1",
      accountLoss: "1",
      positionValue: "1",
    });
  });

  it("tell how many units can be bought and sold when asked", async () => {
    const practice = await openPractice();
    await practice.post(`${A}/orders`, market("1000"));
    const path = `${A}/pricing?instruments=EUR_USD,GBP_USD&includeUnitsAvailable=true`;
    const { prices } = (await practice.get(path)).json;
    const [euro, pound] = prices.map(({ unitsAvailable }) => unitsAvailable);
    expect(euro?.reduceOnly).toEqual({ long: "0", short: "1000" });
    expect(euro?.openOnly?.short).toBe("0");
    expect(pound?.reduceFirst).toEqual(pound?.openOnly);
    expect(pound?.default).toEqual(pound?.reduceFirst);
  });

  it.each(["", "?instruments=", "?instruments=EUR_XXX"])(
    "are refused as pricing%s",
    async (query) => {
      const practice = await openPractice();
      const answer = await practice.get(`${A}/pricing${query}`);
      expect(answer.status).toBe(400);
      expect(answer.json.errorMessage).toContain("'instruments'");
    },
  );
});
