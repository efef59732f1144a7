import { describe, expect, it } from "vitest";
import { decimal } from "../../src/core/money.ts";
import type { Desk } from "../../src/trading/desk.ts";
import type { OrderDraft } from "../../src/trading/order-draft.ts";
import { type SubmittedOrder, submitOrders } from "../../src/trading/submit-orders.ts";
import { LIMITS } from "../compliance/circumstances.ts";
import { NO_ORIGIN } from "../support/clear-order.ts";
import { anAccount, aTrade } from "../support/market.ts";
import { lost, rejected } from "../support/scripted-broker.ts";
import { aDesk, aDraft, type TestDesk, units } from "./test-desk.ts";

const BOLD = { ...LIMITS, maxUnits: decimal("1000000"), maxNotional: decimal("1000000") };

function aSignalDraft(signalId: string, changes: Partial<OrderDraft> = {}): OrderDraft {
  return aDraft({ ...changes, origin: { ...NO_ORIGIN, signalId } });
}

async function submit(
  desk: Desk,
  drafts: readonly OrderDraft[],
  changes: {
    readonly atOnce?: number;
    readonly isDryRun?: boolean;
    readonly signal?: AbortSignal;
    readonly isPaced?: true;
    readonly waits?: string[];
  } = {},
): Promise<readonly SubmittedOrder[]> {
  const settled: SubmittedOrder[] = [];
  const { atOnce = 10, isDryRun = false, signal = new AbortController().signal } = changes;
  const { isPaced = false, waits = [] } = changes;
  const onSettled = (order: SubmittedOrder) => settled.push(order);
  await submitOrders(desk, drafts, {
    ...{ atOnce, isDryRun, signal, onSettled },
    isPaced: () => isPaced,
    onWaiting: (reason) => waits.push(reason),
  });
  return settled;
}

function wordsOf(orders: readonly SubmittedOrder[]): readonly string[] {
  return orders.map(({ report, failure }) => {
    const code = report?.error?.code ?? failure?.code;
    return [report?.status ?? "not_sent", ...(code ? [code] : [])].join(" ");
  });
}

/** A desk that may order much; 100,000 EUR_USD take about 2,170 of its 10,000 USD. */
function boldDesk(): TestDesk {
  const desk = aDesk();
  return { ...desk, policy: { ...desk.policy, limits: BOLD } };
}

const many = (count: number, changes: Partial<OrderDraft> = {}) =>
  Array.from({ length: count }, (_, index) => aSignalDraft(`s-${index}`, changes));

describe("orders that are sent at once", () => {
  it("are not all judged by the same free margin", async () => {
    const desk = boldDesk();
    const orders = await submit(desk, many(10, { size: units("100000") }));
    const counts = Map.groupBy(wordsOf(orders), (words) => words);
    expect(counts.get("filled")?.length).toBe(4);
    expect(counts.get("rejected COMPLIANCE_LEVERAGE")?.length).toBe(6);
    expect(desk.broker.placed.length).toBe(4);
  });

  it("are judged so in a dry run too", async () => {
    const desk = boldDesk();
    const drafts = many(6, { size: units("100000") });
    const orders = await submit(desk, drafts, { isDryRun: true });
    expect(wordsOf(orders).filter((words) => words === "dry_run").length).toBe(4);
    expect(desk.broker.placed).toEqual([]);
  });

  it("use margin again that an order before them didn't take", async () => {
    const desk = boldDesk();
    desk.broker.script.place = async () => rejected("MARKET_CLOSED", "MARKET_HALTED");
    const orders = await submit(desk, many(8, { size: units("400000") }), { atOnce: 1 });
    expect(new Set(wordsOf(orders))).toEqual(new Set(["rejected MARKET_CLOSED"]));
  });

  it("count an order's margin once: under way, or in the account", async () => {
    const desk = boldDesk();
    const { broker } = desk;
    let transactions = 100;
    broker.script.place = async (order) => {
      const outcome = broker.fillOf(order);
      if (outcome.status !== "filled") throw new Error("the broker fills");
      transactions += 2;
      const left = broker.account.marginAvailable.minus(decimal("2170"));
      const lastTransactionId = String(transactions);
      broker.account = anAccount({ marginAvailable: left, lastTransactionId });
      const fills = outcome.fills.map((fill) => ({ ...fill, transactionId: lastTransactionId }));
      return { ...outcome, fills };
    };
    const orders = await submit(desk, many(6, { size: units("100000") }), { atOnce: 1 });
    expect(wordsOf(orders).filter((words) => words === "filled").length).toBe(4);
  });

  it("P6 while trading is halted close together no more than is open", async () => {
    const desk = aDesk();
    await desk.halts.halt(null, { since: desk.clock.now(), reason: "news" });
    desk.broker.trades = [aTrade()];
    const orders = await submit(desk, many(3, { side: "sell", size: units("600") }));
    expect(wordsOf(orders)).toEqual([
      "rejected TRADING_HALTED",
      "rejected TRADING_HALTED",
      "filled",
    ]);
  });

  it("never exceed the orders of a minute together", async () => {
    const desk = aDesk();
    const orders = await submit(desk, many(80, { size: units("100") }), { atOnce: 80 });
    expect(wordsOf(orders).filter((words) => words === "filled").length).toBe(60);
    expect(desk.broker.placed.length).toBe(60);
    expect(wordsOf(orders).filter((words) => words === "rejected RISK_LIMIT").length).toBe(20);
  });

  it("keep pace with the orders of a minute where they are told to: all leave, never more in a minute", async () => {
    const desk = aDesk();
    const waits: string[] = [];
    const minutes: number[] = [];
    desk.broker.script.place = async (order) => {
      minutes.push(desk.clock.monotonicMs());
      return desk.broker.fillOf(order);
    };
    const orders = await submit(desk, many(150, { size: units("100") }), { isPaced: true, waits });
    expect(wordsOf(orders)).toEqual(Array(150).fill("filled"));
    expect(waits).toEqual(["pace"]);
    for (const [index, at] of minutes.entries()) {
      const before = minutes[index - 60] ?? Number.NEGATIVE_INFINITY;
      expect(at - before, `order ${index}`).toBeGreaterThanOrEqual(60_000);
    }
  });

  it("keep pace also where another process is quicker, and stop waiting when they are told to", async () => {
    const desk = aDesk();
    await submit(desk, many(60, { size: units("100") }));
    const stop = new AbortController();
    const sleep = desk.clock.sleep.bind(desk.clock);
    desk.clock.sleep = async (ms, signal) => {
      stop.abort(new Error("interrupted"));
      return sleep(ms, signal);
    };
    const late = [aSignalDraft("late")];
    const orders = await submit(desk, late, { isPaced: true, signal: stop.signal });
    expect(wordsOf(orders)).toEqual(["not_sent"]);
    expect(desk.broker.placed.length).toBe(60);
  });

  it("HT-07 wait while an unknown fate holds their instrument back, and leave once it is proven", async () => {
    const grace = { ...aDesk().capabilities, arrivalGraceMs: 30_000 };
    const desk = aDesk({ capabilities: grace });
    const waits: string[] = [];
    desk.broker.script.place = async (order) => {
      if (desk.broker.placed.length === 1) throw lost();
      return desk.broker.fillOf(order);
    };
    const orders = await submit(desk, many(5), { atOnce: 1, waits });
    expect(wordsOf(orders)).toEqual(["unknown OUTCOME_UNKNOWN", ...Array(4).fill("filled")]);
    expect(waits).toEqual(["unknown"]);
    expect(desk.clock.monotonicMs()).toBeGreaterThanOrEqual(30_000);
    // The first one is proven to have never left: the next run sends it.
    expect(wordsOf(await submit(desk, many(5)))).toEqual(Array(5).fill("filled"));
    expect(desk.broker.placed.length).toBe(6);
  });

  it("read prices and account together, and each on nothing older than itself", async () => {
    const desk = aDesk();
    let reads = 0;
    const { broker } = desk;
    const state = broker.state.bind(broker);
    broker.state = async () => {
      reads += 1;
      return state();
    };
    await submit(desk, many(40, { size: units("100") }), { atOnce: 20 });
    expect(reads).toBeLessThan(20);
  });

  it("NW-03 leave an instrument alone once an order's fate is unknown, and none is sent again", async () => {
    const desk = aDesk({ capabilities: { ...aDesk().capabilities, arrivalGraceMs: 3_600_000 } });
    desk.broker.script.place = async () => {
      throw lost();
    };
    const drafts = many(5);
    const orders = await submit(desk, drafts, { atOnce: 1 });
    expect(wordsOf(orders)).toEqual([
      "unknown OUTCOME_UNKNOWN",
      ...Array(4).fill("not_sent OUTCOME_UNKNOWN"),
    ]);
    const again = await submit(desk, drafts, { atOnce: 1 });
    expect(wordsOf(again)[0]).toBe("unknown OUTCOME_UNKNOWN");
    expect(desk.broker.placed.length).toBe(1);
  });

  it("PR-02 stop when they are told to, and what is under way comes to its end", async () => {
    const desk = aDesk();
    const stop = new AbortController();
    desk.broker.script.place = async (order) => {
      stop.abort(new Error("interrupted"));
      return desk.broker.fillOf(order);
    };
    const orders = await submit(desk, many(5), { atOnce: 1, signal: stop.signal });
    expect(wordsOf(orders)).toEqual(["filled", ...Array(4).fill("not_sent")]);
    expect(orders.slice(1).every(({ failure }) => failure === null)).toBe(true);
    expect(wordsOf(await submit(desk, many(5)))).toEqual(Array(5).fill("filled"));
  });
});
