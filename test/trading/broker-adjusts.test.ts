import { describe, expect, it } from "vitest";
import { decimal, sumOf } from "../../src/core/money.ts";
import type { Transaction } from "../../src/core/transaction.ts";
import type { Broker } from "../../src/ports/broker.ts";
import { findTarget } from "../../src/trading/close-position.ts";
import { placeOrder } from "../../src/trading/place-order.ts";
import { reconcileHistory } from "../../src/trading/reconcile-history.ts";
import { syncHistory } from "../../src/trading/sync-history.ts";
import { rowsOf } from "../contract/history-store.ts";
import { type PaperDesk, paperDesk } from "./paper-desk.ts";
import { aDraft, failureOf, sending } from "./test-desk.ts";

const DAYS_MS = 3 * 24 * 3_600_000;

function options() {
  const { signal } = new AbortController();
  return { from: null, signal, onProgress: () => undefined, onWait: () => undefined };
}

/** The broker with entries of its own at the log's end, which change the balance by their amounts. */
function adjusted(broker: Broker, own: (last: Transaction) => readonly Transaction[]): Broker {
  const extras = async () => {
    const last = (await broker.transactionsSince("0")).at(-1);
    return last ? own(last) : [];
  };
  return {
    ...broker,
    state: async () => {
      const [state, entries] = [await broker.state(), await extras()];
      const { account } = state;
      const amount = sumOf(entries.map((entry) => entry.amount));
      const [balance, equity] = [account.balance.plus(amount), account.equity.plus(amount)];
      const lastTransactionId = entries.at(-1)?.id ?? account.lastTransactionId;
      return { ...state, account: { ...account, balance, equity, lastTransactionId } };
    },
    transactionsSince: async (id) => {
      const all = [...(await broker.transactionsSince(id)), ...(await extras())];
      return all.filter((entry) => BigInt(entry.id) > BigInt(id));
    },
  };
}

/** An entry after `last` that books `amount`. */
function booked(last: Transaction, brokerType: string, amount: string): Transaction {
  const balance = (last.balance ?? decimal("0")).plus(decimal(amount));
  return {
    ...last,
    id: `${BigInt(last.id) + 1n}`,
    type: "other",
    brokerType,
    amount: decimal(amount),
    balance,
    ...{ realizedPl: decimal("0"), financing: decimal("0"), commission: decimal("0") },
    ...{ units: null, side: null, price: null, orderId: null, tradeId: null, trades: [] },
  };
}

async function traded(): Promise<PaperDesk> {
  const desk = paperDesk();
  await placeOrder(desk, aDraft(), sending());
  await syncHistory(desk, await desk.history(), options());
  desk.clock.advance(DAYS_MS);
  // What is charged for the days has been booked by now.
  await desk.exchange.state();
  return desk;
}

describe("BR-11 a broker that books something of its own days later", () => {
  it.each([
    ["a dividend on an index", "DIVIDEND_ADJUSTMENT", "-12.3456"],
    ["a correction in our favour", "BALANCE_ADJUSTMENT", "3.0001"],
  ])("%s is kept as it says, and the balance still adds up", async (_what, type, amount) => {
    const desk = await traded();
    const history = await desk.history();
    const broker = {
      ...desk.broker,
      ...adjusted(desk.exchange, (last) => [booked(last, type, amount)]),
    };
    const result = await reconcileHistory({ ...desk, broker }, history, options());
    expect(result).toMatchObject({ isWhole: true, drift: [] });
    expect((await rowsOf(history)).at(-1)).toMatchObject({ brokerType: type, amount });
  });

  it("a trade that it takes away is gone for us as well, and what it doesn't explain is drift", async () => {
    const desk = await traded();
    const history = await desk.history();
    const busted = {
      ...desk.broker,
      state: async () => ({ ...(await desk.exchange.state()), trades: [] }),
    };
    const there = { ...desk, broker: busted };
    const failure = await failureOf(() => findTarget(there, "EUR_USD"));
    expect(failure.code).toBe("POSITION_NOT_FOUND");
    const { drift } = await reconcileHistory(there, history, options());
    expect(drift.map(({ kind }) => kind).toSorted()).toEqual(["position", "trade"]);
  });
});
