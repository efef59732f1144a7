import { type Decimal, ONE } from "../core/money.ts";
import { type PnlRow, withAdded } from "./pnl.ts";

/** What one unit of each currency is worth in the currency that is wanted. */
export type Rates = ReadonlyMap<string, Decimal>;

/** Currencies of `rows` that have no rate, in order; null stands for a currency that isn't known. */
export function withoutRate(
  rows: readonly PnlRow[],
  wanted: string,
  rates: Rates,
): readonly (string | null)[] {
  const currencies = [...new Set(rows.map(({ currency }) => currency))].toSorted();
  return currencies.filter((one) => one === null || rateOf(one, wanted, rates) === undefined);
}

/**
 * `rows` in one currency: each amount times its currency's rate, not rounded, one row for each period.
 * @throws RangeError where a rate is missing.
 */
export function pnlIn(rows: readonly PnlRow[], wanted: string, rates: Rates): readonly PnlRow[] {
  const periods = Map.groupBy(rows, ({ period }) => period);
  return [...periods.values()].map((group) =>
    group.map((row) => converted(row, wanted, rates)).reduce((sum, row) => withAdded(sum, row)),
  );
}

function converted(row: PnlRow, wanted: string, rates: Rates): PnlRow {
  const rate = row.currency === null ? undefined : rateOf(row.currency, wanted, rates);
  if (!rate) throw new RangeError(`no rate from ${row.currency} to ${wanted}`);
  return {
    period: row.period,
    realizedPl: row.realizedPl.times(rate),
    commission: row.commission.times(rate),
    financing: row.financing.times(rate),
    net: row.net.times(rate),
    fills: row.fills,
    currency: wanted,
  };
}

function rateOf(currency: string, wanted: string, rates: Rates): Decimal | undefined {
  return currency === wanted ? ONE : rates.get(currency);
}
