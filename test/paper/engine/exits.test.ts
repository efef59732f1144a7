import { describe, expect, it } from "vitest";
import { decimal } from "../../../src/core/money.ts";
import type { MarketOrderCommand } from "../../../src/paper/engine/commands.ts";
import { advance, cancelOrder, placeMarketOrder } from "../../../src/paper/engine/venue.ts";
import {
  at,
  isType,
  newAccount,
  onlyEntry,
  order,
  placeAll,
  START,
  scriptedVenue,
  secondsIn,
  stopAt,
  syntheticVenue,
  targetAt,
  text,
  trailing,
  types,
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
/** Why, when and at what price it is filled, and what that earns. */
type Expected = readonly [reason: string, seconds: number, price: string, pl: string];
const venue = scriptedVenue({ EUR_USD: TICKS });

function run(changes: Partial<MarketOrderCommand>, seconds = 100) {
  const placed = placeMarketOrder(venue, newAccount(), order(changes));
  return advance(venue, placed.account, secondsIn(seconds));
}

describe("an exit order", () => {
  it.each<readonly [string, Partial<MarketOrderCommand>, Expected]>([
    [
      "a stop slips to the market",
      { stopLossOnFill: stopAt("1.09900") },
      ["STOP_LOSS_ORDER", 40, "1.097", "-3.1"],
    ],
    [
      "a target gets the better market",
      { takeProfitOnFill: targetAt("1.10200") },
      ["TAKE_PROFIT_ORDER", 20, "1.103", "2.9"],
    ],
    [
      "a target is hit at its very price",
      { takeProfitOnFill: targetAt("1.10300") },
      ["TAKE_PROFIT_ORDER", 20, "1.103", "2.9"],
    ],
    [
      "a stop is hit at its very price",
      { stopLossOnFill: stopAt("1.09700") },
      ["STOP_LOSS_ORDER", 40, "1.097", "-3.1"],
    ],
    [
      "a trailing stop follows up, then is hit",
      { trailingStopOnFill: trailing("0.00150") },
      ["TRAILING_STOP_LOSS_ORDER", 30, "1.1015", "1.4"],
    ],
    [
      "a wider trailing stop is hit later",
      { trailingStopOnFill: trailing("0.00151") },
      ["TRAILING_STOP_LOSS_ORDER", 40, "1.097", "-3.1"],
    ],
    [
      "a short trade's stop looks at the ask",
      { ...SELL, stopLossOnFill: stopAt("1.10110") },
      ["STOP_LOSS_ORDER", 10, "1.1011", "-1.1"],
    ],
    [
      "a short trade's target looks at the ask",
      { ...SELL, takeProfitOnFill: targetAt("1.09710") },
      ["TAKE_PROFIT_ORDER", 40, "1.0971", "2.9"],
    ],
    [
      "a short trade's trailing stop follows down",
      { ...SELL, trailingStopOnFill: trailing("0.00320") },
      ["TRAILING_STOP_LOSS_ORDER", 60, "1.1031", "-3.1"],
    ],
  ])("%s", (_name, changes, [reason, seconds, price, pl]) => {
    const { account, transactions, endedOrders, closedTrades } = run(changes);
    const fill = onlyEntry(transactions, "ORDER_FILL");
    expect(fill).toMatchObject({ reason, time: secondsIn(seconds), requestId: null, orderId: 5 });
    expect([text(fill.price), text(fill.pl)]).toEqual([price, pl]);
    expect(fill.batchId).toBe(fill.id);
    expect(account.trades).toEqual([]);
    expect(account.orders).toEqual([]);
    expect(account.processedTo).toBe(secondsIn(100));
    expect(endedOrders).toMatchObject([{ id: 5, end: { state: "filled", tradeClosedIds: [4] } }]);
    expect(closedTrades).toMatchObject([
      { id: 4, closeTime: secondsIn(seconds), closingTransactionIds: [fill.id] },
    ]);
  });

  it.each<readonly [string, Partial<MarketOrderCommand>]>([
    ["a stop one step away", { stopLossOnFill: stopAt("1.09699") }],
    ["a target one step away", { takeProfitOnFill: targetAt("1.10301") }],
    [
      "a short trade's stop one step away",
      { units: decimal("-1"), stopLossOnFill: stopAt("1.10311") },
    ],
    ["a trailing stop one step away", { trailingStopOnFill: trailing("0.00601") }],
  ])("%s waits", (_name, changes) => {
    const { account, transactions } = run(changes);
    expect(transactions).toEqual([]);
    expect(account.orders).toHaveLength(1);
  });

  it("BR-06 that fills takes the trade's other exits with it, in the same batch", () => {
    const { transactions, endedOrders } = run({
      takeProfitOnFill: targetAt("1.10200"),
      stopLossOnFill: stopAt("1.09000"),
      trailingStopOnFill: trailing("0.05000"),
    });
    expect(types(transactions)).toEqual(["ORDER_FILL", "ORDER_CANCEL", "ORDER_CANCEL"]);
    const [fill, first, second] = transactions;
    const link = {
      batchId: fill?.id,
      reason: "LINKED_TRADE_CLOSED",
      closedTradeId: 4,
      tradeCloseTransactionId: fill?.id,
    };
    expect([first, second]).toMatchObject([
      { ...link, orderId: 6 },
      { ...link, orderId: 7 },
    ]);
    expect(endedOrders.map((ended) => [ended.id, ended.end?.state])).toEqual([
      [5, "filled"],
      [6, "cancelled"],
      [7, "cancelled"],
    ]);
  });

  it("BR-06 of the lower id goes first when two are hit in one moment", () => {
    const { transactions } = run({
      stopLossOnFill: stopAt("1.09800"),
      trailingStopOnFill: trailing("0.00600"),
    });
    expect(onlyEntry(transactions, "ORDER_FILL").reason).toBe("STOP_LOSS_ORDER");
  });

  it("goes when its trade is closed by an opposite order", () => {
    const opened = placeMarketOrder(
      venue,
      newAccount(),
      order({ stopLossOnFill: stopAt("1.09000") }),
    );
    const { own, account } = placeMarketOrder(
      venue,
      opened.account,
      order({ units: decimal("-1000"), at: secondsIn(5) }),
    );
    expect(types(own)).toEqual(["MARKET_ORDER", "ORDER_FILL", "ORDER_CANCEL"]);
    expect(account.orders).toEqual([]);
  });

  it("closes only what a partial close left", () => {
    const opened = placeAll(venue, newAccount(), [
      order({ stopLossOnFill: stopAt("1.09800") }),
      order({ units: decimal("-400") }),
    ]);
    const { transactions } = advance(venue, opened.account, secondsIn(100));
    expect(text(onlyEntry(transactions, "ORDER_FILL").units)).toBe("-600");
  });

  it("keeps a trailing stop where a look in between left it", () => {
    const placed = placeMarketOrder(
      venue,
      newAccount(),
      order({ trailingStopOnFill: trailing("0.00200") }),
    );
    const looked = advance(venue, placed.account, secondsIn(25));
    expect(looked.account.orders).toMatchObject([{ trailingStopValue: decimal("1.10100") }]);
    const { transactions } = advance(venue, looked.account, secondsIn(100));
    expect(onlyEntry(transactions, "ORDER_FILL").time).toBe(secondsIn(40));
  });

  it.each([
    ["at its time", { timeInForce: "GTD", gtdTime: secondsIn(35) }, secondsIn(35)],
    ["at 17:00 New York", { timeInForce: "DAY", gtdTime: null }, at("2026-11-17T22:00:00Z")],
  ] as const)("expires %s", (_name, timing, expected) => {
    const slow = scriptedVenue({ EUR_USD: [TICKS[0], [99_999, "1.10000", "1.10010"]] });
    const placed = placeMarketOrder(
      slow,
      newAccount(),
      order({ stopLossOnFill: { ...stopAt("1.09"), ...timing } }),
    );
    const { account, transactions } = advance(slow, placed.account, secondsIn(50_000));
    const cancel = onlyEntry(transactions, "ORDER_CANCEL");
    expect(cancel).toMatchObject({ reason: "TIME_IN_FORCE_EXPIRED", time: expected });
    expect(cancel).toMatchObject({ closedTradeId: null, orderId: 5 });
    expect(account.trades).toHaveLength(1);
  });

  it("that expires in the moment of its price isn't filled any more", () => {
    const until = { ...stopAt("1.09900"), timeInForce: "GTD", gtdTime: secondsIn(40) } as const;
    const { transactions } = run({ stopLossOnFill: until });
    expect(types(transactions)).toEqual(["ORDER_CANCEL"]);
  });

  it("can be cancelled once", () => {
    const placed = placeMarketOrder(venue, newAccount(), order({ stopLossOnFill: stopAt("1.09") }));
    const cancelled = cancelOrder(venue, placed.account, { at: START, orderId: 5, requestId: "9" });
    expect(cancelled.own).toMatchObject([
      { type: "ORDER_CANCEL", orderId: 5, reason: "CLIENT_REQUEST", requestId: "9" },
    ]);
    expect(cancelled.account.orders).toEqual([]);
    const again = cancelOrder(venue, cancelled.account, { at: START, orderId: 5 });
    expect(again.own).toMatchObject([
      { type: "ORDER_CANCEL_REJECT", orderId: 5, rejectReason: "ORDER_DOESNT_EXIST" },
    ]);
  });

  it("isn't filled while its market is closed, but at the first price after", () => {
    const market = scriptedVenue({
      EUR_USD: [
        [0, "1.10000", "1.10010"],
        [10, "1.09000", "1.09010"],
        [20, "1.09000", "1.09010"],
      ],
    });
    const gap = {
      ...market,
      feed: {
        ...market.feed,
        quoteAt: (name: string, ms: number) => {
          const quote = market.feed.quoteAt(name, ms);
          return quote && { ...quote, tradeable: ms % 100_000 !== 10_000 };
        },
      },
    };
    const placed = placeMarketOrder(gap, newAccount(), order({ stopLossOnFill: stopAt("1.095") }));
    const { transactions } = advance(gap, placed.account, secondsIn(15));
    const fill = transactions.find((entry) => isType(entry, "ORDER_FILL"));
    expect(fill?.time).toBe("2026-11-17T15:00:10.001000000Z");
  });
});

describe("a week away", () => {
  it("is caught up with quickly, in order of time and without a gap in the log", () => {
    const market = syntheticVenue(7);
    const instruments = ["EUR_USD", "USD_JPY", "GBP_USD", "EUR_GBP", "AUD_NZD", "USD_CHF"];
    const opened = placeAll(
      market,
      newAccount(),
      instruments.map((instrument, index) => {
        const distance = decimal(instrument === "USD_JPY" ? "1.500" : "0.01500");
        return order({
          instrument,
          units: decimal(index % 2 === 0 ? "5000" : "-5000"),
          stopLossOnFill: { ...stopAt("1"), price: null, distance },
          trailingStopOnFill: { ...trailing("1"), distance },
        });
      }),
    );
    const started = performance.now();
    const { transactions, account } = advance(market, opened.account, secondsIn(7 * 86_400));
    expect(performance.now() - started).toBeLessThan(1500);
    const first = opened.account.lastTransactionId + 1;
    expect(transactions.map((entry) => entry.id)).toEqual(
      transactions.map((_entry, index) => first + index),
    );
    expect(account.lastTransactionId).toBe(first + transactions.length - 1);
    const times = transactions.map((entry) => entry.time);
    expect(times).toEqual(times.toSorted());
    expect(transactions.some((entry) => entry.type === "DAILY_FINANCING")).toBe(true);
    expect(transactions.some((entry) => entry.type === "ORDER_FILL")).toBe(true);
  });
});
