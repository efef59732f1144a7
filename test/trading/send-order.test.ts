import { describe, expect, it } from "vitest";
import { Failure } from "../../src/core/failures.ts";
import { decimal, toUnits } from "../../src/core/money.ts";
import type { Desk } from "../../src/trading/desk.ts";
import { placeOrder } from "../../src/trading/place-order.ts";
import { bareConnection } from "../history/sqlite/support.ts";
import { EVERYTHING, lost, rejected, unsent } from "../support/scripted-broker.ts";
import {
  aDesk,
  aDraft,
  failureOf,
  sending,
  type TestDesk,
  THIS_PROCESS,
  withJournal,
} from "./test-desk.ts";

const GRACE_MS = 30_000;

async function report(desk: Desk, changes: Parameters<typeof aDraft>[0] = {}) {
  return (await placeOrder(desk, aDraft(changes), sending())).report;
}

function auditKinds({ path }: TestDesk): unknown[] {
  const rows = bareConnection(path).prepare("SELECT kind FROM audit ORDER BY sequence").pluck();
  return rows.all();
}

function storedIntents({ path }: TestDesk): unknown[] {
  const sql =
    "SELECT client_order_id AS id, state, owner, since_transaction_id AS since FROM intents";
  return bareConnection(path).prepare(sql).all();
}

describe("before an order leaves", () => {
  it("PR-01 the intent and its audit entry are in the database file when the broker hears of it", async () => {
    const desk = aDesk();
    const seen: unknown[] = [];
    desk.broker.script.place = async (order) => {
      seen.push(...storedIntents(desk), ...auditKinds(desk));
      return desk.broker.fillOf(order);
    };
    await report(desk, { clientOrderId: "mine-1" });
    expect(seen).toEqual([
      { id: "mine-1", state: "sending", owner: THIS_PROCESS, since: "100" },
      "order.sent",
    ]);
  });

  it("BR-01 a client id that was used before is refused and nothing is placed", async () => {
    const desk = aDesk();
    await report(desk, { clientOrderId: "mine-1" });
    const { status, error } = await report(desk, { clientOrderId: "mine-1" });
    expect({ status, code: error?.code }).toEqual({
      status: "rejected",
      code: "DUPLICATE_CLIENT_ORDER_ID",
    });
    expect(error?.message).toMatch(/nothing was sent/i);
    expect(desk.broker.placed).toHaveLength(1);
  });

  it("DB-01 an intent that can't be written means that nothing is placed", async () => {
    const full = new Failure("STORAGE_FULL", "The disk is full. Nothing was sent.");
    const desk = withJournal(() => ({ open: () => Promise.reject(full) }));
    await expect(report(desk)).rejects.toBe(full);
    expect(desk.broker.placed).toHaveLength(0);
  });

  it("names an order that has no client id of its own", async () => {
    const desk = aDesk();
    const { clientOrderId } = await report(desk);
    expect(clientOrderId).toMatch(/^tmt-id-\d$/);
    expect(desk.broker.placed[0]?.clientOrderId).toBe(clientOrderId);
  });
});

describe("an answer", () => {
  it("is stored with the order, and audited", async () => {
    const desk = aDesk();
    const shown = await report(desk, { clientOrderId: "mine-1" });
    expect(shown).toMatchObject({ status: "filled", orderId: "101", error: null });
    const key = { connection: "paper", account: "001", clientOrderId: "mine-1" };
    const intent = await desk.journal.find(key);
    expect(intent).toMatchObject({ state: "settled", result: JSON.parse(JSON.stringify(shown)) });
    expect(auditKinds(desk)).toEqual(["order.sent", "order.filled"]);
  });

  it("that says no is reported in the broker's words", async () => {
    const desk = aDesk();
    desk.broker.script.place = async () => rejected("INSUFFICIENT_MARGIN", "MARGIN_LOW");
    const shown = await report(desk);
    expect(shown).toMatchObject({
      status: "rejected",
      filledUnits: "0",
      error: { code: "INSUFFICIENT_MARGIN", brokerCode: "MARGIN_LOW" },
    });
    expect(auditKinds(desk)).toEqual(["order.sent", "order.rejected"]);
  });

  it("that it waits or was cancelled is reported", async () => {
    const desk = aDesk();
    desk.broker.script.place = async () => ({ status: "pending", orderId: "101" });
    expect(await report(desk)).toMatchObject({ status: "pending", orderId: "101", error: null });
    const no = rejected("INSUFFICIENT_LIQUIDITY", "BOUNDS_VIOLATION");
    if (no.status !== "rejected") throw new Error("a rejection was expected");
    desk.broker.script.place = async () => ({ ...no, status: "cancelled", orderId: "101" });
    expect(await report(desk)).toMatchObject({
      status: "cancelled",
      orderId: "101",
      error: { code: "INSUFFICIENT_LIQUIDITY" },
    });
  });

  it("comes with how long it took, and how much of that was the broker", async () => {
    const desk = aDesk();
    desk.broker.script.place = async (order) => {
      desk.clock.advance(120);
      return desk.broker.fillOf(order);
    };
    const shown = await report(desk);
    expect(shown).toMatchObject({ latencyMs: 120, brokerLatencyMs: 120 });
    expect(shown.submittedAt).toBe("2026-11-18T12:00:00.000000000Z");
    expect(shown.completedAt).toBe("2026-11-18T12:00:00.120000000Z");
  });

  it("TM-01 is timed right although the wall clock jumps meanwhile", async () => {
    const desk = aDesk();
    desk.broker.script.place = async (order) => {
      desk.clock.advance(50);
      desk.clock.jump(-3_600_000);
      return desk.broker.fillOf(order);
    };
    expect(await report(desk)).toMatchObject({ latencyMs: 50, brokerLatencyMs: 50 });
  });

  it("DB-01 that can't be stored is told all the same", async () => {
    const full = new Failure("STORAGE_FULL", "The disk is full.");
    const desk = withJournal(() => ({ settle: () => Promise.reject(full) }));
    const failure = await failureOf(() => report(desk, { clientOrderId: "mine-1" }));
    expect(failure.code).toBe("STORAGE_FULL");
    expect(failure.message).toContain("Order mine-1 is filled (1000 of 1000 units)");
    expect(failure.message).toContain("The disk is full.");
    expect(failure.details).toMatchObject({
      report: { status: "filled", averagePrice: "1.08510" },
    });
    expect(desk.broker.placed).toHaveLength(1);
  });

  it("DB-01 a defect of the journal isn't dressed up", async () => {
    const desk = withJournal(() => ({ settle: () => Promise.reject(new TypeError("broken")) }));
    await expect(report(desk)).rejects.toThrow(TypeError);
  });
});

describe("an order that provably never left", () => {
  it("NW-02 is rejected, and says that nothing was sent", async () => {
    const desk = aDesk();
    desk.broker.script.place = () => Promise.reject(unsent());
    const shown = await report(desk);
    expect(shown).toMatchObject({
      status: "rejected",
      orderId: null,
      error: { code: "BROKER_UNAVAILABLE", brokerCode: null },
    });
    expect(shown.error?.message).toContain("Nothing was sent.");
    expect(desk.broker.lookedUp).toHaveLength(0);
    expect(await desk.journal.unsettled("paper", "001")).toEqual([]);
    expect(auditKinds(desk)).toEqual(["order.sent", "order.rejected"]);
  });
});

describe("an order whose answer was lost", () => {
  it("NW-03 is looked up, never sent twice", async () => {
    const desk = aDesk();
    desk.broker.script.place = () => Promise.reject(lost());
    desk.broker.script.outcomeOf = async (request) => desk.broker.fillOf(request);
    const shown = await report(desk, { clientOrderId: "mine-1" });
    expect(shown).toMatchObject({ status: "filled", orderId: "101", error: null });
    expect(desk.broker.placed).toHaveLength(1);
    expect(desk.broker.lookedUp).toEqual([{ clientOrderId: "mine-1", since: "100" }]);
    expect(desk.clock.sleeps).toEqual([]);
  });

  it("NW-04 is looked for again while the log doesn't show it", async () => {
    const desk = aDesk();
    desk.broker.script.place = () => Promise.reject(lost());
    desk.broker.script.outcomeOf = async (request) =>
      desk.broker.lookedUp.length < 4 ? null : desk.broker.fillOf(request);
    expect(await report(desk)).toMatchObject({ status: "filled" });
    expect(desk.broker.placed).toHaveLength(1);
    expect(desk.clock.sleeps).toEqual([250, 500, 1000]);
  });

  it("HT-07 is unknown when no look shows it: it may be live, and isn't sent again", async () => {
    const desk = aDesk();
    desk.broker.script.place = () => Promise.reject(lost());
    const shown = await report(desk, { clientOrderId: "mine-1" });
    expect(shown).toMatchObject({
      status: "unknown",
      filledUnits: "0",
      error: { code: "OUTCOME_UNKNOWN", brokerCode: null },
    });
    expect(shown.error?.message).toContain("It may be live.");
    expect(shown.error?.hint).toContain("order reconcile -c paper");
    expect(desk.broker.placed).toHaveLength(1);
    expect(desk.broker.lookedUp).toHaveLength(6);
    expect(await desk.journal.unsettled("paper", "001")).toMatchObject([{ state: "unknown" }]);
    expect(auditKinds(desk)).toEqual(["order.sent", "order.unknown"]);
  });

  it.each([
    ["can't be reached", new Failure("BROKER_UNAVAILABLE", "No connection.")],
    ["answers nonsense", new RangeError("no outcome in it")],
  ])("HT-03 is unknown when the broker %s while it is looked up", async (_, error) => {
    const desk = aDesk();
    desk.broker.script.place = () => Promise.reject(lost());
    desk.broker.script.outcomeOf = () => Promise.reject(error);
    expect(await report(desk)).toMatchObject({ status: "unknown" });
    expect(await desk.journal.unsettled("paper", "001")).toMatchObject([{ state: "unknown" }]);
  });

  it.each([
    ["an error", new TypeError("adapter broke")],
    ["something that is no error", "adapter broke"],
  ])("PR-10 is looked up as well when the adapter throws %s", async (_, error) => {
    const desk = aDesk();
    desk.broker.script.place = () => Promise.reject(error);
    desk.broker.script.outcomeOf = async (request) => desk.broker.fillOf(request);
    expect(await report(desk)).toMatchObject({ status: "filled" });
    desk.broker.script.outcomeOf = async () => null;
    const shown = await report(desk);
    expect(shown.status).toBe("unknown");
    expect(shown.error?.message).toContain("adapter broke");
  });
});

describe("while an order's fate is unknown", () => {
  async function withUnknown(): Promise<TestDesk> {
    const desk = aDesk({ capabilities: { ...EVERYTHING, arrivalGraceMs: GRACE_MS } });
    desk.broker.script.place = () => Promise.reject(lost());
    await report(desk, { clientOrderId: "mine-1" });
    desk.broker.script.place = async (order) => desk.broker.fillOf(order);
    return desk;
  }

  it("P2 a new order in the instrument is refused and names the first", async () => {
    const desk = await withUnknown();
    const failure = await failureOf(() => report(desk));
    expect(failure).toMatchObject({
      code: "OUTCOME_UNKNOWN",
      sent: false,
      retryable: true,
      details: { clientOrderId: "mine-1" },
    });
    expect(failure.message).toContain("it may be live");
    expect(failure.message).toContain("The new order was not sent.");
    expect(failure.hint).toContain("order reconcile -c paper");
    expect(desk.broker.placed).toHaveLength(1);
  });

  it("P2 other instruments trade on", async () => {
    const desk = await withUnknown();
    desk.broker.quote = { ...desk.broker.quote, instrument: "GBP_USD" };
    expect(await report(desk, { instrument: "GBP_USD" })).toMatchObject({ status: "filled" });
  });

  it("P2 the instrument trades again once the log has proven what became of it", async () => {
    const desk = await withUnknown();
    desk.broker.script.outcomeOf = async (request) => desk.broker.fillOf(request);
    expect(await report(desk)).toMatchObject({ status: "filled" });
    expect(await desk.journal.unsettled("paper", "001")).toEqual([]);
  });

  it("P2 the instrument trades again once nothing of it can arrive any more", async () => {
    const desk = await withUnknown();
    desk.clock.advance(GRACE_MS);
    desk.broker.quote = { ...desk.broker.quote, time: desk.clock.now() };
    expect(
      await report(desk, { size: { kind: "units", units: toUnits(decimal("5")), text: "5" } }),
    ).toMatchObject({
      status: "filled",
      units: "5",
    });
  });
});
