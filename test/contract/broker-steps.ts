import { expect } from "vitest";
import { type Decimal, decimal, toUnits, type Units } from "../../src/core/money.ts";
import type { OrderOutcome } from "../../src/core/order.ts";
import type { CloseOrder, MarketOrder, OrderRequest } from "../../src/core/order-request.ts";
import type { Quote } from "../../src/core/quote.ts";
import type { Trade } from "../../src/core/trade.ts";
import type { Broker, BrokerConnection } from "../../src/ports/broker.ts";
import { clearOrder, closeOrder, marketOrder } from "../support/clear-order.ts";

/** A fresh, flat account at an open market, for one test. */
export type BrokerUnderTest = {
  readonly connection: BrokerConnection;
  /** The account, one of `connection.accounts()`. */
  readonly broker: Broker;
  /** Something it trades; a few thousand units are affordable. */
  readonly instrument: string;
  /** A size that is on offer; the account's margin carries it at least once and fewer than ten times. */
  readonly largeUnits: string;
  /** Affordable, but more than is on offer; null where the venue fills any size. */
  readonly unfillableUnits: string | null;
  /** Closes everything that was opened for the test. */
  cleanup(): Promise<void>;
};

/** The venue of the test that runs. */
export type Current = () => BrokerUnderTest;

const QUOTE_TRIES = 10;

/** Places at a moment when the price stands still, so that the fill can be compared with the quote. */
export async function placeAtQuote(
  subject: BrokerUnderTest,
  changes: Partial<MarketOrder>,
): Promise<{ quote: Quote; outcome: OrderOutcome }> {
  for (let attempt = 0; attempt < QUOTE_TRIES; attempt += 1) {
    const before = await quoteOf(subject);
    const outcome = await place(subject, changes);
    const after = await quoteOf(subject);
    const isStill = before.bid.equals(after.bid) && before.ask.equals(after.ask);
    if (isStill) return { quote: before, outcome };
    await closeWhole(subject, (await subject.broker.state()).trades);
  }
  throw new Error(`the price moved during each of ${QUOTE_TRIES} orders`);
}

export async function place(
  subject: BrokerUnderTest,
  changes: Partial<MarketOrder>,
): Promise<OrderOutcome> {
  return send(subject, await marketRequest(subject, changes));
}

const MOST_LARGE_ORDERS = 10;

/** Places large orders until the margin is used up, and returns the first that was refused. */
export async function placeUntilRefused(subject: BrokerUnderTest) {
  for (let count = 0; count < MOST_LARGE_ORDERS; count += 1) {
    const since = (await subject.broker.state()).account.lastTransactionId;
    const request = await marketRequest(subject, { units: units(subject.largeUnits) });
    const outcome = await send(subject, request);
    if ("rejection" in outcome) return { request, outcome, since, filledBefore: count };
  }
  throw new Error(`${MOST_LARGE_ORDERS} orders of ${subject.largeUnits} were all filled`);
}

export async function close(subject: BrokerUnderTest, changes: Partial<CloseOrder>) {
  return send(subject, await closeRequest(subject, changes));
}

export async function closeWhole(
  subject: BrokerUnderTest,
  trades: readonly Trade[],
): Promise<void> {
  for (const trade of trades) {
    const side = trade.direction === "long" ? "sell" : "buy";
    await close(subject, { side, tradeId: trade.id, units: trade.units, isWhole: true });
  }
}

export function send(subject: BrokerUnderTest, request: OrderRequest): Promise<OrderOutcome> {
  return subject.broker.place(clearOrder(request), { signal: neverAborted() });
}

export async function marketRequest(
  subject: BrokerUnderTest,
  changes: Partial<MarketOrder>,
): Promise<MarketOrder> {
  const { broker, instrument } = subject;
  return marketOrder({ account: broker.accountId, instrument, ...changes });
}

export async function closeRequest(
  subject: BrokerUnderTest,
  changes: Partial<CloseOrder>,
): Promise<CloseOrder> {
  const { broker, instrument } = subject;
  return closeOrder({ account: broker.accountId, instrument, ...changes });
}

async function quoteOf(subject: BrokerUnderTest): Promise<Quote> {
  return only((await subject.broker.quotes([subject.instrument])).quotes);
}

export async function describedInstrument({ broker, instrument }: BrokerUnderTest) {
  return only((await broker.instruments()).filter((each) => each.name === instrument));
}

/** The bid of now and the smallest step of a price: prices made of them have legal precision. */
export async function market(subject: BrokerUnderTest) {
  const [{ bid }, described] = [await quoteOf(subject), await describedInstrument(subject)];
  return { bid, step: lastDigit(described) };
}

function lastDigit({ pricePrecision }: { readonly pricePrecision: number }): Decimal {
  return decimal(pricePrecision === 0 ? "1" : `0.${"1".padStart(pricePrecision, "0")}`);
}

export async function sizes(subject: BrokerUnderTest): Promise<Record<string, string>> {
  const { trades } = await subject.broker.state();
  return Object.fromEntries(trades.map((trade) => [trade.id, trade.units.toString()]));
}

export type Filled = Extract<OrderOutcome, { fills: readonly unknown[] }>;
export type Refused = Extract<OrderOutcome, { rejection: unknown }>;

export function filled(outcome: OrderOutcome): Filled {
  if (!("fills" in outcome)) throw new Error(`not filled: ${JSON.stringify(outcome)}`);
  return outcome;
}

export function expectRefusal(outcome: OrderOutcome): Refused {
  if (!("rejection" in outcome)) throw new Error(`not refused: ${JSON.stringify(outcome)}`);
  return outcome;
}

export function only<T>(values: readonly T[]): T {
  const [value] = values;
  if (value === undefined || values.length !== 1) {
    throw new Error(`expected one, got ${values.length}`);
  }
  return value;
}

export function units(text: string): Units {
  return toUnits(decimal(text));
}

export function neverAborted(): AbortSignal {
  return new AbortController().signal;
}

/** Compares amounts: `1.50` is `1.5`. */
export function expectDecimal(actual: Decimal | null | undefined, expected: Decimal): void {
  expect(actual?.toString()).toBe(expected.toString());
}

/** Compares what would be printed, so that the amounts `1.50` and `1.5` are the same. */
export function expectSame(actual: unknown, expected: unknown): void {
  expect(JSON.parse(JSON.stringify(actual))).toEqual(JSON.parse(JSON.stringify(expected)));
}
