import { describe, expect, it } from "vitest";
import { openPaperConnection } from "../../../src/adapters/paper/connection.ts";
import type { Region } from "../../../src/core/account.ts";
import { type Decimal, decimal, toPrice, toUnits } from "../../../src/core/money.ts";
import type { OrderRequest } from "../../../src/core/order-request.ts";
import { addMs } from "../../../src/core/time.ts";
import { openScriptedFeed } from "../../paper/v20-server/scripted-feed.ts";
import {
  cancelOrder,
  changeOrder,
  clearOrder,
  entryOrder,
  entryTerms,
  exitsChange,
  exitTerms,
  marketOrder,
} from "../../support/clear-order.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { NOON } from "../../support/market.ts";
import { MemoryVenueStore } from "../../support/memory-venue-store.ts";

const price = (text: string) => toPrice(decimal(text));
const stopAt = (text: string) => ({ kind: "price", price: price(text) }) as const;

/** An account that trades EUR_USD at 1.10000 / 1.10010 until told otherwise. */
function setUp(region: Region = "NONE") {
  const feed = openScriptedFeed();
  feed.set("EUR_USD", NOON, { bid: "1.10000", ask: "1.10010" });
  const clock = new FakeClock();
  const accounts = [{ id: "p", alias: null, region, currency: "USD" }];
  const store = new MemoryVenueStore();
  const broker = openPaperConnection({ profile: { accounts }, store, clock, feed }).broker("p");
  const move = (bid: string, ask: Decimal = decimal(bid).plus(decimal("0.0001"))) => {
    clock.advance(1_000);
    feed.set("EUR_USD", clock.now(), { bid, ask: `${ask}` });
    clock.advance(1_000);
  };
  const send = async (request: OrderRequest) => {
    const { signal } = new AbortController();
    const since = (await broker.state()).account.lastTransactionId;
    const outcome = await broker.place(clearOrder(request), { signal });
    const proof = () => broker.outcomeOf(request, since);
    return { outcome, proof, orderId: "orderId" in outcome ? (outcome.orderId ?? "") : "" };
  };
  const waiting = async () => (await broker.state()).pendingOrders;
  return { broker, clock, move, send, waiting };
}

describe("an order that waits at the paper broker", () => {
  it("shows all that it was asked for, and fills at its price", async () => {
    const { broker, clock, move, send, waiting } = setUp("UK");
    const expiresAt = addMs(clock.now(), 3_600_000);
    const { outcome, proof, orderId } = await send(
      entryOrder({
        type: "stop",
        price: price("1.11"),
        priceBound: price("1.12"),
        timeInForce: "GTD",
        expiresAt,
        stopLoss: { ...stopAt("1.09"), isGuaranteed: true },
        takeProfit: price("1.2"),
        trailingStop: null,
        origin: { signalId: "s1", agent: "trend", comment: "first" },
      }),
    );
    expect(outcome).toEqual({ status: "pending", orderId });
    expect(await proof()).toEqual(outcome);
    expect(JSON.parse(JSON.stringify(await waiting()))).toMatchObject([
      {
        orderId,
        type: "stop",
        price: "1.11",
        priceBound: "1.12",
        timeInForce: "GTD",
        expiresAt,
        stopLoss: "1.09",
        isStopGuaranteed: true,
        takeProfit: "1.2",
        reduceOnly: false,
        origin: { signalId: "s1", agent: "trend", comment: "first" },
      },
    ]);
    move("1.11000");
    const { account, trades } = await broker.state();
    expect(account.guaranteedStops).toBe("allowed");
    expect(trades).toMatchObject([{ isStopGuaranteed: true, signalId: "s1" }]);
    expect(await proof()).toMatchObject({ status: "filled", orderId });
    expect(await waiting()).toMatchObject([
      { type: "take_profit" },
      { type: "guaranteed_stop_loss", side: "sell", expiresAt: null },
    ]);
  });

  it("for the day has no date of its own", async () => {
    const { send, waiting } = setUp();
    await send(entryOrder({ type: "mit", price: price("1.05"), timeInForce: "DAY" }));
    expect(await waiting()).toMatchObject([{ type: "mit", timeInForce: "DAY", expiresAt: null }]);
  });

  it("refused is a no in plain words", async () => {
    const { send } = setUp();
    const { outcome, proof } = await send(entryOrder({ price: price("1.123456") }));
    expect(outcome).toMatchObject({
      status: "rejected",
      rejection: {
        message:
          "The paper broker rejected the order: its price has too many decimals. Nothing was filled.",
      },
    });
    expect(await proof()).toEqual(outcome);
  });

  it("is placed once for one client order id, also when it was changed since", async () => {
    const { send, waiting } = setUp();
    const request = entryOrder();
    const { orderId } = await send(request);
    await send({ ...changeOrder(entryTerms({ price: price("1.06") })), orderId });
    expect((await send(request)).outcome).toMatchObject({
      rejection: { code: "DUPLICATE_CLIENT_ORDER_ID" },
    });
    expect(await waiting()).toHaveLength(1);
  });
});

describe("a change at the paper broker", () => {
  it("keeps whose the order is and what isn't changed, and is followed by its proof", async () => {
    const { move, send, waiting } = setUp();
    const origin = { signalId: "s1", agent: null, comment: null };
    const first = await send(
      entryOrder({ clientOrderId: "mine", stopLoss: stopAt("1.01"), origin }),
    );
    const changed = await send({
      ...changeOrder(entryTerms({ price: price("1.06"), stopLoss: stopAt("1.01") })),
      orderId: first.orderId,
      units: toUnits(decimal("700")),
    });
    expect(changed.outcome).toEqual({ status: "pending", orderId: changed.orderId });
    expect(JSON.parse(JSON.stringify(await waiting()))).toMatchObject([
      {
        clientOrderId: "mine",
        origin,
        price: "1.06",
        units: "700",
        stopLoss: "1.01",
        replaces: first.orderId,
      },
    ]);
    expect(await first.proof()).toEqual(changed.outcome);
    move("1.05990");
    expect(await changed.proof()).toMatchObject({
      status: "filled",
      fills: [{ units: decimal("700") }],
    });
    expect(await first.proof()).toMatchObject({ status: "filled" });
  });

  it("moves a stop, a target and a trailing stop", async () => {
    const { send, waiting } = setUp();
    await send(
      marketOrder({
        stopLoss: stopAt("1.05"),
        takeProfit: price("1.2"),
        trailingStop: decimal("0.03"),
      }),
    );
    const asked = {
      stop_loss: { price: price("1.06"), distance: null },
      take_profit: { price: price("1.3"), distance: null },
      trailing_stop: { price: null, distance: decimal("0.02") },
    };
    for (const order of await waiting()) {
      if (!(order.type in asked)) throw new Error(order.type);
      const type = order.type as keyof typeof asked;
      const terms = exitTerms({ type, tradeId: order.tradeId ?? "", ...asked[type] });
      const { outcome } = await send({ ...changeOrder(terms), orderId: order.orderId });
      expect(outcome.status).toBe("pending");
    }
    const now = JSON.parse(JSON.stringify(await waiting()));
    expect(now).toMatchObject([
      { type: "take_profit", price: "1.3" },
      { type: "stop_loss", price: "1.06" },
      { type: "trailing_stop", distance: "0.02" },
    ]);
  });

  it("of what is gone, or of another type, is refused", async () => {
    const { send } = setUp();
    const { orderId } = await send(entryOrder());
    const gone = await send({ ...changeOrder(entryTerms()), orderId: "999" });
    expect(gone.outcome).toMatchObject({
      status: "rejected",
      rejection: { code: "ORDER_NOT_FOUND", brokerCode: "ORDER_DOESNT_EXIST" },
    });
    expect(await gone.proof()).toEqual(gone.outcome);
    const other = send({ ...changeOrder(entryTerms({ type: "stop" })), orderId });
    await expect(other).rejects.toMatchObject({ code: "USAGE", sent: false });
  });

  it("can make a stop guaranteed, or take it away, and open again what only reduced", async () => {
    const { send, waiting } = setUp("UK");
    let { orderId } = await send(entryOrder({ reduceOnly: true }));
    const change = async (terms: Parameters<typeof entryTerms>[0]) => {
      ({ orderId } = await send({ ...changeOrder(entryTerms(terms)), orderId }));
      return (await waiting())[0];
    };
    const guaranteed = { ...stopAt("1.01"), isGuaranteed: true } as const;
    expect(await change({ stopLoss: guaranteed })).toMatchObject({
      isStopGuaranteed: true,
      reduceOnly: false,
    });
    expect(await change({ stopLoss: stopAt("1.02") })).toMatchObject({ isStopGuaranteed: false });
    expect(await change({ takeProfit: price("1.2"), trailingStop: decimal("0.05") })).toMatchObject(
      {
        stopLoss: null,
        takeProfit: price("1.2"),
      },
    );
    expect(await change({ reduceOnly: true })).toMatchObject({
      reduceOnly: true,
      takeProfit: null,
    });
  });
});

describe("a cancellation at the paper broker", () => {
  it("is done, or a no where there is nothing to cancel", async () => {
    const { send, waiting } = setUp();
    const { orderId } = await send(entryOrder());
    const { outcome, proof } = await send(cancelOrder({ orderId }));
    expect(outcome).toMatchObject({ status: "done", orderId });
    expect(await proof()).toEqual(outcome);
    expect(await waiting()).toEqual([]);
    for (const id of [orderId, "999", "no id"]) {
      expect((await send(cancelOrder({ orderId: id }))).outcome).toMatchObject({
        status: "rejected",
        rejection: { code: "ORDER_NOT_FOUND", message: expect.stringContaining("cancellation") },
      });
    }
  });
});

describe("a change of exits at the paper broker", () => {
  const opened = async (region: Region = "NONE") => {
    const venue = setUp(region);
    await venue.send(marketOrder());
    const [trade] = (await venue.broker.state()).trades;
    const exits = (changes: Parameters<typeof exitsChange>[0]) =>
      venue.send(exitsChange({ tradeId: trade?.id ?? "", ...changes }));
    const trades = async () => JSON.parse(JSON.stringify((await venue.broker.state()).trades));
    return { ...venue, exits, trades };
  };

  it("sets, moves and removes them with one request", async () => {
    const { exits, trades } = await opened();
    const set = await exits({
      stopLoss: { set: { kind: "distance", distance: decimal("0.05") } },
      takeProfit: { set: price("1.2") },
      trailingStop: { set: decimal("0.03") },
    });
    expect(set.outcome).toMatchObject({ status: "done", orderId: set.orderId });
    expect(await set.proof()).toEqual(set.outcome);
    expect(await trades()).toMatchObject([
      { stopLoss: "1.0501", takeProfit: "1.2", trailingStop: { distance: "0.03" } },
    ]);
    const moved = await exits({ stopLoss: { set: stopAt("1.06") }, trailingStop: "remove" });
    expect(moved.outcome.status).toBe("done");
    expect(await trades()).toMatchObject([
      { stopLoss: "1.06", takeProfit: "1.2", trailingStop: null },
    ]);
    const removed = await exits({ stopLoss: "remove", takeProfit: "remove" });
    expect(removed.outcome).toMatchObject({ status: "done", orderId: null });
    expect(await removed.proof()).toEqual(removed.outcome);
    expect(await trades()).toMatchObject([{ stopLoss: null, takeProfit: null }]);
  });

  it("swaps a plain stop for a guaranteed one and back, and removes whichever there is", async () => {
    const { exits, trades } = await opened("UK");
    await exits({ stopLoss: { set: stopAt("1.05") } });
    await exits({ stopLoss: { set: { ...stopAt("1.04"), isGuaranteed: true } } });
    expect(await trades()).toMatchObject([{ stopLoss: "1.04", isStopGuaranteed: true }]);
    await exits({ stopLoss: { set: stopAt("1.05") } });
    expect(await trades()).toMatchObject([{ stopLoss: "1.05", isStopGuaranteed: false }]);
    await exits({ stopLoss: "remove" });
    expect(await trades()).toMatchObject([{ stopLoss: null }]);
  });

  it("to a target that the price has passed closes the trade", async () => {
    const { exits, trades } = await opened();
    const { outcome, proof } = await exits({ takeProfit: { set: price("1.09") } });
    expect(["filled", "cancelled"]).toContain(outcome.status);
    expect(await proof()).toEqual(outcome);
    expect(await trades()).toHaveLength(outcome.status === "filled" ? 0 : 1);
  });

  it("to a stop that the price has passed closes the trade", async () => {
    const { exits, trades } = await opened();
    const { outcome, proof } = await exits({ stopLoss: { set: stopAt("1.2") } });
    expect(outcome).toMatchObject({ status: "filled" });
    expect(await proof()).toEqual(outcome);
    expect(await trades()).toEqual([]);
  });

  it("that removes what isn't there is refused, and nothing is done", async () => {
    const { broker, exits } = await opened();
    const { lastTransactionId } = (await broker.state()).account;
    for (const part of ["stopLoss", "takeProfit", "trailingStop"] as const) {
      await expect(exits({ [part]: "remove" })).rejects.toMatchObject({
        code: "ORDER_NOT_FOUND",
        sent: false,
      });
    }
    expect((await broker.state()).account.lastTransactionId).toBe(lastTransactionId);
  });

  it("of a trade that isn't open is a no", async () => {
    const { exits } = await opened();
    for (const changes of [
      { stopLoss: { set: stopAt("1.05") } },
      { stopLoss: "remove" },
    ] as const) {
      const { outcome, proof } = await exits({ tradeId: "999", ...changes });
      expect(outcome).toMatchObject({
        status: "rejected",
        rejection: { code: "POSITION_NOT_FOUND", message: expect.stringContaining("stay as they") },
      });
      expect(await proof()).toEqual(outcome);
    }
  });
});

describe("the paper broker's log", () => {
  it("tells every kind of order and refusal in our words", async () => {
    const { broker, send } = setUp("UK");
    const limit = await send(entryOrder({ clientOrderId: "mine", units: toUnits(decimal("700")) }));
    await send(entryOrder({ type: "stop", price: price("1.123456") }));
    await send({
      ...changeOrder(entryTerms({ price: price("1") })),
      orderId: limit.orderId,
    });
    await send(cancelOrder({ orderId: "999" }));
    await send(marketOrder({ stopLoss: { ...stopAt("1.05"), isGuaranteed: true } }));
    const log = JSON.parse(JSON.stringify(await broker.transactionsSince("2")));
    expect(
      log.map((each: Record<string, unknown>) => [
        each.type,
        each.brokerType,
        each.units,
        each.price,
      ]),
    ).toEqual([
      ["order", "LIMIT_ORDER", "700", "1.07"],
      ["reject", "STOP_ORDER_REJECT", "1000", "1.123456"],
      ["cancel", "ORDER_CANCEL", "700", null],
      ["order", "LIMIT_ORDER", "1000", "1"],
      ["reject", "ORDER_CANCEL_REJECT", null, null],
      ["order", "MARKET_ORDER", "1000", null],
      ["fill", "ORDER_FILL", "1000", "1.1001"],
      ["order", "GUARANTEED_STOP_LOSS_ORDER", null, "1.05"],
    ]);
    expect(log[0]).toMatchObject({ orderId: limit.orderId, clientOrderId: "mine", side: "buy" });
    expect(log[1]).toMatchObject({ orderId: null, instrument: "EUR_USD" });
    expect(log[4]).toMatchObject({ orderId: "999", clientOrderId: null });
    expect(log[7]).toMatchObject({ side: "sell", instrument: "EUR_USD" });
  });
});
