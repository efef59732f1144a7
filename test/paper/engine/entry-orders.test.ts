import { describe, expect, it } from "vitest";
import { decimal } from "../../../src/core/money.ts";
import type { EntryOrderCommand } from "../../../src/paper/engine/commands.ts";
import { isEntry } from "../../../src/paper/engine/orders.ts";
import { advance, cancelOrder, placeEntryOrder } from "../../../src/paper/engine/venue.ts";
import {
  at,
  closedAt,
  isType,
  labels,
  newAccount,
  onlyEntry,
  scriptedVenue,
  secondsIn,
  stopAt,
  stopAway,
  targetAt,
  text,
  trailing,
  types,
  waiting,
} from "./scene.ts";

const TICKS = [
  [0, "1.10000", "1.10010"],
  [10, "1.10100", "1.10110"],
  [20, "1.10300", "1.10310"],
  [30, "1.10150", "1.10160"],
  [40, "1.09700", "1.09710"],
  [50, "1.09900", "1.09910"],
  [60, "1.10300", "1.10310"],
  [9999, "1.10000", "1.10010"],
] as const;
const SELL = { units: decimal("-1000") } as const;
const TYPES = {
  limit: "LIMIT_ORDER",
  stop: "STOP_ORDER",
  market_if_touched: "MARKET_IF_TOUCHED_ORDER",
} as const;
const venue = scriptedVenue({ EUR_USD: TICKS });

/** What is filled when and at what price; null for nothing. */
type Case = readonly [
  name: string,
  command: EntryOrderCommand,
  expected: readonly [seconds: number, price: string] | null,
];

describe("a waiting order", () => {
  it.each<Case>([
    ["a buy limit waits for the ask", waiting("limit", "1.09800"), [40, "1.0971"]],
    ["a buy limit is filled at its very price", waiting("limit", "1.09710"), [40, "1.0971"]],
    ["a buy limit isn't filled a step above it", waiting("limit", "1.09709"), null],
    ["a sell limit waits for the bid", waiting("limit", "1.10200", SELL), [20, "1.103"]],
    ["a sell limit isn't filled a step below it", waiting("limit", "1.10301", SELL), null],
    ["a buy stop slips to the market", waiting("stop", "1.10111"), [20, "1.1031"]],
    ["a buy stop is filled at its very price", waiting("stop", "1.10110"), [10, "1.1011"]],
    ["a sell stop slips to the market", waiting("stop", "1.09999", SELL), [40, "1.097"]],
    ["a sell stop waits a step below", waiting("stop", "1.09699", SELL), null],
    ["if touched from below, a buy", waiting("market_if_touched", "1.10110"), [10, "1.1011"]],
    ["if touched from above, a buy", waiting("market_if_touched", "1.09800"), [40, "1.0971"]],
    ["if touched from below, a sell", waiting("market_if_touched", "1.10200", SELL), [20, "1.103"]],
    ["if touched from above, a sell", waiting("market_if_touched", "1.09999", SELL), [40, "1.097"]],
  ])("%s", (_name, command, expected) => {
    const { type } = command;
    const placed = placeEntryOrder(venue, newAccount(), command);
    expect(types(placed.own)).toEqual([TYPES[type]]);
    expect(placed.account.orders).toMatchObject([{ id: 3, type, reason: "CLIENT_ORDER" }]);
    const { account, transactions, endedOrders } = advance(venue, placed.account, secondsIn(100));
    if (!expected) {
      expect(transactions).toEqual([]);
      expect(account.orders).toHaveLength(1);
      return;
    }
    const fill = onlyEntry(transactions, "ORDER_FILL");
    expect(fill).toMatchObject({
      orderId: 3,
      reason: placed.own[0]?.type,
      time: secondsIn(expected[0]),
      requestId: null,
      batchId: fill.id,
    });
    expect(text(fill.price)).toBe(expected[1]);
    expect(account.trades).toMatchObject([{ id: fill.id, openingOrderId: 3 }]);
    expect(endedOrders).toMatchObject([{ id: 3, end: { state: "filled", tradeOpenedId: 4 } }]);
  });

  it.each<Case>([
    ["a stop at the bid", waiting("stop", "1.10110", { triggerCondition: "BID" }), [20, "1.1031"]],
    [
      "a stop at the other side",
      waiting("stop", "1.10110", { triggerCondition: "INVERSE" }),
      [20, "1.1031"],
    ],
    ["a stop at the mid", waiting("stop", "1.10105", { triggerCondition: "MID" }), [10, "1.1011"]],
    ["a stop at the ask", waiting("stop", "1.10110", { triggerCondition: "ASK" }), [10, "1.1011"]],
    [
      "a sell stop at the ask",
      waiting("stop", "1.09705", { ...SELL, triggerCondition: "ASK" }),
      null,
    ],
    [
      "an if-touched order at the bid",
      waiting("market_if_touched", "1.10110", { triggerCondition: "BID" }),
      [20, "1.1031"],
    ],
    [
      "a limit never at a worse price",
      waiting("limit", "1.09705", { triggerCondition: "BID" }),
      null,
    ],
  ])("looks at the price of its condition: %s", (_name, command, expected) => {
    const placed = placeEntryOrder(venue, newAccount(), command);
    const { transactions } = advance(venue, placed.account, secondsIn(100));
    const fills = transactions.filter((entry) => isType(entry, "ORDER_FILL"));
    const found = fills.map((fill) => [fill.time, text(fill.price)]);
    expect(found).toEqual(expected ? [[secondsIn(expected[0]), expected[1]]] : []);
  });

  it.each<readonly [string, EntryOrderCommand]>([
    ["a limit at a better price", waiting("limit", "1.10500")],
    ["a sell limit at its price", waiting("limit", "1.10000", SELL)],
    ["a stop that is passed", waiting("stop", "1.09000")],
    ["an if-touched order at the market", waiting("market_if_touched", "1.10010")],
    ["an all-or-nothing limit", waiting("limit", "1.10010", { timeInForce: "FOK" })],
    ["an immediate limit", waiting("limit", "1.10010", { timeInForce: "IOC" })],
  ])("is filled at once in the batch that made it: %s", (_name, command) => {
    const takeProfitOnFill = targetAt(command.units.isNegative() ? "1.05" : "1.2");
    const { own, account, endedOrders } = placeEntryOrder(venue, newAccount(), {
      ...command,
      takeProfitOnFill,
      requestId: "9",
    });
    expect(types(own).slice(1)).toEqual(["ORDER_FILL", "TAKE_PROFIT_ORDER"]);
    expect(own.every((entry) => entry.batchId === 3 && entry.requestId === "9")).toBe(true);
    expect(account.orders.map((each) => each.type)).toEqual(["take_profit"]);
    expect(endedOrders).toMatchObject([{ id: 3, type: command.type, end: { state: "filled" } }]);
  });

  it.each(["FOK", "IOC"] as const)("%s doesn't wait for its price", (timeInForce) => {
    const command = waiting("limit", "1.09", { timeInForce });
    const { own, account } = placeEntryOrder(venue, newAccount(), command);
    expect(types(own)).toEqual(["LIMIT_ORDER", "ORDER_CANCEL"]);
    expect(own[1]).toMatchObject({ orderId: 3, reason: "TIME_IN_FORCE_EXPIRED", batchId: 3 });
    expect(account.orders).toEqual([]);
    const shut = closedAt(venue, () => true);
    expect(placeEntryOrder(shut, newAccount(), command).own).toMatchObject([
      {},
      { reason: "MARKET_HALTED" },
    ]);
  });

  it.each([
    ["at its time", { timeInForce: "GTD", gtdTime: secondsIn(35) }, secondsIn(35)],
    ["at 17:00 New York", { timeInForce: "DAY" }, at("2026-11-17T22:00:00Z")],
  ] as const)("expires %s", (_name, timing, time) => {
    const slow = scriptedVenue({ EUR_USD: [TICKS[0], [99_999, "1.10000", "1.10010"]] });
    const placed = placeEntryOrder(slow, newAccount(), waiting("limit", "1.09", timing));
    const { account, transactions } = advance(slow, placed.account, secondsIn(50_000));
    expect(transactions).toMatchObject([
      { type: "ORDER_CANCEL", reason: "TIME_IN_FORCE_EXPIRED", time, closedTradeId: null },
    ]);
    expect(account.orders).toEqual([]);
  });

  it("that expires in the moment of its price isn't filled any more", () => {
    const timing = { timeInForce: "GTD", gtdTime: secondsIn(40) } as const;
    const placed = placeEntryOrder(venue, newAccount(), waiting("limit", "1.09800", timing));
    const { transactions } = advance(venue, placed.account, secondsIn(100));
    expect(types(transactions)).toEqual(["ORDER_CANCEL"]);
  });

  it("can be cancelled once", () => {
    const command = waiting("limit", "1.09", { clientExtensions: labels("mine") });
    const placed = placeEntryOrder(venue, newAccount(), command);
    const cancelled = cancelOrder(venue, placed.account, { at: secondsIn(1), orderId: 3 });
    expect(cancelled.own).toMatchObject([
      { type: "ORDER_CANCEL", orderId: 3, clientOrderId: "mine", reason: "CLIENT_REQUEST" },
    ]);
    const again = cancelOrder(venue, cancelled.account, { at: secondsIn(1), orderId: 3 });
    expect(again.own).toMatchObject([{ rejectReason: "ORDER_DOESNT_EXIST" }]);
  });

  it("is filled at the first price after its market was closed, beyond its own", () => {
    const gap = closedAt(venue, (second) => second < 42.5);
    const placed = placeEntryOrder(gap, newAccount(), waiting("stop", "1.10000", SELL));
    expect(types(placed.own)).toEqual(["STOP_ORDER"]);
    const { transactions } = advance(gap, placed.account, secondsIn(100));
    const fill = onlyEntry(transactions, "ORDER_FILL");
    expect([fill.time, text(fill.price)]).toEqual([secondsIn(42.5), "1.097"]);
  });

  it("gives its trade the exits of the fill's own price", () => {
    const command = waiting("stop", "1.10111", {
      stopLossOnFill: stopAway("0.01"),
      trailingStopOnFill: trailing("0.02"),
      tradeClientExtensions: labels("trade"),
    });
    const placed = placeEntryOrder(venue, newAccount(), command);
    const { transactions, account } = advance(venue, placed.account, secondsIn(25));
    expect(types(transactions)).toEqual([
      "ORDER_FILL",
      "STOP_LOSS_ORDER",
      "TRAILING_STOP_LOSS_ORDER",
    ]);
    expect(text(onlyEntry(transactions, "STOP_LOSS_ORDER").price)).toBe("1.0931");
    expect(account.orders.map((each) => !isEntry(each) && each.clientTradeId)).toEqual([
      "trade",
      "trade",
    ]);
  });

  it("reduces the opposite position before it opens", () => {
    const first = placeEntryOrder(venue, newAccount(), waiting("limit", "1.2"));
    const sell = waiting("limit", "1.10200", { units: decimal("-1500") });
    const placed = placeEntryOrder(venue, first.account, sell);
    const fill = onlyEntry(
      advance(venue, placed.account, secondsIn(30)).transactions,
      "ORDER_FILL",
    );
    expect(fill).toMatchObject({ tradesClosed: [{ tradeId: 4 }] });
    expect(text(fill.tradeOpened?.units)).toBe("-500");
  });

  it("is filled though others of its kind wait further away", () => {
    const orders = ["1.10110", "1.20000", "1.30000"].map((price) => waiting("stop", price));
    const account = orders.reduce(
      (before, each) => placeEntryOrder(venue, before, each).account,
      newAccount(),
    );
    const { transactions } = advance(venue, account, secondsIn(15));
    expect(transactions).toMatchObject([{ type: "ORDER_FILL", orderId: 3 }]);
  });

  it("BR-06 of the lower id goes first in one moment, whatever the instruments", () => {
    const pound = {
      GBP_USD: [
        [0, "1.30000", "1.30010"],
        [10, "1.31000", "1.31010"],
        [9999, "1.31000", "1.31010"],
      ],
    } as const;
    const both = scriptedVenue({ EUR_USD: TICKS, ...pound });
    const orders = [
      waiting("stop", "1.20000"),
      waiting("stop", "1.30500", { instrument: "GBP_USD" }),
      waiting("stop", "1.10110"),
    ];
    const account = orders.reduce(
      (before, each) => placeEntryOrder(both, before, each).account,
      newAccount(),
    );
    const { transactions } = advance(both, account, secondsIn(15));
    expect(transactions).toMatchObject([{ orderId: 4 }, { orderId: 5 }]);
  });

  it("BR-09 that opens a trade at 17:00 New York isn't charged for the day that ends", () => {
    const rollover = at("2026-11-17T22:00:00Z");
    const seconds = 7 * 3600;
    const late = scriptedVenue({
      EUR_USD: [TICKS[0], [seconds, "1.09000", "1.09010"], [999_999, "1.09000", "1.09010"]],
    });
    const { account } = placeEntryOrder(late, newAccount(), waiting("limit", "1.09500"));
    const filled = advance(late, account, secondsIn(seconds + 60));
    expect(types(filled.transactions)).toEqual(["ORDER_FILL"]);
    expect(filled.transactions[0]?.time).toBe(rollover);
    const next = advance(late, filled.account, secondsIn(seconds + 86_400));
    expect(types(next.transactions)).toEqual(["DAILY_FINANCING"]);
  });

  it("is watched for ten years without a trade at once", () => {
    const quiet = scriptedVenue({ EUR_USD: [TICKS[0], [400_000_000, "1.10000", "1.10010"]] });
    const placed = placeEntryOrder(quiet, newAccount(), waiting("limit", "1.05"));
    const started = performance.now();
    const { account } = advance(quiet, placed.account, at("2036-01-01T00:00:00Z"));
    expect(performance.now() - started).toBeLessThan(100);
    expect(account.orders).toHaveLength(1);
  });

  it.each<readonly [string, Partial<EntryOrderCommand>]>([
    ["INSTRUMENT_UNKNOWN", { instrument: "XXX_YYY" }],
    ["UNITS_INVALID", { units: decimal("0") }],
    ["PRICE_INVALID", { price: decimal("0") }],
    ["PRICE_PRECISION_EXCEEDED", { price: decimal("1.100001") }],
    ["TIME_IN_FORCE_INVALID", { type: "market_if_touched", timeInForce: "IOC" }],
    ["TIME_IN_FORCE_GTD_TIMESTAMP_MISSING", { timeInForce: "GTD" }],
    ["TIME_IN_FORCE_GTD_TIMESTAMP_IN_PAST", { timeInForce: "GTD", gtdTime: secondsIn(0) }],
    ["PRICE_BOUND_INVALID", { priceBound: decimal("-1") }],
    ["CLIENT_ORDER_ID_INVALID", { clientExtensions: labels("") }],
    ["CLIENT_TRADE_TAG_INVALID", { tradeClientExtensions: labels("a", "") }],
    ["STOP_LOSS_ON_FILL_PRICE_INVALID", { stopLossOnFill: stopAt("-1") }],
    [
      "TRADE_ON_FILL_CLIENT_EXTENSIONS_NOT_SUPPORTED",
      { positionFill: "REDUCE_ONLY", tradeClientExtensions: labels("a") },
    ],
  ])("is refused as %s and changes nothing but the log", (rejectReason, changes) => {
    const before = newAccount();
    const command = waiting("limit", "1.09", changes);
    const { account, own } = placeEntryOrder(venue, before, command);
    const type = changes.type ? "MARKET_IF_TOUCHED_ORDER_REJECT" : "LIMIT_ORDER_REJECT";
    expect(own).toMatchObject([{ type, rejectReason, reason: "CLIENT_ORDER" }]);
    expect(account).toEqual({ ...before, lastTransactionId: 3 });
  });

  it("BR-01 may have the client id of an order that is over, not of one that waits", () => {
    const command = waiting("limit", "1.09", { clientExtensions: labels("same") });
    const placed = placeEntryOrder(venue, newAccount(), command);
    const { own } = placeEntryOrder(venue, placed.account, command);
    expect(own).toMatchObject([{ rejectReason: "CLIENT_ORDER_ID_ALREADY_EXISTS" }]);
    const cancelled = cancelOrder(venue, placed.account, { at: secondsIn(1), orderId: 3 });
    expect(types(placeEntryOrder(venue, cancelled.account, command).own)).toEqual(["LIMIT_ORDER"]);
  });
});
