import { describe, expect, it } from "vitest";
import { decimal, toPrice, toUnits } from "../../src/core/money.ts";
import type { OrderOutcome } from "../../src/core/order.ts";
import { addMs } from "../../src/core/time.ts";
import type { Transaction } from "../../src/core/transaction.ts";
import type { StopPolicy } from "../../src/ports/naked-trades.ts";
import type { Desk } from "../../src/trading/desk.ts";
import { forwardJournal } from "../../src/trading/forward-journal.ts";
import { guardLeft } from "../../src/trading/guard-left.ts";
import type { AskAboutStop } from "../../src/trading/guard-trade.ts";
import type { OrderReport } from "../../src/trading/order-report.ts";
import { placeOrder } from "../../src/trading/place-order.ts";
import { takeNews } from "../../src/trading/read-news.ts";
import { settleIntents } from "../../src/trading/settle.ts";
import { aStore } from "../history/sqlite/support.ts";
import { anEntry } from "../support/log-entries.ts";
import { aTrade, NOON } from "../support/market.ts";
import { aFill, lost, rejected, ScriptedBroker, unsent } from "../support/scripted-broker.ts";
import { aDesk, aDraft, exit, sending, type TestDesk } from "./test-desk.ts";

const price = (text: string) => toPrice(decimal(text));
const units = (text: string) => toUnits(decimal(text));
const KEY = { connection: "paper", account: "001" };
const REFUSED = { brokerCode: "STOP_TOO_CLOSE", message: "The broker said: too close." };
const OPENED = aTrade({ id: "102", openPrice: price("1.08520") });
const LATER = addMs(NOON, 60_000);

function outcomeWithoutStop(): OrderOutcome {
  const fills = [aFill({ units: units("1000"), price: price("1.08520") })];
  const done = { status: "filled", orderId: "101", fills, closedTradeIds: [] } as const;
  return { ...done, openedTradeId: "102", refusedStop: REFUSED };
}

/** A broker that fills an entry as trade 102 without its stop. The sender's desk is that of a process that is gone by now. */
function aSender(policy: StopPolicy): TestDesk {
  const broker = new ScriptedBroker();
  const desk = aDesk({ broker, policy: { ...aDesk().policy, onStopRefused: policy } });
  broker.script.place = async (order) => {
    if (order.kind !== "market") return broker.answerTo(order);
    broker.trades = [OPENED];
    return outcomeWithoutStop();
  };
  return { ...desk, actor: { ...desk.actor, process: "gone:1:1" } };
}

/** The order is filled and stored, and its sender killed before it can do anything about the stop. */
async function killed(policy: StopPolicy): Promise<TestDesk> {
  const sender = aSender(policy);
  const { nakedTrades } = sender;
  const claim = () => Promise.reject(new Error("killed"));
  const dying = { ...sender, nakedTrades: { ...nakedTrades, claim } };
  const draft = aDraft({ stopLoss: exit("20p"), clientOrderId: "mine" });
  await expect(placeOrder(dying, draft, sending())).rejects.toThrow("killed");
  return sender;
}

/** Another process of the same user. */
function next(desk: TestDesk, process = "desk:4711:1"): Desk {
  return { ...desk, actor: { ...desk.actor, process }, nakedTrades: aStore(desk.path).nakedTrades };
}

function guarding(desk: Desk, onStopRefused?: AskAboutStop): Promise<readonly OrderReport[]> {
  const { signal } = new AbortController();
  return guardLeft(desk, { signal, ...(onStopRefused ? { onStopRefused } : {}) });
}

const kindsOf = ({ broker }: TestDesk) => broker.placed.map(({ kind }) => kind);
const leftAt = (desk: TestDesk) => desk.nakedTrades.of(KEY);
const resultsOf = (reports: readonly OrderReport[]) =>
  reports.map(({ stopRefused }) => stopRefused?.result);

async function keptOf(desk: TestDesk): Promise<OrderReport> {
  const intent = await desk.journal.find({ ...KEY, clientOrderId: "mine" });
  return intent?.result as OrderReport;
}

describe("BR-05 a trade whose stop was refused, and whose order's sender was killed", () => {
  it("PR-01 attach: the next process sets the stop, as far from the fill as was asked for, once", async () => {
    const desk = await killed("attach");
    expect(kindsOf(desk)).toEqual(["market"]);
    const [report, ...others] = await guarding(next(desk));
    expect(report).toMatchObject({ stopLoss: { price: "1.08320" }, error: null });
    expect([resultsOf([report as OrderReport]), others]).toEqual([["stop_attached"], []]);
    expect(await guarding(next(desk))).toEqual([]);
    expect(kindsOf(desk)).toEqual(["market", "exits"]);
    expect(await keptOf(desk)).toMatchObject({ stopRefused: { result: "stop_attached" } });
  });

  it("close: the next process closes it, once, and both are in the audit log", async () => {
    const desk = await killed("close");
    expect(resultsOf(await guarding(next(desk)))).toEqual(["closed"]);
    expect(await guarding(next(desk))).toEqual([]);
    expect(kindsOf(desk)).toEqual(["market", "close"]);
    expect(desk.broker.placed[1]).toMatchObject({ tradeId: "102", isWhole: true });
    const kinds = [...aStore(desk.path).audit.entries({})].map(({ kind }) => kind);
    expect(kinds.slice(-3)).toEqual(["order.sent", "order.filled", "trade.guarded"]);
  });

  it("PR-05 of several processes at once only one acts", async () => {
    for (const policy of ["attach", "close"] as const) {
      const desk = await killed(policy);
      const isOwnerAlive = (owner: string) => owner !== "gone:1:1";
      const processes = ["a:1:1", "b:2:1", "c:3:1"].map((process) => next(desk, process));
      const done = await Promise.all(processes.map((each) => guarding({ ...each, isOwnerAlive })));
      expect(done.flat()).toHaveLength(1);
      expect(kindsOf(desk)).toHaveLength(2);
    }
  });

  it("is left to its sender while that one lives", async () => {
    const desk = await killed("close");
    expect(await guarding({ ...next(desk), isOwnerAlive: () => true })).toEqual([]);
    expect(kindsOf(desk)).toEqual(["market"]);
    expect(await leftAt(desk)).toHaveLength(1);
  });

  it("PR-01 a lost answer that a later command settles: as if the sender had been told", async () => {
    const desk = aSender("attach");
    const { place } = desk.broker.script;
    desk.broker.script.place = async (order) => {
      if (order.kind !== "market") return place(order);
      await place(order);
      throw lost();
    };
    const draft = aDraft({ stopLoss: exit("20p"), clientOrderId: "mine" });
    const { report } = await placeOrder(desk, draft, sending());
    expect(report.status).toBe("unknown");
    desk.broker.script.outcomeOf = async () => outcomeWithoutStop();
    // The one that couldn't learn its fate lives on, and has it in hand no more.
    const later = { ...next(desk), isOwnerAlive: () => true };
    await settleIntents(later);
    expect(resultsOf(await guarding(later))).toEqual(["stop_attached"]);
    expect(kindsOf(desk)).toEqual(["market", "exits"]);
  });
});

describe("BR-05 a trade without its stop that somebody has seen to meanwhile", () => {
  const closedPart: Transaction = anEntry("close", {
    id: "105",
    time: LATER,
    trades: [{ tradeId: "102", action: "reduced", units: units("300"), realizedPl: decimal("0") }],
  });
  const withExit: Transaction = anEntry("market", {
    ...{ id: "105", time: LATER, type: "order", tradeId: "102" },
  });

  it("is never closed where it has a stop by now", async () => {
    for (const policy of ["attach", "close"] as const) {
      const desk = await killed(policy);
      desk.broker.trades = [{ ...OPENED, stopLoss: price("1.07000") }];
      expect(resultsOf(await guarding(next(desk)))).toEqual(["has_stop"]);
      expect(kindsOf(desk)).toEqual(["market"]);
      expect(await leftAt(desk)).toEqual([]);
    }
  });

  it("needs nothing where it is closed by now", async () => {
    const desk = await killed("close");
    desk.broker.trades = [];
    expect(resultsOf(await guarding(next(desk)))).toEqual(["gone"]);
    expect(kindsOf(desk)).toEqual(["market"]);
  });

  it("BR-10 is left as it is where it was closed in part, or its exits changed, and that is said", async () => {
    for (const entry of [closedPart, withExit]) {
      for (const policy of ["attach", "close"] as const) {
        const desk = await killed(policy);
        desk.broker.log = [anEntry("market", { id: "102" }), entry];
        const [report] = await guarding(next(desk));
        expect(report?.error?.message).toContain("OPEN WITHOUT A STOP");
        expect(report?.error?.message).toContain(
          `order.onStopRefused (${policy}) was not carried out, because the trade has been changed`,
        );
        expect(kindsOf(desk)).toEqual(["market"]);
        expect([await guarding(next(desk)), await leftAt(desk)]).toEqual([[], []]);
      }
    }
  });

  it("BR-10 is left as it is where its log is longer than anybody reads", async () => {
    const desk = await killed("close");
    const { why: _, ...quiet } = anEntry("market");
    desk.broker.log = Array.from({ length: 1000 }, (_each, at) => ({
      ...quiet,
      id: `${at + 103}`,
    }));
    // Each page brings the same again: it never ends.
    desk.broker.transactionsSince = async () => desk.broker.log;
    const [report] = await guarding(next(desk));
    expect(report?.error?.message).toContain("was not carried out");
    expect(kindsOf(desk)).toEqual(["market"]);
  });

  it("is untouched where only exits came with its fill, and others were refused", async () => {
    const desk = await killed("close");
    desk.broker.log = [
      anEntry("market", { id: "102" }),
      anEntry("market", { id: "103", type: "order", tradeId: "102" }),
      anEntry("after_fill", { id: "104", type: "reject", tradeId: "102" }),
      anEntry("stop_loss", { id: "105", time: LATER }),
    ];
    expect(resultsOf(await guarding(next(desk)))).toEqual(["closed"]);
  });
});

describe("BR-05 an order that had waited, and was filled without its stop while nobody looked", () => {
  const terms = { type: "limit", price: price("1.08000"), expiresAt: null } as const;

  async function filledMeanwhile(): Promise<TestDesk> {
    const sender = aSender("attach");
    const draft = aDraft({
      terms: { ...terms, timeInForce: "GTC" },
      stopLoss: exit("20p"),
      clientOrderId: "mine",
    });
    await placeOrder(sender, draft, sending());
    const { noticeMarks: marks } = aStore(sender.path);
    await marks.begin(KEY, "101");
    const openPrice = price("1.07900");
    sender.broker.trades = [{ ...OPENED, openPrice, openedAt: LATER, clientOrderId: "mine" }];
    sender.broker.log = [
      anEntry("entry", { id: "102", time: LATER, clientOrderId: "mine" }),
      anEntry("after_fill", { id: "103", time: LATER, type: "reject", tradeId: "102" }),
    ];
    const state = await sender.broker.state();
    const account = { ...state.account, lastTransactionId: "103" };
    await takeNews(next(sender), { ...state, account }, { marks, tell: async () => true });
    return sender;
  }

  it("gets its stop as far from the fill as was asked for, once, and is an answered order still", async () => {
    const desk = await filledMeanwhile();
    const [report] = await guarding(next(desk));
    expect(report).toMatchObject({
      ...{ stopLoss: { price: "1.07700" }, stopRefused: { result: "stop_attached" }, error: null },
    });
    expect(await guarding(next(desk))).toEqual([]);
    expect(kindsOf(desk)).toEqual(["entry", "exits"]);
    const kept = await keptOf(desk);
    expect([kept.status, kept.stopLoss?.price]).toEqual(["pending", "1.07800"]);
  });

  it("is told of with what to type where the second try is refused too", async () => {
    const desk = await filledMeanwhile();
    desk.broker.script.place = async () => rejected("ORDER_REJECTED", "STILL_TOO_CLOSE");
    const [report] = await guarding(next(desk));
    expect(report?.error?.message).toContain("trade 102 of EUR_USD is OPEN WITHOUT A STOP");
    expect(report?.error?.hint).toContain("positions close 102 -c paper -a 001");
  });
});

describe("BR-05 a second try that comes to nothing", () => {
  it("waits for the next process where the broker can't be reached", async () => {
    const desk = await killed("attach");
    const { place } = desk.broker.script;
    desk.broker.script.place = () => Promise.reject(unsent());
    const [report] = await guarding(next(desk));
    expect(report?.error?.message).toContain("OPEN WITHOUT A STOP");
    expect(resultsOf([report as OrderReport])).toEqual(["open_without_stop"]);
    desk.broker.script.place = place;
    expect(resultsOf(await guarding(next(desk)))).toEqual(["stop_attached"]);
    expect(kindsOf(desk)).toEqual(["market", "exits", "exits"]);
  });

  it("is over where the broker refused it, also to a process that was killed before it could say so", async () => {
    const desk = await killed("attach");
    const { place } = desk.broker.script;
    desk.broker.script.place = async (order) =>
      order.kind === "exits" ? rejected("ORDER_REJECTED", "STILL_TOO_CLOSE") : place(order);
    const other = next(desk, "gone:2:1");
    const dying = { ...other, journal: killedAfterTry(desk) };
    await expect(guarding(dying)).rejects.toThrow("killed");
    const [report] = await guarding(next(desk));
    expect(report?.error?.message).toContain("STILL_TOO_CLOSE");
    expect(await guarding(next(desk))).toEqual([]);
    expect(kindsOf(desk)).toEqual(["market", "exits"]);
  });

  it("is not made twice while the fate of the first is unknown", async () => {
    for (const policy of ["attach", "close"] as const) {
      const desk = await killed(policy);
      desk.broker.script.place = () => Promise.reject(lost());
      desk.broker.script.outcomeOf = () => Promise.reject(unsent());
      await guarding(next(desk));
      expect(await guarding(next(desk))).toEqual([]);
      expect(kindsOf(desk)).toHaveLength(2);
      expect(await leftAt(desk)).toHaveLength(1);
      desk.broker.script.outcomeOf = async (request) => desk.broker.answerTo(request);
      desk.broker.trades = policy === "close" ? [] : [{ ...OPENED, stopLoss: price("1.08320") }];
      const expected = policy === "close" ? "gone" : "has_stop";
      expect(resultsOf(await guarding(next(desk)))).toEqual([expected]);
      expect(kindsOf(desk)).toHaveLength(2);
    }
  });
});

describe("BR-05 a trade without its stop about which its user is to be asked", () => {
  it("waits for somebody who can be, and is asked about once", async () => {
    const desk = await killed("ask");
    expect(await guarding(next(desk))).toEqual([]);
    expect(await leftAt(desk)).toHaveLength(1);
    const asked: OrderReport[] = [];
    const answer = async (report: OrderReport) => {
      asked.push(report);
      return "leave" as const;
    };
    await guarding(next(desk), answer);
    await guarding(next(desk), answer);
    expect(asked.map(({ error }) => error?.message)).toEqual([
      expect.stringContaining("trade 102 of EUR_USD is OPEN WITHOUT A STOP"),
    ]);
    expect(kindsOf(desk)).toEqual(["market"]);
  });

  it("is asked about still where the setting was changed after its order was answered", async () => {
    const desk = aSender("ask");
    const draft = aDraft({ stopLoss: exit("20p"), clientOrderId: "mine" });
    const { report } = await placeOrder(desk, draft, sending());
    expect(resultsOf([report])).toEqual(["open_without_stop"]);
    const later = next(desk);
    const closing = { ...later, policy: { ...later.policy, onStopRefused: "close" as const } };
    expect(await guarding(closing)).toEqual([]);
    expect(resultsOf(await guarding(closing, async () => "attach"))).toEqual(["stop_attached"]);
    expect(kindsOf(desk)).toEqual(["market", "exits"]);
  });
});

/** Killed once the broker's answer to the second try is stored. */
function killedAfterTry({ journal }: TestDesk): Desk["journal"] {
  return {
    ...forwardJournal(journal),
    settle: async (key, ...rest) => {
      await journal.settle(key, ...rest);
      if (key.clientOrderId !== "mine") throw new Error("killed");
    },
  };
}
