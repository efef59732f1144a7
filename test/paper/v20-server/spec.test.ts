import { describe, expect, it } from "vitest";
import { A, type Answer, EURO_ACCOUNT, market, openPractice, type Practice } from "./practice.ts";
import {
  differencesFromDefinition,
  differencesFromSpec,
  hasSpec,
  type SpecOperation,
} from "./spec-check.ts";

const ACCOUNT_PATH = "/accounts/{accountID}";
const PRICES = "instruments=EUR_USD,USD_JPY&includeUnitsAvailable=true&includeHomeConversions=true";

const READS = [
  ["/accounts", "/v3/accounts"],
  [ACCOUNT_PATH, A],
  [`${ACCOUNT_PATH}/summary`, `${A}/summary`],
  [`${ACCOUNT_PATH}/instruments`, `${A}/instruments`],
  [`${ACCOUNT_PATH}/changes`, `${A}/changes?sinceTransactionID=0`],
  [`${ACCOUNT_PATH}/orders`, `${A}/orders?state=ALL&count=500`],
  [`${ACCOUNT_PATH}/orders/{orderSpecifier}`, `${A}/orders/3`],
  [`${ACCOUNT_PATH}/pendingOrders`, `${A}/pendingOrders`],
  [`${ACCOUNT_PATH}/trades`, `${A}/trades?state=ALL`],
  [`${ACCOUNT_PATH}/trades/{tradeSpecifier}`, `${A}/trades/4`],
  [`${ACCOUNT_PATH}/openTrades`, `${A}/openTrades`],
  [`${ACCOUNT_PATH}/positions`, `${A}/positions`],
  [`${ACCOUNT_PATH}/openPositions`, `${A}/openPositions`],
  [`${ACCOUNT_PATH}/positions/{instrument}`, `${A}/positions/EUR_USD`],
  [`${ACCOUNT_PATH}/transactions`, `${A}/transactions?type=ORDER,FUNDING`],
  [`${ACCOUNT_PATH}/transactions/{transactionID}`, `${A}/transactions/4`],
  [`${ACCOUNT_PATH}/transactions/idrange`, `${A}/transactions/idrange?from=1&to=5`],
  [`${ACCOUNT_PATH}/transactions/sinceid`, `${A}/transactions/sinceid?id=0`],
  [`${ACCOUNT_PATH}/pricing`, `${A}/pricing?${PRICES}`],
  [
    `${ACCOUNT_PATH}/instruments/{instrument}/candles`,
    `${A}/instruments/EUR_USD/candles?price=MBA&granularity=M1&units=10`,
  ],
  ["/instruments/{instrument}/candles", "/v3/instruments/USD_JPY/candles?granularity=D"],
] as const;

/** Reads that are refused, with the status that they are answered. */
const REFUSED_READS = [
  [ACCOUNT_PATH, "/v3/accounts/12345", 400],
  [`${ACCOUNT_PATH}/changes`, `${A}/changes?sinceTransactionID=9999`, 416],
  [`${ACCOUNT_PATH}/orders/{orderSpecifier}`, `${A}/orders/9999`, 404],
  [`${ACCOUNT_PATH}/trades/{tradeSpecifier}`, `${A}/trades/9999`, 404],
  [`${ACCOUNT_PATH}/transactions/{transactionID}`, `${A}/transactions/9999`, 404],
  [`${ACCOUNT_PATH}/transactions/idrange`, `${A}/transactions/idrange?from=9&to=9999`, 416],
  [`${ACCOUNT_PATH}/transactions`, `${A}/transactions?pageSize=0`, 400],
  [`${ACCOUNT_PATH}/pricing`, `${A}/pricing`, 400],
  ["/instruments/{instrument}/candles", "/v3/instruments/EUR_USD/candles?granularity=X", 400],
  ["/instruments/{instrument}/orderBook", "/v3/instruments/EUR_USD/orderBook", 404],
] as const;

const LABELS = { id: "a", tag: "b", comment: "c" };
const EXITS = {
  takeProfitOnFill: { price: "1.2" },
  stopLossOnFill: { price: "1.09" },
  trailingStopLossOnFill: { distance: "0.05" },
  tradeClientExtensions: LABELS,
};

function entry(type: string, price: string, more = {}) {
  return { order: { type, instrument: "EUR_USD", units: "100", price, ...more } };
}

/** An account with a bit of everything: orders of every kind in every state, rejections, a triggered stop, financing. */
async function trade(practice: Practice): Promise<void> {
  const orders = `${A}/orders`;
  await practice.post(orders, market("1000", EXITS));
  await practice.clock.advance(1000);
  practice.price("EUR_USD", "1.08990", "1.09000");
  await practice.clock.advance(1000);
  const { json } = await practice.post(orders, market("1000", { instrument: "USD_JPY" }));
  await practice.put(`${A}/trades/${json.orderFillTransaction?.id}/close`, { units: "300" });
  await practice.post(orders, market("-2000", EXITS));
  await practice.post(orders, market("-2000"));
  await practice.post(orders, market("0"));
  await practice.post(orders, entry("LIMIT", "1.05", { ...EXITS, clientExtensions: LABELS }));
  await practice.post(orders, entry("STOP", "1.15", { timeInForce: "GFD", priceBound: "1.16" }));
  await practice.post(orders, entry("MARKET_IF_TOUCHED", "1.05", { triggerCondition: "MID" }));
  await practice.post(orders, entry("LIMIT", "1.2"));
  await practice.post(orders, entry("STOP", "0"));
  await practice.put(`${orders}/@a/clientExtensions`, { clientExtensions: { tag: "new" } });
  const opened = await practice.post(orders, market("500"));
  const tradeId = opened.json.orderFillTransaction?.tradeOpened?.tradeID;
  for (const exit of [
    { type: "TAKE_PROFIT", price: "1.3" },
    { type: "STOP_LOSS", distance: "0.02" },
    { type: "TRAILING_STOP_LOSS", distance: "0.03" },
    { type: "TAKE_PROFIT", price: "1.4" },
  ]) {
    await practice.post(orders, { order: { ...exit, tradeID: tradeId } });
  }
  await practice.put(`${A}/trades/${tradeId}/clientExtensions`, { clientExtensions: LABELS });
  await practice.clock.advance(86_400_000);
}

/** Expects that `answer` has that status and the form that the schema has for it. */
function expectForm(
  answer: Answer,
  { method, path, status }: Omit<SpecOperation, "status"> & { readonly status: number },
): void {
  expect([path, answer.status]).toEqual([path, status]);
  expect(differencesFromSpec({ method, path, status }, answer.json)).toEqual([]);
}

describe.skipIf(!hasSpec)("OANDA's published schema (skipped where it isn't at hand)", () => {
  it("fits every answer to a reader", async () => {
    const practice = await openPractice();
    await trade(practice);
    for (const [path, target] of READS) {
      expectForm(await practice.get(target), { method: "GET", path, status: 200 });
    }
  });

  it("fits every answer to a reader who is refused", async () => {
    const practice = await openPractice();
    for (const [path, target, status] of REFUSED_READS) {
      expectForm(await practice.get(target), { method: "GET", path, status });
    }
    const stranger = await practice.ask({ method: "GET", path: A, token: null });
    expectForm(stranger, { method: "GET", path: ACCOUNT_PATH, status: 401 });
  });

  it("fits the answers to orders of every type, taken and refused", async () => {
    const practice = await openPractice();
    const orders = `${ACCOUNT_PATH}/orders`;
    await practice.post(`${A}/orders`, market("1000", EXITS));
    const plain = (await practice.post(`${A}/orders`, market("700"))).json.orderFillTransaction?.id;
    const exit = (type: string, more: object) => ({ order: { type, tradeID: plain, ...more } });
    const sent: readonly (readonly [object, number])[] = [
      [market("0"), 400],
      [market("9000000"), 201],
      [entry("LIMIT", "1.05", { timeInForce: "GTD", gtdTime: "2027-01-01T00:00:00Z" }), 201],
      [entry("LIMIT", "1.05", { units: "0" }), 400],
      [entry("LIMIT", "1.2"), 201],
      [entry("STOP", "1.2", EXITS), 201],
      [entry("STOP", "-1"), 400],
      [entry("MARKET_IF_TOUCHED", "1.05"), 201],
      [entry("MARKET_IF_TOUCHED", "1.05", { timeInForce: "FOK" }), 400],
      [exit("TAKE_PROFIT", { price: "1.3" }), 201],
      [exit("TAKE_PROFIT", { price: "1.4" }), 400],
      [exit("STOP_LOSS", { price: "1.0" }), 201],
      [exit("STOP_LOSS", { price: "1.0", distance: "0.1" }), 400],
      [exit("TRAILING_STOP_LOSS", { distance: "0.05" }), 201],
      [exit("TRAILING_STOP_LOSS", { distance: "0" }), 400],
      [{ order: { type: "TAKE_PROFIT", tradeID: "9999", price: "1.3" } }, 404],
      [{ order: { type: "LIMIT" } }, 400],
    ];
    for (const [body, status] of sent) {
      expectForm(await practice.post(`${A}/orders`, body), {
        method: "POST",
        path: orders,
        status,
      });
    }
  });

  it("fits the answers to changes of orders", async () => {
    const practice = await openPractice();
    const path = `${ACCOUNT_PATH}/orders/{orderSpecifier}`;
    const put = async (at: string, body: object | undefined, asked: [string, number]) =>
      expectForm(await practice.put(`${A}/orders/${at}`, body), {
        method: "PUT",
        path: `${path}${asked[0]}`,
        status: asked[1],
      });
    const { json } = await practice.post(`${A}/orders`, entry("LIMIT", "1.05"));
    const id = json.orderCreateTransaction?.id;
    await put(`${id}/clientExtensions`, { clientExtensions: LABELS }, ["/clientExtensions", 200]);
    await put(`${id}/clientExtensions`, {}, ["/clientExtensions", 400]);
    await put("99/clientExtensions", { clientExtensions: LABELS }, ["/clientExtensions", 404]);
    await put(`${id}`, entry("STOP", "1.2"), ["", 400]);
    await put(`${id}`, entry("LIMIT", "1.06"), ["", 201]);
    await put("@a", entry("LIMIT", "1.3"), ["", 201]);
    await put("99", entry("LIMIT", "1.3"), ["", 404]);
    const waiting = await practice.post(`${A}/orders`, entry("LIMIT", "1.05"));
    await put(`${waiting.json.lastTransactionID}/cancel`, undefined, ["/cancel", 200]);
    await put("99/cancel", undefined, ["/cancel", 404]);
  });

  it("fits the answers to changes of trades and positions", async () => {
    const practice = await openPractice();
    const opened = await practice.post(`${A}/orders`, market("1000"));
    const trade = `${A}/trades/${opened.json.orderFillTransaction?.id}`;
    const path = `${ACCOUNT_PATH}/trades/{tradeSpecifier}`;
    const position = `${ACCOUNT_PATH}/positions/{instrument}/close`;
    const put = async (at: string, body: object | undefined, asked: [string, number]) =>
      expectForm(await practice.put(at, body), { method: "PUT", path: asked[0], status: asked[1] });
    const exits = { takeProfit: { price: "1.2" }, stopLoss: { price: "1.05" } };
    await put(`${trade}/orders`, exits, [`${path}/orders`, 200]);
    await put(`${trade}/orders`, { ...exits, stopLoss: null }, [`${path}/orders`, 200]);
    await put(`${trade}/orders`, { trailingStopLoss: { distance: "0" } }, [`${path}/orders`, 400]);
    await put(`${trade}/orders`, { stopLoss: { price: "1.5" } }, [`${path}/orders`, 200]);
    await put(`${A}/trades/99/orders`, exits, [`${path}/orders`, 404]);
    const again = await practice.post(`${A}/orders`, market("1000"));
    const next = `${A}/trades/${again.json.orderFillTransaction?.id}`;
    const labels = { clientExtensions: LABELS };
    await put(`${next}/clientExtensions`, labels, [`${path}/clientExtensions`, 200]);
    await put(`${next}/clientExtensions`, {}, [`${path}/clientExtensions`, 400]);
    await put(`${A}/trades/99/clientExtensions`, labels, [`${path}/clientExtensions`, 404]);
    await put(`${next}/close`, { units: "1" }, [`${path}/close`, 200]);
    await put(`${next}/close`, { units: "9999" }, [`${path}/close`, 400]);
    await put(`${A}/trades/99/close`, undefined, [`${path}/close`, 404]);
    await put(`${A}/positions/EUR_USD/close`, { shortUnits: "ALL" }, [position, 400]);
    await put(`${A}/positions/EUR_USD/close`, { longUnits: "ALL" }, [position, 200]);
    await put(`${A}/positions/EUR_USD/close`, { longUnits: "ALL" }, [position, 404]);
  });

  it("fits the answers to changes of the account", async () => {
    const practice = await openPractice();
    const path = `${ACCOUNT_PATH}/configuration`;
    const patch = (body: object) =>
      practice.ask({ method: "PATCH", path: `${A}/configuration`, body: JSON.stringify(body) });
    expectForm(await patch({ alias: "A", marginRate: "0.05" }), {
      method: "PATCH",
      path,
      status: 200,
    });
    expectForm(await patch({}), { method: "PATCH", path, status: 400 });
  });

  it("fits guaranteed stops, as far as it knows them", async () => {
    const accounts = [EURO_ACCOUNT];
    const practice = await openPractice({ accounts, guaranteedStops: "REQUIRED" });
    const guaranteed = { guaranteedStopLossOnFill: { distance: "0.01" } };
    await practice.post(`${A}/orders`, market("1000", guaranteed));
    await practice.clock.advance(1000);
    practice.price("EUR_USD", "1.08000", "1.08010");
    await practice.clock.advance(1000);
    await practice.post(`${A}/orders`, market("1000", guaranteed));
    await practice.post(`${A}/orders`, market("1000"));
    for (const [path, target] of READS) {
      expectForm(await practice.get(target), { method: "GET", path, status: 200 });
    }
  });

  it("fits every line of the streams", async () => {
    const practice = await openPractice({ timing: { heartbeatMs: 500 } });
    const log = await practice.stream(`${A}/transactions/stream`);
    const prices = await practice.stream(`${A}/pricing/stream?instruments=EUR_USD`);
    await practice.post(`${A}/orders`, market("1000", EXITS));
    expect(differencesFromDefinition("Transaction", await log.next())).toEqual([]);
    expect(differencesFromDefinition("ClientPrice", await prices.next())).toEqual([]);
    for (let tick = 0; tick < 3; tick += 1) await practice.clock.advance(250);
    const heartbeat = await prices.next();
    expect(differencesFromDefinition("PricingHeartbeat", heartbeat)).toEqual([]);
    let line = await log.next();
    while (line.type !== "HEARTBEAT") line = await log.next();
    expect(differencesFromDefinition("TransactionHeartbeat", line)).toEqual([]);
  });
});
