import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimal, toPrice, toUnits } from "../../../src/core/money.ts";
import type { OrderRequest } from "../../../src/core/order-request.ts";
import type { Trade } from "../../../src/core/trade.ts";
import type { AccountState, Broker } from "../../../src/ports/broker.ts";
import { failureOf } from "../../resilience/loopback.ts";
import {
  cancelOrder,
  changeOrder,
  clearOrder,
  closeOrder,
  entryOrder,
  entryTerms,
  exitsChange,
  marketOrder,
} from "../../support/clear-order.ts";
import { openPractice } from "./practice.ts";
import { A, fixture, openScripted, type Scripted } from "./scripted-oanda.ts";

const CHANGES = `GET ${A}/changes`;

/** What would be printed, but for the moment at which it was read. */
function plain({ account: { asOf: _read, ...account }, ...rest }: AccountState) {
  return JSON.parse(JSON.stringify({ account, ...rest }));
}

/** The account of the fixture without the order of an unknown kind, and what is asked after it. */
async function openAccount(changes: Scripted) {
  const { account } = fixture("get-account") as { account: { orders: { type: string }[] } };
  const orders = account.orders.filter(({ type }) => type !== "SOMETHING_NEW");
  const body = { account: { ...account, orders, pendingOrderCount: orders.length } };
  const { broker, seen } = await openScripted({ [`GET ${A}`]: { body }, [CHANGES]: changes });
  return {
    broker,
    earlier: await broker.state(),
    asked: () => seen.slice(1).map(({ path }) => path),
  };
}

const STATE = {
  unrealizedPL: "-8.0000",
  NAV: "100004.3456",
  marginUsed: "701.0000",
  marginAvailable: "99303.3456",
  marginCloseoutPercent: "0.00351",
  positionValue: "14020.0000",
  orders: [{ id: "2042", trailingStopValue: "150.100", triggerDistance: "0.1" }],
  trades: [
    { id: "2031", unrealizedPL: "-5.5000", marginUsed: "551.0000" },
    { id: "2040", unrealizedPL: "-2.5000", marginUsed: "150.0000" },
  ],
};
const answer = (changes: object, last: string, state: object = STATE) => ({
  body: { changes, state, lastTransactionID: last },
});
const cancelOf = (id: string, orderID: string) => ({ id, type: "ORDER_CANCEL", orderID });

describe("a state brought up to date", () => {
  it("asks for what has changed, and takes the figures of now", async () => {
    const { broker, earlier, asked } = await openAccount(answer({ transactions: [] }, "2048"));
    const state = plain(await broker.stateSince(earlier));
    expect(asked()).toEqual([`${A}/changes?sinceTransactionID=2048`]);
    expect(state.account).toMatchObject({
      balance: "100012.3456",
      unrealizedPl: "-8",
      realizedPl: "12.3456",
      equity: "100004.3456",
      marginUsed: "701",
      marginAvailable: "99303.3456",
      marginCloseoutPercent: "0.00351",
      positionValue: "14020",
      openTrades: 2,
      openPositions: 2,
      pendingOrders: 4,
      lastTransactionId: "2048",
    });
    expect(state.trades).toMatchObject([
      { id: "2031", unrealizedPl: "-5.5", marginUsed: "551", stopLoss: "1.095" },
      { id: "2040", trailingStop: { distance: "0.25", price: "150.1" } },
    ]);
    const trailing = state.pendingOrders.find(
      ({ orderId }: { orderId: string }) => orderId === "2042",
    );
    expect(trailing).toMatchObject({ price: "150.1" });
  });

  it("loses a cancelled order and the exit that it was", async () => {
    const changes = { ordersCancelled: [{ id: "2033" }], transactions: [cancelOf("2049", "2033")] };
    const { broker, earlier } = await openAccount(answer(changes, "2049"));
    const { account, trades, pendingOrders } = plain(await broker.stateSince(earlier));
    expect(account.pendingOrders).toBe(3);
    expect(trades[0]).toMatchObject({ id: "2031", stopLoss: null, takeProfit: "1.11" });
    expect(pendingOrders).toHaveLength(3);
  });

  const fill = { id: "2050", type: "ORDER_FILL", orderID: "2049", pl: "-1.2345" };
  const order = { id: "2049", type: "MARKET_ORDER" };
  const trade = (fixture("get-account") as { account: { trades: { id: string }[] } }).account
    .trades[1];

  it("adds up what fills have earned where the broker doesn't", async () => {
    const changes = {
      ordersFilled: [{ id: "2049" }],
      tradesReduced: [{ ...trade, currentUnits: "4000" }],
      transactions: [order, { ...fill, tradeReduced: { tradeID: "2031" } }],
    };
    const { broker, earlier, asked } = await openAccount(answer(changes, "2050"));
    const { account, trades, pendingOrders } = plain(await broker.stateSince(earlier));
    expect(asked()).toHaveLength(1);
    expect(account.realizedPl).toBe("11.1111");
    expect(trades[0].units).toBe("4000");
    const sizes = pendingOrders.map((each: { tradeId: string; units: string }) => [
      each.tradeId,
      each.units,
    ]);
    expect(sizes).toContainEqual(["2031", "4000"]);
    expect(sizes).not.toContainEqual(["2031", "10000"]);
  });

  const created = {
    id: "2049",
    type: "STOP_LOSS",
    state: "PENDING",
    tradeID: "2040",
    price: "151",
    createTime: "1.5",
  };
  const stopMade = { id: "2049", type: "STOP_LOSS_ORDER" };
  const otherTrades = STATE.trades.map((each) => ({ ...each, id: `9${each.id}` }));

  it.each<[string, Scripted]>([
    ["the id is too old", { status: 416, body: { errorMessage: "range" } }],
    ["there is no such answer", { status: 404, body: {} }],
    ["it can't be read", { body: { changes: {} } }],
    ["the newest id goes backwards", answer({ transactions: [] }, "2047")],
    ["the log has a gap", answer({ transactions: [cancelOf("2050", "1")] }, "2050")],
    [
      "something happened that isn't an order",
      answer({ transactions: [{ id: "2049", type: "DAILY_FINANCING" }] }, "2049"),
    ],
    [
      "labels were changed",
      answer({ transactions: [{ id: "2049", type: "ORDER_CLIENT_EXTENSIONS_MODIFY" }] }, "2049"),
    ],
    ["an order triggered", answer({ ordersTriggered: [{ id: "2047" }], transactions: [] }, "2048")],
    ["a new order is left out", answer({ transactions: [stopMade] }, "2049")],
    [
      "a new order is of a new kind",
      answer({ ordersCreated: [{ ...created, type: "NEW" }], transactions: [stopMade] }, "2049"),
    ],
    [
      "a new order has ended, and nobody says how",
      answer(
        { ordersCreated: [{ ...created, state: "FILLED" }], transactions: [stopMade] },
        "2049",
      ),
    ],
    ["an ended order is left out", answer({ transactions: [cancelOf("2049", "2047")] }, "2049")],
    [
      "a reduced trade is left out",
      answer(
        {
          ordersFilled: [{ id: "2049" }],
          transactions: [order, { ...fill, tradeReduced: { tradeID: "2031" } }],
        },
        "2050",
      ),
    ],
    [
      "an exit has lost its trade",
      answer({ tradesClosed: [{ id: "2040" }], transactions: [] }, "2048", {
        ...STATE,
        trades: STATE.trades.slice(0, 1),
      }),
    ],
    ["a trade has no figures", answer({ transactions: [] }, "2048", { ...STATE, trades: [] })],
    [
      "the figures are of other trades",
      answer({ transactions: [] }, "2048", { ...STATE, trades: otherTrades }),
    ],
    [
      "the figures are of other orders",
      answer({ transactions: [] }, "2048", { ...STATE, orders: [{ id: "1" }] }),
    ],
  ])("is read as a whole where %s", async (_what, changes) => {
    const { broker, earlier, asked } = await openAccount(changes);
    expect(plain(await broker.stateSince(earlier))).toEqual(plain(earlier));
    expect(asked().at(-1)).toBe(A);
  });

  it("is read as a whole while an order waits that has no word here", async () => {
    const { broker, seen } = await openScripted({
      [`GET ${A}`]: { body: fixture("get-account") },
      [CHANGES]: answer({ transactions: [] }, "2048"),
    });
    await broker.stateSince(await broker.state());
    expect(seen.at(-1)?.path).toBe(A);
  });

  it("can be told, a new stop", async () => {
    const changes = answer({ ordersCreated: [created], transactions: [stopMade] }, "2049");
    const { broker, earlier, asked } = await openAccount(changes);
    const { trades } = plain(await broker.stateSince(earlier));
    expect(trades[1]).toMatchObject({ id: "2040", stopLoss: "151" });
    expect(asked()).toHaveLength(1);
  });

  it.each([
    [401, "CREDENTIALS_INVALID"],
    [429, "RATE_LIMITED"],
    [503, "BROKER_UNAVAILABLE"],
  ])("fails with %i as every read does", async (status, code) => {
    const { broker, earlier } = await openAccount({ status, body: "" });
    expect(await failureOf(broker.stateSince(earlier))).toMatchObject({ code, sent: false });
  });
});

/** One thing that a session does: its numbers choose among what is there. */
type Step = { readonly kind: number; readonly pick: number; readonly size: number };

const price = (text: string) => toPrice(decimal(text));

function requestOf(step: Step, state: AccountState): OrderRequest | null {
  const waiting = state.pendingOrders.filter(({ type }) => type === "limit");
  const [order, trade] = [chosen(waiting, step), chosen(state.trades, step)];
  if (step.kind < 3) return newOrder(step);
  if (step.kind < 5) return order ? changeOf(step, order.orderId) : null;
  return trade ? changeOfTrade(step, trade) : null;
}

function chosen<T>(among: readonly T[], { pick }: Step): T | undefined {
  return among[pick % Math.max(1, among.length)];
}

function newOrder({ kind, pick, size }: Step): OrderRequest {
  const units = toUnits(decimal(`${size}`));
  const side = pick % 2 === 0 ? "buy" : "sell";
  const stopLoss = { kind: "distance", distance: decimal("0.02") } as const;
  if (kind === 0) return marketOrder({ units, side });
  if (kind === 1) return marketOrder({ units, side, stopLoss, trailingStop: decimal("0.03") });
  return entryOrder({ units, price: price("0.9"), stopLoss });
}

function changeOf({ kind, size }: Step, orderId: string): OrderRequest {
  if (kind === 3) return cancelOrder({ orderId });
  const units = toUnits(decimal(`${size}`));
  return { ...changeOrder(entryTerms({ price: price("0.8") })), orderId, units };
}

function changeOfTrade({ kind }: Step, trade: Trade): OrderRequest | null {
  const isLong = trade.direction === "long";
  const about = { tradeId: trade.id, side: isLong ? "sell" : "buy", units: trade.units } as const;
  if (kind === 5) return closeOrder({ ...about, isWhole: true });
  if (kind === 6)
    return exitsChange({ ...about, takeProfit: { set: price(isLong ? "2" : "0.5") } });
  return trade.stopLoss ? exitsChange({ ...about, stopLoss: "remove" }) : null;
}

async function take(broker: Broker, step: Step): Promise<void> {
  const request = requestOf(step, await broker.state());
  const { signal } = new AbortController();
  if (request) await broker.place(clearOrder(request), { signal });
}

it("for all sessions: a state brought up to date is the state", { timeout: 60_000 }, async () => {
  const step = fc.record({
    kind: fc.nat(7),
    pick: fc.nat(9),
    size: fc.integer({ min: 1, max: 5_000 }),
  });
  const session = fc.array(fc.array(step, { maxLength: 4 }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(session, async (looks) => {
      const { broker, close } = await openPractice("undici");
      try {
        let known = await broker.state();
        for (const steps of looks) {
          for (const each of steps) await take(broker, each);
          known = await broker.stateSince(known);
          expect(plain(known)).toEqual(plain(await broker.state()));
        }
      } finally {
        await close();
      }
    }),
    { numRuns: 60 },
  );
});
