import { describe, expect, it } from "vitest";
import { decimal } from "../../../src/core/money.ts";
import type { EntryOrderCommand } from "../../../src/paper/engine/commands.ts";
import { MAX_OPEN_TRADES, MAX_PENDING_ORDERS } from "../../../src/paper/engine/pending.ts";
import type { VenueAccount } from "../../../src/paper/engine/types.ts";
import { advance, placeEntryOrder, placeMarketOrder } from "../../../src/paper/engine/venue.ts";
import {
  isType,
  labels,
  newAccount,
  onlyEntry,
  order,
  placeAll,
  scriptedVenue,
  secondsIn,
  stopAt,
  targetAt,
  text,
  types,
  waiting,
} from "./scene.ts";

const venue = scriptedVenue(
  {
    EUR_USD: [
      [0, "1.10000", "1.10010"],
      [10, "1.10200", "1.10210"],
      [9000, "1.10200", "1.10210"],
    ],
  },
  { region: "EU" },
);

/** What becomes of a stop order whose price comes after ten seconds, in an account that is as `account`. */
function trigger(changes: Partial<EntryOrderCommand>, account: VenueAccount = newAccount()) {
  const placed = placeEntryOrder(venue, account, waiting("stop", "1.10100", changes));
  expect(types(placed.own)).toEqual(["STOP_ORDER"]);
  return { id: placed.own[0]?.id, ...advance(venue, placed.account, secondsIn(20)) };
}

describe("a waiting order whose price comes", () => {
  it.each<readonly [string, Partial<EntryOrderCommand>]>([
    ["INSUFFICIENT_MARGIN", { units: decimal("5000000") }],
    ["BOUNDS_VIOLATION", { priceBound: decimal("1.10209") }],
    ["STOP_LOSS_ON_FILL_LOSS", { stopLossOnFill: stopAt("1.10200") }],
    ["TAKE_PROFIT_ON_FILL_LOSS", { takeProfitOnFill: targetAt("1.10210") }],
    [
      "TAKE_PROFIT_ON_FILL_GTD_TIMESTAMP_IN_PAST",
      {
        takeProfitOnFill: { ...targetAt("1.2"), timeInForce: "GTD", gtdTime: secondsIn(5) },
      },
    ],
    ["POSITION_CLOSEOUT_FAILED", { positionFill: "REDUCE_ONLY" }],
    ["INSUFFICIENT_LIQUIDITY", { maximumFillUnits: decimal("0") }],
  ])("is cancelled with %s where it can't be filled, and doesn't stay", (reason, changes) => {
    const { id, account, transactions, endedOrders } = trigger(changes);
    expect(transactions).toMatchObject([
      { type: "ORDER_CANCEL", orderId: id, reason, time: secondsIn(10) },
    ]);
    expect(account.orders).toEqual([]);
    expect(endedOrders).toMatchObject([{ id, end: { state: "cancelled", reason } }]);
  });

  it("may have any size when placed: only its fill asks for margin", () => {
    const { own } = placeEntryOrder(
      venue,
      newAccount("10"),
      waiting("limit", "1.05", { units: decimal("90000000") }),
    );
    expect(types(own)).toEqual(["LIMIT_ORDER"]);
  });

  it("is cancelled where the only position is one that it may not reduce", () => {
    const short = placeMarketOrder(venue, newAccount(), order({ units: decimal("-10") }));
    const { transactions } = trigger({ positionFill: "OPEN_ONLY" }, short.account);
    expect(transactions).toMatchObject([{ reason: "INSTRUMENT_ASK_REDUCE_ONLY" }]);
  });

  it("REDUCE_ONLY closes the position, and the rest of it is gone", () => {
    const short = placeMarketOrder(venue, newAccount(), order({ units: decimal("-400") }));
    const { account, transactions } = trigger({ positionFill: "REDUCE_ONLY" }, short.account);
    expect(text(onlyEntry(transactions, "ORDER_FILL").units)).toBe("400");
    expect([account.orders, account.trades]).toEqual([[], []]);
  });

  it("is cancelled where its trade or an exit would have a client id that is taken", () => {
    const named = { ...stopAt("1.05"), clientExtensions: labels("exit") };
    const held = placeMarketOrder(
      venue,
      newAccount(),
      order({ tradeClientExtensions: labels("trade"), stopLossOnFill: named }),
    ).account;
    const trade = trigger({ tradeClientExtensions: labels("trade") }, held);
    expect(trade.transactions).toMatchObject([{ reason: "CLIENT_TRADE_ID_ALREADY_EXISTS" }]);
    const exit = trigger({ stopLossOnFill: named }, held);
    expect(exit.transactions).toMatchObject([
      { reason: "STOP_LOSS_ON_FILL_CLIENT_ORDER_ID_ALREADY_EXISTS" },
    ]);
    const market = order({ takeProfitOnFill: { ...targetAt("2"), ...named, price: decimal("2") } });
    expect(placeMarketOrder(venue, held, market).own).toMatchObject([
      {},
      { reason: "TAKE_PROFIT_ON_FILL_CLIENT_ORDER_ID_ALREADY_EXISTS" },
    ]);
  });

  it("may reuse the client ids of the trade that it closes", () => {
    const named = { ...stopAt("1.05"), clientExtensions: labels("exit") };
    const held = placeMarketOrder(
      venue,
      newAccount(),
      order({ tradeClientExtensions: labels("trade"), stopLossOnFill: named }),
    ).account;
    const flip = waiting("limit", "1.10150", {
      units: decimal("-3000"),
      tradeClientExtensions: labels("trade"),
      stopLossOnFill: { ...named, price: decimal("1.2") },
    });
    const placed = placeEntryOrder(venue, held, flip);
    const { transactions } = advance(venue, placed.account, secondsIn(20));
    expect(types(transactions)).toEqual(["ORDER_FILL", "ORDER_CANCEL", "STOP_LOSS_ORDER"]);
  });
});

describe("a waiting order that is filled in part", () => {
  it("goes on with the rest as a new order, in the same batch", () => {
    const { id, account, transactions } = trigger({
      maximumFillUnits: decimal("300"),
      clientExtensions: labels("mine"),
      tradeClientExtensions: labels("mine"),
      stopLossOnFill: { ...stopAt("1.05"), clientExtensions: labels("exit", "t") },
    });
    const [fill, exit, rest, second] = transactions;
    expect(fill).toMatchObject({ type: "ORDER_FILL", orderId: id, units: decimal("300") });
    expect(exit).toMatchObject({ type: "STOP_LOSS_ORDER", batchId: fill?.id });
    expect(rest).toMatchObject({
      type: "STOP_ORDER",
      batchId: fill?.id,
      units: decimal("700"),
      reason: "REPLACEMENT",
      replacesOrderId: id,
      clientExtensions: labels("mine"),
      tradeClientExtensions: labels(null),
      stopLossOnFill: { clientExtensions: labels(null, "t") },
    });
    expect(second).toMatchObject({ type: "ORDER_FILL", orderId: rest?.id, time: secondsIn(10) });
    expect(account.trades.map((trade) => text(trade.currentUnits))).toEqual(["300", "700"]);
    expect(account.orders.map((each) => each.type)).toEqual(["stop_loss", "stop_loss"]);
  });

  it.each([
    ["GTC", ["LIMIT_ORDER", "ORDER_FILL", "LIMIT_ORDER"], 1],
    ["IOC", ["LIMIT_ORDER", "ORDER_FILL"], 0],
    ["FOK", ["LIMIT_ORDER", "ORDER_FILL"], 0],
  ] as const)("at once and %s writes %s", (timeInForce, written, pending) => {
    const command = waiting("limit", "1.2", { timeInForce, maximumFillUnits: decimal("300") });
    const { own, account } = placeEntryOrder(venue, newAccount(), command);
    expect(types(own)).toEqual(written);
    expect(text(onlyEntry(own, "ORDER_FILL").units)).toBe("300");
    expect(account.orders).toHaveLength(pending);
  });

  it("as there isn't more on offer is filled by and by, within one moment", () => {
    const command = waiting("limit", "1.2", { units: decimal("25000000") });
    const placed = placeEntryOrder(venue, newAccount("1000000"), command);
    const { transactions, account } = advance(venue, placed.account, secondsIn(1));
    const fills = [...placed.own, ...transactions].filter((entry) => isType(entry, "ORDER_FILL"));
    expect(fills.map((fill) => text(fill.units))).toEqual(["10000000", "10000000", "5000000"]);
    expect(account.orders).toEqual([]);
  });

  it("all or nothing isn't filled where less is on offer", () => {
    const command = waiting("limit", "1.2", { units: decimal("25000000"), timeInForce: "FOK" });
    const { own } = placeEntryOrder(venue, newAccount("1000000"), command);
    expect(own).toMatchObject([{}, { reason: "INSUFFICIENT_LIQUIDITY" }]);
  });

  it("on a touch at once can't wait for the touch again", () => {
    const command = waiting("market_if_touched", "1.10010", { maximumFillUnits: decimal("1") });
    const { own, account } = placeEntryOrder(venue, newAccount(), command);
    expect(types(own)).toEqual([
      "MARKET_IF_TOUCHED_ORDER",
      "ORDER_FILL",
      "MARKET_IF_TOUCHED_ORDER_REJECT",
    ]);
    expect(own[2]).toMatchObject({
      rejectReason: "INVALID_REISSUE_IMMEDIATE_PARTIAL_FILL",
      units: decimal("999"),
      intendedReplacesOrderId: 3,
    });
    expect(account.orders).toEqual([]);
  });
});

describe("the number of", () => {
  it("waiting orders is limited, at the placing and at the fill", () => {
    const one = placeEntryOrder(venue, newAccount(), waiting("limit", "1.05")).account;
    const [kept] = one.orders;
    if (!kept) throw new Error("no order");
    const filledUp = (count: number): VenueAccount => ({
      ...one,
      lastTransactionId: 5000,
      orders: Array.from({ length: count }, (_each, index) => ({ ...kept, id: index + 3 })),
    });
    const last = placeEntryOrder(venue, filledUp(MAX_PENDING_ORDERS - 1), waiting("limit", "1.04"));
    expect(types(last.own)).toEqual(["LIMIT_ORDER"]);
    const more = placeEntryOrder(venue, last.account, waiting("limit", "1.04"));
    expect(more.own).toMatchObject([{ rejectReason: "PENDING_ORDERS_ALLOWED_EXCEEDED" }]);
    const market = order({ stopLossOnFill: stopAt("1.05") });
    expect(placeMarketOrder(venue, last.account, market).own).toMatchObject([
      {},
      { type: "ORDER_CANCEL", reason: "PENDING_ORDERS_ALLOWED_EXCEEDED" },
    ]);
    const fits = placeMarketOrder(venue, filledUp(MAX_PENDING_ORDERS - 1), market);
    expect(types(fits.own)).toContain("STOP_LOSS_ORDER");
  });

  it("open trades is limited", () => {
    const { account } = placeAll(venue, newAccount(), [order({ units: decimal("1") })]);
    const [trade] = account.trades;
    if (!trade) throw new Error("no trade");
    const filledUp = (count: number): VenueAccount => ({
      ...account,
      lastTransactionId: 5000,
      trades: Array.from({ length: count }, (_each, index) => ({ ...trade, id: index + 4 })),
    });
    const last = placeMarketOrder(venue, filledUp(MAX_OPEN_TRADES - 1), order());
    expect(types(last.own)).toEqual(["MARKET_ORDER", "ORDER_FILL"]);
    const more = placeMarketOrder(venue, last.account, order());
    expect(more.own).toMatchObject([{}, { reason: "OPEN_TRADES_ALLOWED_EXCEEDED" }]);
    const fewer = placeMarketOrder(venue, last.account, order({ units: decimal("-5") }));
    expect(types(fewer.own)).toContain("ORDER_FILL");
  });
});
