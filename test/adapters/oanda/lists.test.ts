import { describe, expect, it } from "vitest";
import { failureOf } from "../../resilience/loopback.ts";
import { A, ACCOUNT, fixture, openScripted } from "./scripted-oanda.ts";

/** What would be printed. */
function plain(value: unknown) {
  return JSON.parse(JSON.stringify(value));
}

describe("orders", () => {
  const script = {
    [`GET ${A}/orders`]: { body: fixture("get-orders") },
    [`GET ${A}/trades`]: { body: fixture("get-trades") },
  };

  it("come newest first, exits with the instrument and size of their trades", async () => {
    const { broker, seen } = await openScripted(script);
    const orders = plain(await broker.orders("all"));
    expect(seen.map((request) => request.path)).toEqual([
      `${A}/orders?state=ALL&count=500`,
      `${A}/trades?state=ALL&count=500&ids=1999,2050`,
    ]);
    expect(orders).toMatchObject([
      { orderId: "2068", type: "take_profit", side: "sell", units: "3000", timeInForce: "DAY" },
      { orderId: "2066", type: "market", side: "sell", units: "4000", tradeId: "2050" },
      { orderId: "2060", type: "stop_loss", side: "buy", units: "800", endedBy: "2065" },
      {
        orderId: "2049",
        type: "market",
        state: "filled",
        endedBy: "2050",
        stopLoss: "1.095",
        origin: { signalId: "s1", agent: "trend", comment: null },
      },
    ]);
  });

  it("that wait are read with the account, in one request", async () => {
    const { broker, seen } = await openScripted({ [`GET ${A}`]: { body: fixture("get-account") } });
    expect(await broker.orders("pending")).toHaveLength(4);
    expect(seen).toHaveLength(1);
  });

  it("are found by the broker's id", async () => {
    const { broker } = await openScripted({
      [`GET ${A}/orders/2049`]: { body: fixture("get-order") },
      [`GET ${A}/orders/1`]: { status: 404, body: fixture("get-order-not-found") },
    });
    expect((await broker.order("2049"))?.clientOrderId).toBe("tmt-10");
    expect(await broker.order("1")).toBeNull();
  });

  it("that ended are found by our id as well, though the broker looks up waiting ones only", async () => {
    const missing = { status: 404, body: fixture("get-order-not-found") };
    const { broker } = await openScripted({
      ...script,
      [`GET ${A}/orders/%40tmt-10`]: missing,
      [`GET ${A}/orders/%40tmt-99`]: missing,
    });
    expect((await broker.order("@tmt-10"))?.orderId).toBe("2049");
    expect(await broker.order("@tmt-99")).toBeNull();
  });
});

describe("the log", () => {
  it("comes oldest first, each entry once, also kinds that are new", async () => {
    const { broker } = await openScripted({
      [`GET ${A}/transactions/sinceid`]: { body: fixture("get-transactions-sinceid") },
    });
    const log = plain(await broker.transactionsSince("2048"));
    expect(log.map((entry: { id: string; type: string }) => [entry.id, entry.type])).toEqual([
      ["2049", "order"],
      ["2050", "fill"],
      ["2051", "order"],
      ["2052", "financing"],
      ["2053", "funding"],
      ["2054", "other"],
      ["2055", "other"],
    ]);
    expect(log[1]).toEqual({
      id: "2050",
      time: "2026-11-18T14:00:55.123456789Z",
      type: "fill",
      brokerType: "ORDER_FILL",
      instrument: "EUR_USD",
      side: "buy",
      units: "10000",
      price: "1.1001",
      realizedPl: "-1.2345",
      commission: "0.5",
      financing: "-0.01",
      amount: "-1.7445",
      balance: "100010.6011",
      orderId: "2049",
      tradeId: "2050",
      clientOrderId: "tmt-10",
      signalId: "s1",
      agent: "trend",
      trades: [
        { tradeId: "2011", action: "closed", units: "2000", realizedPl: "-1" },
        { tradeId: "2013", action: "reduced", units: "1000", realizedPl: "-0.2345" },
        { tradeId: "2050", action: "opened", units: "7000", realizedPl: "0" },
      ],
      why: { cause: "market", brokerCode: "MARKET_ORDER", words: null },
    });
    expect(log[2]).toMatchObject({ orderId: "2051", tradeId: "2050", units: null, price: "1.095" });
    expect(log.slice(3).map((entry: { amount: string }) => entry.amount)).toEqual([
      "-0.3",
      "500",
      "1.5",
      "0",
    ]);
    expect(log[6]).toMatchObject({
      brokerType: "BRAND_NEW_KIND",
      price: null,
      time: "2025-11-18T14:34:15.000000001Z",
    });
  });
});

describe("refusals of a read", () => {
  const unauthorised = fixture("error-insufficient-authorization");

  it.each<[{ status: number; body: unknown }, { code: string; hint?: string }]>([
    [
      { status: 401, body: unauthorised },
      { code: "CREDENTIALS_INVALID", hint: "this connection is live" },
    ],
    [
      { status: 403, body: { errorMessage: "The provided request was forbidden." } },
      { code: "PERMISSION_DENIED", hint: "practice" },
    ],
    [
      { status: 404, body: {} },
      { code: "ACCOUNT_NOT_FOUND", hint: "practice" },
    ],
    [
      { status: 400, body: { errorMessage: "Invalid value specified for 'accountID'" } },
      { code: "ACCOUNT_NOT_FOUND" },
    ],
    [{ status: 405, body: "<html>" }, { code: "ORDER_REJECTED" }],
    [{ status: 408, body: {} }, { code: "TIMEOUT" }],
    [{ status: 429, body: "slow down" }, { code: "RATE_LIMITED" }],
    [{ status: 500, body: {} }, { code: "BROKER_UNAVAILABLE" }],
    [{ status: 503, body: "<h1>Maintenance</h1>" }, { code: "BROKER_UNAVAILABLE" }],
    [
      { status: 200, body: "<h1>Maintenance</h1>" },
      { code: "BROKER_UNAVAILABLE", hint: "proxy" },
    ],
    [{ status: 200, body: "" }, { code: "BROKER_UNAVAILABLE" }],
  ])("HT-03 HT-12 are told apart: %j is %j", async (answer, { code, hint = "" }) => {
    const { broker } = await openScripted({ [`GET ${A}`]: answer }, "live");
    const failure = await failureOf(broker.state());
    expect(failure).toMatchObject({ code, sent: false });
    expect(failure.hint).toContain(hint);
  });

  it("HT-04 a 401 is over when the next answer is 200", async () => {
    const { broker } = await openScripted({
      [`GET ${A}`]: [{ status: 401, body: unauthorised }, { body: fixture("get-account") }],
    });
    const failure = await failureOf(broker.state());
    expect(failure.message).toContain("Insufficient authorization");
    expect((await broker.state()).account.id).toBe(ACCOUNT);
  });
});
