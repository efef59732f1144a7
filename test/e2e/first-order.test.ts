import { beforeAll, describe, expect, it, vi } from "vitest";
import { decimal } from "../../src/core/money.ts";
import type { OrderReport } from "../../src/trading/order-report.ts";
import { clockAhead, type Finished, newUser, PATIENCE } from "../support/program.ts";

vi.setConfig(PATIENCE);

const ORDER_KEYS = [
  ...["orderId", "clientOrderId", "status", "connection", "broker", "environment", "account"],
  ...["instrument", "side", "type", "units", "filledUnits", "price", "averagePrice"],
  ...["expectedPrice", "slippagePips", "slippageCost", "currency", "fills", "tradeIds"],
  ...["stopLoss", "takeProfit", "trailingStop", "timeInForce", "expiresAt", "signalId", "agent"],
  ...["compliance", "latencyMs", "brokerLatencyMs", "submittedAt", "completedAt", "error"],
];
const FILL_KEYS = [
  ...["transactionId", "units", "price", "time", "realizedPl", "commission", "financing"],
];
const POSITION_KEYS = [
  ...["connection", "account", "instrument", "side", "units", "averagePrice", "currentPrice"],
  ...["unrealizedPl", "realizedPl", "financing", "marginUsed", "currency", "openedAt"],
  ...["ageSeconds", "trades", "hasStop", "stopDistancePips", "targetDistancePips", "r"],
  "unitsWithoutStop",
];
const TRADE_KEYS = [
  ...["id", "units", "openPrice", "openedAt", "unrealizedPl", "financing", "stopLoss"],
  ...["takeProfit", "trailingStop", "clientOrderId", "signalId", "realizedPl", "marginUsed"],
  ...["ageSeconds", "hasStop", "stopDistancePips", "targetDistancePips", "r"],
];
const ACCOUNT_KEYS = [
  ...["connection", "broker", "environment", "id", "alias", "region", "currency", "balance"],
  ...["unrealizedPl", "realizedPl", "equity", "marginUsed", "marginAvailable"],
  ...["marginCloseoutPercent", "leverage", "openPositions", "openTrades", "pendingOrders"],
  ...["asOf", "stale"],
];
const LISTED_ORDER_KEYS = [
  ...["orderId", "clientOrderId", "connection", "account", "instrument", "side", "type", "units"],
  ...["price", "distancePips", "currentPrice", "timeInForce", "expiresAt", "stopLoss"],
  ...["takeProfit", "trailingStop", "state", "createdAt", "signalId", "agent"],
  ...["distancePercent", "expiresInSeconds"],
];
/** Counts and durations: the only JSON numbers. Amounts, prices, units and rates are text. */
const NUMBERS = new Set([
  ...["latencyMs", "brokerLatencyMs", "ageSeconds", "sequence", "entries"],
  ...["openPositions", "openTrades", "pendingOrders", "expiresInSeconds"],
]);
const DECIMAL = /^-?\d+(\.\d+)?$/;
const UTC = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;
const ESCAPE = String.fromCharCode(27);

type Entry = { readonly kind: string; readonly data: Readonly<Record<string, unknown>> };

type Listed = Readonly<Record<"marginUsed" | "equity" | "balance" | "unrealizedPl", string>>;

describe("the first order of a new user", () => {
  const user = newUser();
  let placed: Finished;
  let order: OrderReport;

  beforeAll(async () => {
    placed = await user.run("order buy EUR_USD 10000 --sl --json");
    order = placed.json<OrderReport>();
  });

  it("is filled on the paper connection, with nothing set up", () => {
    expect({ code: placed.code, stderr: placed.stderr }).toEqual({ code: 0, stderr: "" });
    expect(order).toMatchObject({
      status: "filled",
      connection: "paper",
      broker: "paper",
      environment: "paper",
      instrument: "EUR_USD",
      side: "buy",
      units: "10000",
      filledUnits: "10000",
      currency: "USD",
      error: null,
    });
  });

  it("has a stop exactly 20 pips below its own price", () => {
    const { averagePrice, stopLoss } = order;
    const distance = decimal(averagePrice ?? "0").minus(decimal(stopLoss?.price ?? "0"));
    expect({ distance: distance.toFixed(4), pips: stopLoss?.distancePips }).toEqual({
      distance: "0.0020",
      pips: "20",
    });
  });

  it("is told in a document with exactly the contract's keys", () => {
    expect(keysOf([order])).toEqual(new Set(ORDER_KEYS));
    expect(keysOf(order.fills)).toEqual(new Set(FILL_KEYS));
    expect(keysOf(order.compliance)).toEqual(new Set(["detail", "outcome", "rule"]));
  });

  it("has its amounts as decimal text and its times in UTC", () => {
    const { slippagePips, slippageCost, price, averagePrice, expectedPrice, fills } = order;
    const amounts = [slippagePips, slippageCost, price, averagePrice, expectedPrice].concat(
      fills.flatMap((fill) => [fill.units, fill.price, fill.realizedPl, fill.commission]),
    );
    for (const amount of amounts) expect(amount).toMatch(DECIMAL);
    expect(averagePrice).toMatch(/^\d\.\d{5}$/);
    for (const time of [order.submittedAt, order.completedAt, fills[0]?.time]) {
      expect(time).toMatch(UTC);
    }
    expect(numbersIn(order)).toEqual(["brokerLatencyMs", "latencyMs"]);
  });

  it("is the position that another process sees, stop and client id included", async () => {
    const positions = (await user.run("positions --json")).json<[Record<string, unknown>]>();
    expect(positions).toMatchObject([
      {
        connection: "paper",
        instrument: "EUR_USD",
        side: "long",
        units: "10000",
        averagePrice: order.averagePrice,
        trades: [
          {
            id: order.tradeIds[0],
            openPrice: order.averagePrice,
            stopLoss: order.stopLoss?.price,
            clientOrderId: order.clientOrderId,
          },
        ],
      },
    ]);
    expect(keysOf(positions)).toEqual(new Set(POSITION_KEYS));
    expect(keysOf(positions[0].trades)).toEqual(new Set(TRADE_KEYS));
    expect(numbersIn(positions)).toEqual(["ageSeconds"]);
  });

  it("is in the account's margin and equity", async () => {
    const accounts = (await user.run("accounts --json")).json<[Listed]>();
    const [account] = accounts;
    expect(keysOf(accounts)).toEqual(new Set(ACCOUNT_KEYS));
    expect(account).toMatchObject({ balance: "100000", openPositions: 1, openTrades: 1 });
    expect(decimal(account.marginUsed).isPositive()).toBe(true);
    const { equity, balance, unrealizedPl } = account;
    expect(decimal(balance).plus(decimal(unrealizedPl)).equals(decimal(equity))).toBe(true);
    expect(numbersIn(accounts)).toEqual(["openPositions", "openTrades", "pendingOrders"]);
  });

  it("is listed as filled, and its stop as pending", async () => {
    const [filled, pending] = await Promise.all([
      user.run("order list --state filled --json"),
      user.run("order list --json"),
    ]);
    const { orderId, clientOrderId } = order;
    expect(filled.json()).toMatchObject([{ orderId, clientOrderId, state: "filled" }]);
    expect(keysOf(filled.json())).toEqual(new Set(LISTED_ORDER_KEYS));
    expect(pending.json()).toMatchObject([
      { type: "stop_loss", side: "sell", units: "10000", price: order.stopLoss?.price },
    ]);
    expect(numbersIn([filled.json(), pending.json()])).toEqual([]);
  });

  it("is shown by its order id and by its client id", async () => {
    const [byId, byClientId] = await Promise.all([
      user.run(`order show ${order.orderId} --json`),
      user.run(`order show @${order.clientOrderId} --json`),
    ]);
    expect(byId.json()).toMatchObject({ orderId: order.orderId, report: order });
    expect(byClientId.json()).toEqual(byId.json());
  });

  it("is in the audit trail: what was checked, what was sent, what came of it", async () => {
    const entries = (await user.run("history audit --json")).json<Entry[]>();
    expect(entries.map((entry) => entry.kind)).toEqual(["order.sent", "order.filled"]);
    for (const { data } of entries) {
      expect(data).toMatchObject({ clientOrderId: order.clientOrderId, connection: "paper" });
    }
    expect(entries[0]?.data.checks).toEqual(order.compliance);
    expect(entries[1]?.data).toMatchObject({ orderId: order.orderId, fills: order.fills });
  });

  it("leaves an audit chain that verifies", async () => {
    const verified = await user.run("history verify --json");
    expect(verified.code).toBe(0);
    expect(verified.json()).toMatchObject({ ok: true, entries: 2 });
  });

  it("is told to a person in one clear line, details below, without colour", async () => {
    const { code, stdout, stderr } = await user.run("order sell USD_JPY 5k --sl");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [first = "", ...rest] = stdout.trimEnd().split("\n");
    expect(first).toMatch(/^\[PAPER\] Sold 5,000 USD_JPY at \d+\.\d{3}$/);
    expect(rest.every((line) => line.startsWith("  "))).toBe(true);
    expect(stdout).toMatch(/stop loss +\d+\.\d{3} \(20 pips\), risk [\d.,]+ USD/);
    expect(stdout).toMatch(/order +\d+ \(client id tmt-[0-9A-Z]{26}\)/);
    expect(stdout).not.toContain(ESCAPE);
  });

  it("is told to a person in the lists too", async () => {
    const [positions, accounts] = await Promise.all([user.run("positions"), user.run("accounts")]);
    expect(positions.stdout).toMatch(/^\[PAPER\] paper/);
    expect(positions.stdout).toMatch(/^EUR_USD +long +10,000 /m);
    expect(positions.stdout).toMatch(/^USD_JPY +short +5,000 /m);
    expect(accounts.stdout).toMatch(/^\[PAPER\] +paper +paper-001 +100,000\.00 USD/m);
    expect(positions.stdout + accounts.stdout).not.toContain(ESCAPE);
  });
});

const DAY_MS = 86_400_000;

describe("a computer whose clock stands on another day", () => {
  it("fills the first order on every day of the week", async () => {
    const statuses: (readonly [string, string])[] = [];
    for (const days of [1, 2, 3, 4, 5, 6, 7]) {
      const user = newUser();
      const placed = await user.run("order buy EUR_USD 1000 --sl --json", {
        env: clockAhead(user, days * DAY_MS),
      });
      const { status, submittedAt } = placed.json<OrderReport>();
      statuses.push([new Date(submittedAt ?? "").toUTCString().slice(0, 3), status]);
    }
    expect(Object.fromEntries(statuses)).toEqual({
      ...{ Mon: "filled", Tue: "filled", Wed: "filled", Thu: "filled" },
      ...{ Fri: "filled", Sat: "filled", Sun: "filled" },
    });
  });
});

/** The keys that the entries of a list have, all the same ones. */
function keysOf(list: unknown): ReadonlySet<string> {
  const keys = Array.isArray(list) ? list.map((entry) => Object.keys(entry).join()) : [];
  expect(new Set(keys).size).toBe(1);
  return new Set(keys[0]?.split(","));
}

/** Names of the values that are JSON numbers. */
function numbersIn(document: unknown): readonly string[] {
  const found = new Set<string>();
  JSON.stringify(document, (key, value) => {
    if (typeof value === "number") found.add(key);
    return value;
  });
  expect([...found].filter((key) => !NUMBERS.has(key))).toEqual([]);
  return [...found].toSorted();
}
