import { type Decimal, minimumOf, ZERO } from "../../core/money.ts";
import type { Side } from "../../core/order.ts";
import type { StockExecution } from "../../core/stock-account.ts";
import { type Day, type TradingCalendar, tradingDayOf } from "./trading-calendar.ts";

/**
 * One stock on one trading day. Day trades are counted by changes of direction, as FINRA's Interpretation /02 allows
 * (Regulatory Notice 21-13): any run of purchases and the run of sales after it are one. What was held overnight is no day
 * trade, unless as much of it is bought (or sold short) again on the day before it goes: same-day shares go first.
 */
export type StockDay = {
  /** Signed, from earlier days. */
  readonly overnight: Decimal;
  /** Signed, opened today. */
  readonly today: Decimal;
  readonly lastSide: Side | null;
  readonly isRunCounted: boolean;
  readonly dayTrades: number;
};

export function startOfDay(overnight: Decimal): StockDay {
  return { overnight, today: ZERO, lastSide: null, isRunCounted: false, dayTrades: 0 };
}

/** The day after one more execution; `dayTrades` grows by at most one. */
export function afterExecution(
  day: StockDay,
  { side, units }: Pick<StockExecution, "side" | "units">,
): StockDay {
  const isSameRun = side === day.lastSide;
  const wasCounted = isSameRun && day.isRunCounted;
  const fromToday = closable(day.today, side, units);
  const left = units.minus(fromToday);
  const fromOvernight = closable(day.overnight, side, left);
  const opened = left.minus(fromOvernight);
  const counts = fromToday.isPositive() && !wasCounted;
  return {
    overnight: day.overnight.plus(signed(fromOvernight, side)),
    today: day.today.plus(signed(fromToday.plus(opened), side)),
    lastSide: side,
    isRunCounted: wasCounted || fromToday.isPositive(),
    dayTrades: day.dayTrades + (counts ? 1 : 0),
  };
}

/** Whether one more execution makes a day trade. */
export function makesDayTrade(
  day: StockDay,
  execution: Pick<StockExecution, "side" | "units">,
): boolean {
  return afterExecution(day, execution).dayTrades > day.dayTrades;
}

export type CountedDays = {
  /** Day trades of all stocks, by trading day; days without one are absent. */
  readonly dayTrades: ReadonlyMap<Day, number>;
  /** Orders that were executed, by trading day. */
  readonly orders: ReadonlyMap<Day, number>;
  /** Each stock as it stands on the last day it was traded. */
  readonly stocks: ReadonlyMap<string, { readonly day: Day; readonly state: StockDay }>;
};

/**
 * Counts the day trades of one account, oldest first. `positions` are the signed units of now, from which follows what was
 * held before the first of the executions; a stock that isn't among them is flat now.
 */
export function countDayTrades(
  executions: readonly StockExecution[],
  positions: ReadonlyMap<string, Decimal>,
  calendar: TradingCalendar,
): CountedDays {
  const dayTrades = new Map<Day, number>();
  const orders = new Map<Day, Set<string>>();
  const stocks = new Map<string, { day: Day; state: StockDay }>();
  const held = positionsBefore(executions, positions);
  for (const execution of inOrderOfTime(executions)) {
    const day = tradingDayOf(execution.time, calendar);
    const known = stocks.get(execution.instrument);
    const before =
      known?.day === day
        ? known.state
        : startOfDay(known ? totalOf(known.state) : (held.get(execution.instrument) ?? ZERO));
    const state = afterExecution(before, execution);
    stocks.set(execution.instrument, { day, state });
    const added = state.dayTrades - before.dayTrades;
    if (added > 0) dayTrades.set(day, (dayTrades.get(day) ?? 0) + added);
    orders.set(day, (orders.get(day) ?? new Set()).add(execution.orderId));
  }
  const orderCounts = new Map([...orders].map(([day, ids]) => [day, ids.size]));
  return { dayTrades, orders: orderCounts, stocks };
}

/** One stock as it stands on `day`, which may be later than its last execution. */
export function stockOn(
  day: Day,
  instrument: string,
  counted: Pick<CountedDays, "stocks"> & { readonly positions: ReadonlyMap<string, Decimal> },
): StockDay {
  const known = counted.stocks.get(instrument);
  if (known?.day === day) return known.state;
  return startOfDay(counted.positions.get(instrument) ?? ZERO);
}

function positionsBefore(
  executions: readonly StockExecution[],
  positions: ReadonlyMap<string, Decimal>,
): ReadonlyMap<string, Decimal> {
  const held = new Map(positions);
  for (const { instrument, side, units } of executions) {
    held.set(instrument, (held.get(instrument) ?? ZERO).minus(signed(units, side)));
  }
  return held;
}

function inOrderOfTime(executions: readonly StockExecution[]): readonly StockExecution[] {
  return [...executions].sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
}

/** As much of `units` as closes `held`. */
function closable(held: Decimal, side: Side, units: Decimal): Decimal {
  const isOpposite = side === "buy" ? held.isNegative() : held.isPositive();
  return isOpposite ? minimumOf(held.abs(), units) : ZERO;
}

function signed(units: Decimal, side: Side): Decimal {
  return side === "buy" ? units : units.negated();
}

function totalOf(state: StockDay): Decimal {
  return state.overnight.plus(state.today);
}
