import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimal, wholeNumber } from "../../../src/core/money.ts";
import type { MarketOrderCommand } from "../../../src/paper/engine/commands.ts";
import { exitsOf } from "../../../src/paper/engine/pending.ts";
import type { VenueAccount } from "../../../src/paper/engine/types.ts";
import {
  advance,
  closePosition,
  closeTrade,
  placeEntryOrder,
  placeExitOrder,
  placeMarketOrder,
  setTradeOrders,
  type VenueStep,
} from "../../../src/paper/engine/venue.ts";
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
  syntheticVenue,
  targetAt,
  text,
  types,
  waiting,
} from "./scene.ts";

/** The table of the rule: bought at 1.1000, 1.1050 and 1.1100, and sold at 1.1080. */
const venue = scriptedVenue({
  EUR_USD: [
    [0, "1.09990", "1.10000"],
    [1, "1.10490", "1.10500"],
    [2, "1.10990", "1.11000"],
    [3, "1.10800", "1.10810"],
    [9000, "1.10800", "1.10810"],
  ],
  GBP_USD: [
    [0, "1.30000", "1.30010"],
    [9000, "1.30000", "1.30010"],
  ],
});
const later = { at: secondsIn(10) };
const buy = (units: string, changes: Partial<MarketOrderCommand> = {}) =>
  order({ units: decimal(units), ...changes });

/** T1 +10,000 (4), T2 +20,000 (6), T3 +10,000 (8). */
function threeTrades(): VenueAccount {
  return placeAll(venue, newAccount(), [
    buy("10000"),
    buy("20000", { at: secondsIn(1) }),
    buy("10000", { at: secondsIn(2) }),
  ]).account;
}

function left({ account }: VenueStep) {
  return account.trades.map((trade) => [trade.id, text(trade.currentUnits)]);
}

const sell = (units: string) => placeMarketOrder(venue, threeTrades(), buy(`-${units}`, later));
const close = (tradeId: number, units: string | "ALL" = "ALL") =>
  closeTrade(venue, threeTrades(), {
    ...later,
    tradeId,
    units: units === "ALL" ? units : decimal(units),
  });

describe("closing on a US account", () => {
  it.each<readonly [string, VenueStep, readonly [string, ...(readonly [number, string])[]]]>([
    ["F1 10,000 takes T1", sell("10000"), ["80", [6, "20000"], [8, "10000"]]],
    ["F2 20,000 takes T1 and half of T2", sell("20000"), ["110", [6, "10000"], [8, "10000"]]],
    ["F3 20,000 by the trade of that size takes T2", close(6), ["60", [4, "10000"], [8, "10000"]]],
    ["F4 10,000 by the trade of that size takes T1", close(4), ["80", [6, "20000"], [8, "10000"]]],
    ["F6 T2 may go: it is the only one of its size", close(6), ["60", [4, "10000"], [8, "10000"]]],
    ["F7 15,000 takes T1 and a part of T2", sell("15000"), ["95", [6, "15000"], [8, "10000"]]],
    ["F8 40,000 takes all", sell("40000"), ["120"]],
  ])("%s", (_name, step, [pl, ...trades]) => {
    expect(text(onlyEntry(step.own, "ORDER_FILL").pl)).toBe(pl);
    expect(left(step)).toEqual(trades);
  });

  it("F5 trade T3 is refused while T1 of its size is older, wholly or in part", () => {
    for (const step of [close(8), close(8, "500")]) {
      expect(types(step.own)).toEqual(["MARKET_ORDER", "ORDER_CANCEL"]);
      expect(step.own[1]).toMatchObject({ reason: "FIFO_VIOLATION", batchId: step.own[0]?.id });
      expect(step.account.trades).toHaveLength(3);
    }
  });

  it("F9 50,000 takes all and opens the rest the other way", () => {
    const step = sell("50000");
    expect(text(onlyEntry(step.own, "ORDER_FILL").pl)).toBe("120");
    expect(left(step)).toEqual([[10, "-10000"]]);
  });

  it("F10 another pair is no part of it", () => {
    const other = buy("-10000", { ...later, instrument: "GBP_USD" });
    const step = placeMarketOrder(venue, threeTrades(), other);
    expect(left(step)).toHaveLength(4);
  });

  it("a side of the position takes the oldest first, whatever their sizes", () => {
    const whole = { ...later, instrument: "EUR_USD", direction: "long" } as const;
    const step = closePosition(venue, threeTrades(), { ...whole, units: decimal("12000") });
    expect(left(step)).toEqual([
      [6, "18000"],
      [8, "10000"],
    ]);
    expect(left(closePosition(venue, threeTrades(), { ...whole, units: "ALL" }))).toEqual([]);
  });

  it("in any order is allowed elsewhere", () => {
    const eu = { ...venue, profile: { ...venue.profile, region: "EU" } as const };
    const { own } = closeTrade(eu, threeTrades(), { ...later, tradeId: 8, units: "ALL" });
    expect(types(own)).toContain("ORDER_FILL");
  });
});

const stop = { stopLossOnFill: stopAt("1.05") };

describe("the safeguard of a US account", () => {
  const guarded = placeMarketOrder(venue, newAccount(), buy("1000", stop)).account;
  const plain = placeMarketOrder(venue, newAccount(), buy("1000")).account;

  it("S1 opens no second trade of a size with exits", () => {
    const { own, account } = placeMarketOrder(venue, guarded, buy("1000", stop));
    expect(types(own)).toEqual(["MARKET_ORDER", "ORDER_CANCEL"]);
    expect(own[1]).toMatchObject({ reason: "FIFO_VIOLATION_SAFEGUARD_VIOLATION" });
    expect(account.trades).toHaveLength(1);
  });

  it("S2 opens one that differs by a unit", () => {
    const { own } = placeMarketOrder(venue, guarded, buy("1001", stop));
    expect(types(own)).toContain("STOP_LOSS_ORDER");
  });

  it("S3 opens two of a size without exits, and takes none for either later", () => {
    const two = placeMarketOrder(venue, plain, buy("1000")).account;
    expect(two.trades).toHaveLength(2);
    for (const { id: tradeId } of two.trades) {
      const command = { at: START, tradeId, price: decimal("1.05") };
      expect(placeExitOrder(venue, two, { ...command, type: "stop_loss" }).own).toMatchObject([
        { rejectReason: "STOP_LOSS_ORDER_WOULD_VIOLATE_FIFO_VIOLATION_SAFEGUARD" },
      ]);
      const orders = { at: START, tradeId, takeProfit: { price: decimal("1.3") } };
      expect(setTradeOrders(venue, two, orders).own).toMatchObject([
        { rejectReason: "TAKE_PROFIT_ORDER_WOULD_VIOLATE_FIFO_VIOLATION_SAFEGUARD" },
      ]);
      const trailing = { at: START, tradeId, trailingStop: { distance: decimal("0.1") } };
      expect(setTradeOrders(venue, two, trailing).own).toMatchObject([
        { rejectReason: "TRAILING_STOP_LOSS_ORDER_WOULD_VIOLATE_FIFO_VIOLATION_SAFEGUARD" },
      ]);
    }
  });

  it("S3 opens none with exits beside a plain one of its size", () => {
    const { own } = placeMarketOrder(venue, plain, buy("1000", stop));
    expect(own[1]).toMatchObject({ reason: "FIFO_VIOLATION_SAFEGUARD_VIOLATION" });
  });

  it("S4 opens no plain one beside one with a target", () => {
    const target = { takeProfitOnFill: targetAt("1.3") };
    const one = placeMarketOrder(venue, newAccount(), buy("1000", target)).account;
    expect(placeMarketOrder(venue, one, buy("1000")).own).toMatchObject([
      {},
      { reason: "FIFO_VIOLATION_SAFEGUARD_VIOLATION" },
    ]);
  });

  it("S5 closes no part that leaves the size of another with exits", () => {
    const two = placeMarketOrder(venue, guarded, buy("1500", stop)).account;
    const part = (units: string) =>
      closeTrade(venue, two, { at: START, tradeId: 7, units: decimal(units) });
    expect(part("500").own).toMatchObject([
      {},
      { reason: "FIFO_VIOLATION_SAFEGUARD_PARTIAL_CLOSE_VIOLATION" },
    ]);
    expect(types(part("499").own)).toContain("ORDER_FILL");
    const netted = placeMarketOrder(
      venue,
      placeMarketOrder(venue, newAccount(), buy("2000", stop)).account,
      buy("1500", stop),
    ).account;
    expect(placeMarketOrder(venue, netted, buy("-500")).own).toMatchObject([
      {},
      { reason: "FIFO_VIOLATION_SAFEGUARD_PARTIAL_CLOSE_VIOLATION" },
    ]);
  });

  it("S6 is no matter of another pair", () => {
    const other = buy("1000", { instrument: "GBP_USD", ...stop });
    expect(types(placeMarketOrder(venue, guarded, other).own)).toContain("STOP_LOSS_ORDER");
  });

  it("looks at a waiting order when its price comes, not when it is placed", () => {
    const placed = placeEntryOrder(venue, guarded, waiting("stop", "1.10400", stop));
    expect(types(placed.own)).toEqual(["STOP_ORDER"]);
    const { transactions } = advance(venue, placed.account, secondsIn(5));
    expect(transactions).toMatchObject([
      { type: "ORDER_CANCEL", reason: "FIFO_VIOLATION_SAFEGUARD_VIOLATION" },
    ]);
  });

  it("lets exits of the only trade of its size be moved", () => {
    const orders = { at: START, tradeId: 4, stopLoss: { price: decimal("1.06") } };
    expect(types(setTradeOrders(venue, guarded, orders).own)).toEqual([
      "ORDER_CANCEL",
      "STOP_LOSS_ORDER",
    ]);
  });
});

type Move = {
  readonly kind: "buy" | "wait" | "part" | "exit" | "entry";
  readonly size: number;
  readonly hasExit: boolean;
};

const moves = fc.array(
  fc.record({
    kind: fc.constantFrom("buy", "buy", "wait", "part", "exit", "entry"),
    size: fc.integer({ min: 1, max: 4 }),
    hasExit: fc.boolean(),
  }) satisfies fc.Arbitrary<Move>,
  { minLength: 1, maxLength: 30 },
);

function move(market: typeof venue, account: VenueAccount, { kind, size, hasExit }: Move) {
  const at = secondsIn(account.lastTransactionId * 200);
  const units = wholeNumber(hasExit ? size : -size);
  const details = { ...GTC, price: null, distance: decimal("0.00100") };
  const common = { at, instrument: "EUR_USD", stopLossOnFill: hasExit ? details : null };
  const tradeId = account.trades.at(-size)?.id ?? 0;
  const distance = decimal("0.00080");
  switch (kind) {
    case "buy":
      return placeMarketOrder(market, account, { ...common, units: units.abs() });
    case "wait":
      return advance(market, account, at);
    case "part":
      return placeMarketOrder(market, account, { ...common, stopLossOnFill: null, units });
    case "exit":
      return placeExitOrder(market, account, { at, type: "trailing_stop", tradeId, distance });
    case "entry":
      return placeEntryOrder(market, account, {
        ...common,
        type: "stop",
        units,
        price: decimal("1.16000"),
      });
  }
}

describe("the broker's own exits on a US account", () => {
  it("for all that may happen never overtake an older trade of the same size", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999 }), moves, (seed, script) => {
        const market = syntheticVenue(seed);
        let account = newAccount();
        for (const each of script) {
          account = move(market, account, each).account;
          for (const trade of account.trades) {
            const equals = account.trades.filter(
              (other) => other !== trade && other.currentUnits.equals(trade.currentUnits),
            );
            expect(equals.length > 0 && exitsOf(account, trade).length > 0).toBe(false);
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});
