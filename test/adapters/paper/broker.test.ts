import { describe, expect, it } from "vitest";
import { openPaperConnection } from "../../../src/adapters/paper/connection.ts";
import type { AccountProfile } from "../../../src/core/connection.ts";
import { decimal, toPrice, toUnits } from "../../../src/core/money.ts";
import type { OrderRequest } from "../../../src/core/order-request.ts";
import { parseInstant } from "../../../src/core/time.ts";
import type { VenueHours } from "../../../src/paper/venue-profile.ts";
import type { Broker } from "../../../src/ports/broker.ts";
import { clearOrder, closeOrder, marketOrder } from "../../support/clear-order.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { MemoryVenueStore } from "../../support/memory-venue-store.ts";

const DAY_MS = 86_400_000;
const signal = new AbortController().signal;
const FRIDAY_NIGHT = parseInstant("2026-11-20T23:00:00Z");

function setUp(
  options: { accounts?: readonly AccountProfile[]; hours?: VenueHours; clock?: FakeClock } = {},
) {
  const { accounts = [], clock = new FakeClock(), ...rest } = options;
  const store = new MemoryVenueStore();
  const connect = () => openPaperConnection({ profile: { accounts }, store, clock, ...rest });
  const connection = connect();
  const broker = connection.broker(accounts[0]?.id ?? "paper-001");
  return { broker, clock, connect, connection, store };
}

const place = (broker: Broker, request: OrderRequest) =>
  broker.place(clearOrder(request), { signal });

async function stopBelow(broker: Broker, distance: string) {
  const { quotes } = await broker.quotes(["EUR_USD"]);
  const bid = quotes[0]?.bid ?? decimal("0");
  return { kind: "price", price: toPrice(bid.minus(decimal(distance))) } as const;
}

describe("the paper broker without any set-up", () => {
  it("has one US account with 100,000 USD", async () => {
    const { connection, broker } = setUp();
    expect(await connection.accounts()).toEqual([
      { id: "paper-001", alias: null, currency: "USD" },
    ]);
    const { account } = await broker.state();
    expect(account).toMatchObject({ id: "paper-001", currency: "USD", alias: null });
    expect(account.balance.toString()).toBe("100000");
    expect(account.lastTransactionId).toBe("2");
    await connection.close();
  });

  it("works on a Sunday", async () => {
    const clock = new FakeClock(parseInstant("2026-11-22T12:00:00Z"));
    const { broker } = setUp({ clock });
    expect(await place(broker, marketOrder())).toMatchObject({ status: "filled" });
  });

  it("BR-08 says that the market is closed when it keeps market hours", async () => {
    const { broker } = setUp({ hours: "market", clock: new FakeClock(FRIDAY_NIGHT) });
    const { quotes } = await broker.quotes(["EUR_USD"]);
    expect(quotes).toMatchObject([{ tradeable: false }]);
    const outcome = await place(broker, marketOrder());
    expect(outcome).toMatchObject({
      status: "cancelled",
      rejection: { code: "MARKET_CLOSED", brokerCode: "MARKET_HALTED" },
    });
  });
});

describe("the paper broker's accounts", () => {
  it("are those of the connection, each with its own money", async () => {
    const accounts: readonly AccountProfile[] = [
      { id: "a", alias: "one", region: "US", currency: "EUR" },
      { id: "b", alias: null, region: "UK", currency: null },
    ];
    const { connection } = setUp({ accounts });
    expect(await connection.accounts()).toEqual([
      { id: "a", alias: "one", currency: "EUR" },
      { id: "b", alias: null, currency: "USD" },
    ]);
    await place(connection.broker("a"), marketOrder());
    const [first, second] = [
      await connection.broker("a").state(),
      await connection.broker("b").state(),
    ];
    expect(first.account).toMatchObject({ alias: "one", currency: "EUR", openTrades: 1 });
    expect(second.account).toMatchObject({ currency: "USD", openTrades: 0 });
  });

  it("can't be in a currency without prices", async () => {
    const accounts = [{ id: "a", alias: null, region: "US", currency: "XYZ" }] as const;
    const { broker } = setUp({ accounts });
    await expect(broker.state()).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });
});

describe("the paper broker's rules", () => {
  it("takes the same order with a stop twice: one broker's house rule is not the region's", async () => {
    const { broker } = setUp();
    const stopLoss = await stopBelow(broker, "0.00200");
    for (const _ of [1, 2]) {
      expect((await place(broker, marketOrder({ stopLoss }))).status).toBe("filled");
    }
    expect((await broker.state()).trades).toHaveLength(2);
  });

  it("closes no newer trade of a size before the older one on a US account", async () => {
    const { broker } = setUp();
    await place(broker, marketOrder());
    await place(broker, marketOrder());
    const [, newer] = (await broker.state()).trades;
    const closing = closeOrder({ tradeId: newer?.id ?? "", isWhole: true });
    expect(await place(broker, closing)).toMatchObject({
      status: "cancelled",
      rejection: { code: "COMPLIANCE_FIFO", brokerCode: "FIFO_VIOLATION" },
    });
  });
});

describe("the paper broker's time", () => {
  it("hits a stop while nothing runs, and tells of it afterwards", async () => {
    const { broker, clock, connect } = setUp();
    await place(broker, marketOrder({ stopLoss: await stopBelow(broker, "0.00200") }));
    await clock.advance(30 * DAY_MS);
    const later = connect().broker("paper-001");
    const { trades, account } = await later.state();
    expect(trades).toEqual([]);
    const log = await later.transactionsSince("4");
    const fill = log.find((entry) => entry.type === "fill");
    expect(fill).toMatchObject({ side: "sell", tradeId: "4", orderId: "5", clientOrderId: null });
    expect(fill && fill.time < clock.now()).toBe(true);
    expect(fill?.balance?.toString()).toBe(account.balance.toString());
    expect(await later.orders("filled")).toMatchObject([
      { type: "stop_loss", orderId: "5", tradeId: "4", side: "sell", state: "filled" },
      { type: "market", orderId: "3" },
    ]);
  });

  it("doesn't write to the disk for a look, unless something happened or long passed", async () => {
    const { broker, clock, store } = setUp();
    await place(broker, marketOrder());
    const { saves } = store;
    await broker.state();
    await clock.advance(60_000);
    await broker.state();
    await broker.transactionsSince("0");
    expect(store.saves).toBe(saves);
    await clock.advance(3_600_000);
    await broker.state();
    expect(store.saves).toBe(saves + 1);
  });

  it("for a look that follows a look is the same as for the first look of a program", async () => {
    const { broker, clock, connect } = setUp();
    const trailingStop = decimal("0.00080");
    await place(broker, marketOrder({ trailingStop }));
    for (const ms of [400, 20_000, 90_000, 0, 300_000]) {
      await clock.advance(ms);
      expect(await broker.state()).toEqual(await connect().broker("paper-001").state());
    }
  });

  it("shows what another program has done since the last look", async () => {
    const { broker, connect } = setUp();
    await broker.state();
    await place(connect().broker("paper-001"), marketOrder());
    expect((await broker.state()).trades).toHaveLength(1);
    await place(broker, marketOrder({ side: "sell" }));
    expect((await connect().broker("paper-001").state()).trades).toEqual([]);
  });

  it("TM-01 going back after a look shows what the first look would have shown", async () => {
    const { broker, clock, connect } = setUp();
    await place(broker, marketOrder());
    await clock.advance(60_000);
    await broker.state();
    await clock.advance(-30_000);
    expect(await broker.state()).toEqual(await connect().broker("paper-001").state());
  });

  it("TM-01 going back takes nothing back", async () => {
    const { broker, store } = setUp();
    await place(broker, marketOrder());
    const early = new FakeClock(parseInstant("2026-11-01T00:00:00Z"));
    const other = openPaperConnection({ profile: { accounts: [] }, store, clock: early });
    const outcome = await place(other.broker("paper-001"), marketOrder());
    expect(outcome.status).toBe("filled");
    const log = await broker.transactionsSince("0");
    const times = log.map((entry) => entry.time);
    expect(times.every((time, index) => time >= (times[index - 1] ?? ""))).toBe(true);
  });
});

describe("an order at the paper broker", () => {
  it("BR-01 whose client id was used before is refused, whatever became of the first", async () => {
    const { broker } = setUp();
    const filled = marketOrder({ clientOrderId: "one" });
    const cancelled = marketOrder({ clientOrderId: "two", reduceOnly: true, side: "sell" });
    await place(broker, cancelled);
    await place(broker, filled);
    for (const request of [filled, cancelled, closeOrder({ clientOrderId: "one" })]) {
      expect(await place(broker, request)).toMatchObject({
        status: "rejected",
        orderId: null,
        rejection: {
          code: "DUPLICATE_CLIENT_ORDER_ID",
          brokerCode: "CLIENT_ORDER_ID_ALREADY_EXISTS",
        },
      });
    }
    expect((await broker.state()).trades).toHaveLength(1);
  });

  it("that the venue refuses leaves its reason in the log, and may be corrected", async () => {
    const { broker } = setUp();
    const request = marketOrder({ clientOrderId: "x", units: toUnits(decimal("0.5")) });
    const outcome = await place(broker, request);
    expect(outcome).toMatchObject({
      status: "rejected",
      orderId: null,
      transactionId: "3",
      rejection: { code: "ORDER_REJECTED", brokerCode: "UNITS_PRECISION_EXCEEDED" },
    });
    expect(await broker.outcomeOf(request, "2")).toEqual(outcome);
    expect(await broker.transactionsSince("2")).toMatchObject([
      { id: "3", type: "reject", brokerType: "MARKET_ORDER_REJECT", clientOrderId: "x" },
    ]);
    const corrected = { ...request, units: toUnits(decimal("5")) };
    expect(await place(broker, corrected)).toMatchObject({ status: "filled" });
  });

  it("whose store fails changes nothing and can be placed again", async () => {
    const { broker, store } = setUp();
    await broker.state();
    const failing = openPaperConnection({
      profile: { accounts: [] },
      clock: new FakeClock(),
      store: {
        transact: (account, work) =>
          store.transact(account, (records) => {
            work(records);
            throw new Error("the disk is full");
          }),
      },
    });
    const request = marketOrder();
    await expect(place(failing.broker("paper-001"), request)).rejects.toThrow("the disk is full");
    expect(await broker.outcomeOf(request, "2")).toBeNull();
    expect(await place(broker, request)).toMatchObject({ status: "filled", orderId: "3" });
  });

  it("carries its exits to the lists of orders", async () => {
    const { broker } = setUp();
    const takeProfit = toPrice(decimal("2.00000"));
    const trailingStop = decimal("0.00500");
    const stopLoss = { kind: "distance", distance: decimal("0.01000") } as const;
    await place(broker, marketOrder({ stopLoss, takeProfit, trailingStop }));
    const pending = await broker.orders("pending");
    expect(pending.map((order) => [order.type, order.state, order.endedBy])).toEqual([
      ["trailing_stop", "pending", null],
      ["stop_loss", "pending", null],
      ["take_profit", "pending", null],
    ]);
    expect(await broker.order("5")).toEqual(pending[2]);
    expect(await broker.order("3")).toMatchObject({ type: "market", takeProfit, trailingStop });
    const entries = await broker.transactionsSince("4");
    expect(entries.map((entry) => [entry.brokerType, entry.instrument, entry.side])).toEqual([
      ["TAKE_PROFIT_ORDER", "EUR_USD", "sell"],
      ["STOP_LOSS_ORDER", "EUR_USD", "sell"],
      ["TRAILING_STOP_LOSS_ORDER", "EUR_USD", "sell"],
    ]);

    await place(broker, closeOrder({ tradeId: "4", isWhole: true }));
    expect(await broker.orders("pending")).toEqual([]);
    const cancelled = await broker.orders("cancelled");
    expect(cancelled.map((order) => [order.type, order.units.toString()])).toEqual([
      ["trailing_stop", "1000"],
      ["stop_loss", "1000"],
      ["take_profit", "1000"],
    ]);
    const cancels = (await broker.transactionsSince("7")).filter((each) => each.type === "cancel");
    expect(cancels).toMatchObject([
      { instrument: "EUR_USD", tradeId: "4", orderId: "5", side: "sell" },
      { orderId: "6" },
      { orderId: "7" },
    ]);
    expect(await broker.orders("all")).toHaveLength(5);
  });

  it("of a short trade shows its exits on the other side", async () => {
    const { broker } = setUp();
    const stopLoss = { kind: "distance", distance: decimal("0.01000") } as const;
    await place(broker, marketOrder({ side: "sell", stopLoss }));
    expect(await broker.orders("pending")).toMatchObject([{ type: "stop_loss", side: "buy" }]);
    const [entry] = await broker.transactionsSince("4");
    expect(entry).toMatchObject({ side: "buy", tradeId: "4" });
    const { trades } = await broker.state();
    expect(trades).toMatchObject([{ direction: "short" }]);
  });

  it("that was told to stop isn't sent", async () => {
    const { broker } = setUp();
    const stopped = broker.place(clearOrder(marketOrder()), { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ code: "TIMEOUT", sent: false });
  });
});

describe("the paper broker's log", () => {
  it("begins with the account's creation and its money", async () => {
    const { broker } = setUp();
    const log = await broker.transactionsSince("0");
    expect(log.map((entry) => [entry.type, entry.amount.toString()])).toEqual([
      ["other", "0"],
      ["funding", "100000"],
    ]);
  });

  it("tells what a cancelled order and a financing were about", async () => {
    const { broker, clock } = setUp();
    await place(broker, marketOrder({ reduceOnly: true }));
    await place(broker, marketOrder());
    await clock.advance(DAY_MS);
    const log = await broker.transactionsSince("3");
    expect(log[0]).toMatchObject({ type: "cancel", instrument: "EUR_USD", side: "buy" });
    const financing = log.find((entry) => entry.type === "financing");
    expect(financing?.amount).toEqual(financing?.financing);
    expect(financing?.amount.isNegative()).toBe(true);
  });

  it("knows the refusal of a close of nothing", async () => {
    const { broker } = setUp();
    const request = closeOrder({ tradeId: "99", isWhole: true });
    const outcome = await place(broker, request);
    expect(outcome).toMatchObject({ rejection: { brokerCode: "TRADE_DOESNT_EXIST" } });
    expect(await broker.transactionsSince("2")).toMatchObject([
      { type: "reject", instrument: null, units: null, tradeId: "99" },
    ]);
  });

  it("refuses an id that is none", async () => {
    const { broker } = setUp();
    const failure = { code: "TRANSACTION_NOT_FOUND" };
    await expect(broker.transactionsSince("x")).rejects.toMatchObject(failure);
    expect(await broker.order("x")).toBeNull();
  });

  it("gives an outcome that lies further back than one page", async () => {
    const { broker } = setUp();
    for (let count = 0; count < 180; count += 1) {
      const stopLoss = { kind: "distance", distance: decimal("0.01000") } as const;
      await place(broker, marketOrder({ stopLoss }));
      await place(broker, closeOrder({ isWhole: true }));
    }
    const request = marketOrder();
    const outcome = await place(broker, request);
    const page = await broker.transactionsSince("2");
    expect(page).toHaveLength(1000);
    expect(page.some((entry) => entry.clientOrderId === request.clientOrderId)).toBe(false);
    expect(await broker.outcomeOf(request, "2")).toEqual(outcome);
  });
});
