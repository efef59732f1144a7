import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimal, sumOf, wholeNumber } from "../../../src/core/money.ts";
import { addMs } from "../../../src/core/time.ts";
import { accountFigures } from "../../../src/paper/engine/figures.ts";
import { isExit } from "../../../src/paper/engine/orders.ts";
import {
  parseAccount,
  parseOrder,
  parseTrade,
  parseTransaction,
  serialize,
} from "../../../src/paper/engine/snapshot.ts";
import type { FillTransaction, VenueTransaction } from "../../../src/paper/engine/transactions.ts";
import type { VenueAccount } from "../../../src/paper/engine/types.ts";
import {
  advance,
  cancelOrder,
  closePosition,
  closeTrade,
  placeMarketOrder,
  type Venue,
  type VenueStep,
} from "../../../src/paper/engine/venue.ts";
import { GTC, isType, newAccount, order, syntheticVenue, text } from "./scene.ts";

const INSTRUMENTS = ["EUR_USD", "USD_JPY", "EUR_GBP", "XAU_USD"] as const;
const DISTANCES = { EUR_USD: "0.003", USD_JPY: "0.4", EUR_GBP: "0.003", XAU_USD: "20" } as const;

type Action = {
  readonly kind: "order" | "close" | "closeout" | "cancel" | "wait";
  readonly instrument: (typeof INSTRUMENTS)[number];
  readonly units: number;
  readonly seconds: number;
  readonly hasExits: boolean;
};

const actions = fc.array(
  fc.record({
    kind: fc.constantFrom("order", "order", "order", "close", "closeout", "cancel", "wait"),
    instrument: fc.constantFrom(...INSTRUMENTS),
    units: fc.integer({ min: -3000, max: 3000 }),
    seconds: fc.integer({ min: 0, max: 40_000 }),
    hasExits: fc.boolean(),
  }) satisfies fc.Arbitrary<Action>,
  { minLength: 1, maxLength: 25 },
);

function act(venue: Venue, account: VenueAccount, action: Action): VenueStep {
  const { kind, instrument, units, seconds, hasExits } = action;
  const at = addMs(account.processedTo, seconds * 1000);
  const distance = decimal(DISTANCES[instrument]);
  if (kind === "order") {
    const exits = {
      stopLossOnFill: { ...GTC, price: null, distance },
      trailingStopOnFill: { ...GTC, distance },
    };
    const command = order({ at, instrument, units: wholeNumber(units) });
    return placeMarketOrder(venue, account, hasExits ? { ...command, ...exits } : command);
  }
  if (kind === "close") {
    const tradeId = account.trades[0]?.id ?? 1;
    return closeTrade(venue, account, { at, tradeId, units: hasExits ? "ALL" : decimal("1") });
  }
  if (kind === "closeout") {
    const direction = units < 0 ? "short" : "long";
    return closePosition(venue, account, { at, instrument, direction, units: "ALL" });
  }
  if (kind === "cancel") {
    return cancelOrder(venue, account, { at, orderId: account.orders[0]?.id ?? 1 });
  }
  return advance(venue, account, at);
}

function play(venue: Venue, script: readonly Action[]) {
  const log: VenueTransaction[] = [];
  const steps: VenueStep[] = [];
  let account = newAccount("20000");
  for (const action of script) {
    const step = act(venue, account, action);
    account = step.account;
    log.push(...step.transactions);
    steps.push(step);
  }
  return { account, log, steps };
}

function expectParts(fill: FillTransaction): void {
  const { tradesClosed, tradeReduced, tradeOpened } = fill;
  const reductions = [...tradesClosed, ...(tradeReduced ? [tradeReduced] : [])];
  const parts = [...reductions, ...(tradeOpened ? [tradeOpened] : [])];
  expect(text(sumOf(parts.map((part) => part.units)))).toBe(text(fill.units));
  expect(text(sumOf(reductions.map((part) => part.realizedPl)))).toBe(text(fill.pl));
  expect(text(sumOf(parts.map((part) => part.halfSpreadCost)))).toBe(text(fill.halfSpreadCost));
}

describe("an account's books", () => {
  it("for all that may happen, balance is the start plus everything that was booked", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), actions, (seed, script) => {
        const venue = syntheticVenue(seed, { commissionPerUnit: decimal("0.00003") });
        const { account, log } = play(venue, script);
        const fills = log.filter((entry) => isType(entry, "ORDER_FILL"));
        const financings = log.filter((entry) => isType(entry, "DAILY_FINANCING"));
        const pl = sumOf(fills.map((fill) => fill.pl));
        const commission = sumOf(fills.map((fill) => fill.commission));
        const financing = sumOf(financings.map((entry) => entry.financing));
        const booked = pl.minus(commission).plus(financing);
        expect(text(account.balance)).toBe(text(decimal("20000").plus(booked)));
        expect(text(account.pl)).toBe(text(pl));
        expect(text(account.commission)).toBe(text(commission));
        expect(text(account.financing)).toBe(text(financing));
        expect(account.balance.scale).toBeLessThanOrEqual(4);
        const sides = account.totals.flatMap((total) => [total.long, total.short]);
        expect(text(sumOf(sides.map((side) => side.pl)))).toBe(text(pl));
        expect(text(sumOf(sides.map((side) => side.financing)))).toBe(text(financing));
        const figures = accountFigures(venue, account, account.processedTo);
        expect(text(figures.nav)).toBe(text(account.balance.plus(figures.unrealizedPl)));
      }),
      { numRuns: 60 },
    );
  });

  it("for all that may happen, the parts of an entry add up to it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), actions, (seed, script) => {
        const { log } = play(syntheticVenue(seed), script);
        for (const fill of log.filter((entry) => isType(entry, "ORDER_FILL"))) {
          expectParts(fill);
        }
        for (const entry of log.filter((each) => isType(each, "DAILY_FINANCING"))) {
          const trades = entry.positionFinancings.flatMap((part) => part.openTradeFinancings);
          expect(text(sumOf(trades.map((part) => part.financing)))).toBe(text(entry.financing));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("for all that may happen, the log has no gap and never goes back in time", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), actions, (seed, script) => {
        const { account, log, steps } = play(syntheticVenue(seed), script);
        expect(log.map((entry) => entry.id)).toEqual(log.map((_entry, index) => index + 3));
        expect(account.lastTransactionId).toBe(log.length + 2);
        const isLate = (entry: VenueTransaction, index: number) =>
          entry.time >= (log[index - 1]?.time ?? "");
        expect(log.every(isLate)).toBe(true);
        const open = account.trades.map((trade) => trade.currentUnits.isZero());
        expect(open).not.toContain(true);
        for (const pending of account.orders.filter(isExit)) {
          expect(account.trades.map((trade) => trade.id)).toContain(pending.tradeId);
        }
        const ended = steps.flatMap((step) => step.endedOrders.map((each) => each.id));
        expect(new Set(ended).size).toBe(ended.length);
      }),
      { numRuns: 60 },
    );
  });

  it("for all that may happen, every record survives being written and read", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), actions, (seed, script) => {
        const { account, log, steps } = play(syntheticVenue(seed), script);
        expect(parseAccount(serialize(account))).toEqual(account);
        for (const entry of log) expect(parseTransaction(serialize(entry))).toEqual(entry);
        for (const step of steps) {
          for (const each of step.endedOrders) expect(parseOrder(serialize(each))).toEqual(each);
          for (const each of step.closedTrades) expect(parseTrade(serialize(each))).toEqual(each);
        }
      }),
      { numRuns: 30 },
    );
  });
});
