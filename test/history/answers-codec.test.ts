import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Decimal, decimal, toPrice, toUnits } from "../../src/core/money.ts";
import type { Order } from "../../src/core/order.ts";
import {
  parseQuotes,
  parseState,
  serializeQuotes,
  serializeState,
} from "../../src/history/answers-codec.ts";
import type { AccountState } from "../../src/ports/broker.ts";
import { anAccount, aQuote, aTrade, NOON } from "../support/market.ts";

const amount = fc
  .tuple(fc.bigInt({ min: 1n, max: 10n ** 30n }), fc.nat({ max: 20 }))
  .map(([digits, scale]) => new Decimal(digits, scale));
const price = amount.map(toPrice);
const nullable = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const text = nullable(fc.string({ unit: "binary" }));

const order: fc.Arbitrary<Order> = fc.record({
  orderId: fc.string(),
  clientOrderId: text,
  type: fc.constantFrom("limit" as const, "stop" as const, "trailing_stop" as const),
  instrument: fc.string(),
  side: fc.constantFrom("buy" as const, "sell" as const),
  units: amount.map(toUnits),
  price: nullable(price),
  distance: nullable(amount),
  tradeId: text,
  timeInForce: fc.constantFrom("GTC" as const, "GTD" as const),
  expiresAt: nullable(fc.constant(NOON)),
  stopLoss: nullable(price),
  stopLossDistance: nullable(amount),
  takeProfit: nullable(price),
  trailingStop: nullable(amount),
  isStopGuaranteed: fc.boolean(),
  priceBound: nullable(price),
  reduceOnly: fc.boolean(),
  state: fc.constantFrom("pending" as const, "filled" as const),
  createdAt: fc.constant(NOON),
  endedBy: text,
  replacedBy: text,
  replaces: text,
  origin: fc.record({ signalId: text, agent: text, comment: text }),
});

const trade = fc
  .record({
    units: amount.map(toUnits),
    unrealizedPl: amount.map((value) => value.negated()),
    stopLoss: nullable(price),
    takeProfit: nullable(price),
    trailingStop: nullable(fc.record({ distance: amount, price: nullable(price) })),
    clientOrderId: text,
  })
  .map(aTrade);

const state: fc.Arbitrary<AccountState> = fc.record({
  account: fc.record({ balance: amount, marginRate: nullable(amount), alias: text }).map(anAccount),
  trades: fc.array(trade, { maxLength: 3 }),
  pendingOrders: fc.array(order, { maxLength: 3 }),
});

describe("what a broker last said, as text", () => {
  it("for all states: reads back as it was, every digit", () => {
    fc.assert(
      fc.property(state, (given) => {
        const read = parseState(serializeState(given));
        expect(JSON.stringify(read)).toBe(JSON.stringify(given));
        expect(read.trades[0]?.units ?? decimal("1")).toBeInstanceOf(Decimal);
      }),
    );
  });

  it("is the same for quotes", () => {
    const quotes = [aQuote("1.08500", "1.08510"), aQuote("0", "1", { tradeable: false })];
    expect(JSON.stringify(parseQuotes(serializeQuotes(quotes)))).toBe(JSON.stringify(quotes));
  });

  it.each([
    ["no JSON", "{"],
    ["another shape", '{"positions":[]}'],
    ["no account", '{"trades":[],"pendingOrders":[]}'],
    [
      "an amount that is none",
      serializeState({ account: anAccount(), trades: [], pendingOrders: [] }).replace(
        '"10000"',
        '"1e5"',
      ),
    ],
    [
      "a part that is missing",
      serializeState({ account: anAccount(), trades: [aTrade()], pendingOrders: [] }).replace(
        "isStopGuaranteed",
        "x",
      ),
    ],
  ])("of %s is refused as such", (_what, body) => {
    expect(() => parseState(body)).toThrow(RangeError);
  });
});
