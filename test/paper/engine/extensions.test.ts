import { describe, expect, it } from "vitest";
import { decimal } from "../../../src/core/money.ts";
import type { OrderExtensionsCommand } from "../../../src/paper/engine/commands.ts";
import {
  advance,
  placeEntryOrder,
  placeMarketOrder,
  setOrderExtensions,
  setTradeExtensions,
} from "../../../src/paper/engine/venue.ts";
import {
  labels,
  newAccount,
  order,
  START,
  scriptedVenue,
  secondsIn,
  stopAt,
  waiting,
} from "./scene.ts";

const venue = scriptedVenue({
  EUR_USD: [
    [0, "1.10000", "1.10010"],
    [10, "1.10500", "1.10510"],
    [9000, "1.10500", "1.10510"],
  ],
});

/** The order 3 waits; the trade 5 has the stop 6. */
const account = placeMarketOrder(
  venue,
  placeEntryOrder(
    venue,
    newAccount(),
    waiting("stop", "1.102", { clientExtensions: labels("mine", "t"), units: decimal("1001") }),
  ).account,
  order({
    stopLossOnFill: { ...stopAt("1.05"), clientExtensions: labels("exit") },
    tradeClientExtensions: labels("trade"),
  }),
).account;

describe("an order's labels", () => {
  const change = (changes: Partial<OrderExtensionsCommand>) =>
    setOrderExtensions(venue, account, { at: START, orderId: 3, requestId: "4", ...changes });

  it("change, those that are named", () => {
    const named = { id: "new", tag: null, comment: "c" };
    const step = change({ clientExtensions: named, tradeClientExtensions: labels("later") });
    expect(step.own).toMatchObject([
      {
        type: "ORDER_CLIENT_EXTENSIONS_MODIFY",
        orderId: 3,
        clientOrderId: "mine",
        clientExtensionsModify: named,
        tradeClientExtensionsModify: labels("later"),
        requestId: "4",
      },
    ]);
    expect(step.account.orders[0]).toMatchObject({
      clientExtensions: { id: "new", tag: "t", comment: "c" },
      tradeClientExtensions: labels("later"),
    });
    const { account: filled } = advance(venue, step.account, secondsIn(20));
    expect(filled.trades.at(-1)?.clientExtensions).toEqual(labels("later"));
  });

  it("may stay the same", () => {
    expect(change({ clientExtensions: labels("mine") }).own).toMatchObject([
      { type: "ORDER_CLIENT_EXTENSIONS_MODIFY" },
    ]);
    expect(change({ orderId: 6, clientExtensions: labels(null, "x") }).account.orders[1]).toEqual(
      expect.objectContaining({ clientExtensions: labels("exit", "x") }),
    );
  });

  it.each<readonly [string, Partial<OrderExtensionsCommand>]>([
    ["ORDER_DOESNT_EXIST", { orderId: 99, clientExtensions: labels("a") }],
    ["CLIENT_EXTENSIONS_DATA_MISSING", {}],
    ["CLIENT_EXTENSIONS_DATA_MISSING", { clientExtensions: labels(null) }],
    ["CLIENT_ORDER_ID_ALREADY_EXISTS", { clientExtensions: labels("exit") }],
    ["CLIENT_ORDER_TAG_INVALID", { clientExtensions: labels("a", "") }],
    ["CLIENT_TRADE_ID_INVALID", { tradeClientExtensions: labels("") }],
    [
      "TRADE_ON_FILL_CLIENT_EXTENSIONS_NOT_SUPPORTED",
      { orderId: 6, tradeClientExtensions: labels("a") },
    ],
  ])("are refused as %s and stay", (rejectReason, changes) => {
    const step = change(changes);
    expect(step.own).toMatchObject([
      { type: "ORDER_CLIENT_EXTENSIONS_MODIFY_REJECT", rejectReason },
    ]);
    expect(step.account).toEqual({ ...account, lastTransactionId: 7 });
  });
});

describe("a trade's labels", () => {
  const change = (clientExtensions: ReturnType<typeof labels>, tradeId = 5) =>
    setTradeExtensions(venue, account, { at: START, tradeId, clientExtensions });

  it("change, and its exits name it by its new id", () => {
    const step = change(labels("renamed"));
    expect(step.own).toMatchObject([
      { type: "TRADE_CLIENT_EXTENSIONS_MODIFY", tradeId: 5, clientTradeId: "trade" },
    ]);
    expect(step.account.trades[0]?.clientExtensions).toEqual(labels("renamed"));
    expect(step.account.orders[1]).toMatchObject({ clientTradeId: "renamed" });
    expect(change(labels("trade")).own).toMatchObject([{ type: "TRADE_CLIENT_EXTENSIONS_MODIFY" }]);
  });

  it.each([
    ["TRADE_DOESNT_EXIST", labels("a"), 99],
    ["CLIENT_EXTENSIONS_DATA_MISSING", labels(null), 5],
    ["CLIENT_TRADE_ID_INVALID", labels("\n"), 5],
  ] as const)("are refused as %s and stay", (rejectReason, changes, tradeId) => {
    const step = change(changes, tradeId);
    expect(step.own).toMatchObject([
      { type: "TRADE_CLIENT_EXTENSIONS_MODIFY_REJECT", rejectReason },
    ]);
    expect(step.account).toEqual({ ...account, lastTransactionId: 7 });
  });

  it("can't have the id of another open trade", () => {
    const other = order({ units: decimal("7"), tradeClientExtensions: labels("other") });
    const two = placeMarketOrder(venue, account, other).account;
    const command = { at: START, tradeId: 5, clientExtensions: labels("other") };
    expect(setTradeExtensions(venue, two, command).own).toMatchObject([
      { rejectReason: "CLIENT_TRADE_ID_ALREADY_EXISTS" },
    ]);
  });
});
