import { type Decimal, maximumOf, minimumOf, ZERO } from "../../core/money.ts";
import type { Side } from "../../core/order.ts";
import type { StockStanding } from "../../core/stock-account.ts";
import { countDayTrades, stockOn } from "./day-trades.ts";
import type { MarginEffect, MarginFacts } from "./intraday-margin.ts";
import { type PatternFacts, type PatternGround, windowOf } from "./pattern-day-trader.ts";
import type { IntradayTerms } from "./terms.ts";
import type { Day } from "./trading-calendar.ts";

/** An order for a US stock; one that waits is judged as if it were executed now. */
export type StockOrder = {
  readonly instrument: string;
  readonly side: Side;
  readonly units: Decimal;
  readonly price: Decimal;
  readonly isReduceOnly: boolean;
  /** Whether it attaches exits, which may fill on the same day. */
  readonly hasExits: boolean;
};

export type StockAccount = {
  readonly equity: Decimal;
  readonly standing: StockStanding;
  /** Signed units of now, by stock. */
  readonly positions: ReadonlyMap<string, Decimal>;
};

/** What the pattern-day-trader rule looks at for an order that is executed on `day`. */
export function patternFactsOf(
  order: StockOrder,
  { equity, standing, positions }: StockAccount,
  { day, ground }: { readonly day: Day; readonly ground: PatternGround },
): PatternFacts {
  const counted = countDayTrades(standing.executions, positions, ground.calendar);
  const opened = openedBy(order, positions.get(order.instrument) ?? ZERO);
  return {
    instrument: order.instrument,
    side: order.side,
    units: executedUnits(order, positions),
    hasExits: order.hasExits,
    stock: stockOn(day, order.instrument, { ...counted, positions }),
    window: windowOf(day, counted, ground),
    equity,
    equityAtLastClose: standing.equityAtLastClose,
    maintenanceAtLastClose: standing.maintenanceAtLastClose,
    openedValue: opened.times(order.price),
    isFlagged: standing.isPatternDayTrader,
  };
}

export type MaintenanceRates = Pick<IntradayTerms, "longMaintenance" | "shortMaintenance">;

/** What the rules of margin look at for an order that is executed on `day`. */
export function marginFactsOf(
  order: StockOrder,
  { equity, standing, positions }: StockAccount,
  { day, rates }: { readonly day: Day; readonly rates: MaintenanceRates },
): MarginFacts {
  const { maintenance, cash, frozenUntil, maintenanceRates } = standing;
  const { instrument } = order;
  const held = positions.get(instrument) ?? ZERO;
  const own = maintenanceRates.get(instrument);
  const effect = marginEffect(order, held, {
    longMaintenance: own ? maximumOf(own, rates.longMaintenance) : rates.longMaintenance,
    shortMaintenance: own ? maximumOf(own, rates.shortMaintenance) : rates.shortMaintenance,
  });
  return { instrument, equity, maintenance, cash, effect, frozenUntil, day };
}

function marginEffect(order: StockOrder, held: Decimal, rates: MaintenanceRates): MarginEffect {
  const { side, price } = order;
  const closes = closedBy(order, held);
  const opens = openedBy(order, held);
  const isBuy = side === "buy";
  const ofLong = price.times(rates.longMaintenance);
  const ofShort = price.times(rates.shortMaintenance);
  const requirementPerUnit = isBuy ? ofLong : ofShort;
  const freed = closes.times(isBuy ? ofShort : ofLong);
  return {
    requirement: opens.times(requirementPerUnit).minus(freed),
    requirementPerUnit,
    // What a short sale brings is held as its collateral: it is no cash to spend, and pays for the cover.
    cash: isBuy ? opens.times(price).negated() : closes.times(price),
    unitsShort: isBuy ? ZERO : opens,
  };
}

function executedUnits(order: StockOrder, positions: ReadonlyMap<string, Decimal>): Decimal {
  if (!order.isReduceOnly) return order.units;
  return closedBy(order, positions.get(order.instrument) ?? ZERO);
}

function openedBy(order: StockOrder, held: Decimal): Decimal {
  return order.isReduceOnly ? ZERO : order.units.minus(closedBy(order, held));
}

function closedBy({ side, units }: StockOrder, held: Decimal): Decimal {
  const isOpposite = side === "buy" ? held.isNegative() : held.isPositive();
  return isOpposite ? minimumOf(held.abs(), units) : ZERO;
}
