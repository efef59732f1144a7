import { describe, expect, it } from "vitest";
import { decimal } from "../../../src/core/money.ts";
import {
  advance,
  closeTrade,
  placeEntryOrder,
  type VenueStep,
} from "../../../src/paper/engine/venue.ts";
import { venueProfile } from "../../../src/paper/venue-profile.ts";
import {
  closedAt,
  newAccount,
  onlyEntry,
  order,
  placeAll,
  scriptedVenue,
  secondsIn,
  stopAt,
  text,
  types,
  waiting,
} from "./scene.ts";

/** The euro falls after 20 seconds, while the pound's market is closed from 10 to 50 seconds. */
const venue = closedAt(
  scriptedVenue({
    EUR_USD: [
      [0, "1.10000", "1.10010"],
      [20, "1.00000", "1.00010"],
      [999, "1.00000", "1.00010"],
    ],
    GBP_USD: [
      [0, "1.30000", "1.30020"],
      [50, "1.31000", "1.31020"],
      [999, "1.31000", "1.31020"],
    ],
  }),
  (second, instrument) => instrument === "GBP_USD" && second >= 10 && second < 50,
);

/** Trades 4 and 5 of pounds with a stop (7), and 9 of euros; all are lost after 20 seconds. */
const held = placeAll(venue, newAccount("1200"), [
  order({ instrument: "GBP_USD", units: decimal("10000"), stopLossOnFill: stopAt("1.2") }),
  order({ instrument: "GBP_USD", units: decimal("500") }),
  order({ units: decimal("10000") }),
]);

describe("a trade that the margin close-out finds in a closed market", () => {
  const hit = advance(venue, held.account, secondsIn(30));

  it("is condemned in the batch that closes the others", () => {
    expect(types(hit.transactions)).toEqual([
      "MARKET_ORDER",
      "ORDER_FILL",
      "DELAYED_TRADE_CLOSURE",
    ]);
    const closure = onlyEntry(hit.transactions, "DELAYED_TRADE_CLOSURE");
    const [pound, other] = hit.account.trades;
    expect(closure).toMatchObject({
      reason: "MARGIN_CLOSEOUT",
      tradeIds: [pound?.id, other?.id],
      time: secondsIn(20),
      batchId: hit.transactions[0]?.id,
    });
    expect(hit.account.trades).toMatchObject([
      { instrument: "GBP_USD", delayedClosureId: closure.id },
      { instrument: "GBP_USD", delayedClosureId: closure.id },
    ]);
    expect(hit.account.orders).toHaveLength(1);
  });

  it("is closed when its market opens, the oldest first, its exits with it", () => {
    const closure = onlyEntry(hit.transactions, "DELAYED_TRADE_CLOSURE");
    const { transactions, account } = advance(venue, hit.account, secondsIn(100));
    expect(types(transactions)).toEqual([
      "MARKET_ORDER",
      "ORDER_FILL",
      "ORDER_CANCEL",
      "MARKET_ORDER",
      "ORDER_FILL",
    ]);
    expect(transactions.every((entry) => entry.time === secondsIn(50))).toBe(true);
    expect(transactions[0]).toMatchObject({
      reason: "DELAYED_TRADE_CLOSE",
      delayedTradeClose: {
        tradeId: held.account.trades[0]?.id,
        clientTradeId: null,
        sourceTransactionId: closure.id,
      },
    });
    expect(transactions[1]).toMatchObject({ reason: "MARKET_ORDER_DELAYED_TRADE_CLOSE" });
    expect(text(transactions[1]?.type === "ORDER_FILL" ? transactions[1].price : null)).toBe(
      "1.31",
    );
    expect(account.trades).toEqual([]);
  });

  it("happens alike in one step and in many", () => {
    const once = advance(venue, held.account, secondsIn(100));
    let step: VenueStep = { ...held, transactions: [] };
    const log = [];
    for (const second of [5, 19, 20, 21, 49, 50, 51, 100]) {
      step = advance(venue, step.account, secondsIn(second));
      log.push(...step.transactions);
    }
    expect(log).toEqual(once.transactions);
    expect(step.account).toEqual(once.account);
  });

  it("can't be closed by hand while its market is closed", () => {
    const [trade] = hit.account.trades;
    const close = { at: secondsIn(30), tradeId: trade?.id ?? 0, units: "ALL" } as const;
    expect(closeTrade(venue, hit.account, close).own).toMatchObject([
      {},
      { reason: "MARKET_HALTED" },
    ]);
  });

  it("is closed before an order of the same moment is filled", () => {
    const entry = waiting("stop", "1.30500", { instrument: "GBP_USD", at: secondsIn(30) });
    const placed = placeEntryOrder(venue, hit.account, { ...entry, units: decimal("1") });
    const { transactions } = advance(venue, placed.account, secondsIn(100));
    expect(transactions[0]).toMatchObject({ reason: "DELAYED_TRADE_CLOSE" });
    expect(transactions.at(-1)).toMatchObject({ type: "ORDER_FILL", reason: "STOP_ORDER" });
  });
});

describe("financing days", () => {
  it("of an instrument that settles in one day carry the weekend on Thursday", () => {
    const profile = venueProfile("NONE", "market");
    const week = 7 * 86_400;
    const house = scriptedVenue(
      {
        USD_CAD: [
          [0, "1.40000", "1.40010"],
          [2 * week, "1.40000", "1.40010"],
        ],
        EUR_USD: [
          [0, "1.10000", "1.10010"],
          [2 * week, "1.10000", "1.10010"],
        ],
      },
      profile,
    );
    const { account } = placeAll(house, newAccount(), [
      order({ units: decimal("100000"), instrument: "USD_CAD" }),
      order({ units: decimal("100000") }),
    ]);
    const { transactions } = advance(house, account, secondsIn(week));
    const charged = transactions.flatMap((entry) =>
      entry.type === "DAILY_FINANCING" ? [entry.positionFinancings] : [],
    );
    const ratios = charged.map((parts) =>
      parts.map((part) => {
        const first = charged[0]?.find((each) => each.instrument === part.instrument)?.financing;
        return first ? text(part.financing.dividedBy(first, 0)) : null;
      }),
    );
    // From Tuesday on: the dollar against Canada's, then the euro.
    expect(ratios).toEqual([
      ["1", "1"],
      ["1", "3"],
      ["3", "1"],
      ["1", "1"],
      ["1", "1"],
    ]);
  });
});
