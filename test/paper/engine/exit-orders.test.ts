import { describe, expect, it } from "vitest";
import { decimal } from "../../../src/core/money.ts";
import type { ExitOrderCommand, MarketOrderCommand } from "../../../src/paper/engine/commands.ts";
import { advance, placeExitOrder, placeMarketOrder } from "../../../src/paper/engine/venue.ts";
import {
  closedAt,
  labels,
  newAccount,
  onlyEntry,
  order,
  START,
  scriptedVenue,
  secondsIn,
  stopAt,
  text,
  types,
} from "./scene.ts";

const venue = scriptedVenue({
  EUR_USD: [
    [0, "1.10000", "1.10010"],
    [10, "1.10300", "1.10310"],
    [20, "1.09700", "1.09730"],
    [9999, "1.10000", "1.10010"],
  ],
});

/** An account with the trade 4: long, unless told. */
function open(changes: Partial<MarketOrderCommand> = {}) {
  return placeMarketOrder(venue, newAccount(), order(changes)).account;
}

function exit(
  type: ExitOrderCommand["type"],
  changes: Partial<ExitOrderCommand> = {},
): ExitOrderCommand {
  return { at: START, type, tradeId: 4, ...changes };
}

const at = (price: string) => ({ price: decimal(price) });
const away = (distance: string) => ({ distance: decimal(distance) });

describe("an exit placed on an open trade", () => {
  it.each<readonly [string, ExitOrderCommand, readonly [string, number, string]]>([
    ["a target", exit("take_profit", at("1.10200")), ["TAKE_PROFIT_ORDER", 10, "1.103"]],
    ["a stop", exit("stop_loss", at("1.09900")), ["STOP_LOSS_ORDER", 20, "1.097"]],
    [
      "a trailing stop",
      exit("trailing_stop", away("0.00500")),
      ["TRAILING_STOP_LOSS_ORDER", 20, "1.097"],
    ],
    [
      "a target at the ask",
      exit("take_profit", { ...at("1.10305"), triggerCondition: "ASK" }),
      ["TAKE_PROFIT_ORDER", 10, "1.103"],
    ],
    [
      "a stop at the mid",
      exit("stop_loss", { ...at("1.09715"), triggerCondition: "MID" }),
      ["STOP_LOSS_ORDER", 20, "1.097"],
    ],
  ])("%s closes it when its price comes", (_name, command, [reason, seconds, price]) => {
    const placed = placeExitOrder(venue, open(), command);
    expect(placed.own).toMatchObject([{ reason: "CLIENT_ORDER", orderFillTransactionId: null }]);
    expect(placed.account.orders).toMatchObject([{ type: command.type, tradeId: 4, id: 5 }]);
    const { transactions, account } = advance(venue, placed.account, secondsIn(50));
    const fill = onlyEntry(transactions, "ORDER_FILL");
    expect([fill.reason, fill.time, text(fill.price)]).toEqual([reason, secondsIn(seconds), price]);
    expect(account.trades).toEqual([]);
  });

  it("looks only at the price of its condition", () => {
    const command = exit("stop_loss", { ...at("1.09720"), triggerCondition: "INVERSE" });
    const placed = placeExitOrder(venue, open(), command);
    expect(advance(venue, placed.account, secondsIn(50)).transactions).toEqual([]);
  });

  it("that trails follows the price of its condition", () => {
    const command = exit("trailing_stop", { ...away("0.00100"), triggerCondition: "ASK" });
    const { account } = placeExitOrder(venue, open(), command);
    expect(account.orders).toMatchObject([{ trailingStopValue: decimal("1.09910") }]);
    const later = advance(venue, account, secondsIn(15));
    expect(later.account.orders).toMatchObject([{ trailingStopValue: decimal("1.10210") }]);
  });

  it("measures a stop's distance from the price at which a trade like it would be opened now", () => {
    const long = placeExitOrder(venue, open(), exit("stop_loss", away("0.01")));
    expect(text(onlyEntry(long.own, "STOP_LOSS_ORDER").price)).toBe("1.0901");
    const later = { ...exit("stop_loss", away("0.01")), at: secondsIn(12) };
    const short = placeExitOrder(venue, open({ units: decimal("-1000") }), later);
    expect(onlyEntry(short.own, "STOP_LOSS_ORDER")).toMatchObject({
      price: decimal("1.11300"),
      distance: decimal("0.01"),
    });
  });

  it("whose price is passed closes it at once, in the batch that made it", () => {
    const other = open({ takeProfitOnFill: { ...stopAt("1.2") } });
    const command = { ...exit("stop_loss", at("1.10200")), requestId: "5" };
    const { own, account, endedOrders } = placeExitOrder(venue, other, command);
    expect(types(own)).toEqual(["STOP_LOSS_ORDER", "ORDER_FILL", "ORDER_CANCEL"]);
    expect(own.every((entry) => entry.batchId === own[0]?.id && entry.requestId === "5")).toBe(
      true,
    );
    expect(account.trades).toEqual([]);
    expect(endedOrders.map((each) => each.type)).toEqual(["stop_loss", "take_profit"]);
  });

  it("that would take a loss as a profit at once is cancelled", () => {
    const losing = placeExitOrder(venue, open(), exit("take_profit", at("1.09900")));
    expect(losing.own).toMatchObject([{}, { type: "ORDER_CANCEL", reason: "LOSING_TAKE_PROFIT" }]);
    expect(losing.account.trades).toHaveLength(1);
    const winning = { ...exit("take_profit", at("1.10200")), at: secondsIn(12) };
    expect(types(placeExitOrder(venue, open(), winning).own)).toEqual([
      "TAKE_PROFIT_ORDER",
      "ORDER_FILL",
    ]);
  });

  it("waits while the market is closed, and closes at the first price after", () => {
    const shut = closedAt(venue, (second) => second < 22);
    const placed = placeExitOrder(shut, open(), exit("stop_loss", at("1.2")));
    expect(types(placed.own)).toEqual(["STOP_LOSS_ORDER"]);
    const { transactions } = advance(shut, placed.account, secondsIn(50));
    expect(onlyEntry(transactions, "ORDER_FILL").time).toBe(secondsIn(22));
  });

  it.each<readonly [string, ExitOrderCommand]>([
    ["TRADE_DOESNT_EXIST", exit("stop_loss", { ...at("1.09"), tradeId: 99 })],
    ["PRICE_MISSING", exit("take_profit")],
    ["PRICE_INVALID", exit("take_profit", at("0"))],
    ["PRICE_PRECISION_EXCEEDED", exit("stop_loss", at("1.000001"))],
    ["PRICE_DISTANCE_INVALID", exit("stop_loss", away("-1"))],
    ["PRICE_DISTANCE_MAXIMUM_EXCEEDED", exit("stop_loss", away("1.10010"))],
    ["STOP_LOSS_ORDER_PRICE_AND_DISTANCE_BOTH_MISSING", exit("stop_loss")],
    [
      "STOP_LOSS_ORDER_PRICE_AND_DISTANCE_BOTH_SPECIFIED",
      exit("stop_loss", { ...at("1"), ...away("1") }),
    ],
    ["PRICE_DISTANCE_MISSING", exit("trailing_stop")],
    ["PRICE_DISTANCE_MINIMUM_NOT_MET", exit("trailing_stop", away("0.00049"))],
    ["PRICE_DISTANCE_MAXIMUM_EXCEEDED", exit("trailing_stop", away("1.00001"))],
    ["TIME_IN_FORCE_INVALID", exit("stop_loss", { ...at("1"), timeInForce: "FOK" })],
    ["TIME_IN_FORCE_GTD_TIMESTAMP_MISSING", exit("stop_loss", { ...at("1"), timeInForce: "GTD" })],
    [
      "TIME_IN_FORCE_GTD_TIMESTAMP_IN_PAST",
      exit("stop_loss", { ...at("1"), timeInForce: "GTD", gtdTime: START }),
    ],
    [
      "CLIENT_ORDER_TAG_INVALID",
      exit("stop_loss", { ...at("1"), clientExtensions: labels("a", "") }),
    ],
    [
      "CLIENT_ORDER_ID_ALREADY_EXISTS",
      exit("stop_loss", { ...at("1"), clientExtensions: labels("tp") }),
    ],
    ["TAKE_PROFIT_ORDER_ALREADY_EXISTS", exit("take_profit", at("1.3"))],
    ["GUARANTEED_STOP_LOSS_ORDER_NOT_ALLOWED", exit("guaranteed_stop_loss", at("1"))],
  ])("is refused as %s and changes nothing but the log", (rejectReason, command) => {
    const target = { ...stopAt("1.2"), clientExtensions: labels("tp") };
    const hasTarget = rejectReason !== "PRICE_MISSING" && rejectReason !== "PRICE_INVALID";
    const before = open(hasTarget ? { takeProfitOnFill: target } : {});
    const { own, account } = placeExitOrder(venue, before, command);
    expect(own).toMatchObject([{ rejectReason, reason: "CLIENT_ORDER" }]);
    expect(own[0]?.type).toMatch(/_ORDER_REJECT$/);
    expect(account).toEqual({ ...before, lastTransactionId: before.lastTransactionId + 1 });
  });
});
