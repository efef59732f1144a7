import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimal, ONE, sumOf } from "../../../src/core/money.ts";
import { addMs } from "../../../src/core/time.ts";
import { accountFigures } from "../../../src/paper/engine/figures.ts";
import { advance, placeMarketOrder } from "../../../src/paper/engine/venue.ts";
import { venueProfile } from "../../../src/paper/venue-profile.ts";
import {
  at,
  GTC,
  isType,
  newAccount,
  onlyEntry,
  order,
  placeAll,
  START,
  scriptedVenue,
  secondsIn,
  syntheticVenue,
  text,
  types,
} from "./scene.ts";

const ROLLOVER = at("2026-11-17T22:00:00Z");
const DAY_SECONDS = 86_400;

describe("financing", () => {
  const quiet = {
    EUR_USD: [
      [0, "1.10000", "1.10010"],
      [20 * DAY_SECONDS, "1.10000", "1.10010"],
    ],
    USD_JPY: [
      [0, "150.000", "150.020"],
      [20 * DAY_SECONDS, "150.000", "150.020"],
    ],
  } as const;
  const venue = scriptedVenue(quiet);

  it("BR-09 is charged at 17:00 New York, on an order of a second before too", () => {
    const command = order({ units: decimal("100000"), at: addMs(ROLLOVER, -1000) });
    const { account } = placeMarketOrder(venue, newAccount(), command);
    const before = advance(venue, account, addMs(ROLLOVER, -1));
    expect(before.transactions).toEqual([]);
    const { transactions, account: charged } = advance(venue, before.account, ROLLOVER);
    const entry = onlyEntry(transactions, "DAILY_FINANCING");
    expect(entry.time).toBe(ROLLOVER);
    // 100,000 × 1.10005 × (2 % − 3.75 % − 1 %) ÷ 365.
    expect(text(entry.financing)).toBe("-8.288");
    expect(text(charged.balance)).toBe("99991.712");
    expect(text(charged.trades[0]?.financing)).toBe("-8.288");
    expect(advance(venue, charged, addMs(ROLLOVER, 3_600_000)).transactions).toEqual([]);
  });

  it("is earned where the short side earns, in home currency, trade by trade", () => {
    const { account } = placeAll(venue, newAccount(), [
      order({ units: decimal("-30000") }),
      order({ instrument: "USD_JPY", units: decimal("10000") }),
      order({ instrument: "USD_JPY", units: decimal("5000") }),
    ]);
    const { transactions, account: charged } = advance(venue, account, ROLLOVER);
    const entry = onlyEntry(transactions, "DAILY_FINANCING");
    const parts = entry.positionFinancings;
    expect(parts.map((part) => [part.instrument, text(part.financing)])).toEqual([
      ["EUR_USD", "0.6781"],
      ["USD_JPY", "0.8219"],
    ]);
    expect(parts[1]?.openTradeFinancings.map((part) => text(part.financing))).toEqual([
      "0.5479",
      "0.274",
    ]);
    expect(text(charged.financing)).toBe("1.5");
    expect(charged.totals.map((total) => text(total.long.financing))).toEqual(["0", "0.8219"]);
    expect(charged.totals.map((total) => text(total.short.financing))).toEqual(["0.6781", "0"]);
  });

  it.each([
    ["always", [1, 1, 1, 1, 1, 1, 1]],
    ["market", [1, 3, 1, 1, 1]],
  ] as const)("BR-09 of a week that is open %s is charged for seven days", (hours, days) => {
    const { financingDays } = venueProfile("US", hours);
    const house = scriptedVenue(quiet, { financingDays });
    const { account } = placeMarketOrder(house, newAccount(), order({ units: decimal("100000") }));
    const { transactions } = advance(house, account, secondsIn(7 * DAY_SECONDS));
    const charged = transactions.filter((entry) => isType(entry, "DAILY_FINANCING"));
    const whole = decimal("8.288");
    expect(charged.map((entry) => text(entry.financing.negated().dividedBy(whole, 0)))).toEqual(
      days.map(String),
    );
  });

  it("isn't charged on a flat account, however long it was away", () => {
    const { account, transactions } = advance(venue, newAccount(), at("2036-01-01T00:00:00Z"));
    expect(transactions).toEqual([]);
    expect(account.processedTo).toBe(at("2036-01-01T00:00:00Z"));
  });

  it("is nothing for an instrument whose rates aren't known", () => {
    const other = scriptedVenue({
      XYZ_USD: [
        [0, "10.00", "10.01"],
        [9 * DAY_SECONDS, "10.00", "10.01"],
      ],
    });
    const { account } = placeMarketOrder(other, newAccount(), order({ instrument: "XYZ_USD" }));
    const { transactions } = advance(other, account, ROLLOVER);
    expect(text(onlyEntry(transactions, "DAILY_FINANCING").financing)).toBe("0");
  });
});

describe("the margin close-out", () => {
  const falling = scriptedVenue({
    EUR_USD: [
      [0, "1.10000", "1.10010"],
      [10, "1.09000", "1.09010"],
      [20, "1.08800", "1.08810"],
      [999, "1.08800", "1.08810"],
    ],
    USD_JPY: [
      [0, "150.000", "150.020"],
      [999, "150.000", "150.020"],
    ],
  });

  it("BR-07 closes everything once the equity at mid is half of the margin used", () => {
    const { account } = placeAll(falling, newAccount("2215"), [
      order({ units: decimal("100000") }),
      order({ instrument: "USD_JPY", units: decimal("100") }),
    ]);
    const before = advance(falling, account, secondsIn(9));
    expect(before.transactions).toEqual([]);
    const figures = accountFigures(falling, before.account, secondsIn(19));
    expect(figures.closeoutPercent.isLessThan(ONE)).toBe(true);
    const { transactions, account: closed } = advance(falling, before.account, secondsIn(100));
    expect(types(transactions)).toEqual([
      "MARKET_ORDER",
      "ORDER_FILL",
      "MARKET_ORDER",
      "ORDER_FILL",
    ]);
    expect(transactions.every((entry) => entry.time === secondsIn(20))).toBe(true);
    expect(new Set(transactions.map((entry) => entry.batchId)).size).toBe(1);
    expect(transactions[0]).toMatchObject({ reason: "MARGIN_CLOSEOUT" });
    expect(transactions[1]).toMatchObject({ reason: "MARKET_ORDER_MARGIN_CLOSEOUT" });
    expect(closed.trades).toEqual([]);
  });

  it("leaves a trade whose market is closed, and cancels nothing of it", () => {
    const halted = scriptedVenue({
      EUR_USD: [
        [0, "1.10000", "1.10010"],
        [999, "1.10000", "1.10010"],
      ],
      GBP_USD: [
        [0, "1.30000", "1.30020"],
        [10, "1.20000", "1.20020"],
      ],
    });
    const { account } = placeAll(halted, newAccount("1000"), [
      order({ instrument: "GBP_USD", units: decimal("10000") }),
      order({ units: decimal("100") }),
    ]);
    const ended = advance(halted, account, secondsIn(9));
    const { transactions } = advance(halted, ended.account, secondsIn(11));
    expect(transactions.filter((entry) => isType(entry, "ORDER_FILL"))).toHaveLength(2);

    const late = scriptedVenue({
      EUR_USD: [
        [0, "1.10000", "1.10010"],
        [20, "1.00000", "1.00010"],
        [999, "1.00000", "1.00010"],
      ],
      GBP_USD: [
        [0, "1.30000", "1.30020"],
        [10, "1.30000", "1.30020"],
      ],
    });
    const held = placeAll(late, newAccount("1000"), [
      order({ instrument: "GBP_USD", units: decimal("10000") }),
      order({ units: decimal("10000") }),
    ]);
    const left = advance(late, held.account, secondsIn(100)).account;
    expect(left.trades.map((trade) => trade.instrument)).toEqual(["GBP_USD"]);
    const { transactions: none } = advance(late, left, secondsIn(500));
    expect(none).toEqual([]);
  });

  it("reports a ratio beyond one, when nothing is left of the equity", () => {
    const { account } = placeMarketOrder(
      falling,
      newAccount("2300"),
      order({ units: decimal("100000") }),
    );
    const ruined = { ...account, balance: decimal("100") };
    const figures = accountFigures(falling, ruined, secondsIn(10));
    expect(figures.closeoutNav.isNegative()).toBe(true);
    expect(figures.closeoutPercent.isGreaterThan(ONE)).toBe(true);
    expect(text(figures.marginAvailable)).toBe("0");
  });
});

describe("time", () => {
  const sizes = fc.integer({ min: -150, max: 150 }).filter((size) => size !== 0);

  it("for all ways to divide it, the same happens at the same moments", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        sizes,
        fc.array(fc.integer({ min: 1, max: 40_000_000 }), { maxLength: 6 }),
        (seed, size, looks) => {
          const venue = syntheticVenue(seed);
          const units = decimal(`${size}000`);
          const distance = decimal("0.00400");
          const exits = {
            stopLossOnFill: { ...GTC, price: null, distance: decimal("0.00600") },
            trailingStopOnFill: { ...GTC, distance },
          };
          const { account } = placeAll(venue, newAccount("4000"), [
            order({ units, ...exits }),
            order({ units: units.negated(), instrument: "AUD_USD", ...exits }),
          ]);
          const end = secondsIn(2 * DAY_SECONDS);
          const once = advance(venue, account, end);
          let often = { account, transactions: once.transactions.slice(0, 0) };
          for (const ms of looks.toSorted((left, right) => left - right)) {
            const step = advance(venue, often.account, addMs(START, ms));
            often = {
              account: step.account,
              transactions: [...often.transactions, ...step.transactions],
            };
          }
          const last = advance(venue, often.account, end);
          expect([...often.transactions, ...last.transactions]).toEqual(once.transactions);
          expect(last.account).toEqual(once.account);
          expect(text(sumOf([once.account.balance]))).toBe(text(last.account.balance));
        },
      ),
      { numRuns: 25 },
    );
  });
});
