import { describe, expect, it } from "vitest";
import { decimal, toPrice, toUnits } from "../../../src/core/money.ts";
import { failureOf } from "../../resilience/loopback.ts";
import { clearOrder, marketOrder } from "../../support/clear-order.ts";
import { openPractice } from "./practice.ts";
import { A, fixture, openScripted, type Scripted } from "./scripted-oanda.ts";

const ORDER = marketOrder({
  clientOrderId: "tmt-10",
  units: toUnits(decimal("10000")),
  stopLoss: { kind: "price", price: toPrice(decimal("1.095")) },
});
const SINCE = `GET ${A}/transactions/sinceid`;
const FILLED = fixture("post-order-filled");
const TIME = "2026-11-18T14:00:55.123456789Z";
const STOP = { id: "2051", time: TIME, type: "STOP_LOSS_ORDER", tradeID: "2050", price: "1.09500" };
const REFUSAL = {
  ...STOP,
  type: "STOP_LOSS_ORDER_REJECT",
  rejectReason: "PENDING_ORDERS_ALLOWED_EXCEEDED",
};

const signal = () => ({ signal: new AbortController().signal });

/** The outcome of the order where its answer and the log are these, and what was asked for. */
async function placed(answer: Record<string, unknown>, log?: Scripted) {
  const { broker, seen } = await openScripted({
    [`POST ${A}/orders`]: { status: 201, body: { ...FILLED, ...answer } },
    ...(log ? { [SINCE]: log } : {}),
  });
  const outcome = await broker.place(clearOrder(ORDER), signal());
  return { outcome, asked: seen.map(({ method, path }) => `${method} ${path.slice(A.length)}`) };
}

const log = (transactions: readonly unknown[], last: string): Scripted => ({
  body: { transactions, lastTransactionID: last },
});

describe("BR-05 the stop of an order that was filled", () => {
  it("is refused where the answer holds its rejection", async () => {
    const { outcome, asked } = await placed({ stopLossOrderRejectTransaction: REFUSAL });
    expect(outcome).toMatchObject({
      status: "filled",
      openedTradeId: "2050",
      refusedStop: {
        brokerCode: "PENDING_ORDERS_ALLOWED_EXCEEDED",
        message: expect.stringContaining("OANDA refused it: "),
      },
    });
    expect(asked).toEqual(["POST /orders"]);
  });

  it("is there where the answer lists as many transactions as it takes, and nothing is asked", async () => {
    const { outcome, asked } = await placed({});
    expect(outcome).not.toHaveProperty("refusedStop");
    expect(asked).toEqual(["POST /orders"]);
  });

  it("is looked for in the log where the answer lists too few", async () => {
    const short = { relatedTransactionIDs: ["2049", "2050"], lastTransactionID: "2050" };
    const { outcome, asked } = await placed(short, log([STOP], "2051"));
    expect(outcome).not.toHaveProperty("refusedStop");
    expect(asked).toEqual(["POST /orders", "GET /transactions/sinceid?id=2050"]);
  });

  it.each<[string, Scripted, string]>([
    ["doesn't hold it a moment later either", log([], "2050"), "STOP_LOSS_MISSING"],
    ["holds its rejection", log([REFUSAL], "2051"), "PENDING_ORDERS_ALLOWED_EXCEEDED"],
    ["can't be read", { status: 404, body: { errorMessage: "gone" } }, "STOP_LOSS_MISSING"],
  ])("is missing where that log %s, and the order is sent once", async (_, answer, code) => {
    const short = { relatedTransactionIDs: ["2049", "2050"], lastTransactionID: "2050" };
    const { outcome, asked } = await placed(short, answer);
    expect(outcome).toMatchObject({ status: "filled", refusedStop: { brokerCode: code } });
    expect(asked.filter((request) => request.startsWith("POST"))).toHaveLength(1);
  });
});

describe("BR-05 the stop of an order whose answer was lost", () => {
  const { orderCreateTransaction: created, orderFillTransaction: filled } = FILLED;

  async function lookUp(entries: readonly unknown[], last: string) {
    const { broker } = await openScripted({
      [`GET ${A}/summary`]: { body: { lastTransactionID: last } },
      [SINCE]: log(entries, last),
    });
    return broker.outcomeOf(ORDER, "2048");
  }

  it("is there, refused or missing as the log says", async () => {
    expect(await lookUp([created, filled, STOP], "2051")).not.toHaveProperty("refusedStop");
    expect(await lookUp([created, filled, REFUSAL], "2051")).toMatchObject({
      status: "filled",
      refusedStop: { brokerCode: "PENDING_ORDERS_ALLOWED_EXCEEDED" },
    });
    expect(await lookUp([created, filled], "2050")).toMatchObject({
      status: "filled",
      refusedStop: { brokerCode: "STOP_LOSS_MISSING" },
    });
  });

  it("BR-16 isn't called missing by a log that isn't complete", async () => {
    const failure = await failureOf(lookUp([created, filled], "2055"));
    expect(failure.code).toBe("BROKER_UNAVAILABLE");
  });
});

describe("BR-05 a practice server that was asked to refuse stops", () => {
  it.each(["node", "undici"] as const)("is told apart over %s", async (transport) => {
    const { server, broker, close } = await openPractice(transport);
    try {
      server.faultNext("stop-refused", { method: "POST" });
      const { quotes } = await broker.quotes(["EUR_USD"]);
      const stop = toPrice(
        quotes[0]?.bid.minus(decimal("0.005")).rounded(5, "down") ?? decimal("1"),
      );
      const order = { ...ORDER, stopLoss: { kind: "price", price: stop } } as const;
      const made: string[] = [];
      const options = { ...signal(), onMade: (ids: readonly string[]) => made.push(...ids) };
      const outcome = await broker.place(clearOrder({ ...order, clientOrderId: "a" }), options);
      expect(outcome).toMatchObject({
        status: "filled",
        refusedStop: { brokerCode: "INTERNAL_SERVER_ERROR" },
      });
      const { trades, account } = await broker.state();
      expect(trades[0]).toMatchObject({ id: made[1], stopLoss: null });
      expect([made.length, made.at(-1)]).toEqual([3, account.lastTransactionId]);
      expect(await broker.outcomeOf({ ...order, clientOrderId: "a" }, "1")).toEqual(outcome);
      const next = await broker.place(clearOrder({ ...order, clientOrderId: "b" }), signal());
      expect(next).not.toHaveProperty("refusedStop");
    } finally {
      await close();
    }
  });
});
