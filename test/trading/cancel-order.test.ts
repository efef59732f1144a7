import { describe, expect, it } from "vitest";
import { decimal, toPrice } from "../../src/core/money.ts";
import type { Order } from "../../src/core/order.ts";
import { cancelOrder } from "../../src/trading/cancel-order.ts";
import { entriesOf, findPending } from "../../src/trading/pending-orders.ts";
import { placeOrder } from "../../src/trading/place-order.ts";
import { settleIntents } from "../../src/trading/settle.ts";
import { anOrder, aTrade, NOON } from "../support/market.ts";
import { EVERYTHING, lost, rejected } from "../support/scripted-broker.ts";
import { aDesk, aDraft, failureOf, sending, type TestDesk } from "./test-desk.ts";

const STOP = { orderId: "6", type: "stop_loss", side: "sell", tradeId: "7" } as const;

function holding(...orders: readonly Order[]): TestDesk {
  const desk = aDesk();
  desk.broker.pendingOrders = orders.length > 0 ? orders : [anOrder()];
  desk.broker.trades = [aTrade({ stopLoss: toPrice(decimal("1.07")) })];
  return desk;
}

async function cancel(desk: TestDesk, id = "5", options = sending()) {
  const state = await desk.broker.state();
  return cancelOrder(desk, await findPending(desk, id, state), { ...options, state });
}

describe("a cancellation", () => {
  it("takes the road of every order: journaled, audited, reported as done", async () => {
    const desk = holding();
    const report = await cancel(desk);
    expect(desk.broker.placed).toMatchObject([{ kind: "cancel", orderId: "5", side: "buy" }]);
    expect(report).toMatchObject({
      status: "cancelled",
      orderId: "5",
      type: "limit",
      side: "buy",
      units: "1000",
      price: "1.07000",
      expectedPrice: null,
      filledUnits: "0",
      timeInForce: "GTC",
      compliance: [{ rule: "halt", outcome: "pass" }],
      error: null,
    });
    const [intent] = await desk.journal.recent("paper", "001", 1);
    expect(intent).toMatchObject({ state: "settled", request: { kind: "cancel", orderId: "5" } });
  });

  it("of an exit names the trade that loses it", async () => {
    const report = await cancel(holding(anOrder(STOP)), "6");
    expect(report).toMatchObject({ status: "cancelled", type: "stop_loss", tradeIds: ["7"] });
  });

  it("needs no price: it is possible while there is none", async () => {
    const desk = holding();
    desk.broker.quote = { ...desk.broker.quote, instrument: "GBP_USD" };
    expect(await cancel(desk)).toMatchObject({ status: "cancelled", error: null });
  });

  it("P6 is possible while trading is halted, but takes no stop away", async () => {
    const desk = holding(anOrder(), anOrder(STOP));
    await desk.halts.halt(null, { since: NOON, reason: "enough" });
    expect(await cancel(desk, "5")).toMatchObject({ status: "cancelled", error: null });
    const refused = await cancel(desk, "6");
    expect(refused).toMatchObject({ status: "rejected", error: { code: "TRADING_HALTED" } });
    expect(desk.broker.placed).toHaveLength(1);
  });

  it("P2 is possible while another order's fate is unknown", async () => {
    const desk = { ...holding(), capabilities: { ...EVERYTHING, arrivalGraceMs: 30_000 } };
    desk.broker.script.place = () => Promise.reject(lost());
    await placeOrder(desk, aDraft(), sending());
    desk.broker.script.place = async (order) => desk.broker.answerTo(order);
    expect(await cancel(desk)).toMatchObject({ status: "cancelled" });
  });

  it("NW-03 whose answer was lost is proven from the log, now or later", async () => {
    const desk = { ...holding(), capabilities: { ...EVERYTHING, arrivalGraceMs: 30_000 } };
    desk.broker.script.place = () => Promise.reject(lost());
    const unknown = await cancel(desk);
    expect(unknown).toMatchObject({ status: "unknown", error: { code: "OUTCOME_UNKNOWN" } });
    desk.broker.script.outcomeOf = async () => desk.broker.answerTo(firstSent(desk));
    const { settled, open } = await settleIntents(desk);
    expect(open).toEqual([]);
    expect(settled).toMatchObject([{ status: "cancelled", orderId: "5", error: null }]);
  });

  it("can be tried dry, and asks like every order", async () => {
    const desk = holding();
    expect(await cancel(desk, "5", { ...sending(), isDryRun: true })).toMatchObject({
      status: "dry_run",
      price: "1.07000",
    });
    const confirm = () => Promise.reject(new Error("no"));
    await expect(cancel(desk, "5", { ...sending(), confirm })).rejects.toThrow("no");
    expect(desk.broker.placed).toEqual([]);
  });

  it("is asked about again after the answer, for trading may have been halted meanwhile", async () => {
    const desk = holding(anOrder(STOP));
    const confirm = async () => {
      await desk.halts.halt(null, { since: NOON, reason: "enough" });
      return true;
    };
    const report = await cancel(desk, "6", { ...sending(), confirm });
    expect(report.error?.code).toBe("TRADING_HALTED");
  });
});

describe("BR-06 an order that was filled before it could be cancelled", () => {
  const gone = () => {
    const desk = holding();
    desk.broker.script.place = async () => {
      desk.broker.pastOrders = [anOrder({ state: "filled", endedBy: "33" })];
      desk.broker.pendingOrders = [];
      return rejected("ORDER_NOT_FOUND", "ORDER_DOESNT_EXIST");
    };
    return desk;
  };

  it("is reported as rejected, with what became of it", async () => {
    const report = await cancel(gone());
    expect(report).toMatchObject({ status: "rejected", error: { code: "ORDER_NOT_FOUND" } });
    expect(report.error?.message).toContain("Order 5 was filled (transaction 33).");
  });

  it("is reported in the broker's words when nobody can tell more", async () => {
    const desk = gone();
    desk.broker.order = () => Promise.reject(lost());
    expect((await cancel(desk)).error?.message).toBe("The broker said ORDER_DOESNT_EXIST.");
  });
});

describe("the pending order that is meant", () => {
  it("is named by the broker's id or by our own", async () => {
    const desk = holding();
    const state = await desk.broker.state();
    expect(await findPending(desk, "5", state)).toMatchObject({ orderId: "5" });
    expect(await findPending(desk, "@mine-5", state)).toMatchObject({ orderId: "5" });
    const failure = await failureOf(() => findPending(desk, "mine-5", state));
    expect(failure).toMatchObject({ code: "ORDER_NOT_FOUND", sent: false });
  });

  it("is followed through its changes by our own id, and not by the broker's", async () => {
    const desk = aDesk();
    const [first, second, third] = ["5", "8", "11"];
    desk.broker.pastOrders = [
      anOrder({ orderId: first, state: "cancelled", replacedBy: second }),
      anOrder({ orderId: second, clientOrderId: null, state: "cancelled", replacedBy: third }),
      anOrder({ orderId: third, clientOrderId: null }),
    ];
    const state = await desk.broker.state();
    expect(await findPending(desk, "@mine-5", state)).toMatchObject({ orderId: third });
    const failure = await failureOf(() => findPending(desk, "5", state));
    expect(failure.message).toContain("Order 5 was replaced by order 8.");
    desk.broker.pastOrders = desk.broker.pastOrders.slice(0, 1);
    const lostTrail = await failureOf(() => findPending(desk, "@mine-5", state));
    expect(lostTrail.message).toContain("Order 5 was replaced by order 8.");
  });

  it("may have come after the state was read", async () => {
    const desk = holding();
    const state = { ...(await desk.broker.state()), pendingOrders: [] };
    const order = await findPending(desk, "5", state);
    const report = await cancelOrder(desk, order, { ...sending(), state });
    expect(report).toMatchObject({ status: "cancelled", type: "limit", price: "1.07000" });
  });

  it("is an entry, when all are meant: exits protect what is open", async () => {
    const other = anOrder({ orderId: "8", instrument: "USD_JPY" });
    const desk = holding(anOrder(), anOrder(STOP), other);
    const state = await desk.broker.state();
    expect(entriesOf(state, null).map(({ orderId }) => orderId)).toEqual(["5", "8"]);
    expect(entriesOf(state, "USD_JPY").map(({ orderId }) => orderId)).toEqual(["8"]);
  });
});

function firstSent({ broker }: TestDesk) {
  const [request] = broker.placed;
  if (!request) throw new Error("nothing was sent");
  return request;
}
