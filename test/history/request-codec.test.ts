import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Decimal, decimal, toPrice, toUnits } from "../../src/core/money.ts";
import type { AttachedStop, CloseOrder, OrderRequest } from "../../src/core/order-request.ts";
import { parseRequest, serializeRequest } from "../../src/history/request-codec.ts";
import { aRequest } from "./sqlite/records.ts";

const amount = fc
  .tuple(fc.bigInt({ min: 1n, max: 10n ** 30n }), fc.nat({ max: 20 }))
  .map(([digits, scale]) => new Decimal(digits, scale));
const price = amount.map(toPrice);
const nullable = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const stop: fc.Arbitrary<AttachedStop> = fc.oneof(
  price.map((value) => ({ kind: "price" as const, price: value })),
  amount.map((distance) => ({ kind: "distance" as const, distance })),
);
const common = {
  clientOrderId: fc.string(),
  account: fc.string(),
  instrument: fc.string(),
  side: fc.constantFrom("buy" as const, "sell" as const),
  units: amount.map(toUnits),
  origin: fc.record({
    signalId: nullable(fc.string()),
    agent: nullable(fc.string()),
    comment: nullable(fc.string({ unit: "binary" })),
  }),
};
const request: fc.Arbitrary<OrderRequest> = fc.oneof(
  fc.record({
    ...common,
    kind: fc.constant("market" as const),
    stopLoss: nullable(stop),
    takeProfit: nullable(price),
    trailingStop: nullable(amount),
    priceBound: nullable(price),
    reduceOnly: fc.boolean(),
    timeInForce: fc.constantFrom("FOK" as const, "IOC" as const),
  }),
  fc.record({
    ...common,
    kind: fc.constant("close" as const),
    tradeId: nullable(fc.string()),
    isWhole: fc.boolean(),
  }),
);

describe("a stored request", () => {
  it("for all requests: what is read back is what was written, to the last digit", () => {
    fc.assert(
      fc.property(request, (original) => {
        const read = parseRequest(serializeRequest(original));
        expect(plain(read)).toEqual(plain(original));
        expect(read.units.equals(original.units)).toBe(true);
      }),
    );
  });

  it("DB-08 keeps sizes beyond 2^53 and ids of any length exact", () => {
    const tradeId = "90071992547409931234";
    const { account, instrument, side, origin } = aRequest();
    const close: CloseOrder = {
      kind: "close",
      clientOrderId: "tmt-2",
      account,
      instrument,
      side,
      origin,
      tradeId,
      units: toUnits(decimal("9007199254740993.000000001")),
      isWhole: true,
    };
    const read = parseRequest(serializeRequest(close));
    expect(read).toMatchObject({ tradeId });
    expect(read.units.toString()).toBe("9007199254740993.000000001");
  });

  it.each<[string, string]>([
    ["no JSON", "{"],
    ["no object", "[]"],
    ["a null", "null"],
    ["an unknown kind", changed({ kind: "limit" })],
    ["a size that is a number", changed({ units: 10000 })],
    ["a size of zero", changed({ units: "0" })],
    ["a size with an exponent", changed({ units: "1e4" })],
    ["a negative price", changed({ takeProfit: "-1" })],
    ["an unknown side", changed({ side: "long" })],
    ["a flag that is text", changed({ reduceOnly: "false" })],
    ["a missing origin", changed({ origin: undefined })],
    ["a missing account", changed({ account: undefined })],
    ["a stop of an unknown kind", changed({ stopLoss: { kind: "pips", pips: "20" } })],
  ])("is refused when it holds %s", (_what, text) => {
    expect(() => parseRequest(text)).toThrow(RangeError);
  });
});

function plain(value: OrderRequest): unknown {
  return JSON.parse(JSON.stringify(value));
}

function changed(change: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...aRequest(), ...change });
}
