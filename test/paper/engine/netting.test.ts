import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimal, sumOf, wholeNumber, ZERO } from "../../../src/core/money.ts";
import { netTrades, nettedUnits } from "../../../src/paper/engine/netting.ts";
import { closePosition, closeTrade, placeMarketOrder } from "../../../src/paper/engine/venue.ts";
import {
  newAccount,
  onlyEntry,
  order,
  placeAll,
  START,
  scriptedVenue,
  text,
  types,
} from "./scene.ts";

const venue = scriptedVenue({
  EUR_USD: [
    [0, "1.10000", "1.10010"],
    [9000, "1.10000", "1.10010"],
  ],
});
const buy = (units: string) => order({ units: decimal(units) });

/** Trades 4, 6 and 8 of 1000, 2500 and 500 units. */
function threeTrades() {
  return placeAll(venue, newAccount(), [buy("1000"), buy("2500"), buy("500")]).account;
}

describe("an opposite order", () => {
  it("BR-03 closes the oldest trades, reduces the next, and opens nothing", () => {
    const { own, account } = placeMarketOrder(venue, threeTrades(), buy("-1700"));
    const fill = onlyEntry(own, "ORDER_FILL");
    expect(fill.tradesClosed.map((part) => [part.tradeId, text(part.units)])).toEqual([
      [4, "-1000"],
    ]);
    expect(fill.tradeReduced?.tradeId).toBe(6);
    expect(text(fill.tradeReduced?.units)).toBe("-700");
    expect(fill.tradeOpened).toBeNull();
    expect(account.trades.map((trade) => [trade.id, text(trade.currentUnits)])).toEqual([
      [6, "1800"],
      [8, "500"],
    ]);
    expect(text(fill.pl)).toBe("-0.17");
    expect(sumOf([...fill.tradesClosed.map((part) => part.realizedPl)])).toEqual(
      decimal("-0.1000"),
    );
  });

  it("BR-03 flips the position: all of it closed, the rest opened in the same fill", () => {
    const { own, account, closedTrades } = placeMarketOrder(venue, threeTrades(), buy("-4500"));
    const fill = onlyEntry(own, "ORDER_FILL");
    expect(fill.tradesClosed.map((part) => part.tradeId)).toEqual([4, 6, 8]);
    expect(fill.tradeReduced).toBeNull();
    expect(text(fill.tradeOpened?.units)).toBe("-500");
    expect(account.trades).toMatchObject([{ id: fill.id, price: decimal("1.10000") }]);
    expect(closedTrades.map((trade) => text(trade.closedValue))).toEqual(["1100", "2750", "550"]);
  });

  it("that may only open is refused against a position, on either side", () => {
    const open = { positionFill: "OPEN_ONLY" } as const;
    const sell = placeMarketOrder(venue, threeTrades(), { ...buy("-1"), ...open });
    expect(sell.own).toMatchObject([{}, { reason: "INSTRUMENT_BID_REDUCE_ONLY" }]);
    const short = placeMarketOrder(venue, newAccount(), { ...buy("-5"), ...open });
    expect(types(short.own)).toContain("ORDER_FILL");
    const cover = placeMarketOrder(venue, short.account, { ...buy("1"), ...open });
    expect(cover.own).toMatchObject([{}, { reason: "INSTRUMENT_ASK_REDUCE_ONLY" }]);
  });

  it("that may only reduce closes what there is and no more", () => {
    const reduce = { ...buy("-9000"), positionFill: "REDUCE_ONLY" } as const;
    const { own, account } = placeMarketOrder(venue, threeTrades(), reduce);
    expect(text(onlyEntry(own, "ORDER_FILL").units)).toBe("-4000");
    expect(account.trades).toEqual([]);
  });

  it("may reduce an account that has no margin left", () => {
    const { account } = placeMarketOrder(venue, newAccount(), buy("4500000"));
    const { own } = placeMarketOrder(venue, account, buy("-1000000"));
    expect(types(own)).toEqual(["MARKET_ORDER", "ORDER_FILL"]);
  });
});

describe("closing a trade", () => {
  it.each([
    ["ALL", "-2500", []],
    [decimal("700"), "-700", [6]],
    [decimal("2500"), "-2500", []],
  ] as const)("%s closes just that trade", (units, filled, left) => {
    const before = threeTrades();
    const { own, account } = closeTrade(venue, before, { at: START, tradeId: 6, units });
    const [created] = own;
    expect(created).toMatchObject({
      type: "MARKET_ORDER",
      reason: "TRADE_CLOSE",
      positionFill: "REDUCE_ONLY",
      tradeClose: { tradeId: 6, clientTradeId: null, units },
    });
    const fill = onlyEntry(own, "ORDER_FILL");
    expect(fill.reason).toBe("MARKET_ORDER_TRADE_CLOSE");
    expect(text(fill.units)).toBe(filled);
    expect(account.trades.map((trade) => trade.id)).toEqual([4, ...left, 8]);
  });

  it.each([
    ["TRADE_DOESNT_EXIST", 99, "ALL"],
    ["UNITS_INVALID", 6, decimal("0")],
    ["UNITS_PRECISION_EXCEEDED", 6, decimal("0.5")],
    ["CLOSE_TRADE_UNITS_EXCEED_TRADE_SIZE", 6, decimal("2501")],
  ] as const)("is refused as %s", (rejectReason, tradeId, units) => {
    const { own } = closeTrade(venue, threeTrades(), { at: START, tradeId, units });
    expect(own).toMatchObject([
      { type: "MARKET_ORDER_REJECT", reason: "TRADE_CLOSE", rejectReason },
    ]);
  });

  it("keeps the labels of the close", () => {
    const labels = { id: "close-1", tag: "t", comment: "c" };
    const { own, endedOrders } = closeTrade(venue, threeTrades(), {
      at: START,
      tradeId: 4,
      units: "ALL",
      clientExtensions: labels,
    });
    expect(onlyEntry(own, "ORDER_FILL").clientOrderId).toBe("close-1");
    expect(endedOrders).toMatchObject([{ clientExtensions: labels }]);
    const unusable = { at: START, tradeId: 4, units: "ALL" } as const;
    const { own: refused } = closeTrade(venue, threeTrades(), {
      ...unusable,
      clientExtensions: { ...labels, tag: "" },
    });
    expect(refused).toMatchObject([{ rejectReason: "CLIENT_ORDER_TAG_INVALID" }]);
  });

  it("closes a short trade with a buy", () => {
    const { account } = placeMarketOrder(venue, newAccount(), buy("-800"));
    const close = { at: START, tradeId: 4, units: decimal("300") };
    const { own } = closeTrade(venue, account, close);
    expect(text(onlyEntry(own, "ORDER_FILL").units)).toBe("300");
    expect(text(onlyEntry(own, "ORDER_FILL").price)).toBe("1.1001");
  });
});

describe("closing a position", () => {
  it.each([
    ["ALL", "-4000", []],
    [decimal("1200"), "-1200", [6, 8]],
  ] as const)("%s closes its oldest trades first", (units, filled, left) => {
    const command = { at: START, instrument: "EUR_USD", direction: "long", units } as const;
    const { own, account } = closePosition(venue, threeTrades(), command);
    expect(own[0]).toMatchObject({
      reason: "POSITION_CLOSEOUT",
      positionCloseout: { instrument: "EUR_USD", direction: "long", units },
    });
    expect(onlyEntry(own, "ORDER_FILL").reason).toBe("MARKET_ORDER_POSITION_CLOSEOUT");
    expect(text(onlyEntry(own, "ORDER_FILL").units)).toBe(filled);
    expect(account.trades.map((trade) => trade.id)).toEqual(left);
  });

  it.each([
    ["CLOSEOUT_POSITION_DOESNT_EXIST", { direction: "short" }],
    ["INSTRUMENT_UNKNOWN", { instrument: "XXX_YYY" }],
    ["UNITS_INVALID", { units: decimal("-1") }],
    ["CLOSEOUT_POSITION_UNITS_EXCEED_POSITION_SIZE", { units: decimal("4001") }],
  ] as const)("is refused as %s", (rejectReason, changes) => {
    const whole = { instrument: "EUR_USD", direction: "long", units: "ALL" } as const;
    const command = { at: START, ...whole, ...changes };
    expect(closePosition(venue, threeTrades(), command).own).toMatchObject([{ rejectReason }]);
  });
});

describe("netting", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 5000 }), { maxLength: 6 });

  it("for all trades and sizes takes the oldest first and adds up to the order", () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 20_000 }), (open, size) => {
        const account = placeAll(
          venue,
          newAccount(),
          open.map((units) => buy(`${units}`)),
        ).account;
        const netting = netTrades(account, {
          instrument: "EUR_USD",
          units: wholeNumber(-size),
          positionFill: "DEFAULT",
          tradeId: null,
        });
        expect(text(nettedUnits(netting))).toBe(`${size}`);
        const whole = netting.reductions.slice(0, -1);
        expect(whole.every(({ trade, units }) => units.equals(trade.currentUnits))).toBe(true);
        expect(netting.reductions.map(({ trade }) => trade.id)).toEqual(
          account.trades.slice(0, netting.reductions.length).map((trade) => trade.id),
        );
        const total = open.reduce((sum, units) => sum + units, 0);
        expect(text(netting.opened)).toBe(`${Math.max(0, size - total)}`);
      }),
      { numRuns: 50 },
    );
  });

  it("for all ways to close a trade in parts, the parts add up to the trade", () => {
    const parts = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(parts, (sizes) => {
        const total = sizes.reduce((sum, units) => sum + units, 0);
        let account = placeMarketOrder(venue, newAccount(), buy(`${total}`)).account;
        let realized = ZERO;
        for (const units of sizes) {
          const close = { at: START, tradeId: 4, units: wholeNumber(units) };
          const step = closeTrade(venue, account, close);
          account = step.account;
          realized = realized.plus(onlyEntry(step.own, "ORDER_FILL").pl);
        }
        expect(account.trades).toEqual([]);
        expect(text(account.pl)).toBe(text(realized));
        expect(text(realized)).toBe(text(wholeNumber(-total).times(decimal("0.0001"))));
      }),
      { numRuns: 50 },
    );
  });
});
