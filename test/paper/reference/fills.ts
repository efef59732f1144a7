import { Decimal } from "decimal.js";
import {
  type Book,
  type ExitKind,
  isExit,
  type OnFill,
  type PendingExit,
  type PositionFill,
  quoteOf,
  type StopAsk,
  type TargetAsk,
  type Timing,
  type Trade,
  type TrailAsk,
  tradeOf,
  write,
} from "./book.ts";
import { fifoProblem } from "./fifo.ts";
import { earned, equity, marginUsed, premium, rounded } from "./money.ts";
import { naturalPrice, triggerPrice } from "./rules.ts";
import { dayEnd } from "./time.ts";

/** What is to be filled, now. */
export type Wanted = {
  readonly orderId: number;
  readonly batch: number;
  readonly reason: string;
  readonly instrument: string;
  readonly units: number;
  readonly bound: number | null;
  readonly positionFill: PositionFill;
  readonly onFill: OnFill | null;
  /** The one trade to close; null nets against the oldest. */
  readonly tradeId: number | null;
  /** A guaranteed stop's own price; null for the market's. */
  readonly at: number | null;
};

type Part = { readonly trade: Trade; readonly units: number };

/** Fills the order, or says why not. */
export function tryFill(book: Book, wanted: Wanted): string | null {
  const points = wanted.at ?? naturalPrice(quoteOf(book, wanted.instrument), wanted.units);
  const parts = partsToClose(book, wanted);
  const closing = parts.reduce((sum, part) => sum + Math.abs(part.units), 0);
  const size = Math.abs(wanted.units);
  const isOpposed = opposite(book, wanted).length > 0;
  if (wanted.positionFill === "OPEN_ONLY" && isOpposed) return reduceOnly(wanted);
  if (wanted.positionFill === "REDUCE_ONLY" && closing === 0) return NOTHING_TO_REDUCE;
  const isBeyond =
    wanted.units > 0 ? points > (wanted.bound ?? points) : points < (wanted.bound ?? points);
  if (isBeyond) return "BOUNDS_VIOLATION";
  const opening =
    wanted.positionFill === "REDUCE_ONLY" ? 0 : (size - closing) * Math.sign(wanted.units);
  const plan = { opening, points, parts };
  const problem =
    (opening === 0 ? null : exitsProblem(book, wanted, plan)) ??
    (book.rules.isUs ? fifoProblem(book, { ...wanted, opening, parts }) : null) ??
    (opening === 0 ? null : marginProblem(book, wanted, plan));
  if (problem) return problem;
  carryOut(book, wanted, plan);
  return null;
}

/** The documentation leaves these two open; the venue's words. */
const NOTHING_TO_REDUCE = "POSITION_CLOSEOUT_FAILED";
const reduceOnly = ({ units }: Wanted) =>
  units > 0 ? "INSTRUMENT_ASK_REDUCE_ONLY" : "INSTRUMENT_BID_REDUCE_ONLY";

function opposite(book: Book, { instrument, units }: Wanted): readonly Trade[] {
  return book.trades.filter(
    (trade) => trade.instrument === instrument && trade.units > 0 !== units > 0,
  );
}

/** Which trades it closes, oldest first; units have the closing order's sign. */
function partsToClose(book: Book, wanted: Wanted): readonly Part[] {
  if (wanted.positionFill === "OPEN_ONLY") return [];
  const sign = Math.sign(wanted.units);
  let left = Math.abs(wanted.units);
  const parts: Part[] = [];
  for (const trade of opposite(book, wanted)) {
    if (wanted.tradeId !== null && trade.id !== wanted.tradeId) continue;
    const units = Math.min(left, Math.abs(trade.units));
    if (units > 0) parts.push({ trade, units: units * sign });
    left -= units;
  }
  return parts;
}

type Plan = { readonly opening: number; readonly points: number; readonly parts: readonly Part[] };

/** Why the exits of the trade that would be opened can't be made. */
function exitsProblem(book: Book, wanted: Wanted, plan: Plan): string | null {
  const { target, stop, guaranteed, trail } = wanted.onFill ?? NO_EXITS;
  const isLong = plan.opening > 0;
  const isLoss = target && (isLong ? target.price <= plan.points : target.price >= plan.points);
  const fires = (ask: StopAsk | null) => wouldFire(book, wanted, { ...plan, stop: ask });
  return (
    exitProblem(book, target, { prefix: "TAKE_PROFIT", isLoss: isLoss ?? false }) ??
    exitProblem(book, stop, { prefix: "STOP_LOSS", isLoss: fires(stop) }) ??
    exitProblem(book, guaranteed, { prefix: "GUARANTEED_STOP_LOSS", isLoss: fires(guaranteed) }) ??
    exitProblem(book, trail, { prefix: "TRAILING_STOP_LOSS", isLoss: false })
  );
}

const NO_EXITS: OnFill = { target: null, stop: null, guaranteed: null, trail: null };

/** Margin is checked at the fill, also of an order that waited for it. */
function marginProblem(book: Book, wanted: Wanted, plan: Plan): string | null {
  if (!isAffordable(book, wanted, plan)) return "INSUFFICIENT_MARGIN";
  const stop = wanted.onFill?.guaranteed ?? null;
  const isNear = isTooNear(book, stop, plan);
  return isNear ? "GUARANTEED_STOP_LOSS_ON_FILL_MINIMUM_DISTANCE_NOT_MET" : null;
}

/** A house rule: a guaranteed stop keeps a distance from the fill's own price. */
function isTooNear(book: Book, stop: StopAsk | null, { opening, points }: Plan): boolean {
  if (!stop) return false;
  const level = stopPoints(stop, points, opening > 0);
  return Math.abs(points - level) < book.rules.guaranteedPoints;
}

/** An exit may be too late for its trade, or on the wrong side. */
function exitProblem(
  book: Book,
  ask: Timing | null,
  { prefix, isLoss }: { readonly prefix: string; readonly isLoss: boolean },
): string | null {
  if (!ask) return null;
  const isLate = ask.gtdMs !== null && ask.gtdMs <= book.nowMs;
  if (isLate) return `${prefix}_ON_FILL_GTD_TIMESTAMP_IN_PAST`;
  return isLoss ? `${prefix}_ON_FILL_LOSS` : null;
}

/** Whether a stop of the trade that would be opened would trigger at once. */
function wouldFire(
  book: Book,
  { instrument }: Wanted,
  { opening, points, stop }: Plan & { readonly stop: StopAsk | null },
): boolean {
  if (!stop) return false;
  const level = 2 * stopPoints(stop, points, opening > 0);
  const market = triggerPrice(quoteOf(book, instrument), -opening, stop.trigger);
  return opening > 0 ? market <= level : market >= level;
}

function stopPoints({ price, distance }: StopAsk, from: number, isLong: boolean): number {
  return price ?? from + (isLong ? -1 : 1) * (distance ?? 0);
}

/** Margin is checked at the fill: equity after it must carry the margin after it. */
function isAffordable(book: Book, { instrument }: Wanted, plan: Plan): boolean {
  let balance = book.balance;
  const after = book.trades.map((trade) => ({ ...trade }));
  for (const { trade, units } of plan.parts) {
    balance = balance.plus(earned(book, trade, { units: -units, points: plan.points }));
    const copy = after.find((each) => each.id === trade.id);
    if (copy) copy.units += units;
  }
  after.push({ id: 0, instrument, price: plan.points, units: plan.opening });
  const open = after.filter((trade) => trade.units !== 0);
  return equity(book, open, balance).gte(marginUsed(book, open));
}

function carryOut(book: Book, wanted: Wanted, plan: Plan): void {
  const { points, parts, opening } = plan;
  const fillId = book.lastId + 1;
  let pl = new Decimal(0);
  for (const { trade, units } of parts) {
    pl = pl.plus(earned(book, trade, { units: -units, points }));
    trade.units += units;
  }
  const units = opening + parts.reduce((sum, part) => sum + part.units, 0);
  const commission = rounded(book.rules.commissionPerUnit.times(Math.abs(units)));
  const fee = wanted.at === null ? new Decimal(0) : premium(book, wanted.instrument, units);
  book.balance = book.balance.plus(pl).minus(commission).minus(fee);
  write(book, wanted.batch, {
    type: "ORDER_FILL",
    order: wanted.orderId,
    trade: opening === 0 ? null : fillId,
    price: points,
    units,
    reason: wanted.reason,
    closed: parts.map((part) => `${part.trade.id}:${part.units}`).join(" "),
    balance: book.balance.toString(),
  });
  const closed = parts.filter((part) => part.trade.units === 0).map((part) => part.trade.id);
  book.trades = book.trades.filter((trade) => trade.units !== 0);
  for (const tradeId of closed) cancelExitsOf(book, wanted.batch, tradeId);
  if (opening === 0) return;
  book.trades.push({ id: fillId, instrument: wanted.instrument, price: points, units: opening });
  attach(book, wanted, fillId);
}

/** The exits of a closed trade go with it. */
function cancelExitsOf(book: Book, batch: number, tradeId: number): void {
  const exits = book.orders.filter((order) => isExit(order) && order.tradeId === tradeId);
  for (const { id } of exits) cancel(book, batch, { id, reason: "LINKED_TRADE_CLOSED" });
}

export function cancel(
  book: Book,
  batch: number,
  { id, reason }: { readonly id: number; readonly reason: string },
): void {
  book.orders = book.orders.filter((order) => order.id !== id);
  write(book, batch, { type: "ORDER_CANCEL", order: id, reason });
}

/** The exits that come with a fill: take-profit, stop-loss, guaranteed stop, trailing stop. */
function attach(book: Book, { batch, onFill }: Wanted, tradeId: number): void {
  const { target, stop, guaranteed, trail } = onFill ?? {};
  if (target) makeExit(book, batch, { kind: "target", tradeId, ask: target, reason: "ON_FILL" });
  if (stop) makeExit(book, batch, { kind: "stop", tradeId, ask: stop, reason: "ON_FILL" });
  if (guaranteed) {
    makeExit(book, batch, { kind: "guaranteed", tradeId, ask: guaranteed, reason: "ON_FILL" });
  }
  if (trail) makeExit(book, batch, { kind: "trail", tradeId, ask: trail, reason: "ON_FILL" });
}

export const EXIT_TYPES = {
  target: "TAKE_PROFIT_ORDER",
  stop: "STOP_LOSS_ORDER",
  guaranteed: "GUARANTEED_STOP_LOSS_ORDER",
  trail: "TRAILING_STOP_LOSS_ORDER",
} as const satisfies Record<ExitKind, string>;

export type ExitAsk = TargetAsk | StopAsk | TrailAsk;

export type NewExit = {
  readonly kind: ExitKind;
  readonly tradeId: number;
  readonly ask: ExitAsk;
  readonly reason: string;
  /** Where a distance is measured from; the trade's open price unless told. */
  readonly from?: number;
};

/** Writes a new exit and lets it wait. */
export function makeExit(book: Book, batch: number, made: NewExit): PendingExit {
  const trade = tradeOf(book, made.tradeId);
  if (!trade) throw new Error(`no trade ${made.tradeId}`);
  const { kind, ask } = made;
  const level = levelOf(book, trade, made);
  const id = write(book, batch, {
    type: EXIT_TYPES[kind],
    trade: trade.id,
    price: kind === "trail" ? null : level / 2,
    reason: made.reason,
  });
  const order: PendingExit = {
    ...timingOf(ask),
    kind,
    id,
    tradeId: trade.id,
    expiresMs: expiryOf(book, ask),
    distance: "distance" in ask ? ask.distance : null,
    level,
  };
  book.orders.push(order);
  return order;
}

function timingOf({ force, gtdMs, trigger }: Timing): Timing {
  return { force, gtdMs, trigger };
}

export function expiryOf(book: Book, { force, gtdMs }: Timing): number | null {
  if (force === "GTD") return gtdMs;
  return force === "DAY" ? dayEnd(book.nowMs) : null;
}

function levelOf(book: Book, trade: Trade, { kind, ask, from = trade.price }: NewExit): number {
  const isLong = trade.units > 0;
  const price = "price" in ask ? ask.price : null;
  const distance = "distance" in ask ? ask.distance : null;
  if (kind === "trail") {
    const market = triggerPrice(quoteOf(book, trade.instrument), -trade.units, ask.trigger);
    return market + (isLong ? -2 : 2) * (distance ?? 0);
  }
  return 2 * (price ?? from + (isLong ? -1 : 1) * (distance ?? 0));
}
