import { describe, expect, it } from "vitest";
import { decimal } from "../../../src/core/money.ts";
import type { MarketOrderCommand } from "../../../src/paper/engine/commands.ts";
import { accountFigures } from "../../../src/paper/engine/figures.ts";
import { isExit } from "../../../src/paper/engine/orders.ts";
import { placeMarketOrder } from "../../../src/paper/engine/venue.ts";
import {
  GTC,
  newAccount,
  onlyEntry,
  order,
  placeAll,
  START,
  scriptedVenue,
  secondsIn,
  stopAt,
  stopAway,
  targetAt,
  text,
  trailing,
  types,
} from "./scene.ts";

const venue = scriptedVenue({
  EUR_USD: [
    [0, "1.10000", "1.10010"],
    [9000, "1.10000", "1.10010"],
  ],
  USD_JPY: [
    [0, "155.000", "155.020"],
    [9000, "155.000", "155.020"],
  ],
  GBP_USD: [
    [0, "1.30000", "1.30020"],
    [50, "1.30000", "1.30020"],
  ],
});

describe("a market order", () => {
  it("buys at the ask, and books order, fill and exits in one batch", () => {
    const command = order({
      units: decimal("10000"),
      takeProfitOnFill: targetAt("1.12000"),
      stopLossOnFill: stopAway("0.00500"),
      trailingStopOnFill: trailing("0.00100"),
      tradeClientExtensions: { id: "mine", tag: "t", comment: null },
      requestId: "77",
    });
    const { account, own, endedOrders } = placeMarketOrder(venue, newAccount(), command);
    expect(types(own)).toEqual([
      "MARKET_ORDER",
      "ORDER_FILL",
      "TAKE_PROFIT_ORDER",
      "STOP_LOSS_ORDER",
      "TRAILING_STOP_LOSS_ORDER",
    ]);
    expect(own.map((entry) => entry.id)).toEqual([3, 4, 5, 6, 7]);
    expect(own.every((entry) => entry.batchId === 3 && entry.requestId === "77")).toBe(true);

    const fill = onlyEntry(own, "ORDER_FILL");
    expect(text(fill.price)).toBe("1.1001");
    expect(fill.tradeOpened?.tradeId).toBe(4);
    expect(text(fill.tradeOpened?.initialMarginRequired)).toBe("220.01");
    expect(text(fill.halfSpreadCost)).toBe("0.5");
    expect(text(fill.accountBalance)).toBe("100000");
    expect(account.orders.filter(isExit).map((exit) => [exit.type, exit.clientTradeId])).toEqual([
      ["take_profit", "mine"],
      ["stop_loss", "mine"],
      ["trailing_stop", "mine"],
    ]);
    expect(text(onlyEntry(own, "STOP_LOSS_ORDER").price)).toBe("1.0951");
    const trailingStop = account.orders.find((exit) => exit.type === "trailing_stop");
    expect(text(trailingStop?.trailingStopValue)).toBe("1.099");
    expect(account.trades).toMatchObject([
      { id: 4, takeProfitOrderId: 5, stopLossOrderId: 6, trailingStopOrderId: 7 },
    ]);
    expect(endedOrders).toMatchObject([{ id: 3, end: { state: "filled", tradeOpenedId: 4 } }]);
  });

  it("sells at the bid, its exits on the other side", () => {
    const command = order({
      units: decimal("-10000"),
      takeProfitOnFill: targetAt("1.08"),
      stopLossOnFill: stopAway("0.005"),
      trailingStopOnFill: trailing("0.001"),
    });
    const { account, own } = placeMarketOrder(venue, newAccount(), command);
    expect(text(onlyEntry(own, "ORDER_FILL").price)).toBe("1.1");
    expect(text(onlyEntry(own, "STOP_LOSS_ORDER").price)).toBe("1.105");
    const trailingStop = account.orders.find((exit) => exit.type === "trailing_stop");
    expect(text(trailingStop?.trailingStopValue)).toBe("1.1011");
  });

  it.each<readonly [string, Partial<MarketOrderCommand>]>([
    ["INSTRUMENT_UNKNOWN", { instrument: "XXX_YYY" }],
    ["UNITS_INVALID", { units: decimal("0") }],
    ["UNITS_PRECISION_EXCEEDED", { units: decimal("1000.5") }],
    ["UNITS_LIMIT_EXCEEDED", { units: decimal("100000001") }],
    ["TIME_IN_FORCE_INVALID", { timeInForce: "GTC" }],
    ["PRICE_BOUND_INVALID", { priceBound: decimal("0") }],
    ["PRICE_BOUND_PRECISION_EXCEEDED", { priceBound: decimal("1.123456") }],
    ["CLIENT_ORDER_ID_INVALID", { clientExtensions: { id: "", tag: null, comment: null } }],
    ["CLIENT_ORDER_TAG_INVALID", { clientExtensions: { id: "a", tag: "\n", comment: null } }],
    [
      "CLIENT_ORDER_COMMENT_INVALID",
      { clientExtensions: { id: "a", tag: null, comment: "x".repeat(129) } },
    ],
    ["CLIENT_TRADE_ID_INVALID", { tradeClientExtensions: { id: "", tag: null, comment: null } }],
    ["TAKE_PROFIT_ON_FILL_PRICE_MISSING", { takeProfitOnFill: { ...GTC, price: null } }],
    ["TAKE_PROFIT_ON_FILL_PRICE_INVALID", { takeProfitOnFill: targetAt("0") }],
    ["TAKE_PROFIT_ON_FILL_PRICE_PRECISION_EXCEEDED", { takeProfitOnFill: targetAt("1.200001") }],
    [
      "STOP_LOSS_ON_FILL_PRICE_AND_DISTANCE_BOTH_SPECIFIED",
      { stopLossOnFill: { ...stopAt("1.05"), distance: decimal("0.01") } },
    ],
    [
      "STOP_LOSS_ON_FILL_PRICE_AND_DISTANCE_BOTH_MISSING",
      { stopLossOnFill: { ...GTC, price: null, distance: null } },
    ],
    ["STOP_LOSS_ON_FILL_PRICE_INVALID", { stopLossOnFill: stopAt("-1") }],
    ["STOP_LOSS_ON_FILL_PRICE_PRECISION_EXCEEDED", { stopLossOnFill: stopAt("1.000001") }],
    ["STOP_LOSS_ON_FILL_DISTANCE_INVALID", { stopLossOnFill: stopAway("0") }],
    ["STOP_LOSS_ON_FILL_DISTANCE_PRECISION_EXCEEDED", { stopLossOnFill: stopAway("0.000001") }],
    [
      "TRAILING_STOP_LOSS_ON_FILL_PRICE_DISTANCE_MISSING",
      { trailingStopOnFill: { ...GTC, distance: null } },
    ],
    ["TRAILING_STOP_LOSS_ON_FILL_PRICE_DISTANCE_INVALID", { trailingStopOnFill: trailing("0") }],
    [
      "TRAILING_STOP_LOSS_ON_FILL_PRICE_DISTANCE_PRECISION_EXCEEDED",
      { trailingStopOnFill: trailing("0.001001") },
    ],
    [
      "TRAILING_STOP_LOSS_ON_FILL_PRICE_DISTANCE_MINIMUM_NOT_MET",
      { trailingStopOnFill: trailing("0.00049") },
    ],
    [
      "TRAILING_STOP_LOSS_ON_FILL_PRICE_DISTANCE_MAXIMUM_EXCEEDED",
      { trailingStopOnFill: trailing("1.00001") },
    ],
    [
      "STOP_LOSS_ON_FILL_TIME_IN_FORCE_INVALID",
      { stopLossOnFill: { ...stopAt("1.05"), timeInForce: "FOK" } },
    ],
    [
      "TAKE_PROFIT_ON_FILL_GTD_TIMESTAMP_MISSING",
      { takeProfitOnFill: { ...targetAt("1.2"), timeInForce: "GTD" } },
    ],
    [
      "TRAILING_STOP_LOSS_ON_FILL_GTD_TIMESTAMP_IN_PAST",
      { trailingStopOnFill: { ...trailing("0.01"), timeInForce: "GTD", gtdTime: START } },
    ],
    [
      "STOP_LOSS_ON_FILL_CLIENT_ORDER_ID_INVALID",
      {
        stopLossOnFill: {
          ...stopAt("1.05"),
          clientExtensions: { id: "", tag: null, comment: null },
        },
      },
    ],
    [
      "ORDERS_ON_FILL_DUPLICATE_CLIENT_ORDER_IDS",
      {
        clientExtensions: { id: "same", tag: null, comment: null },
        takeProfitOnFill: {
          ...targetAt("1.2"),
          clientExtensions: { id: "same", tag: null, comment: null },
        },
      },
    ],
  ])("is refused as %s and changes nothing but the log", (rejectReason, changes) => {
    const before = newAccount();
    const { account, own, endedOrders } = placeMarketOrder(venue, before, order(changes));
    expect(own).toMatchObject([{ type: "MARKET_ORDER_REJECT", id: 3, rejectReason }]);
    expect(account).toEqual({ ...before, lastTransactionId: 3 });
    expect(endedOrders).toEqual([]);
  });

  it("below the smallest size is refused as UNITS_MINIMUM_NOT_MET", () => {
    const { feed, profile } = venue;
    const cautious = {
      ...feed,
      instrument: (name: string) => {
        const instrument = feed.instrument(name);
        return instrument && { ...instrument, minimumUnits: decimal("100") };
      },
    };
    const below = order({ units: decimal("99") });
    const { own } = placeMarketOrder({ feed: cautious, profile }, newAccount(), below);
    expect(own).toMatchObject([{ rejectReason: "UNITS_MINIMUM_NOT_MET" }]);
    const exact = placeMarketOrder(
      { feed: cautious, profile },
      newAccount(),
      order({ units: decimal("-100") }),
    );
    expect(types(exact.own)).toContain("ORDER_FILL");
  });

  it("BR-01 may reuse a client id once the other order is over, but not while it waits", () => {
    const labelled = { id: "exit", tag: null, comment: null };
    const opened = placeMarketOrder(
      venue,
      newAccount(),
      order({ stopLossOnFill: { ...stopAt("1.05"), clientExtensions: labelled } }),
    );
    const taken = order({ clientExtensions: labelled });
    expect(placeMarketOrder(venue, opened.account, taken).own).toMatchObject([
      { rejectReason: "CLIENT_ORDER_ID_ALREADY_EXISTS" },
    ]);
    const twice = placeAll(venue, newAccount(), [taken, taken]);
    expect(twice.account.trades).toHaveLength(2);
  });

  it("can't open a trade with the client id of an open trade", () => {
    const labelled = order({ tradeClientExtensions: { id: "t1", tag: null, comment: null } });
    const { own } = placeAll(venue, newAccount(), [labelled, labelled]);
    expect(own).toMatchObject([{ rejectReason: "CLIENT_TRADE_ID_ALREADY_EXISTS" }]);
  });

  it("is refused while its currency has no price into home currency", () => {
    const { own } = placeMarketOrder(venue, newAccount("100000", "CHF"), order());
    expect(own).toMatchObject([{ rejectReason: "INSTRUMENT_PRICE_UNKNOWN" }]);
  });

  it.each<readonly [string, Partial<MarketOrderCommand>]>([
    ["MARKET_HALTED", { instrument: "GBP_USD", at: secondsIn(51) }],
    ["INSUFFICIENT_MARGIN", { units: decimal("4524683") }],
    ["INSUFFICIENT_MARGIN", { units: decimal("20000000"), timeInForce: "IOC" }],
    ["BOUNDS_VIOLATION", { priceBound: decimal("1.10009") }],
    ["BOUNDS_VIOLATION", { units: decimal("-1"), priceBound: decimal("1.10001") }],
    ["BOUNDS_VIOLATION", { priceBound: decimal("1.10009"), timeInForce: "IOC" }],
    ["TAKE_PROFIT_ON_FILL_LOSS", { takeProfitOnFill: targetAt("1.10010") }],
    ["TAKE_PROFIT_ON_FILL_LOSS", { units: decimal("-1"), takeProfitOnFill: targetAt("1.10000") }],
    ["STOP_LOSS_ON_FILL_LOSS", { stopLossOnFill: stopAt("1.10000") }],
    ["STOP_LOSS_ON_FILL_LOSS", { units: decimal("-1"), stopLossOnFill: stopAt("1.10010") }],
    ["STOP_LOSS_ON_FILL_LOSS", { stopLossOnFill: stopAway("0.0001") }],
    ["STOP_LOSS_ON_FILL_PRICE_DISTANCE_MAXIMUM_EXCEEDED", { stopLossOnFill: stopAway("1.10010") }],
    ["POSITION_CLOSEOUT_FAILED", { positionFill: "REDUCE_ONLY" }],
  ])("is taken and then cancelled with %s", (reason, changes) => {
    const { account, own, endedOrders } = placeMarketOrder(venue, newAccount(), order(changes));
    expect(types(own)).toEqual(["MARKET_ORDER", "ORDER_CANCEL"]);
    expect(own).toMatchObject([{}, { reason, orderId: 3 }]);
    expect(account.trades).toEqual([]);
    expect(endedOrders).toMatchObject([{ id: 3, end: { state: "cancelled", reason } }]);
  });

  it.each([
    [order({ priceBound: decimal("1.10010") })],
    [order({ units: decimal("-1"), priceBound: decimal("1.10000") })],
    [order({ stopLossOnFill: stopAt("1.09999"), takeProfitOnFill: targetAt("1.10011") })],
    [order({ units: decimal("4524682") })],
  ])("just inside its limits is filled", (command) => {
    const { own } = placeMarketOrder(venue, newAccount(), command);
    expect(types(own)).toContain("ORDER_FILL");
  });

  it("uses the account's margin down to nothing, and not below", () => {
    const { account } = placeMarketOrder(venue, newAccount(), order({ units: decimal("4500000") }));
    const figures = accountFigures(venue, account, START);
    expect(text(figures.marginUsed)).toBe("99004.5");
    expect(text(figures.unrealizedPl)).toBe("-450");
    expect(text(figures.marginAvailable)).toBe("545.5");
    const more = placeMarketOrder(venue, account, order({ units: decimal("30000") }));
    expect(more.own).toMatchObject([{}, { reason: "INSUFFICIENT_MARGIN" }]);
  });

  it("BR-04 fills all of an all-or-nothing order or nothing, and what is on offer of the other", () => {
    const rich = newAccount("1000000");
    const large = { units: decimal("10000001") };
    const nothing = placeMarketOrder(venue, rich, order(large));
    expect(nothing.own).toMatchObject([{}, { reason: "INSUFFICIENT_LIQUIDITY" }]);
    const part = placeMarketOrder(venue, rich, order({ ...large, timeInForce: "IOC" }));
    const fill = onlyEntry(part.own, "ORDER_FILL");
    expect([text(fill.units), text(fill.requestedUnits)]).toEqual(["10000000", "10000001"]);
    const exact = placeMarketOrder(venue, rich, order({ units: decimal("10000000") }));
    expect(text(onlyEntry(exact.own, "ORDER_FILL").units)).toBe("10000000");
  });

  it("BR-04 can be made to run dry, all or nothing or not", () => {
    const half = order({ maximumFillUnits: decimal("500") });
    const { own, account } = placeMarketOrder(venue, newAccount(), half);
    expect(text(onlyEntry(own, "ORDER_FILL").units)).toBe("500");
    expect(text(account.trades[0]?.initialUnits)).toBe("500");
    const none = order({ maximumFillUnits: decimal("0") });
    expect(placeMarketOrder(venue, newAccount(), none).own).toMatchObject([
      {},
      { reason: "INSUFFICIENT_LIQUIDITY" },
    ]);
  });

  it("pays the commission of its units", () => {
    const costly = {
      ...venue,
      profile: { ...venue.profile, commissionPerUnit: decimal("0.00005") },
    };
    const { own, account } = placeMarketOrder(costly, newAccount(), order());
    const fill = onlyEntry(own, "ORDER_FILL");
    expect([text(fill.commission), text(fill.accountBalance)]).toEqual(["0.05", "99999.95"]);
    expect(text(account.totals[0]?.commission)).toBe("0.05");
    expect(text(account.balance)).toBe("99999.95");
  });

  it("with a time before the account's is taken at the account's", () => {
    const later = placeMarketOrder(venue, newAccount(), order({ at: secondsIn(60) }));
    const { own } = placeMarketOrder(venue, later.account, order({ at: START }));
    expect(own.every((entry) => entry.time === secondsIn(60))).toBe(true);
  });
});

describe("conversion into home currency", () => {
  it("values gains and losses with the markup, and margin at mid", () => {
    const scripted = scriptedVenue({
      USD_JPY: [
        [0, "150.000", "150.020"],
        [10, "151.000", "151.020"],
        [20, "149.000", "149.020"],
        [90, "149.000", "149.020"],
      ],
    });
    const buy = order({ instrument: "USD_JPY", units: decimal("15000") });
    const { account } = placeMarketOrder(scripted, newAccount(), buy);
    const gain = accountFigures(scripted, account, secondsIn(10));
    // 15,000 × 0.98 JPY ÷ 151.01 × 0.995, and 15,000 USD × 2 %.
    expect(text(gain.unrealizedPl)).toBe("96.8578");
    expect(text(gain.marginUsed)).toBe("300");
    const sell = order({ instrument: "USD_JPY", units: decimal("-15000"), at: secondsIn(20) });
    const closed = placeMarketOrder(scripted, account, sell);
    const fill = onlyEntry(closed.own, "ORDER_FILL");
    // 15,000 × −1.02 JPY ÷ 149.01 × 1.005.
    expect(text(fill.quotePl)).toBe("-15300");
    expect(text(fill.pl)).toBe("-103.1911");
    expect(text(closed.account.balance)).toBe("99896.8089");
  });
});
