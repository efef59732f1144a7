import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { A, ACCOUNT, type Body, openPractice, TOKEN } from "./practice.ts";

/** What OANDA's own JavaScript client hands to its callbacks. */
type ClientResponse = {
  readonly statusCode: string;
  readonly body: Body;
  readonly rawBody: string;
};
type Method = (...parameters: readonly unknown[]) => void;
type Group = Readonly<Record<string, Method>>;
type Client = Readonly<Record<"account" | "order" | "trade" | "pricing" | "transaction", Group>> & {
  setToken(token: string): void;
};
type ClientModule = {
  readonly Context: new (host: string, port: number, ssl: boolean, application: string) => Client;
};

const require = createRequire(import.meta.url);
const { Context }: ClientModule = require("@oanda/v20/context");

async function openClient() {
  const practice = await openPractice();
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

  it("follows the transactions", async () => {
    const { practice, client } = await openClient();
    const heard = new Promise<Body>((resolve) => {
      client.transaction.stream?.(ACCOUNT, resolve, () => undefined);
    });
    while (practice.clock.monotonicMs() < 60_000) {
      const isHeard = await Promise.race([heard.then(() => true), practice.clock.advance(250)]);
      if (isHeard) break;
    }
    expect((await heard).type).toBe("HEARTBEAT");
    expect((await practice.get(A)).status).toBe(200);
  });
});
