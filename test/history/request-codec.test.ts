import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Decimal, decimal, toPrice, toUnits } from "../../src/core/money.ts";
import type {
  AttachedStop,
  CloseOrder,
  ExitChange,
  ExitType,
  OrderRequest,
} from "../../src/core/order-request.ts";
import { instantFromMs } from "../../src/core/time.ts";
import { parseRequest, serializeRequest } from "../../src/history/request-codec.ts";
import { aRequest } from "./sqlite/records.ts";

const amount = fc
  .tuple(fc.bigInt({ min: 1n, max: 10n ** 30n }), fc.nat({ max: 20 }))
  .map(([digits, scale]) => new Decimal(digits, scale));
const price = amount.map(toPrice);
const nullable = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const guarantee = fc.constantFrom({}, { isGuaranteed: true as const });
const stop: fc.Arbitrary<AttachedStop> = fc.oneof(
  fc.tuple(price, guarantee).map(([value, more]) => ({
    ...{ kind: "price" as const, price: value },
    ...more,
  })),
  fc.tuple(amount, guarantee).map(([distance, more]) => ({
    ...{ kind: "distance" as const, distance },
    ...more,
  })),
);
const exits = {
  stopLoss: nullable(stop),
  takeProfit: nullable(price),
  trailingStop: nullable(amount),
};
const waiting = {
  timeInForce: fc.constantFrom("GTC" as const, "GTD" as const, "DAY" as const, "FOK" as const),
  expiresAt: nullable(fc.integer({ min: 0, max: 4e12 }).map(instantFromMs)),
};
const entryTerms = {
  ...exits,
  ...waiting,
  priceBound: nullable(price),
  reduceOnly: fc.boolean(),
  type: fc.constantFrom("limit" as const, "stop" as const, "mit" as const),
  price,
};
const exitTerms = fc.record({
  ...waiting,
  type: fc.constantFrom<ExitType>(
    "stop_loss",
    "take_profit",
    "trailing_stop",
    "guaranteed_stop_loss",
  ),
  tradeId: fc.string(),
  price: nullable(price),
  distance: nullable(amount),
});
const changeTo = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<ExitChange<T>> =>
  fc.oneof(
    fc.constantFrom("keep" as const, "remove" as const),
    value.map((set) => ({ set })),
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
    ...exits,
    kind: fc.constant("market" as const),
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
  fc.record({ ...common, ...entryTerms, kind: fc.constant("entry" as const) }),
  fc.record({
    ...common,
    kind: fc.constant("change" as const),
    orderId: fc.string(),
    terms: fc.oneof(fc.record(entryTerms), exitTerms),
  }),
  fc.record({ ...common, kind: fc.constant("cancel" as const), orderId: fc.string() }),
  fc.record({
    ...common,
    kind: fc.constant("exits" as const),
    tradeId: fc.string(),
    stopLoss: changeTo(stop),
    takeProfit: changeTo(price),
    trailingStop: changeTo(amount),
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

  it("of an earlier version, which knew no guaranteed stops, is still read", () => {
    const stopLoss = { kind: "distance", distance: "0.002" };
    const read = parseRequest(changed({ stopLoss }));
    expect(plain(read)).toMatchObject({ kind: "market", stopLoss });
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
    ["a guarantee that is text", changed({ stopLoss: { ...AT_PRICE, isGuaranteed: "yes" } })],
    ["a change without terms", changed({ kind: "change", orderId: "7" })],
    ["a change of an exit that is none", changed({ ...EXITS, stopLoss: "drop" })],
    ["an exit without a price", changed({ ...EXITS, takeProfit: { set: null } })],
    ["a cancellation of nothing", changed({ kind: "cancel" })],
    ["an entry that ends at no time", changed({ ...ENTRY, expiresAt: "soon" })],
    ["a stop of an unknown kind", changed({ stopLoss: { kind: "pips", pips: "20" } })],
  ])("is refused when it holds %s", (_what, text) => {
    expect(() => parseRequest(text)).toThrow(RangeError);
  });
});

const AT_PRICE = { kind: "price", price: "1.08" };
const EXITS = { kind: "exits", tradeId: "7", takeProfit: "keep", trailingStop: "remove" };
const ENTRY = { kind: "entry", type: "limit", price: "1.08", timeInForce: "GTD" };

function plain(value: OrderRequest): unknown {
  return JSON.parse(JSON.stringify(value));
}

function changed(change: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...aRequest(), ...change });
}
