import { type Decimal, sumOf } from "../../core/money.ts";
import type { AccountFigures, TradeFigures } from "../engine/figures.ts";
import type { InstrumentTotals, SideTotals, VenueTrade } from "../engine/types.ts";
import { amount, type Json, NO_AMOUNT, PRECISION, type Wire } from "./wire.ts";

/** The open trades of each instrument, with what they are worth. */
export type PositionValues = ReadonlyMap<string, readonly TradeFigures[]>;

export function positionValues({ trades }: AccountFigures): PositionValues {
  return Map.groupBy(trades, ({ trade }) => trade.instrument);
}

/** The position of every instrument ever traded, also where it's flat. */
export function positionsJson(wire: Wire, figures: AccountFigures): readonly Json[] {
  const values = positionValues(figures);
  return wire.ledger.account.totals.map((totals) => positionJson(wire, totals, values));
}

export function positionJson(wire: Wire, totals: InstrumentTotals, values: PositionValues): Json {
  const trades = values.get(totals.instrument) ?? [];
  const [longs, shorts] = [trades.filter(isLong), trades.filter((entry) => !isLong(entry))];
  const sides = plainJson(wire, totals, trades);
  return {
    ...sides,
    unrealizedPL: amount(plOf(trades)),
    marginUsed: amount(sumOf(trades.map(({ marginUsed }) => marginUsed))),
    long: { ...sides.long, unrealizedPL: amount(plOf(longs)) },
    short: { ...sides.short, unrealizedPL: amount(plOf(shorts)) },
  };
}

/** A position without what moves with the prices, as changes of an account tell it. */
export function plainPositionJson(
  wire: Wire,
  totals: InstrumentTotals,
  values: PositionValues,
): Json {
  return plainJson(wire, totals, values.get(totals.instrument) ?? []);
}

/** What moves with the prices of an open position. */
export function positionStateJson(instrument: string, trades: readonly TradeFigures[]): Json {
  return {
    instrument,
    netUnrealizedPL: amount(plOf(trades)),
    longUnrealizedPL: amount(plOf(trades.filter(isLong))),
    shortUnrealizedPL: amount(plOf(trades.filter((entry) => !isLong(entry)))),
    marginUsed: amount(sumOf(trades.map(({ marginUsed }) => marginUsed))),
  };
}

function plainJson(wire: Wire, totals: InstrumentTotals, trades: readonly TradeFigures[]) {
  const { instrument, commission, long, short } = totals;
  const pl = amount(long.pl.plus(short.pl));
  const side = (part: SideTotals, entries: readonly TradeFigures[]) =>
    sideJson(
      wire,
      part,
      entries.map(({ trade }) => trade),
    );
  return {
    instrument,
    pl,
    resettablePL: pl,
    financing: amount(long.financing.plus(short.financing)),
    commission: amount(commission),
    guaranteedExecutionFees: amount(long.guaranteedFees.plus(short.guaranteedFees)),
    dividendAdjustment: NO_AMOUNT,
    long: side(long, trades.filter(isLong)),
    short: side(
      short,
      trades.filter((entry) => !isLong(entry)),
    ),
  };
}

function sideJson(wire: Wire, totals: SideTotals, trades: readonly VenueTrade[]): Json {
  return {
    units: sumOf(trades.map((trade) => trade.currentUnits)).toString(),
    ...openSideJson(wire, trades),
    pl: amount(totals.pl),
    resettablePL: amount(totals.pl),
    financing: amount(totals.financing),
    guaranteedExecutionFees: amount(totals.guaranteedFees),
    dividendAdjustment: NO_AMOUNT,
  };
}

/** Average price and trades: only while the side is open. */
function openSideJson({ ledger }: Wire, trades: readonly VenueTrade[]): Json {
  const [first] = trades;
  if (!first) return {};
  const places = ledger.venue.feed.instrument(first.instrument)?.pricePrecision ?? PRECISION;
  const units = sumOf(trades.map((trade) => trade.currentUnits));
  const cost = sumOf(trades.map((trade) => trade.currentUnits.times(trade.price)));
  return {
    averagePrice: cost.dividedBy(units, places).toFixed(places),
    tradeIDs: trades.map((trade) => String(trade.id)),
  };
}

function isLong({ trade }: TradeFigures): boolean {
  return trade.currentUnits.isPositive();
}

function plOf(trades: readonly TradeFigures[]): Decimal {
  return sumOf(trades.map(({ unrealizedPl }) => unrealizedPl));
}
