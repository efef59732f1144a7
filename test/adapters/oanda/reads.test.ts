import { describe, expect, it } from "vitest";
import { failureOf } from "../../resilience/loopback.ts";
import { A, ACCOUNT, fixture, openScripted } from "./scripted-oanda.ts";

/** What would be printed. */
function plain(value: unknown) {
  return JSON.parse(JSON.stringify(value));
}

describe("the login", () => {
  it("lists its accounts, with the token in the header and nowhere else", async () => {
    const { connection, seen } = await openScripted({
      "GET /v3/accounts": { body: fixture("get-accounts") },
    });
    expect(await connection.accounts()).toEqual([
      { id: ACCOUNT, alias: null, currency: null },
      { id: "101-001-1234567-002", alias: null, currency: null },
    ]);
    const [request] = seen;
    expect(request?.headers).toMatchObject({
      authorization: "Bearer canary-5f0c7d2e91",
      "user-agent": "tmt-broker/1.2.3",
      "accept-datetime-format": "RFC3339",
    });
    expect(request?.path).toBe("/v3/accounts");
  });
});

describe("the account", () => {
  it("is read with one request, exits joined to their trades", async () => {
    const { broker, seen } = await openScripted({ [`GET ${A}`]: { body: fixture("get-account") } });
    const { account, trades, pendingOrders } = plain(await broker.state());
    expect(seen).toHaveLength(1);
    expect(account).toMatchObject({
      id: ACCOUNT,
      alias: "Trend",
      currency: "USD",
      balance: "100012.3456",
      unrealizedPl: "-7.5",
      realizedPl: "12.3456",
      equity: "100004.8456",
      marginUsed: "700.12",
      marginAvailable: "99304.7256",
      marginCloseoutPercent: "0.0035",
      marginRate: "0.05",
      positionValue: "14002.4",
      openPositions: 2,
      openTrades: 2,
      pendingOrders: 5,
      lastTransactionId: "2048",
    });
    expect(trades).toEqual([
      {
        id: "2031",
        instrument: "EUR_USD",
        direction: "long",
        units: "10000",
        openPrice: "1.1001",
        openedAt: "2026-11-18T14:00:10.123456789Z",
        unrealizedPl: "-5",
        realizedPl: "1.2",
        financing: "-0.4",
        isStopGuaranteed: false,
        marginUsed: "550.12",
        stopLoss: "1.095",
        takeProfit: "1.11",
        trailingStop: null,
        clientOrderId: "tmt-01",
        signalId: "s;1",
      },
      expect.objectContaining({
        id: "2040",
        direction: "short",
        units: "3000",
        stopLoss: null,
        takeProfit: null,
        trailingStop: { distance: "0.25", price: "150.27" },
        clientOrderId: null,
        signalId: null,
      }),
    ]);
    expect(pendingOrders.map((order: { orderId: string }) => order.orderId)).toEqual([
      "2047",
      "2042",
      "2033",
      "2032",
    ]);
    expect(pendingOrders[0]).toEqual({
      orderId: "2047",
      clientOrderId: "tmt-02",
      type: "limit",
      instrument: "EUR_USD",
      side: "sell",
      units: "500",
      price: "1.12",
      distance: null,
      tradeId: null,
      timeInForce: "GTD",
      expiresAt: "2026-11-20T22:00:00.000000000Z",
      stopLoss: "1.13",
      stopLossDistance: null,
      isStopGuaranteed: false,
      takeProfit: "1.1",
      trailingStop: "0.005",
      priceBound: null,
      reduceOnly: false,
      state: "pending",
      createdAt: "2026-11-18T14:00:40.123456789Z",
      endedBy: null,
      replacedBy: null,
      replaces: null,
      origin: { signalId: null, agent: null, comment: null },
    });
    expect(pendingOrders[1]).toMatchObject({
      type: "trailing_stop",
      instrument: "USD_JPY",
      side: "buy",
      units: "3000",
      price: "150.27",
      distance: "0.25",
      tradeId: "2040",
      reduceOnly: true,
    });
  });

  it.each([
    ["DISABLED", "disabled"],
    ["ALLOWED", "allowed"],
    ["REQUIRED", "required"],
    ["SOMETHING_NEW", "disabled"],
    [undefined, "disabled"],
  ])("says whether stops may be guaranteed: %s is %s", async (mode, expected) => {
    const { account } = fixture("get-account") as { account: Record<string, unknown> };
    const changed = { ...account, guaranteedStopLossOrderMode: mode };
    const { broker } = await openScripted({ [`GET ${A}`]: { body: { account: changed } } });
    expect((await broker.state()).account.guaranteedStops).toBe(expected);
  });

  it.each([
    ["as an order type of its own", { type: "GUARANTEED_STOP_LOSS" }],
    ["the older way", { type: "STOP_LOSS", guaranteed: true }],
  ])("shows a guaranteed stop that is told %s", async (_how, changes) => {
    const { account } = fixture("get-account") as { account: { orders: { id: string }[] } };
    const orders = account.orders.map((each) =>
      each.id === "2033" ? { ...each, ...changes } : each,
    );
    const { broker } = await openScripted({
      [`GET ${A}`]: { body: { account: { ...account, orders } } },
    });
    const { trades, pendingOrders } = plain(await broker.state());
    expect(trades[0]).toMatchObject({ stopLoss: "1.095", isStopGuaranteed: true });
    expect(pendingOrders[2]).toMatchObject({ orderId: "2033", type: "guaranteed_stop_loss" });
  });

  it("shows which order a waiting one replaced, and what it attaches", async () => {
    const { account } = fixture("get-account") as { account: { orders: { id: string }[] } };
    const changes = {
      replacesOrderID: "2046",
      priceBound: "1.11",
      positionFill: "REDUCE_ONLY",
      stopLossOnFill: undefined,
      guaranteedStopLossOnFill: { distance: "0.0100" },
    };
    const orders = account.orders.map((each) =>
      each.id === "2047" ? { ...each, ...changes } : each,
    );
    const { broker } = await openScripted({
      [`GET ${A}`]: { body: { account: { ...account, orders } } },
    });
    expect(plain(await broker.state()).pendingOrders[0]).toMatchObject({
      replaces: "2046",
      priceBound: "1.11",
      reduceOnly: true,
      stopLoss: null,
      stopLossDistance: "0.01",
      isStopGuaranteed: true,
    });
  });

  it("HT-08 HT-09 numbers in place of text, nulls and absent parts are read as they are meant", async () => {
    const { account } = fixture("get-account") as { account: Record<string, unknown> };
    const changed = {
      ...account,
      balance: 100012.3456,
      NAV: "+1e2",
      unrealizedPL: "-0",
      marginUsed: "000.50",
      lastTransactionID: 2048,
      openTradeCount: "0",
      pendingOrderCount: 0,
      openPositionCount: "2",
      alias: null,
      marginRate: null,
      pl: undefined,
      trades: null,
      orders: undefined,
    };
    const { broker } = await openScripted({ [`GET ${A}`]: { body: { account: changed } } });
    const { account: read, trades } = plain(await broker.state());
    expect(read).toMatchObject({
      balance: "100012.3456",
      equity: "100",
      unrealizedPl: "0",
      marginUsed: "0.5",
      lastTransactionId: "2048",
      openTrades: 0,
      openPositions: 2,
      alias: null,
      marginRate: null,
      realizedPl: "0",
    });
    expect(trades).toEqual([]);
  });

  it("HT-09 an amount of twenty digits keeps every one", async () => {
    const { account } = fixture("get-account") as { account: Record<string, unknown> };
    const body = JSON.stringify({ account: { ...account, balance: "@", NAV: "@@" } })
      .replace('"@@"', "12345678901234567.890123")
      .replace('"@"', '"98765432109876543210.0001"');
    const { broker } = await openScripted({ [`GET ${A}`]: { body } });
    expect(plain((await broker.state()).account)).toMatchObject({
      balance: "98765432109876543210.0001",
      equity: "12345678901234567.890123",
    });
  });

  it.each([
    ["balance", "twelve"],
    ["balance", undefined],
    ["balance", { amount: 1 }],
    ["NAV", "1".repeat(100)],
    ["openTradeCount", "2.5"],
    ["lastTransactionID", ""],
  ])("HT-08 a %s of %j can't be read, and the failure names it", async (part, value) => {
    const { account } = fixture("get-account") as { account: Record<string, unknown> };
    const { broker } = await openScripted({
      [`GET ${A}`]: { body: { account: { ...account, [part]: value } } },
    });
    const failure = await failureOf(broker.state());
    expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", sent: false });
    expect(failure.message).toContain(`account.${part}`);
  });
});

describe("instruments", () => {
  it("come sorted, with limits only where the broker has them", async () => {
    const { broker } = await openScripted({
      [`GET ${A}/instruments`]: { body: fixture("get-account-instruments") },
    });
    const instruments = plain(await broker.instruments());
    expect(instruments.map((each: { name: string }) => each.name)).toEqual([
      "EUR_USD",
      "NAS100_USD",
      "USD_JPY",
      "XAU_USD",
    ]);
    expect(instruments[0]).toEqual({
      name: "EUR_USD",
      displayName: "EUR/USD",
      type: "forex",
      baseCurrency: "EUR",
      quoteCurrency: "USD",
      pipSize: "0.0001",
      pricePrecision: 5,
      unitsPrecision: 0,
      minimumUnits: "1",
      maximumUnits: "100000000",
      marginRate: "0.02",
      minimumTrailingDistance: "0.0005",
      maximumTrailingDistance: "1",
      financing: { longRate: "-0.0105", shortRate: "0.0031" },
      commission: null,
    });
    expect(instruments[1]).toMatchObject({
      type: "cfd",
      baseCurrency: "NAS100",
      pipSize: "1",
      minimumUnits: "0.1",
      maximumUnits: null,
      financing: null,
    });
    expect(instruments[3]).toMatchObject({ type: "metal", maximumTrailingDistance: null });
  });
});

describe("quotes", () => {
  it("come in the order asked, with the factors into account currency", async () => {
    const { broker, seen } = await openScripted({
      [`GET ${A}/pricing`]: { body: fixture("get-pricing") },
    });
    const { quotes, conversions, time } = plain(await broker.quotes(["EUR_USD", "USD_JPY"]));
    expect(seen.map((request) => request.path)).toEqual([
      `${A}/pricing?instruments=EUR_USD%2CUSD_JPY&includeHomeConversions=true`,
    ]);
    expect(quotes).toMatchObject([
      { instrument: "EUR_USD", bid: "1.1", ask: "1.1001", tradeable: true },
      { instrument: "USD_JPY", bid: "150", ask: "150.01" },
    ]);
    expect(quotes[0].time).toBe("2026-11-18T14:00:50.123456789Z");
    expect(conversions).toContainEqual({
      currency: "JPY",
      gain: "0.0066331",
      loss: "0.0066997",
      value: "0.0066664",
    });
    expect(time).toBe("2026-11-18T14:00:51.987654321Z");
  });

  it("TM-04 of a closed market are Friday's, and not tradeable", async () => {
    const { broker } = await openScripted({
      [`GET ${A}/pricing`]: { body: fixture("get-pricing-weekend") },
    });
    const { quotes } = plain(await broker.quotes(["EUR_USD"]));
    expect(quotes).toMatchObject([
      {
        bid: "1.0999",
        ask: "1.1003",
        tradeable: false,
        time: "2026-11-20T21:59:58.123456789Z",
      },
    ]);
  });

  it("ask for the account's currency once when the answer doesn't show it", async () => {
    const pricing = fixture("get-pricing") as { homeConversions: { currency: string }[] };
    const foreign = pricing.homeConversions.filter((each) => each.currency !== "USD");
    const prices = [
      {
        instrument: "EUR_JPY",
        time: "1763474450.123456789",
        tradeable: true,
        bids: [{ price: 165 }],
        asks: [{ price: "165.01" }],
      },
    ];
    const { broker, seen } = await openScripted({
      [`GET ${A}/pricing`]: { body: { prices, homeConversions: foreign } },
      [`GET ${A}/summary`]: { body: fixture("get-account-summary") },
    });
    for (let round = 0; round < 2; round += 1) {
      const { quotes, conversions } = plain(await broker.quotes(["EUR_JPY"]));
      expect(conversions).toContainEqual({ currency: "USD", gain: "1", loss: "1", value: "1" });
      expect(quotes[0].time).toBe("2025-11-18T14:00:50.123456789Z");
    }
    expect(seen.filter((request) => request.path.endsWith("/summary"))).toHaveLength(1);
  });

  it("fall back to the factors beside a price", async () => {
    const [price] = (fixture("get-pricing") as { prices: object[] }).prices;
    const quoteHomeConversionFactors = { positiveUnits: "0.0066", negativeUnits: "0.0068" };
    const { broker } = await openScripted({
      [`GET ${A}/pricing`]: { body: { prices: [{ ...price, quoteHomeConversionFactors }] } },
      [`GET ${A}/summary`]: { body: fixture("get-account-summary") },
    });
    const { conversions } = plain(await broker.quotes(["USD_JPY"]));
    expect(conversions).toEqual([
      { currency: "JPY", gain: "0.0066", loss: "0.0068", value: "0.0067" },
      { currency: "USD", gain: "1", loss: "1", value: "1" },
    ]);
  });

  it("fail when no factor turns a price's currency into the account's", async () => {
    const { prices } = fixture("get-pricing") as { prices: object[] };
    const { broker } = await openScripted({
      [`GET ${A}/pricing`]: { body: { prices } },
      [`GET ${A}/summary`]: { body: fixture("get-account-summary") },
    });
    const failure = await failureOf(broker.quotes(["USD_JPY"]));
    expect(failure).toMatchObject({ code: "BROKER_UNAVAILABLE", retryable: true });
    expect(failure.message).toContain("JPY");
  });

  it("of an unknown instrument name the first one that is unknown", async () => {
    const refused = { errorMessage: "Invalid value specified for 'instruments'" };
    const { broker } = await openScripted({
      [`GET ${A}/pricing`]: { status: 400, body: refused },
      [`GET ${A}/instruments`]: { body: fixture("get-account-instruments") },
    });
    for (const asked of [["EUR_USD", "EUR_XXX", "YYY_ZZZ"], ["EUR,XXX"]]) {
      const failure = await failureOf(broker.quotes(asked));
      expect(failure).toMatchObject({ code: "INSTRUMENT_NOT_FOUND", sent: false });
      expect(failure.message).toMatch(/EUR.XXX/);
    }
  });

  it("that the answer leaves out are not found", async () => {
    const { broker } = await openScripted({
      [`GET ${A}/pricing`]: { body: fixture("get-pricing") },
    });
    const failure = await failureOf(broker.quotes(["EUR_USD", "GBP_USD"]));
    expect(failure.details).toEqual({ instrument: "GBP_USD" });
  });

  it("of nothing ask nothing", async () => {
    const { broker, seen } = await openScripted({});
    expect(await broker.quotes([])).toMatchObject({ quotes: [], conversions: [] });
    expect(seen).toEqual([]);
  });
});
