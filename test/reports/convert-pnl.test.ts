import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Decimal, decimal, sumOf } from "../../src/core/money.ts";
import { pnlIn, withoutRate } from "../../src/reports/convert-pnl.ts";
import type { PnlRow } from "../../src/reports/pnl.ts";

const CURRENCIES = ["USD", "EUR", "JPY"] as const;
const RATES = new Map([
  ["USD", decimal("0.92")],
  ["JPY", decimal("0.0061")],
]);

const amount = fc
  .bigInt({ min: -(10n ** 9n), max: 10n ** 9n })
  .map((cents) => new Decimal(cents, 2));
const row: fc.Arbitrary<PnlRow> = fc.record({
  period: fc.constantFrom("2026-01", "2026-02", "2026-03"),
  realizedPl: amount,
  commission: amount,
  financing: amount,
  net: amount,
  fills: fc.nat(100),
  currency: fc.constantFrom(...CURRENCIES),
});

describe("profit and loss in one currency", () => {
  it("is exactly each amount times its rate, in one row a period", () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
        const sorted = rows.toSorted((left, right) => (left.period < right.period ? -1 : 1));
        const converted = pnlIn(sorted, "EUR", RATES);
        expect(converted.map(({ period }) => period)).toEqual([
          ...new Set(sorted.map(({ period }) => period)),
        ]);
        for (const { period, net, fills, currency } of converted) {
          const own = sorted.filter((each) => each.period === period);
          const expected = own.map((each) =>
            each.currency === "EUR"
              ? each.net
              : each.net.times(RATES.get(each.currency ?? "") ?? decimal("0")),
          );
          expect([currency, net.toString()]).toEqual(["EUR", sumOf(expected).toString()]);
          expect(fills).toBe(own.reduce((count, each) => count + each.fills, 0));
        }
      }),
    );
  });

  it("names the currencies that have no rate, and isn't made without them", () => {
    const [usd, gbp, unknown] = ["USD", "GBP", null].map((currency) => ({
      ...{ period: "2026-01", realizedPl: decimal("1"), commission: decimal("0") },
      ...{ financing: decimal("0"), net: decimal("1"), fills: 1, currency },
    })) as [PnlRow, PnlRow, PnlRow];
    expect(withoutRate([usd, gbp], "EUR", RATES)).toEqual(["GBP"]);
    expect(withoutRate([usd, unknown], "EUR", RATES)).toEqual([null]);
    expect(withoutRate([usd, gbp], "GBP", RATES)).toEqual([]);
    expect(() => pnlIn([gbp], "EUR", RATES)).toThrow("no rate from GBP to EUR");
  });
});
