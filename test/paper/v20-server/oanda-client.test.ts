import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import type { PracticeServerOptions } from "../../../src/paper/v20-server/server.ts";
import { A, ACCOUNT, type Body, market, openPractice, TOKEN } from "./practice.ts";

/** What OANDA's own JavaScript client hands to its callbacks. */
type ClientResponse = {
  readonly statusCode: string;
  readonly body: Body;
  readonly rawBody: string;
};
type Method = (...parameters: readonly unknown[]) => void;
type Group = Readonly<Record<string, Method>>;
type GroupName =
  | "account"
  | "instrument"
  | "order"
  | "position"
  | "pricing"
  | "trade"
  | "transaction";
type Client = Readonly<Record<GroupName, Group>> & { setToken(token: string): void };
type ClientModule = {
  readonly Context: new (host: string, port: number, ssl: boolean, application: string) => Client;
};

const require = createRequire(import.meta.url);
const { Context }: ClientModule = require("@oanda/v20/context");

async function openClient(options: Partial<PracticeServerOptions> = {}) {
  const practice = await openPractice(options);
  const { hostname, port } = new URL(practice.server.url);
  const client = new Context(hostname, Number(port), false, "test");
  client.setToken(TOKEN);
  return { practice, client };
}

function ask(group: Group, method: string, ...parameters: unknown[]): Promise<ClientResponse> {
  return new Promise((resolve) => group[method]?.(...parameters, resolve));
}

describe("OANDA's JavaScript client", () => {
  it("reads accounts, instruments and prices", async () => {
    const { client } = await openClient();
    const accounts = await ask(client.account, "list");
    expect(accounts.body.accounts[0]?.id).toBe(ACCOUNT);
    const whole = await ask(client.account, "get", ACCOUNT);
    expect(whole.body.account?.NAV).toBe("100000.0000");
    const summary = await ask(client.account, "summary", ACCOUNT);
    expect(summary.body.account?.balance).toBe("100000.0000");
    const instruments = await ask(client.account, "instruments", ACCOUNT, {});
    expect(instruments.body.instruments[0]?.name).toBe("EUR_USD");
    const prices = await ask(client.pricing, "get", ACCOUNT, { instruments: "EUR_USD" });
    expect(prices.body.prices[0]?.closeoutAsk).toBe("1.10010");
  });

  it("trades: it opens, looks, cancels an exit and closes", async () => {
    const { client } = await openClient();
    const created = await ask(client.order, "market", ACCOUNT, {
      instrument: "EUR_USD",
      units: "100",
      stopLossOnFill: { price: "1.05" },
    });
    expect(created.statusCode).toBe("201");
    const trades = await ask(client.trade, "list", ACCOUNT, {});
    const [trade] = trades.body.trades;
    expect(trade?.currentUnits).toBe("100");
    const cancelled = await ask(client.order, "cancel", ACCOUNT, trade?.stopLossOrder?.id);
    expect(cancelled.body.orderCancelTransaction?.reason).toBe("CLIENT_REQUEST");
    const closed = await ask(client.trade, "close", ACCOUNT, trade?.id, { units: "ALL" });
    expect(closed.body.orderFillTransaction?.reason).toBe("MARKET_ORDER_TRADE_CLOSE");
    const log = await ask(client.transaction, "since", ACCOUNT, { id: 2 });
    const types = log.body.transactions.map(({ type }) => type);
    expect(types).toEqual([
      "MARKET_ORDER",
      "ORDER_FILL",
      "STOP_LOSS_ORDER",
      "ORDER_CANCEL",
      "MARKET_ORDER",
      "ORDER_FILL",
    ]);
  });

  it("hears of a refusal", async () => {
    const { client } = await openClient();
    const refused = await ask(client.order, "market", ACCOUNT, {
      instrument: "EUR_USD",
      units: "0",
    });
    expect(refused.statusCode).toBe("400");
    expect(refused.body.errorCode).toBe("UNITS_INVALID");
  });

  it("places every kind of waiting order, changes it and takes it back", async () => {
    const { client } = await openClient();
    const { order } = client;
    const entry = { instrument: "EUR_USD", units: "100", price: "1.05" };
    for (const [method, spec, changed] of [
      ["limit", entry, { ...entry, price: "1.06" }],
      ["stop", { ...entry, price: "1.2" }, { ...entry, price: "1.21" }],
      ["marketIfTouched", entry, { ...entry, units: "50" }],
    ] as const) {
      const created = await ask(order, method, ACCOUNT, spec);
      expect([method, created.statusCode]).toEqual([method, "201"]);
      const id = created.body.orderCreateTransaction?.id;
      const replaced = await ask(order, `${method}Replace`, ACCOUNT, id, changed);
      expect(replaced.statusCode).toBe("201");
      expect(replaced.body.orderCancelTransaction?.reason).toBe("CLIENT_REQUEST_REPLACED");
      const next = replaced.body.orderCreateTransaction?.id;
      const labels = { clientExtensions: { id: method, tag: "t" } };
      const labelled = await ask(order, "setClientExtensions", ACCOUNT, next, labels);
      expect(labelled.statusCode).toBe("200");
      const shown = await ask(order, "get", ACCOUNT, `@${method}`);
      expect(shown.body.order?.clientExtensions?.tag).toBe("t");
      const pending = await ask(order, "listPending", ACCOUNT);
      expect(pending.body.orders).toHaveLength(1);
      const cancelled = await ask(order, "cancel", ACCOUNT, `@${method}`);
      expect(cancelled.body.orderCancelTransaction?.reason).toBe("CLIENT_REQUEST");
    }
    const all = await ask(order, "list", ACCOUNT, { state: "ALL" });
    expect(all.body.orders).toHaveLength(6);
  });

  it("guards a trade by exits of every kind, and closes it bit by bit", async () => {
    const { client } = await openClient();
    const { order, trade, position } = client;
    const created = await ask(order, "market", ACCOUNT, { instrument: "EUR_USD", units: "1000" });
    const tradeID = created.body.orderFillTransaction?.tradeOpened?.tradeID;
    for (const [method, spec, changed] of [
      ["takeProfit", { tradeID, price: "1.2" }, { tradeID, price: "1.21" }],
      ["stopLoss", { tradeID, price: "1.05" }, { tradeID, price: "1.06" }],
    ] as const) {
      const made = await ask(order, method, ACCOUNT, spec);
      expect([method, made.statusCode]).toEqual([method, "201"]);
      const id = made.body.orderCreateTransaction?.id;
      const replaced = await ask(order, `${method}Replace`, ACCOUNT, id, changed);
      expect([method, replaced.statusCode]).toEqual([method, "201"]);
    }
    // The client's own trailingStopLoss sends a STOP_LOSS.
    const trailing = { type: "TRAILING_STOP_LOSS", tradeID, distance: "0.03" };
    expect((await ask(order, "create", ACCOUNT, { order: trailing })).statusCode).toBe("201");
    const set = await ask(trade, "setDependentOrders", ACCOUNT, tradeID, {
      takeProfit: { price: "1.3" },
      stopLoss: null,
    });
    expect(set.body.takeProfitOrderTransaction?.price).toBe("1.30000");
    expect(set.body.stopLossOrderCancelTransaction?.reason).toBe("CLIENT_REQUEST");
    const labels = { clientExtensions: { id: "mine" } };
    expect((await ask(trade, "setClientExtensions", ACCOUNT, tradeID, labels)).statusCode).toBe(
      "200",
    );
    const open = await ask(trade, "listOpen", ACCOUNT);
    expect(open.body.trades[0]).toMatchObject({
      clientExtensions: { id: "mine" },
      takeProfitOrder: { price: "1.30000" },
      trailingStopLossOrder: { distance: "0.03000" },
    });
    const part = await ask(trade, "close", ACCOUNT, "@mine", { units: "400" });
    expect(part.body.orderFillTransaction?.tradeReduced?.units).toBe("-400");
    const shown = await ask(position, "get", ACCOUNT, "EUR_USD");
    expect(shown.body.position?.long?.units).toBe("600");
    const closed = await ask(position, "close", ACCOUNT, "EUR_USD", { longUnits: "ALL" });
    expect(closed.body.longOrderFillTransaction?.reason).toBe("MARKET_ORDER_POSITION_CLOSEOUT");
    expect((await ask(position, "listOpen", ACCOUNT)).body.positions).toEqual([]);
    expect((await ask(position, "list", ACCOUNT)).body.positions).toHaveLength(1);
    expect((await ask(trade, "get", ACCOUNT, tradeID)).body.trade?.state).toBe("CLOSED");
  });

  it("reads candles, the log in pages, changes, and changes its settings", async () => {
    const { practice, client } = await openClient();
    const { instrument, transaction, account } = client;
    const query = { granularity: "M1", price: "MBA", count: 1 };
    const candles = await ask(instrument, "candles", "EUR_USD", query);
    expect(candles.body.candles?.[0]).toMatchObject({ bid: { o: "1.10000" }, complete: false });
    expect((await ask(instrument, "orderBook", "EUR_USD", {})).statusCode).toBe("404");
    const configured = await ask(account, "configure", ACCOUNT, { alias: "Mine" });
    expect(configured.body.clientConfigureTransaction?.alias).toBe("Mine");
    const refused = await ask(account, "configure", ACCOUNT, { marginRate: "0" });
    expect(refused.body.clientConfigureRejectTransaction?.rejectReason).toBe("MARGIN_RATE_INVALID");
    const pages = await ask(transaction, "list", ACCOUNT, { pageSize: 2, type: "ADMIN" });
    expect(pages.body.count).toBe(3);
    expect(pages.body.pages[0]?.startsWith(practice.server.url)).toBe(true);
    const range = await ask(transaction, "range", ACCOUNT, { from: 1, to: 3 });
    expect(range.body.transactions.map(({ type }) => type)).toEqual([
      "CREATE",
      "TRANSFER_FUNDS",
      "CLIENT_CONFIGURE",
    ]);
    expect((await ask(transaction, "get", ACCOUNT, 1)).body.transaction?.homeCurrency).toBe("USD");
    const changes = await ask(account, "changes", ACCOUNT, { sinceTransactionID: 3 });
    expect(changes.body.changes?.transactions).toHaveLength(1);
    expect(changes.body.state?.NAV).toBe("100000.0000");
  });

  it("cuts a body with letters beyond ASCII short, and hears that it can't be read", async () => {
    const { client } = await openClient();
    const answer = await ask(client.order, "market", ACCOUNT, {
      instrument: "EUR_USD",
      units: "1",
      clientExtensions: { comment: "größer" },
    });
    expect(answer.statusCode).toBe("400");
    expect(JSON.parse(answer.rawBody).errorMessage).toBeDefined();
  });

  it("follows prices and transactions, heartbeats between them", async () => {
    const { practice, client } = await openClient({ timing: { heartbeatMs: 1000 } });
    const heard: Body[] = [];
    const listen = (line: Body) => heard.push(line);
    // The client's price stream names a class that it doesn't have; its users define one.
    Object.assign(globalThis, { Price: PlainPrice });
    try {
      client.transaction.stream?.(ACCOUNT, listen, () => undefined);
      client.pricing.stream?.(ACCOUNT, { instruments: "EUR_USD" }, listen, () => undefined);
      const count = (type: string) => heard.filter((line) => line.type === type).length;
      let ticks = 0;
      while ((count("HEARTBEAT") < 6 || count("ORDER_FILL") < 1) && ticks < 200) {
        if (ticks === 4) await practice.post(`${A}/orders`, market("1"));
        practice.price("EUR_USD", `1.1${1000 + ticks}`, "1.20000");
        await practice.clock.advance(250);
        ticks += 1;
      }
      expect(count("PRICE")).toBeGreaterThan(4);
      expect(count("HEARTBEAT")).toBeGreaterThanOrEqual(6);
      expect(count("MARKET_ORDER")).toBe(1);
      expect(heard.find(({ type }) => type === "PRICE")?.instrument).toBe("EUR_USD");
    } finally {
      Reflect.deleteProperty(globalThis, "Price");
      await practice.server.close();
    }
  });
});

class PlainPrice {
  constructor(fields: object) {
    Object.assign(this, fields);
  }
}
