import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Decimal, decimal, maximumOf, sumOf, ZERO } from "../../../src/core/money.ts";
import { openSyntheticFeed } from "../../../src/paper/feed/synthetic-feed.ts";
import { A, ACCOUNT, type Body, openPractice, type Practice } from "../v20-server/practice.ts";
import { randomOf } from "./random.ts";
import { actAtRandom } from "./session.ts";

/** More, by hand: TMT_REFERENCE_RUNS=500 npx vitest run test/paper/reference */
const SESSIONS = Math.ceil(Number(process.env.TMT_REFERENCE_RUNS ?? 60) / 3);
const ACTS = 40;
/** Plenty, and so little that margin runs out. */
const BALANCES = ["20000", "20000", "500"] as const;
const REGIONS = ["NONE", "US", "EU"] as const;

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

type Books = {
  readonly log: readonly Body[];
  readonly account: Body;
  readonly trades: readonly Body[];
};

async function play(seed: number): Promise<Books> {
  const random = randomOf(seed);
  const region = random.pick(REGIONS);
  const practice = await openPractice({
    feed: openSyntheticFeed({
      seed: random.int(1, 1_000),
      hours: random.pick(["always", "market"]),
    }),
    accounts: [{ id: ACCOUNT, currency: "USD", balance: decimal(random.pick(BALANCES)), region }],
  });
  for (let count = 0; count < ACTS; count += 1) {
    const answer = await actAtRandom(practice, random);
    if (answer) expect(answer.status, answer.text).toBeLessThan(500);
  }
  const books = await readBooks(practice);
  await practice.server.close();
  return books;
}

async function readBooks(practice: Practice): Promise<Books> {
  const log: Body[] = [];
  let last = "0";
  for (;;) {
    const { json } = await practice.get(`${A}/transactions/sinceid?id=${last}`);
    log.push(...json.transactions);
    last = `${json.transactions.at(-1)?.id ?? last}`;
    if (json.transactions.length === 0 || last === `${json.lastTransactionID}`) break;
  }
  const { json: whole } = await practice.get(A);
  const { json: summary } = await practice.get(`${A}/summary`);
  const withoutLists = Object.entries(required(whole.account)).filter(([key]) => !isList(key));
  const figures = Object.fromEntries(withoutLists);
  expect(summary.account, "the summary is the account without its lists").toEqual(figures);
  const { json: all } = await practice.get(`${A}/trades?state=ALL&count=500`);
  expectLists(whole.account, log);
  return { log, account: required(whole.account), trades: all.trades };
}

function isList(key: string): boolean {
  return ["trades", "positions", "orders"].includes(key);
}

function required(body: Body | undefined): Body {
  if (!body) throw new Error("it isn't there");
  return body;
}

function amount(body: Body | undefined, field: string): Decimal {
  const text = body?.[field];
  return text === undefined ? ZERO : decimal(`${text}`);
}

function total(bodies: readonly Body[], field: string): Decimal {
  return sumOf(bodies.map((body) => amount(body, field)));
}

function list(body: Body | undefined, field: string): readonly Body[] {
  return body?.[field] ?? [];
}

function expectEqual(actual: Decimal, expected: Decimal, what: string): void {
  expect(actual.toString(), what).toBe(expected.toString());
}

/** The figures of the account agree with its trades, positions and orders, and those with the log. */
function expectLists(account: Body | undefined, log: readonly Body[]): void {
  const [trades, positions] = [list(account, "trades"), list(account, "positions")];
  const open = positions.filter((each) => !unitsOf(each).isZero());
  expect(account?.openTradeCount).toBe(trades.length);
  expect(account?.openPositionCount).toBe(open.length);
  expect(account?.pendingOrderCount).toBe(list(account, "orders").length);
  const [nav, balance] = [amount(account, "NAV"), amount(account, "balance")];
  const unrealized = amount(account, "unrealizedPL");
  expectEqual(nav, balance.plus(unrealized), "NAV");
  expectEqual(unrealized, total(trades, "unrealizedPL"), "unrealizedPL of the trades");
  expectEqual(unrealized, total(positions, "unrealizedPL"), "unrealizedPL of the positions");
  const marginUsed = amount(account, "marginUsed");
  expectEqual(marginUsed, total(positions, "marginUsed"), "marginUsed of the positions");
  const available = maximumOf(ZERO, nav.minus(marginUsed));
  expectEqual(amount(account, "marginAvailable"), available, "marginAvailable");
  expectEqual(amount(account, "pl"), total(positions, "pl"), "pl of the positions");
  expectEqual(amount(account, "financing"), total(positions, "financing"), "financing of them");
  for (const position of positions) expectPosition(position, trades);
  expect(account?.lastTransactionID).toBe(log.at(-1)?.id);
}

function unitsOf({ long, short }: Body): Decimal {
  return total([required(long), required(short)], "units");
}

function expectPosition(position: Body, trades: readonly Body[]): void {
  const own = trades.filter((trade) => trade.instrument === position.instrument);
  expectEqual(unitsOf(position), total(own, "currentUnits"), `units of ${position.instrument}`);
  const ids = [position.long, position.short].flatMap((side) => [...list(side, "tradeIDs")]);
  expect(ids.map(String).toSorted()).toEqual(own.map((trade) => `${trade.id}`).toSorted());
  for (const field of ["pl", "unrealizedPL", "financing"]) {
    const sides = total([required(position.long), required(position.short)], field);
    expectEqual(amount(position, field), sides, `${field} of both sides`);
  }
}

function fillsOf(log: readonly Body[]): readonly Body[] {
  return log.filter((entry) => entry.type === "ORDER_FILL");
}

/** The parts of fills that closed or reduced a trade, by the trade's id. */
function partsOf(log: readonly Body[]): ReadonlyMap<string, readonly Body[]> {
  const parts = fillsOf(log).flatMap((fill) => [
    ...list(fill, "tradesClosed"),
    ...(fill.tradeReduced ? [fill.tradeReduced] : []),
  ]);
  return Map.groupBy(parts, (part) => `${part.tradeID}`);
}

function expectTrade(trade: Body, log: readonly Body[]): void {
  const parts = partsOf(log).get(`${trade.id}`) ?? [];
  expectEqual(amount(trade, "realizedPL"), total(parts, "realizedPL"), `realizedPL of ${trade.id}`);
  const left = amount(trade, "initialUnits").plus(total(parts, "units"));
  expectEqual(amount(trade, "currentUnits"), left, `units left of ${trade.id}`);
  const nights = log.flatMap((entry) => list(entry, "positionFinancings"));
  const own = nights
    .flatMap((night) => list(night, "openTradeFinancings"))
    .filter((night) => night.tradeID === trade.id);
  const financing = total([...own, ...parts], "financing");
  expectEqual(amount(trade, "financing"), financing, `financing of ${trade.id}`);
  expect(trade.state).toBe(left.isZero() ? "CLOSED" : "OPEN");
}

function expectBalance({ log, account }: Books): void {
  let balance = ZERO;
  for (const entry of log) {
    balance = balance
      .plus(entry.type === "TRANSFER_FUNDS" ? amount(entry, "amount") : ZERO)
      .plus(amount(entry, "pl"))
      .plus(amount(entry, "financing"))
      .minus(amount(entry, "commission"))
      .minus(amount(entry, "guaranteedExecutionFee"));
    if (entry.accountBalance === undefined) continue;
    expectEqual(amount(entry, "accountBalance"), balance, `balance after ${entry.id}`);
  }
  expectEqual(amount(account, "balance"), balance, "balance");
  const fills = fillsOf(log);
  expectEqual(amount(account, "pl"), total(fills, "pl"), "pl");
  expectEqual(amount(account, "commission"), total(fills, "commission"), "commission");
  expectEqual(amount(account, "financing"), total(log, "financing"), "financing");
  const fees = total(fills, "guaranteedExecutionFee");
  expectEqual(amount(account, "guaranteedExecutionFees"), fees, "guaranteed fees");
}

function expectFill(fill: Body): void {
  const parts = [...list(fill, "tradesClosed"), ...(fill.tradeReduced ? [fill.tradeReduced] : [])];
  const all = [...parts, ...(fill.tradeOpened ? [fill.tradeOpened] : [])];
  expectEqual(amount(fill, "units"), total(all, "units"), `units of fill ${fill.id}`);
  expectEqual(amount(fill, "pl"), total(parts, "realizedPL"), `pl of fill ${fill.id}`);
  const fees = total(parts, "guaranteedExecutionFee");
  expectEqual(amount(fill, "guaranteedExecutionFee"), fees, `fees of fill ${fill.id}`);
}

/** Every order ends once, or waits. */
function expectOrders({ log, account }: Books): void {
  const made = log.filter(({ type }) => `${type}`.endsWith("_ORDER"));
  const ends = log.filter(({ type }) => type === "ORDER_FILL" || type === "ORDER_CANCEL");
  const ended = ends.map((entry) => `${entry.orderID}`);
  expect(new Set(ended).size, "an order ends once").toBe(ended.length);
  const waiting = made.map((entry) => `${entry.id}`).filter((id) => !ended.includes(id));
  expect(
    list(account, "orders")
      .map(({ id }) => `${id}`)
      .toSorted(),
  ).toEqual(waiting.toSorted());
  expect(ended.filter((id) => !made.some((entry) => entry.id === id))).toEqual([]);
}

describe("a practice account's books, over HTTP", () => {
  it(
    "for all sessions of all commands, every figure is the sum of its parts",
    async () => {
      await fc.assert(
        fc.asyncProperty(seeds, async (seed) => {
          const books = await play(seed);
          const { log, trades } = books;
          expect(log.map((entry) => `${entry.id}`)).toEqual(
            log.map((_entry, index) => `${index + 1}`),
          );
          const times = log.map((entry) => `${entry.time}`);
          expect(times).toEqual(times.toSorted());
          expectBalance(books);
          expectOrders(books);
          for (const fill of fillsOf(log)) expectFill(fill);
          for (const trade of trades) expectTrade(trade, log);
          expect(trades.length).toBe(fillsOf(log).filter((fill) => fill.tradeOpened).length);
        }),
        { numRuns: SESSIONS },
      );
    },
    Math.max(60_000, SESSIONS * 1_000),
  );
});
