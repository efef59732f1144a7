import { type Decimal, maximumOf, minimumOf, wholeNumber, ZERO } from "../../core/money.ts";
import type { Side } from "../../core/order.ts";
import { makesDayTrade, type StockDay } from "./day-trades.ts";
import { type Finding, passes } from "./finding.ts";
import type { PatternTerms } from "./terms.ts";
import { type Day, isKnown, type TradingCalendar, tradingDayAfter } from "./trading-calendar.ts";

/** Weekdays that the window grows by where the exchange's holidays aren't known: at most two fall into one. */
const POSSIBLE_HOLIDAYS = 2;

export type Window = {
  readonly first: Day;
  readonly last: Day;
  /** False where holidays aren't known: it is then longer than it may have to be. */
  readonly isKnown: boolean;
  readonly dayTrades: number;
  /** Orders that were executed. */
  readonly trades: number;
  /** The first day on which one more day trade is no pattern, without any until then. */
  readonly freeFrom: Day;
};

type Counts = {
  readonly dayTrades: ReadonlyMap<Day, number>;
  readonly orders: ReadonlyMap<Day, number>;
};

export type PatternGround = { readonly terms: PatternTerms; readonly calendar: TradingCalendar };

/** The trading days that count together with `day`: that one and those before it. */
export function windowOf(day: Day, counts: Counts, ground: PatternGround): Window {
  const { first, known } = firstOfWindow(day, ground);
  const dayTrades = countFrom(counts.dayTrades, first, day);
  let freeFrom = day;
  for (;;) {
    const { first: from } = firstOfWindow(freeFrom, ground);
    if (from > day || countFrom(counts.dayTrades, from, day) < ground.terms.dayTrades - 1) break;
    freeFrom = tradingDayAfter(freeFrom, 1, ground.calendar);
  }
  const trades = countFrom(counts.orders, first, day);
  return { first, last: day, isKnown: known, dayTrades, trades, freeFrom };
}

function firstOfWindow(day: Day, { terms, calendar }: PatternGround) {
  const back = 1 - terms.windowDays;
  const first = tradingDayAfter(day, back, calendar);
  if (isKnown(first, day, calendar)) return { first, known: true };
  return { first: tradingDayAfter(day, back - POSSIBLE_HOLIDAYS, calendar), known: false };
}

function countFrom(counts: ReadonlyMap<Day, number>, first: Day, last: Day): number {
  return [...counts].reduce(
    (sum, [day, count]) => (day >= first && day <= last ? sum + count : sum),
    0,
  );
}

/** Whether so many day trades make a pattern: enough of them, and more than the share of all trades. */
export function isPattern(
  { dayTrades, trades }: Pick<Window, "dayTrades" | "trades">,
  terms: PatternTerms,
): boolean {
  if (dayTrades < terms.dayTrades) return false;
  return wholeNumber(dayTrades).isGreaterThan(wholeNumber(trades).times(terms.shareOfTrades));
}

export type PatternFacts = {
  readonly instrument: string;
  readonly side: Side;
  readonly units: Decimal;
  readonly stock: StockDay;
  readonly window: Window;
  /** In US dollars. */
  readonly equity: Decimal;
  readonly equityAtLastClose: Decimal | null;
  readonly maintenanceAtLastClose: Decimal | null;
  /** Of what the order opens. */
  readonly openedValue: Decimal;
  /** null where the broker doesn't say. */
  readonly isFlagged: boolean | null;
  /** Whether the order attaches exits, which may fill on the same day. */
  readonly hasExits: boolean;
};

/**
 * Judges an order as if it were executed on the window's last day. A flag once set stays until the broker lifts it, so an
 * empty window doesn't make an account free.
 */
export function judgePattern(facts: PatternFacts, { terms, calendar }: PatternGround): Finding {
  const { equityAtLastClose: closing, equity, window } = facts;
  const lower = closing ? minimumOf(closing, equity) : equity;
  const counted = `${spelled(window.dayTrades)} from ${window.first} to ${window.last}`;
  const detail = `${counted}, equity ${lower.toFixed(2)} USD${doubt(window)}`;
  const isRich = !lower.isLessThan(terms.minimumEquity);
  if (isRich) return judgeBuyingPower(facts, { terms, detail });
  const now = `${lower.toFixed(2)} USD, less than ${terms.minimumEquity}`;
  const next = tradingDayAfter(window.last, 1, calendar);
  const shortOf = terms.minimumEquity.minus(lower).rounded(2, "up").toFixed(2);
  if (!makesDayTrade(facts.stock, facts)) return judgeOpening(facts, { terms, detail, next });
  const rest = `Hold ${facts.instrument} until ${next}, when it is no day trade, or deposit ${shortOf} USD.`;
  if (facts.isFlagged) {
    return {
      outcome: "block",
      detail: `${detail}: the account is flagged as a pattern day trader's`,
      message: `The broker has this account as a pattern day trader's, and its equity is ${now} (${terms.source}). This ${facts.side} of ${facts.instrument} would be a day trade.`,
      hint: `${rest} The flag stays until the broker lifts it.`,
    };
  }
  const after = { dayTrades: window.dayTrades + 1, trades: window.trades + 1 };
  if (!isPattern(after, terms)) {
    const isMany = after.dayTrades >= terms.dayTrades;
    const few = `no more than ${percent(terms.shareOfTrades)} % of ${after.trades} trades`;
    return passes(
      `${detail}: this makes ${after.dayTrades}${isMany ? `, ${few}` : ` of ${terms.dayTrades - 1} allowed`}`,
    );
  }
  return {
    outcome: "block",
    detail: `${detail}: this would be number ${after.dayTrades}, of ${after.trades} trades`,
    message: `This ${facts.side} of ${facts.instrument} would be day trade number ${after.dayTrades} within ${terms.windowDays} trading days (${window.first} to ${window.last}), more than ${percent(terms.shareOfTrades)} % of ${after.trades} trades; with an equity of ${now}, ${terms.dayTrades - 1} are allowed (${terms.source}).`,
    hint: `${rest} Without another one, the next day trade is allowed on ${window.freeFrom}.`,
  };
}

/**
 * Day trades of an account with enough equity aren't limited in number. What a pattern day trader opens in a day should
 * stay within a multiple of what exceeded maintenance at the last close; more brings a call.
 */
function judgeBuyingPower(
  { instrument, isFlagged, openedValue, ...closing }: PatternFacts,
  { terms, detail }: { readonly terms: PatternTerms; readonly detail: string },
): Finding {
  const free = `${detail}: at least ${terms.minimumEquity}, day trades are not limited`;
  const { equityAtLastClose: equity, maintenanceAtLastClose: maintenance } = closing;
  if (!isFlagged || !equity || !maintenance) return passes(free);
  const power = maximumOf(ZERO, equity.minus(maintenance)).times(terms.buyingPowerMultiple);
  if (!openedValue.isGreaterThan(power)) return passes(free);
  const value = openedValue.rounded(2, "up").toFixed(2);
  return {
    outcome: "warn",
    detail: `${detail}; opens ${value}, day-trading buying power ${power.toFixed(2)}`,
    message: `The order opens ${value} USD of ${instrument}, more than the day-trading buying power of ${power.toFixed(2)} (${terms.buyingPowerMultiple} times what exceeded maintenance at the last close, ${terms.source}).`,
    hint: `Closed on the same day it brings a day-trade call: open at most ${power.toFixed(2)} USD, or hold it overnight.`,
  };
}

/** Opening is never a day trade; where none is left, closing on the same day would be one too many. */
function judgeOpening(
  facts: PatternFacts,
  { terms, detail, next }: { terms: PatternTerms; detail: string; next: Day },
): Finding {
  const opens = opensToday(facts);
  const after = { dayTrades: facts.window.dayTrades + 1, trades: facts.window.trades + 2 };
  const isSpent = facts.isFlagged === true || isPattern(after, terms);
  if (!opens) return passes(`${detail}: this is no day trade`);
  if (!isSpent) return passes(`${detail}: this is no day trade; ${left(facts.window, terms)}`);
  const exits = facts.hasExits ? ", also by its stop loss or take profit" : "";
  return {
    outcome: "warn",
    detail: `${detail}: this is no day trade, but no day trade is left`,
    message: `No day trade is left (${spelled(facts.window.dayTrades)} since ${facts.window.first}): closing ${facts.instrument} before ${next}${exits}, would be one too many (${terms.source}).`,
    hint: `Keep it until ${next}, or raise the account's equity to ${terms.minimumEquity} USD.`,
  };
}

function opensToday({ stock, side, units }: PatternFacts): boolean {
  const held = stock.overnight.plus(stock.today);
  const isOpposite = side === "buy" ? held.isNegative() : held.isPositive();
  return !isOpposite || units.isGreaterThan(held.abs());
}

function left({ dayTrades }: Window, terms: PatternTerms): string {
  return `${Math.max(0, terms.dayTrades - 1 - dayTrades)} left`;
}

function doubt(window: Window): string {
  if (window.isKnown) return "";
  return `; the exchange's holidays are not known for these dates, so ${POSSIBLE_HOLIDAYS} more weekdays are counted`;
}

function spelled(count: number): string {
  return count === 1 ? "1 day trade" : `${count} day trades`;
}

function percent(share: Decimal): string {
  return share.times(wholeNumber(100)).toString();
}
