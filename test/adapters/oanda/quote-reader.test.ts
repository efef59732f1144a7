import fc from "fast-check";
import { expect, it } from "vitest";
import { openQuoteReader } from "../../../src/adapters/oanda/wire-pricing.ts";
import { Failure } from "../../../src/core/failures.ts";
import { NOON } from "../../support/market.ts";

const plain = (value: unknown) => JSON.stringify(value);

/** What a reader makes of `line` at once, by the schema, or why it can't. */
function first(line: object): string {
  try {
    return plain(openQuoteReader()(line, NOON));
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
}

/** The same of a reader that has read a price of that minute before. */
function later(line: object): string {
  const read = openQuoteReader();
  read({ instrument: "A_B", time: "2026-11-18T14:00:00.000000000Z", bids: [], asks: [] }, NOON);
  try {
    return plain(read(line, NOON));
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
}

const odd = fc.constantFrom(null, undefined, 1.5, "", "-1", "1e-7", ".5", "abc", {}, [], true);
const decimals = fc.tuple(fc.nat(999), fc.nat(99_999)).map(([whole, part]) => `${whole}.${part}`);
const often = <T>(usual: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 8, arbitrary: usual }, { weight: 1, arbitrary: odd });
const side = often(
  fc.array(fc.record({ price: often(decimals), liquidity: fc.nat() }), { maxLength: 1 }),
);
const times = fc.constantFrom(
  "2026-11-18T14:00:50.123456789Z",
  "2026-11-18T14:01:50.123456789Z",
  "2026-11-18T14:00:60.123456789Z",
  "2026-11-18T14:00:50Z",
  "2026-11-18T14:00:50.123456789+01:00",
  "2026-02-30T14:00:50.123456789Z",
  "1763474450.123456789",
);

it("for all prices: one that is read fast is read as the schema reads it", () => {
  const line = fc.record({
    instrument: often(fc.constant("EUR_USD")),
    time: often(times),
    tradeable: often(fc.boolean()),
    bids: side,
    asks: side,
    closeoutBid: fc.option(decimals),
  });
  fc.assert(
    fc.property(line, (each) => {
      expect(later(each)).toBe(first(each));
    }),
    { numRuns: 1_000 },
  );
});
