import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimal, sumOf } from "../../../src/core/money.ts";
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
import { isType, syntheticVenue, text } from "./scene.ts";
import { actions, type Played, play } from "./session.ts";

const seeds = fc.integer({ min: 1, max: 99 });
const regions = fc.constantFrom("US", "EU");

function expectParts(fill: FillTransaction): void {
  const { tradesClosed, tradeReduced, tradeOpened } = fill;
  const reductions = [...tradesClosed, ...(tradeReduced ? [tradeReduced] : [])];
  const parts = [...reductions, ...(tradeOpened ? [tradeOpened] : [])];
  expect(text(sumOf(parts.map((part) => part.units)))).toBe(text(fill.units));
  expect(text(sumOf(reductions.map((part) => part.realizedPl)))).toBe(text(fill.pl));
  expect(text(sumOf(parts.map((part) => part.halfSpreadCost)))).toBe(text(fill.halfSpreadCost));
  const fees = sumOf(reductions.map((part) => part.guaranteedExecutionFee));
  expect(text(fees)).toBe(text(fill.guaranteedExecutionFee));
}

/** Every order of the log ends once or waits still, and the account holds just those that wait. */
function expectOrders({ account, log, steps }: Played): void {
  const ended = steps.flatMap((step) => step.endedOrders.map((each) => each.id));
  expect(new Set(ended).size).toBe(ended.length);
  const made = log.filter((entry) => entry.type.endsWith("_ORDER")).map((entry) => entry.id);
  const pending = account.orders.map((order) => order.id);
  expect([...ended, ...pending].toSorted((left, right) => left - right)).toEqual(made);
  expect(pending).toEqual(pending.toSorted((left, right) => left - right));
  const trades = new Set(account.trades.map((trade) => trade.id));
  for (const exit of account.orders.filter(isExit)) expect(trades).toContain(exit.tradeId);
  const names = [account.orders, account.trades].map((holders) =>
    holders.flatMap((holder) => holder.clientExtensions?.id ?? []),
  );
  for (const ids of names) expect(new Set(ids).size).toBe(ids.length);
}

describe("an account's books", () => {
  it("for all that may happen, balance is the start plus everything that was booked", () => {
    fc.assert(
      fc.property(seeds, regions, actions, (seed, region, script) => {
        const commissionPerUnit = decimal("0.00003");
        const venue = syntheticVenue(seed, { commissionPerUnit, region });
        const { account, log } = play(venue, script);
        const fills = log.filter((entry) => isType(entry, "ORDER_FILL"));
        const financings = log.filter((entry) => isType(entry, "DAILY_FINANCING"));
        const pl = sumOf(fills.map((fill) => fill.pl));
        const commission = sumOf(fills.map((fill) => fill.commission));
        const fees = sumOf(fills.map((fill) => fill.guaranteedExecutionFee));
        const financing = sumOf(financings.map((entry) => entry.financing));
        const booked = pl.minus(commission).minus(fees).plus(financing);
        expect(text(account.balance)).toBe(text(decimal("20000").plus(booked)));
        expect(text(account.pl)).toBe(text(pl));
        expect(text(account.commission)).toBe(text(commission));
        expect(text(account.guaranteedFees)).toBe(text(fees));
        expect(text(account.financing)).toBe(text(financing));
        expect(account.balance.scale).toBeLessThanOrEqual(4);
        const sides = account.totals.flatMap((total) => [total.long, total.short]);
        expect(text(sumOf(sides.map((side) => side.pl)))).toBe(text(pl));
        expect(text(sumOf(sides.map((side) => side.financing)))).toBe(text(financing));
        expect(text(sumOf(sides.map((side) => side.guaranteedFees)))).toBe(text(fees));
        const figures = accountFigures(venue, account, account.processedTo);
        expect(text(figures.nav)).toBe(text(account.balance.plus(figures.unrealizedPl)));
      }),
      { numRuns: 40 },
    );
  });

  it("for all that may happen, the parts of an entry add up to it", () => {
    fc.assert(
      fc.property(seeds, regions, actions, (seed, region, script) => {
        const { log } = play(syntheticVenue(seed, { region }), script);
        for (const fill of log.filter((entry) => isType(entry, "ORDER_FILL"))) {
          expectParts(fill);
        }
        for (const entry of log.filter((each) => isType(each, "DAILY_FINANCING"))) {
          const trades = entry.positionFinancings.flatMap((part) => part.openTradeFinancings);
          expect(text(sumOf(trades.map((part) => part.financing)))).toBe(text(entry.financing));
        }
      }),
      { numRuns: 40 },
    );
  });

  it("for all that may happen, the log has no gap, never goes back, and ends each order once", () => {
    fc.assert(
      fc.property(seeds, regions, actions, (seed, region, script) => {
        const played = play(syntheticVenue(seed, { region }), script);
        const { account, log } = played;
        expect(log.map((entry) => entry.id)).toEqual(log.map((_entry, index) => index + 3));
        expect(account.lastTransactionId).toBe(log.length + 2);
        const isLate = (entry: VenueTransaction, index: number) =>
          entry.time >= (log[index - 1]?.time ?? "");
        expect(log.every(isLate)).toBe(true);
        const isInBatch = (entry: VenueTransaction, index: number) =>
          entry.batchId === entry.id || entry.batchId === log[index - 1]?.batchId;
        expect(log.every(isInBatch)).toBe(true);
        const open = account.trades.map((trade) => trade.currentUnits.isZero());
        expect(open).not.toContain(true);
        expectOrders(played);
      }),
      { numRuns: 40 },
    );
  });

  it("for all that may happen, it happens alike however often the account is looked at", () => {
    const looks = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 });
    fc.assert(
      fc.property(seeds, actions, looks, (seed, script, shares) => {
        const venue = syntheticVenue(seed, { region: "EU" }, seed % 2 ? "market" : "always");
        const once = play(venue, script);
        const often = play(venue, script, shares.toSorted());
        expect(often.log).toEqual(once.log);
        expect(often.account).toEqual(once.account);
      }),
      { numRuns: 40 },
    );
  });

  it("for all that may happen, every record survives being written and read", () => {
    fc.assert(
      fc.property(seeds, regions, actions, (seed, region, script) => {
        const { account, log, steps } = play(syntheticVenue(seed, { region }), script);
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
