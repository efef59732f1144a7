import { describe, expect, it } from "vitest";
import { decimal } from "../../../src/core/money.ts";
import type { MarketOrderCommand } from "../../../src/paper/engine/commands.ts";
import { accountFigures } from "../../../src/paper/engine/figures.ts";
import {
  advance,
  cancelOrder,
  placeEntryOrder,
  placeExitOrder,
  placeMarketOrder,
  replaceOrder,
  setTradeOrders,
} from "../../../src/paper/engine/venue.ts";
import { type GuaranteedStopMode, venueProfile } from "../../../src/paper/venue-profile.ts";
import {
  closedAt,
  newAccount,
  onlyEntry,
  order,
  START,
  scriptedVenue,
  secondsIn,
  stopAt,
  stopAway,
  text,
  trailing,
  types,
  waiting,
} from "./scene.ts";

const TICKS = {
  EUR_USD: [
    [0, "1.10000", "1.10010"],
    [10, "1.08000", "1.08010"],
    [9999, "1.08000", "1.08010"],
  ],
} as const;

function house(mode: GuaranteedStopMode) {
  const { guaranteedStops } = venueProfile("EU", "always");
  return scriptedVenue(TICKS, { region: "EU", guaranteedStops: { ...guaranteedStops, mode } });
}

const venue = house("ALLOWED");

function open(changes: Partial<MarketOrderCommand> = {}) {
  return placeMarketOrder(venue, newAccount(), order(changes)).account;
}

const guaranteed = { at: START, type: "guaranteed_stop_loss", tradeId: 4 } as const;

describe("a guaranteed stop", () => {
  it("is filled at its very price through a gap, for its premium", () => {
    const before = open({ guaranteedStopLossOnFill: stopAt("1.09500") });
    expect(before.orders).toMatchObject([{ guaranteedExecutionPremium: decimal("0.00005") }]);
    expect(before.trades).toMatchObject([{ guaranteedStopLossOrderId: 5 }]);
    const { transactions, account, closedTrades } = advance(venue, before, secondsIn(20));
    const fill = onlyEntry(transactions, "ORDER_FILL");
    expect(fill).toMatchObject({ reason: "GUARANTEED_STOP_LOSS_ORDER", time: secondsIn(10) });
    expect([text(fill.price), text(fill.fullVwap)]).toEqual(["1.095", "1.08"]);
    // 1000 × (1.095 − 1.1001), and 1000 × half a pip.
    expect([text(fill.pl), text(fill.guaranteedExecutionFee)]).toEqual(["-5.1", "0.05"]);
    expect(text(fill.quoteGuaranteedExecutionFee)).toBe("0.05");
    expect(fill.tradesClosed).toMatchObject([{ guaranteedExecutionFee: decimal("0.0500") }]);
    expect([text(account.balance), text(account.guaranteedFees)]).toEqual(["99994.85", "0.05"]);
    expect(text(account.totals[0]?.long.guaranteedFees)).toBe("0.05");
    expect(text(closedTrades[0]?.closedValue)).toBe("1095");
  });

  it("costs its premium in home currency as a loss does", () => {
    const yen = scriptedVenue(
      {
        USD_JPY: [
          [0, "150.000", "150.020"],
          [10, "140.000", "140.020"],
          [99, "140.000", "140.020"],
        ],
      },
      { region: "EU" },
    );
    const command = order({
      instrument: "USD_JPY",
      units: decimal("15000"),
      guaranteedStopLossOnFill: stopAt("149.000"),
    });
    const { account } = placeMarketOrder(yen, newAccount(), command);
    const { transactions } = advance(yen, account, secondsIn(20));
    const fill = onlyEntry(transactions, "ORDER_FILL");
    // 15,000 × 0.005 JPY ÷ 140.01 × 1.005.
    expect(text(fill.guaranteedExecutionFee)).toBe("0.5384");
    expect(text(fill.quoteGuaranteedExecutionFee)).toBe("75");
  });

  it("costs nothing while it doesn't fire", () => {
    const before = open({ guaranteedStopLossOnFill: stopAt("1.05") });
    const { account } = placeMarketOrder(venue, before, order({ units: decimal("-1000") }));
    expect(text(account.guaranteedFees)).toBe("0");
    expect(text(accountFigures(venue, before, START).unrealizedPl)).toBe("-0.1");
  });

  it.each<readonly [string, Partial<MarketOrderCommand>]>([
    ["GUARANTEED_STOP_LOSS_ON_FILL_LOSS", { guaranteedStopLossOnFill: stopAt("1.1") }],
    [
      "GUARANTEED_STOP_LOSS_ON_FILL_MINIMUM_DISTANCE_NOT_MET",
      { guaranteedStopLossOnFill: stopAt("1.09911") },
    ],
    [
      "GUARANTEED_STOP_LOSS_ON_FILL_PRICE_DISTANCE_MAXIMUM_EXCEEDED",
      { guaranteedStopLossOnFill: stopAway("2") },
    ],
  ])("at the wrong price is cancelled with %s", (reason, changes) => {
    const { own } = placeMarketOrder(venue, newAccount(), order(changes));
    expect(own).toMatchObject([{}, { type: "ORDER_CANCEL", reason }]);
  });

  it("may be just so far away that it is allowed", () => {
    const account = open({ guaranteedStopLossOnFill: stopAt("1.09910") });
    expect(account.orders).toHaveLength(1);
    const own = placeExitOrder(venue, open(), { ...guaranteed, price: decimal("1.09900") }).own;
    expect(types(own)).toEqual(["GUARANTEED_STOP_LOSS_ORDER"]);
  });

  it.each([
    ["GUARANTEED_STOP_LOSS_ORDER_MINIMUM_DISTANCE_NOT_MET", { price: decimal("1.09901") }],
    ["GUARANTEED_STOP_LOSS_ORDER_PRICE_WITHIN_SPREAD", { price: decimal("1.10005") }],
    ["TRIGGER_CONDITION_INVALID", { price: decimal("1.09"), triggerCondition: "MID" }],
  ] as const)("on an open trade is refused as %s", (rejectReason, terms) => {
    const { own } = placeExitOrder(venue, open(), { ...guaranteed, ...terms });
    expect(own).toMatchObject([{ type: "GUARANTEED_STOP_LOSS_ORDER_REJECT", rejectReason }]);
  });

  it("takes its trade's natural side as trigger, and no other", () => {
    const details = { ...stopAt("1.05"), triggerCondition: "BID" } as const;
    expect(open({ guaranteedStopLossOnFill: details }).orders).toHaveLength(1);
    const short = { units: decimal("-1000"), guaranteedStopLossOnFill: details };
    expect(placeMarketOrder(venue, newAccount(), order(short)).own).toMatchObject([
      { rejectReason: "GUARANTEED_STOP_LOSS_ON_FILL_TRIGGER_CONDITION_INVALID" },
    ]);
  });

  it("is its trade's only stop", () => {
    const both = order({
      guaranteedStopLossOnFill: stopAt("1.05"),
      trailingStopOnFill: trailing("0.1"),
    });
    expect(placeMarketOrder(venue, newAccount(), both).own).toMatchObject([
      {
        rejectReason: "ORDERS_ON_FILL_RMO_MUTUAL_EXCLUSIVITY_GSLO_EXCLUDES_OTHERS_VIOLATION",
      },
    ]);
    const held = open({ guaranteedStopLossOnFill: stopAt("1.05") });
    const stop = { at: START, type: "stop_loss", tradeId: 4, price: decimal("1") } as const;
    expect(placeExitOrder(venue, held, stop).own).toMatchObject([
      {
        rejectReason: "STOP_LOSS_ORDER_RMO_MUTUAL_EXCLUSIVITY_GSLO_EXCLUDES_OTHERS_VIOLATION",
      },
    ]);
    const plain = open({ trailingStopOnFill: trailing("0.1") });
    expect(
      placeExitOrder(venue, plain, { ...guaranteed, price: decimal("1.05") }).own,
    ).toMatchObject([
      {
        rejectReason:
          "GUARANTEED_STOP_LOSS_ORDER_RMO_MUTUAL_EXCLUSIVITY_GSLO_EXCLUDES_OTHERS_VIOLATION",
      },
    ]);
    const swapped = setTradeOrders(venue, plain, {
      at: START,
      tradeId: 4,
      trailingStop: null,
      guaranteedStopLoss: { distance: decimal("0.05") },
    });
    expect(types(swapped.own)).toEqual(["ORDER_CANCEL", "GUARANTEED_STOP_LOSS_ORDER"]);
    expect(text(onlyEntry(swapped.own, "GUARANTEED_STOP_LOSS_ORDER").price)).toBe("1.0501");
  });

  it("can be widened while the market is closed, but not made or moved closer", () => {
    const shut = closedAt(venue, () => true);
    expect(placeExitOrder(shut, open(), { ...guaranteed, price: decimal("1") }).own).toMatchObject([
      { rejectReason: "GUARANTEED_STOP_LOSS_ORDER_HALTED_CREATE_VIOLATION" },
    ]);
    const held = open({ guaranteedStopLossOnFill: stopAt("1.05") });
    const move = (price: string) =>
      replaceOrder(shut, held, {
        at: START,
        orderId: 5,
        order: { type: "guaranteed_stop_loss", tradeId: 4, price: decimal(price) },
      });
    expect(move("1.05001").own).toMatchObject([
      { rejectReason: "GUARANTEED_STOP_LOSS_ORDER_HALTED_TIGHTEN_VIOLATION" },
    ]);
    expect(types(move("1.04").own)).toEqual(["ORDER_CANCEL", "GUARANTEED_STOP_LOSS_ORDER"]);
  });

  it("can't be had where the house has none", () => {
    const none = house("DISABLED");
    const command = order({ guaranteedStopLossOnFill: stopAt("1.05") });
    expect(placeMarketOrder(none, newAccount(), command).own).toMatchObject([
      { rejectReason: "GUARANTEED_STOP_LOSS_ON_FILL_NOT_ALLOWED" },
    ]);
    expect(venueProfile("US", "market").guaranteedStops.mode).toBe("DISABLED");
    expect(venueProfile("NONE", "market").guaranteedStops.mode).toBe("DISABLED");
  });
});

describe("a house that asks for guaranteed stops", () => {
  const strict = house("REQUIRED");
  const held = placeMarketOrder(
    strict,
    newAccount(),
    order({ guaranteedStopLossOnFill: stopAt("1.05") }),
  ).account;

  it("opens no trade without one, and waits for none", () => {
    expect(placeMarketOrder(strict, newAccount(), order()).own).toMatchObject([
      {},
      { reason: "GUARANTEED_STOP_LOSS_ON_FILL_REQUIRED" },
    ]);
    expect(placeEntryOrder(strict, newAccount(), waiting("limit", "1")).own).toMatchObject([
      { rejectReason: "GUARANTEED_STOP_LOSS_ON_FILL_REQUIRED_FOR_PENDING_ORDER" },
    ]);
    const reducing = waiting("limit", "1", { positionFill: "REDUCE_ONLY" });
    expect(types(placeEntryOrder(strict, newAccount(), reducing).own)).toEqual(["LIMIT_ORDER"]);
    const plain = order({ stopLossOnFill: stopAt("1") });
    expect(placeMarketOrder(strict, newAccount(), plain).own).toMatchObject([
      { rejectReason: "STOP_LOSS_ON_FILL_GUARANTEED_REQUIRED" },
    ]);
  });

  it("lets it be moved, not cancelled", () => {
    expect(cancelOrder(strict, held, { at: START, orderId: 5 }).own).toMatchObject([
      { rejectReason: "GUARANTEED_STOP_LOSS_ORDER_NOT_CANCELABLE" },
    ]);
    const drop = setTradeOrders(strict, held, { at: START, tradeId: 4, guaranteedStopLoss: null });
    expect(drop.own).toMatchObject([
      { type: "ORDER_CANCEL_REJECT", rejectReason: "GUARANTEED_STOP_LOSS_ORDER_NOT_CANCELABLE" },
    ]);
    const moved = setTradeOrders(strict, held, {
      at: START,
      tradeId: 4,
      guaranteedStopLoss: { price: decimal("1.06") },
    });
    expect(types(moved.own)).toEqual(["ORDER_CANCEL", "GUARANTEED_STOP_LOSS_ORDER"]);
  });

  it("takes no plain stop on an open trade", () => {
    const stop = { at: START, type: "stop_loss", tradeId: 4, price: decimal("1") } as const;
    expect(placeExitOrder(strict, held, stop).own).toMatchObject([
      { rejectReason: "STOP_LOSS_ORDER_GUARANTEED_REQUIRED" },
    ]);
  });
});
