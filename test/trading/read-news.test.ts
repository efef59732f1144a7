import { describe, expect, it } from "vitest";
import { Failure } from "../../src/core/failures.ts";
import { decimal, toPrice } from "../../src/core/money.ts";
import type { Transaction } from "../../src/core/transaction.ts";
import type { NoticeMarks } from "../../src/ports/notice-marks.ts";
import { cancelOrder } from "../../src/trading/cancel-order.ts";
import { placeOrder } from "../../src/trading/place-order.ts";
import { type News, takeNews } from "../../src/trading/read-news.ts";
import { aStore } from "../history/sqlite/support.ts";
import { anEntry } from "../support/log-entries.ts";
import { anAccount, anOrder, aTrade } from "../support/market.ts";
import { lost } from "../support/scripted-broker.ts";
import { aDesk, aDraft, exit, sending, type TestDesk } from "./test-desk.ts";

const KEY = { connection: "paper", account: "001" };
const LIMIT = {
  type: "limit",
  price: toPrice(decimal("1.08")),
  timeInForce: "GTC",
  expiresAt: null,
} as const;

/** An account that was looked at up to transaction 100, and what people were told of it since. */
async function aWatched(desk: TestDesk = aDesk()) {
  const marks: NoticeMarks = aStore(desk.path).noticeMarks;
  await marks.begin(KEY, "100");
  const told: News[] = [];
  const asked: string[] = [];
  let log: readonly Transaction[] = [];
  const look = async (
    { last = log.at(-1)?.id ?? "100", tell = async (news: News) => told.push(news) > 0 } = {},
    by: { readonly process?: string; readonly marks?: NoticeMarks } = {},
  ) => {
    const broker = {
      order: (id: string) => {
        asked.push(`order ${id}`);
        return desk.broker.order(id);
      },
      transactionsSince: async (since: string) => {
        asked.push(`since ${since}`);
        return log.filter(({ id }) => Number(id) > Number(since)).slice(0, 1000);
      },
    };
    const actor = { ...desk.actor, process: by.process ?? desk.actor.process };
    const account = anAccount({ lastTransactionId: last });
    const state = { account, trades: desk.broker.trades, pendingOrders: desk.broker.pendingOrders };
    return takeNews({ ...desk, broker, actor }, state, { marks: by.marks ?? marks, tell });
  };
  return {
    ...{ desk, marks, told, asked, look },
    happens: (...entries: readonly Transaction[]) => {
      log = entries;
    },
    kinds: () => told.flatMap(({ notices }) => notices.map(({ kind }) => kind)),
  };
}

describe("news of an account", () => {
  it("begins with the first look: what was before is none", async () => {
    const { marks, look, told, happens } = await aWatched();
    happens(anEntry("stop_loss"));
    const fresh = aStore().noticeMarks;
    expect(await look({}, { marks: fresh })).toBe(true);
    expect([await fresh.read(KEY), told]).toEqual(["101", []]);
    expect(await marks.read(KEY)).toBe("100");
  });

  it("is told once, whichever process looks next", async () => {
    const { desk, look, kinds, happens } = await aWatched();
    happens(anEntry("stop_loss"));
    await look();
    await look();
    await look({}, { process: "other:1:1", marks: aStore(desk.path).noticeMarks });
    expect(kinds()).toEqual(["stop_loss"]);
  });

  it("asks the broker for nothing while its newest transaction is known", async () => {
    const { look, asked } = await aWatched();
    await look({ last: "100" });
    expect(asked).toEqual([]);
  });

  it("is told again where nobody could be told", async () => {
    const { look, kinds, happens } = await aWatched();
    happens(anEntry("stop_loss"));
    expect(await look({ tell: async () => false })).toBe(false);
    expect(kinds()).toEqual([]);
    await look();
    expect(kinds()).toEqual(["stop_loss"]);
  });

  it("PR-01 a process that dies while it tells leaves it to the next; a living one is not doubled", async () => {
    const { desk, marks, look, kinds, happens } = await aWatched();
    happens(anEntry("stop_loss"));
    await marks.claim(KEY, { owner: desk.actor.process, isAlive: () => true });
    await look({}, { process: "other:1:1" });
    expect(kinds()).toEqual([]);
    await marks.release(KEY, desk.actor.process, null);
    await marks.claim(KEY, { owner: "gone:1:1", isAlive: () => true });
    await look();
    expect(kinds()).toEqual(["stop_loss"]);
  });

  it("of two processes at once only one tells", async () => {
    const { desk, look, kinds, happens } = await aWatched();
    happens(anEntry("stop_loss"));
    const isOwnerAlive = () => true;
    Object.assign(desk, { isOwnerAlive });
    const other = { process: "other:1:1", marks: aStore(desk.path).noticeMarks };
    await Promise.all([look(), look({}, other)]);
    expect(kinds()).toEqual(["stop_loss"]);
  });

  it("BR-06 a take profit and the stop that went with it are one event", async () => {
    const { look, kinds, happens } = await aWatched();
    happens(anEntry("take_profit"), anEntry("linked", { id: "102", type: "cancel" }));
    await look();
    expect(kinds()).toEqual(["take_profit"]);
  });

  it("BR-06 an order that was filled before its cancellation came is told as filled", async () => {
    const { desk, look, told, happens } = await aWatched();
    await placeOrder(desk, aDraft({ terms: LIMIT, clientOrderId: "mine" }), sending());
    desk.broker.pendingOrders = [anOrder({ orderId: "101", clientOrderId: "mine" })];
    const rejection = {
      code: "ORDER_NOT_FOUND",
      brokerCode: "GONE",
      message: "",
      hint: "",
    } as const;
    desk.broker.script.place = async () => ({
      ...{ status: "rejected", orderId: null, transactionId: "103", rejection },
    });
    const [order] = desk.broker.pendingOrders;
    const state = await desk.broker.state();
    if (order) await cancelOrder(desk, order, { ...sending(), state });
    desk.broker.pendingOrders = [];
    happens(anEntry("entry", { id: "102", orderId: "101", clientOrderId: "mine" }));
    await look();
    expect(told[0]?.notices).toMatchObject([{ kind: "order_filled", orderId: "101" }]);
  });
});

describe("orders of our own", () => {
  it("are no news where the answer told of them, and cost no reading where it named all they made", async () => {
    const { desk, look, asked, kinds, marks } = await aWatched();
    desk.broker.made = ["101", "102"];
    await placeOrder(desk, aDraft(), sending());
    await look({ last: "102" });
    expect([asked, kinds(), await marks.read(KEY)]).toEqual([[], [], "102"]);
  });

  it("are read for where the broker has more than they made", async () => {
    const { desk, look, asked, kinds, happens } = await aWatched();
    desk.broker.made = ["101", "102"];
    await placeOrder(desk, aDraft(), sending());
    happens(
      anEntry("market", { id: "102", orderId: "101" }),
      anEntry("stop_loss", { id: "103", orderId: "3" }),
    );
    await look();
    expect([asked, kinds()]).toEqual([["since 102"], ["stop_loss"]]);
  });

  it("hide nothing that happened before them", async () => {
    const { desk, look, asked, kinds, happens } = await aWatched();
    desk.broker.made = ["102", "103"];
    await placeOrder(desk, aDraft(), sending());
    happens(
      anEntry("stop_loss", { id: "101", orderId: "3" }),
      anEntry("market", { id: "103", orderId: "102" }),
    );
    await look();
    expect([asked, kinds()]).toEqual([["since 100"], ["stop_loss"]]);
  });

  it("cost no reading either where another process was telling when they were sent", async () => {
    const { desk, marks, look, asked, kinds } = await aWatched();
    await marks.claim(KEY, { owner: "gone:1:1", isAlive: () => true });
    desk.broker.made = ["101", "102"];
    await placeOrder(desk, aDraft(), sending());
    await marks.release(KEY, "gone:1:1", null);
    await look({ last: "102" });
    expect([asked, kinds(), await marks.read(KEY)]).toEqual([[], [], "102"]);
  });

  it("are no news where only their fill is known, as after a lost answer", async () => {
    const { desk, look, kinds, happens } = await aWatched();
    await placeOrder(desk, aDraft(), sending());
    happens(anEntry("market", { id: "102", orderId: "101" }));
    await look();
    expect(kinds()).toEqual([]);
  });

  it("that waited are news once they are filled", async () => {
    const { desk, look, kinds, happens } = await aWatched();
    await placeOrder(desk, aDraft({ terms: LIMIT, clientOrderId: "mine" }), sending());
    happens(anEntry("entry", { id: "105", orderId: "101", clientOrderId: "mine" }));
    await look();
    expect(kinds()).toEqual(["order_filled"]);
  });

  it("that are on their way hold their own news back, and nothing before it", async () => {
    const { desk, look, kinds, happens, marks } = await aWatched();
    desk.broker.script.place = () => Promise.reject(lost());
    await placeOrder(desk, aDraft({ clientOrderId: "mine" }), sending());
    const sent = { id: "103", orderId: "8", clientOrderId: "mine" };
    happens(anEntry("stop_loss", { id: "101" }), anEntry("market", sent));
    const key = { ...KEY, clientOrderId: "mine" };
    const unknown = (await desk.journal.find(key))?.state;
    expect(unknown).toBe("unknown");
    // Nobody sends it any more: whoever settles it tells.
    await look();
    expect([kinds(), await marks.read(KEY)]).toEqual([["stop_loss"], "103"]);
  });

  it("a fill that a living process may be about to report is looked at again", async () => {
    const { desk, look, kinds, happens, marks } = await aWatched();
    let answer: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    let arrived: () => void = () => undefined;
    const sent = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    desk.broker.script.place = async (order) => {
      arrived();
      await held;
      return desk.broker.answerTo(order);
    };
    const placing = placeOrder(desk, aDraft({ clientOrderId: "mine" }), sending());
    await sent;
    happens(anEntry("market", { id: "102", orderId: "101", clientOrderId: "mine" }));
    expect(await look()).toBe(false);
    expect([kinds(), await marks.read(KEY)]).toEqual([[], "100"]);
    answer();
    await placing;
    expect(await look()).toBe(true);
    expect([kinds(), await marks.read(KEY)]).toEqual([[], "102"]);
  });

  it("BR-05 that stand without their stop are told once more, and not where they have one by now", async () => {
    const { desk, look, kinds } = await aWatched();
    desk.broker.made = ["101", "102", "103"];
    desk.broker.script.place = async (order) => ({
      ...Object(desk.broker.answerTo(order)),
      refusedStop: { brokerCode: "NO", message: "No." },
    });
    await placeOrder(desk, aDraft({ stopLoss: exit("20p") }), sending());
    desk.broker.trades = [aTrade({ id: "102", stopLoss: toPrice(decimal("1.07")) })];
    await look({ last: "103" });
    expect(kinds()).toEqual([]);
    const { told, ...again } = await aWatched(desk);
    await again.marks.move(KEY, { from: "103", to: "100" });
    desk.broker.trades = [aTrade({ id: "102" })];
    again.happens(
      anEntry("market", { id: "102", orderId: "101" }),
      anEntry("after_fill", { id: "103", type: "reject", tradeId: "102" }),
    );
    await again.look();
    await again.look();
    expect(told.flatMap(({ notices }) => notices)).toMatchObject([
      { kind: "stop_refused", tradeId: "102" },
    ]);
  });
});

describe("a log that says little", () => {
  it("an order that only its id is told of is looked up: in the journal, or at the broker", async () => {
    const { desk, look, told, asked, happens } = await aWatched();
    await placeOrder(desk, aDraft({ terms: LIMIT }), sending());
    desk.broker.pastOrders = [anOrder({ orderId: "5", state: "cancelled", side: "sell" })];
    happens(
      anEntry("expired", { id: "102", type: "cancel", orderId: "101" }),
      anEntry("expired", { id: "103", type: "cancel", orderId: "5" }),
    );
    await look();
    expect(told[0]?.notices).toMatchObject([
      { orderId: "101", instrument: "EUR_USD", side: "buy" },
      { orderId: "5", instrument: "EUR_USD", side: "sell" },
    ]);
    expect(asked).toEqual(["since 100", "order 5"]);
  });

  it("BR-16 an order that waits no more is asked for by its id before anything is concluded", async () => {
    const cases = [
      [anOrder({ orderId: "101", state: "filled" }), ["order_filled"]],
      [anOrder({ orderId: "101", state: "cancelled" }), ["order_cancelled"]],
      [anOrder({ orderId: "101", state: "cancelled", replacedBy: "104" }), []],
      [anOrder({ orderId: "101" }), []],
      [null, ["order_gone"]],
    ] as const;
    for (const [order, expected] of cases) {
      const { desk, look, told, asked, kinds, happens, marks } = await aWatched();
      await placeOrder(desk, aDraft({ terms: LIMIT }), sending());
      desk.broker.pastOrders = order ? [order] : [];
      const { why: _, ...quiet } = anEntry("market");
      happens(...Array.from({ length: 5000 }, (_, at) => ({ ...quiet, id: `${at + 101}` })));
      await look();
      expect(kinds()).toEqual(expected);
      expect(asked).toEqual(["since 4100", "order 101"]);
      expect([told[0]?.skipped, await marks.read(KEY)]).toEqual([4000, "5100"]);
    }
  });

  it("one that begins anew is followed only once the broker says so", async () => {
    const { look, marks, happens, asked } = await aWatched();
    happens(anEntry("stop_loss", { id: "3" }));
    await look({ last: "3" });
    expect([asked, await marks.read(KEY)]).toEqual([["since 100"], "100"]);
    const gone = new Failure("BROKER_UNAVAILABLE", "out of range", { retryable: false });
    const desk = aDesk();
    const own = aStore(desk.path).noticeMarks;
    await own.begin(KEY, "100");
    const broker = {
      order: async () => null,
      transactionsSince: () => Promise.reject(gone),
    };
    const account = anAccount({ lastTransactionId: "3" });
    const state = { account, trades: [], pendingOrders: [] };
    await takeNews({ ...desk, broker }, state, { marks: own, tell: async () => true });
    expect(await own.read(KEY)).toBe("3");
  });

  it("fails where it can't be read, and loses nothing", async () => {
    const { desk, marks } = await aWatched();
    const away = new Failure("BROKER_UNAVAILABLE", "away", { retryable: true });
    const broker = { order: async () => null, transactionsSince: () => Promise.reject(away) };
    const account = anAccount({ lastTransactionId: "105" });
    const state = { account, trades: [], pendingOrders: [] };
    const taken = takeNews({ ...desk, broker }, state, { marks, tell: async () => true });
    await expect(taken).rejects.toBe(away);
    expect(await marks.read(KEY)).toBe("100");
    expect(await marks.claim(KEY, { owner: "other:1:1", isAlive: () => true })).toBe("100");
  });
});
