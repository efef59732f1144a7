import {
  type Distance,
  distanceText,
  type Exit,
  exitPrice,
  priceDistance,
} from "../core/distance.ts";
import { Failure } from "../core/failures.ts";
import { formatPrice, type Instrument } from "../core/instrument.ts";
import { type Decimal, type Price, toPrice } from "../core/money.ts";
import type { Side } from "../core/order.ts";
import type { AttachedStop } from "../core/order-request.ts";
import { requirePrecision, requireTrailingRange, requireWholeSteps } from "./check-price.ts";
import type { DefaultExits } from "./desk.ts";
import type { ExitRequest } from "./order-draft.ts";

/** What the exits of one trade are measured from, and what they have to lie beyond. */
export type ExitBasis = {
  readonly instrument: Instrument;
  /** Of the order that opens the trade: `buy` for a long one. */
  readonly side: Side;
  /** What distances are measured from. */
  readonly entry: Price;
  /** A stop on the wrong side of this would trigger at once, a target on the wrong side of that would too, or lose. */
  readonly stopLimit: Price;
  readonly targetLimit: Price;
  /** For messages: `a buy`, and what the limits are: `the market`. */
  readonly subject: string;
  readonly limitName: string;
  readonly defaults: DefaultExits;
  /** Whether the entry is the order's own price, which it waits for. */
  readonly isWaiting: boolean;
};

export type ResolvedStop = { readonly price: Price; readonly attached: AttachedStop };

/** Where a stop stands; null when none is asked for. @throws Failure INVALID_PRICE: nothing was sent. */
export function resolveStop(request: ExitRequest | null, basis: ExitBasis): ResolvedStop | null {
  const distance = chosen(request, basis.defaults.stopLoss);
  if (!distance) return null;
  if (distance.kind === "price") {
    requireSide("stop_loss", distance.price, basis);
    return { price: distance.price, attached: { kind: "price", price: distance.price } };
  }
  const offset = offsetOf("--sl", distance, basis);
  const price = levelAt("stop_loss", offset, basis);
  requireSide("stop_loss", price, basis);
  return { price, attached: { kind: "distance", distance: offset } };
}

/** Where a target stands; null when none is asked for. @throws Failure INVALID_PRICE: nothing was sent. */
export function resolveTarget(request: ExitRequest | null, basis: ExitBasis): Price | null {
  const distance = chosen(request, basis.defaults.takeProfit);
  if (!distance) return null;
  const price =
    distance.kind === "price"
      ? distance.price
      : levelAt("take_profit", offsetOf("--tp", distance, basis), basis);
  requireSide("take_profit", price, basis);
  return price;
}

/** How far a stop trails, as a price difference; null when none is asked for. @throws Failure INVALID_PRICE. */
export function resolveTrailing(request: ExitRequest | null, basis: ExitBasis): Decimal | null {
  const distance = chosen(request, basis.defaults.trailingStop);
  if (!distance) return null;
  if (distance.kind === "price") requireSide("stop_loss", distance.price, basis);
  const offset = offsetOf("--trailing", distance, basis);
  requireTrailingRange(offset, basis.instrument);
  return offset;
}

/** The worst price accepted; null for any. @throws Failure INVALID_PRICE: nothing was sent. */
export function resolveBound(maxSlippage: Distance | null, basis: ExitBasis): Price | null {
  if (!maxSlippage) return null;
  if (maxSlippage.kind === "price") {
    requirePrecision("price bound", maxSlippage.price, basis.instrument);
    if (basis.isWaiting) requireReachable(maxSlippage.price, basis);
    return maxSlippage.price;
  }
  return levelAt("take_profit", offsetOf("--max-slippage", maxSlippage, basis), basis);
}

/** A worst price that is better than the price it waits for would never let it fill. */
function requireReachable(bound: Price, { entry, side, instrument }: ExitBasis): void {
  const isBetter = side === "buy" ? bound.isLessThan(entry) : bound.isGreaterThan(entry);
  if (!isBetter) return;
  const where = side === "buy" ? "below" : "above";
  throw new Failure(
    "INVALID_PRICE",
    `The price bound ${formatPrice(bound, instrument)} is ${where} the price ${formatPrice(entry, instrument)} that the order waits for: it could never be filled. Nothing was sent.`,
    { hint: "Give a distance such as 2p, or a price on the other side." },
  );
}

/** The price at `offset` from the entry, in legal steps. @throws Failure INVALID_PRICE at or below zero. */
export function levelAt(
  exit: Exit,
  offset: Decimal,
  { side, entry, instrument }: ExitBasis,
): Price {
  const level = exitPrice(exit, side, { entry, offset });
  if (level) return toPrice(level.rounded(instrument.pricePrecision, "half_even"));
  throw new Failure(
    "INVALID_PRICE",
    `That distance would put the price of ${instrument.name} at or below zero. Nothing was sent.`,
    { hint: "Give a shorter distance, e.g. 20p." },
  );
}

/**
 * A stop above what a buy could be closed at, or a target below what it paid, would trigger at once or lose: refused
 * before anything is sent.
 */
export function requireSide(exit: Exit, price: Price, basis: ExitBasis): void {
  const { instrument, side, subject, limitName } = basis;
  const name = exit === "stop_loss" ? "stop loss" : "take profit";
  const limit = exit === "stop_loss" ? basis.stopLimit : basis.targetLimit;
  requirePrecision(name, price, instrument);
  const mustBeBelow = (exit === "stop_loss") === (side === "buy");
  const isRight = mustBeBelow ? price.isLessThan(limit) : price.isGreaterThan(limit);
  if (isRight) return;
  throw new Failure(
    "INVALID_PRICE",
    `The ${name} ${formatPrice(price, instrument)} of ${subject} must be ${mustBeBelow ? "below" : "above"} ${limitName}, which is at ${formatPrice(limit, instrument)}. Nothing was sent.`,
    { hint: "Give a price on that side, or a distance such as 20p." },
  );
}

function chosen(request: ExitRequest | null, byDefault: Distance): Distance | null {
  if (!request) return null;
  return request.kind === "default" ? byDefault : request;
}

function offsetOf(option: string, distance: Distance, { entry, instrument }: ExitBasis): Decimal {
  const offset = priceDistance(distance, entry, instrument);
  if (offset.isPositive()) {
    if (distance.kind === "pips") requireWholeSteps(option, distance.pips, instrument);
    return offset;
  }
  throw new Failure(
    "INVALID_PRICE",
    `${option} ${distanceText(distance)} is less than one price step of ${instrument.name}. Nothing was sent.`,
    { hint: "Give a larger distance, e.g. 20p." },
  );
}
