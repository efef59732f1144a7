import { describe, expect, it } from "vitest";
import { Failure } from "../../src/core/failures.ts";
import { decimal, toPrice, toUnits } from "../../src/core/money.ts";
import type { OrderOutcome } from "../../src/core/order.ts";
import type { MarketOrder, OrderRequest } from "../../src/core/order-request.ts";
import { addMs } from "../../src/core/time.ts";
import { placeOrder } from "../../src/trading/place-order.ts";
import { requireSettled, settleIntents } from "../../src/trading/settle.ts";
import { bareConnection } from "../history/sqlite/support.ts";
import { closeOrder, marketOrder } from "../support/clear-order.ts";
import { NOON } from "../support/market.ts";
import { aFill, EVERYTHING, filled, rejected } from "../support/scripted-broker.ts";
import { aDesk, aDraft, exit, failureOf, sending, type TestDesk } from "./test-desk.ts";

const GRACE_MS = 30_000;
const DEAD = "desk:1:1";
const units = (text: string) => toUnits(decimal(text));
const price = (text: string) => toPrice(decimal(text));

/** A desk whose earlier process died after the intent was written; the report is what that process stored. */
async function afterCrash(
  changes: { owner?: string; request?: OrderRequest; draft?: Parameters<typeof aDraft>[0] } = {},
): Promise<TestDesk> {
  const desk = aDesk({ capabilities: { ...EVERYTHING, arrivalGraceMs: GRACE_MS } });
  const draft = aDraft(changes.draft ?? {});
  const { report, preview } = await placeOrder(desk, draft, { ...sending(), isDryRun: true });
  await desk.journal.open(
    {
      clientOrderId: "crashed-1",
      connection: "paper",
      account: "001",
      instrument: "EUR_USD",
      request: changes.request ?? { ...preview.built.order, clientOrderId: "crashed-1" },
      sinceTransactionId: "100",
      expectedPrice: "1.0851",
      createdAt: NOON,
      createdMonotonicMs: desk.clock.monotonicMs(),
      owner: changes.owner ?? DEAD,
      report: { ...report, clientOrderId: "crashed-1", status: "unknown" },
    },
    [],
  );
  return desk;
}

function outcome(desk: TestDesk, value: OrderOutcome | null): void {
  desk.broker.script.outcomeOf = async () => value;
}

describe("after a crash", () => {
  it("PR-01 an order that the log holds is settled as what it became", async () => {
    const desk = await afterCrash();
    outcome(desk, filled([aFill({ units: units("1000"), price: price("1.08520") })]));
    const { settled, open } = await settleIntents(desk);
    expect(open).toEqual([]);
    expect(settled).toMatchObject([
      {
        status: "filled",
        clientOrderId: "crashed-1",
        orderId: "101",
        filledUnits: "1000",
        price: "1.08520",
        averagePrice: "1.08520",
        tradeIds: ["102"],
        fills: [{ transactionId: "102", price: "1.08520" }],
        completedAt: NOON,
        error: null,
      },
    ]);
    expect(desk.broker.lookedUp).toEqual([{ clientOrderId: "crashed-1", since: "100" }]);
    expect(desk.broker.placed).toHaveLength(0);
  });

  it("PR-01 what was settled is stored, audited once, and not asked about again", async () => {
    const desk = await afterCrash();
    outcome(desk, filled([aFill({ units: units("1000"), price: price("1.0852") })]));
    await settleIntents(desk);
    expect((await settleIntents(desk)).settled).toEqual([]);
    expect(desk.broker.lookedUp).toHaveLength(1);
    const key = { connection: "paper", account: "001", clientOrderId: "crashed-1" };
    expect(await desk.journal.find(key)).toMatchObject({
      state: "settled",
      result: { status: "filled" },
    });
    const kinds = bareConnection(desk.path)
      .prepare("SELECT kind FROM audit WHERE kind = 'order.settled'")
      .all();
    expect(kinds).toHaveLength(1);
  });

  it("PR-01 an order that is absent long after it was sent never reached the broker", async () => {
    const desk = await afterCrash();
    desk.clock.advance(GRACE_MS);
    const { settled, open } = await settleIntents(desk);
    expect(open).toEqual([]);
    expect(settled).toMatchObject([{ status: "rejected", filledUnits: "0", fills: [] }]);
    expect(settled[0]?.error?.message).toContain("never reached it: nothing was executed");
  });

  it("NW-04 an order that is absent and young stays open: it may still arrive", async () => {
    const desk = await afterCrash();
    desk.clock.advance(GRACE_MS - 1);
    const { settled, open } = await settleIntents(desk);
    expect(settled).toEqual([]);
    expect(open).toMatchObject([{ clientOrderId: "crashed-1", state: "sending" }]);
  });

  it("NW-04 a log that is read slowly proves only what it held when it was asked", async () => {
    const desk = await afterCrash();
    desk.clock.advance(GRACE_MS - 1);
    desk.broker.script.outcomeOf = async () => {
      desk.clock.advance(10_000);
      return null;
    };
    expect((await settleIntents(desk)).open).toHaveLength(1);
  });

  it("TM-01 an order that seems to come from the future stays open", async () => {
    const desk = await afterCrash();
    desk.clock.jump(-3_600_000);
    expect((await settleIntents(desk)).open).toHaveLength(1);
  });

  it("PR-06 an order of a living process is left to it, and blocks nobody", async () => {
    const desk = await afterCrash({ owner: "desk:4711:1" });
    desk.clock.advance(60_000);
    const { settled, open } = await settleIntents(desk);
    expect(settled).toEqual([]);
    expect(open).toHaveLength(1);
    expect(desk.broker.lookedUp).toEqual([]);
    expect(() => requireSettled(open, "EUR_USD", desk)).not.toThrow();
    desk.clock.advance(1);
    // By then it would have said what became of it.
    expect((await settleIntents(desk)).open).toEqual([]);
  });

  it("an order that nobody can look up stays open and blocks its instrument only", async () => {
    const desk = await afterCrash();
    desk.clock.advance(GRACE_MS * 10);
    desk.broker.script.outcomeOf = () =>
      Promise.reject(new Failure("BROKER_UNAVAILABLE", "No connection."));
    const { settled, open } = await settleIntents(desk);
    expect(settled).toEqual([]);
    expect(() => requireSettled(open, "GBP_USD", desk)).not.toThrow();
    expect(await failureOf(() => requireSettled(open, "EUR_USD", desk))).toMatchObject({
      code: "OUTCOME_UNKNOWN",
      details: { clientOrderId: "crashed-1" },
    });
  });

  it("HT-08 a log that can't be understood leaves the order open instead of stopping everything", async () => {
    const desk = await afterCrash();
    desk.clock.advance(GRACE_MS * 10);
    desk.broker.script.outcomeOf = () => Promise.reject(new RangeError("new kind of entry"));
    expect((await settleIntents(desk)).open).toHaveLength(1);
  });
});

describe("a settled report", () => {
  async function settled(value: OrderOutcome, draft: Parameters<typeof aDraft>[0] = {}) {
    const desk = await afterCrash({ draft });
    outcome(desk, value);
    const [report] = (await settleIntents(desk)).settled;
    if (!report) throw new Error("a report was expected");
    return report;
  }
  const fill = (size: string, at: string) => aFill({ units: units(size), price: price(at) });

  it("adds partial fills up, and keeps the instrument's decimals", async () => {
    const partial = { ...filled([fill("400", "1.08510"), fill("200", "1.08520")]) };
    if (partial.status !== "filled") throw new Error("a fill was expected");
    const report = await settled({ ...partial, status: "partially_filled" });
    expect(report).toMatchObject({
      status: "partially_filled",
      filledUnits: "600",
      averagePrice: "1.08513333",
      fills: [{ price: "1.08510" }, { price: "1.08520" }],
    });
  });

  it("shows stops at a distance from where it was filled", async () => {
    const report = await settled(filled([fill("1000", "1.08520")]), {
      stopLoss: exit("20p"),
      takeProfit: exit("1.09000"),
      trailingStop: exit("30p"),
    });
    expect(report.stopLoss).toEqual({ price: "1.08320", distancePips: "20" });
    expect(report.trailingStop).toEqual({ price: "1.08220", distancePips: "30" });
    expect(report.takeProfit?.price).toBe("1.09000");
  });

  it("keeps a stop at a price where it was put", async () => {
    const report = await settled(filled([fill("1000", "1.08520")]), { stopLoss: exit("1.08000") });
    expect(report.stopLoss?.price).toBe("1.08000");
  });

  it("BR-03 names no exits when the order only closed trades", async () => {
    const report = await settled(filled([fill("1000", "1.08520")], false), {
      stopLoss: exit("20p"),
    });
    expect(report).toMatchObject({ tradeIds: ["7"], stopLoss: null, takeProfit: null });
  });

  it("carries the broker's no", async () => {
    expect(await settled(rejected("MARKET_CLOSED", "MARKET_HALTED"))).toMatchObject({
      status: "rejected",
      error: { code: "MARKET_CLOSED", brokerCode: "MARKET_HALTED" },
    });
  });

  it("of an order that waits at the broker is no error any more", async () => {
    const desk = await afterCrash();
    const [intent] = await desk.journal.unsettled("paper", "001");
    if (!intent) throw new Error("an intent was expected");
    const error = { code: "OUTCOME_UNKNOWN", brokerCode: null, message: "?", hint: null };
    const key = { connection: "paper", account: "001", clientOrderId: "crashed-1" };
    await desk.journal.markUnknown(key, { ...Object(intent.result), error }, []);
    outcome(desk, { status: "pending", orderId: "101" });
    expect((await settleIntents(desk)).settled).toMatchObject([
      { status: "pending", orderId: "101", error: null },
    ]);
  });

  it("of a close reads like any other", async () => {
    const desk = await afterCrash({ request: closeOrder({ clientOrderId: "crashed-1" }) });
    outcome(desk, filled([fill("1000", "1.08520")], false));
    expect((await settleIntents(desk)).settled).toMatchObject([
      { status: "filled", averagePrice: "1.08520", stopLoss: null },
    ]);
  });

  it("TM-01 P2 a wall clock that jumps forth doesn't make an order absent too early", async () => {
    const desk = await afterCrash();
    outcome(desk, null);
    desk.clock.jump(3_600_000);
    expect((await settleIntents(desk)).open).toHaveLength(1);
  });

  it("TM-01 P2 a wall clock that jumps back doesn't keep an order open", async () => {
    const desk = await afterCrash();
    outcome(desk, null);
    desk.clock.jump(-3_600_000);
    desk.clock.advance(GRACE_MS);
    const { settled, open } = await settleIntents(desk);
    expect([settled.length, open.length]).toEqual([1, 0]);
  });

  it("P2 several are settled oldest first", async () => {
    const desk = await afterCrash();
    const request: MarketOrder = marketOrder({ clientOrderId: "crashed-2" });
    const [first] = await desk.journal.unsettled("paper", "001");
    if (!first) throw new Error("an intent was expected");
    const { state, result, settledAt, ...intent } = first;
    await desk.journal.open(
      { ...intent, clientOrderId: "crashed-2", request, createdAt: addMs(NOON, 1), report: result },
      [],
    );
    outcome(desk, filled([fill("1000", "1.08520")]));
    const ids = desk.broker.lookedUp;
    expect((await settleIntents(desk)).settled).toHaveLength(2);
    expect(ids.map((each) => each.clientOrderId)).toEqual(["crashed-1", "crashed-2"]);
    expect([state, settledAt]).toEqual(["sending", null]);
  });
});
