import { formatPrice, type Instrument, toPips } from "../../core/instrument.ts";
import { type Decimal, decimal } from "../../core/money.ts";
import type { Order } from "../../core/order.ts";
import { entryPrice, type Quote } from "../../core/quote.ts";
import { type Instant, msBetween } from "../../core/time.ts";
import type { LastAnswers } from "../../ports/last-answers.ts";
import { type Desk, instrumentsOf } from "../../trading/desk.ts";
import {
  lastQuotes,
  olderOf,
  readInstruments,
  readQuotes,
  readState,
} from "../../trading/last-answers.ts";

const HUNDRED = decimal("100");
const PERCENT_PLACES = 2;

/** An order with the price it is measured against. */
export type OrderView = {
  readonly order: Order;
  readonly instrument: Instrument | null;
  readonly currentPrice: string | null;
  readonly distancePips: string | null;
  /** Of the current price, two decimals. */
  readonly distancePercent: string | null;
  /** Until a pending order expires by itself; null for one that doesn't. */
  readonly expiresInSeconds: number | null;
};

/** The account's pending orders with current prices, or as its broker last told them. */
export async function pendingView(desk: Desk, answers: LastAnswers) {
  const { value, stale } = await readState(desk, answers);
  const orders = value.pendingOrders;
  const names = [...new Set(orders.map((order) => order.instrument))];
  if (names.length === 0) return { views: [], stale };
  const [instruments, quotes] = await Promise.all([
    readInstruments(desk),
    stale ? lastQuotes(desk, answers, stale) : readQuotes(desk, names, answers),
  ]);
  const around = { instruments, quotes: quotes.value, now: desk.clock.now() };
  const views = orders.map((order) => viewOf(order, around));
  return { views, stale: olderOf(stale, quotes.stale) };
}

/** Adds current prices to pending orders; orders of the past have none. */
export async function orderViews(
  desk: Desk,
  orders: readonly Order[],
): Promise<readonly OrderView[]> {
  const waiting = orders.filter((order) => order.state === "pending");
  const names = [...new Set(waiting.map((order) => order.instrument))];
  const [instruments, snapshot] = await Promise.all([
    orders.length > 0 ? instrumentsOf(desk) : [],
    names.length > 0 ? desk.broker.quotes(names) : null,
  ]);
  const around = { instruments, quotes: snapshot?.quotes ?? [], now: desk.clock.now() };
  return orders.map((order) => viewOf(order, around));
}

type Surroundings = {
  readonly instruments: readonly Instrument[];
  readonly quotes: readonly Quote[];
  readonly now: Instant;
};

function viewOf(order: Order, { instruments, quotes, now }: Surroundings): OrderView {
  const instrument = instruments.find((one) => one.name === order.instrument) ?? null;
  const quote = quotes.find((one) => one.instrument === order.instrument) ?? null;
  const isEnding = order.state === "pending" && order.expiresAt !== null;
  const leftMs = isEnding && order.expiresAt ? msBetween(now, order.expiresAt) : null;
  const expiresInSeconds = leftMs === null ? null : Math.max(0, Math.floor(leftMs / 1000));
  return { order, instrument, expiresInSeconds, ...distanceOf(order, instrument, quote) };
}

/** An order as the contract's JSON. */
export function orderDocument(desk: Desk, { order, instrument, ...view }: OrderView) {
  const price = (value: Decimal | null) =>
    value && (instrument ? formatPrice(value, instrument) : value.toString());
  return {
    orderId: order.orderId,
    clientOrderId: order.clientOrderId,
    connection: desk.profile.name,
    account: desk.account.id,
    instrument: order.instrument,
    side: order.side,
    type: order.type,
    units: order.units,
    price: price(order.price),
    distancePips: view.distancePips,
    currentPrice: view.currentPrice,
    timeInForce: order.timeInForce,
    expiresAt: order.expiresAt,
    stopLoss: price(stopOf(order)),
    takeProfit: price(order.takeProfit),
    trailingStop: order.trailingStop ?? order.distance,
    state: order.state,
    createdAt: order.createdAt,
    signalId: order.origin.signalId,
    agent: order.origin.agent,
    distancePercent: view.distancePercent,
    expiresInSeconds: view.expiresInSeconds,
  };
}

/** Where the attached stop stands if the order fills at its own price. */
function stopOf({ stopLoss, stopLossDistance, price, side }: Order): Decimal | null {
  if (stopLoss || !stopLossDistance || !price) return stopLoss;
  return side === "buy" ? price.minus(stopLossDistance) : price.plus(stopLossDistance);
}

function distanceOf(
  order: Order,
  instrument: Instrument | null,
  quote: Quote | null,
): Pick<OrderView, "currentPrice" | "distancePips" | "distancePercent"> {
  if (!instrument || !quote || order.state !== "pending") {
    return { currentPrice: null, distancePips: null, distancePercent: null };
  }
  const current = entryPrice(quote, order.side);
  const currentPrice = formatPrice(current, instrument);
  if (!order.price) return { currentPrice, distancePips: null, distancePercent: null };
  const distance = order.price.minus(current).abs();
  return {
    currentPrice,
    distancePips: toPips(distance, instrument).toString(),
    distancePercent: current.isPositive()
      ? distance.times(HUNDRED).dividedBy(current, PERCENT_PLACES).toString()
      : null,
  };
}
