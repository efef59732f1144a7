import { type Distance, distanceText, exitPrice, priceDistance } from "../core/distance.ts";
import { Failure } from "../core/failures.ts";
import {
  formatPrice,
  hasLegalPrecision,
  type Instrument,
  nearestPrices,
} from "../core/instrument.ts";
import { type Decimal, decimal, type Price, toPrice, toUnits } from "../core/money.ts";
import { oppositeSide } from "../core/order.ts";
import type { AttachedStop, MarketOrder } from "../core/order-request.ts";
import { entryPrice } from "../core/quote.ts";
import { type DefaultExits, type Desk, newClientOrderId } from "./desk.ts";
import type { MarketView } from "./market-view.ts";
import type { ExitRequest, OrderDraft } from "./order-draft.ts";
import { type RiskSizing, sizeByRisk } from "./size-order.ts";

export type BuiltOrder = {
  readonly order: MarketOrder;
  /** The arithmetic behind `--risk`; null when units were given. */
  readonly sizing: RiskSizing | null;
  /** Where the exits stand if it fills at the expected price. */
  readonly expected: ExpectedLevels;
};

const PIP_PLACES = 4;

export type ExpectedLevels = {
  readonly price: Price;
  readonly stopLoss: Price | null;
  readonly takeProfit: Price | null;
  readonly trailingStop: Price | null;
};

type Entry = {
  readonly draft: OrderDraft;
  readonly price: Price;
  /** What closing the new trade would get: a stop on the wrong side of it triggers at once. */
  readonly closingPrice: Price;
  readonly instrument: Instrument;
};

/**
 * Works out prices and size of a draft on one view of the market.
 * @throws Failure INVALID_PRICE or INVALID_UNITS: nothing was sent.
 */
export function buildOrder(desk: Desk, draft: OrderDraft, view: MarketView): BuiltOrder {
  const { instrument, quote } = view;
  const price = entryPrice(quote, draft.side);
  const closingPrice = entryPrice(quote, oppositeSide(draft.side));
  const entry = { draft, price, closingPrice, instrument };
  const defaults = instrument.type === "forex" ? desk.policy.exits.pair : desk.policy.exits.stock;
  const stop = resolveStop(entry, defaults);
  const takeProfit = resolveTarget(entry, defaults);
  const trailing = resolveTrailing(entry, defaults);
  const stopDistance = stop ? stop.price.minus(price).abs() : trailing;
  const sizing = sizeByRisk(draft.size, { instrument, view, stopDistance });
  const units = sizing ? sizing.units : draftUnits(draft);
  const order: MarketOrder = {
    kind: "market",
    clientOrderId: draft.clientOrderId ?? newClientOrderId(desk),
    account: desk.account.id,
    instrument: instrument.name,
    side: draft.side,
    units: toUnits(units),
    stopLoss: stop?.attached ?? null,
    takeProfit,
    trailingStop: trailing,
    priceBound: resolveBound(entry),
    reduceOnly: draft.reduceOnly,
    timeInForce: "FOK",
    origin: draft.origin,
  };
  const expected = {
    price,
    stopLoss: stop?.price ?? null,
    takeProfit,
    trailingStop: trailing ? levelAt(entry, "stop_loss", trailing) : null,
  };
  return { order, sizing, expected };
}

function draftUnits(draft: OrderDraft): Decimal {
  if (draft.size.kind === "units") return draft.size.units;
  throw new Failure("INVALID_UNITS", "The order has no size. Nothing was sent.");
}

function resolveStop(
  entry: Entry,
  defaults: DefaultExits,
): { readonly price: Price; readonly attached: AttachedStop } | null {
  const distance = chosen(entry.draft.stopLoss, defaults.stopLoss);
  if (!distance) return null;
  if (distance.kind === "price") {
    checkSide(entry, "stop_loss", distance.price);
    return { price: distance.price, attached: { kind: "price", price: distance.price } };
  }
  const offset = offsetOf(entry, "--sl", distance);
  const price = levelAt(entry, "stop_loss", offset);
  checkSide(entry, "stop_loss", price);
  return { price, attached: { kind: "distance", distance: offset } };
}

function resolveTarget(entry: Entry, defaults: DefaultExits): Price | null {
  const distance = chosen(entry.draft.takeProfit, defaults.takeProfit);
  if (!distance) return null;
  if (distance.kind === "price") {
    checkSide(entry, "take_profit", distance.price);
    return distance.price;
  }
  return levelAt(entry, "take_profit", offsetOf(entry, "--tp", distance));
}

function resolveTrailing(entry: Entry, defaults: DefaultExits): Decimal | null {
  const distance = chosen(entry.draft.trailingStop, defaults.trailingStop);
  if (!distance) return null;
  if (distance.kind === "price") checkSide(entry, "stop_loss", distance.price);
  const offset = offsetOf(entry, "--trailing", distance);
  checkTrailingRange(entry.instrument, offset);
  return offset;
}

function resolveBound(entry: Entry): Price | null {
  const { maxSlippage } = entry.draft;
  if (!maxSlippage) return null;
  if (maxSlippage.kind === "price") {
    checkPrecision("price bound", maxSlippage.price, entry.instrument);
    return maxSlippage.price;
  }
  return levelAt(entry, "take_profit", offsetOf(entry, "--max-slippage", maxSlippage));
}

function chosen(request: ExitRequest | null, byDefault: Distance): Distance | null {
  if (!request) return null;
  return request.kind === "default" ? byDefault : request;
}

function offsetOf({ instrument, price }: Entry, option: string, distance: Distance): Decimal {
  const offset = priceDistance(distance, price, instrument);
  if (offset.isPositive()) {
    if (distance.kind === "pips") checkPips(option, distance.pips, instrument);
    return offset;
  }
  throw new Failure(
    "INVALID_PRICE",
    `${option} ${distanceText(distance)} is less than one price step of ${instrument.name}. Nothing was sent.`,
    { hint: "Give a larger distance, e.g. 20p." },
  );
}

function levelAt(entry: Entry, exit: "stop_loss" | "take_profit", offset: Decimal): Price {
  const level = exitPrice(exit, entry.draft.side, { entry: entry.price, offset });
  if (level) return toPrice(level.rounded(entry.instrument.pricePrecision, "half_even"));
  throw new Failure(
    "INVALID_PRICE",
    `That distance would put the price of ${entry.instrument.name} at or below zero. Nothing was sent.`,
    { hint: "Give a shorter distance, e.g. 20p." },
  );
}

/** Pips that someone typed are never rounded to a price step; a percentage has to be. */
function checkPips(option: string, pips: Decimal, instrument: Instrument): void {
  const { name, pipSize, pricePrecision } = instrument;
  const offset = pips.times(pipSize);
  if (offset.decimals() <= pricePrecision) return;
  const [below, above] = nearestPrices(offset, instrument).map((text) =>
    decimal(text).dividedBy(pipSize, PIP_PLACES),
  );
  throw new Failure(
    "INVALID_PRICE",
    `${option} ${pips}p is finer than a price step of ${name}. Nothing was sent.`,
    { hint: `The nearest distances are ${below}p and ${above}p.` },
  );
}

/**
 * A stop above what a buy could be closed at, or a target below what it paid, would trigger at once or lose: refused
 * before anything is sent.
 */
function checkSide(entry: Entry, exit: "stop_loss" | "take_profit", price: Price): void {
  const { draft, instrument } = entry;
  const market = exit === "stop_loss" ? entry.closingPrice : entry.price;
  checkPrecision(exit === "stop_loss" ? "stop loss" : "take profit", price, instrument);
  const mustBeBelow = (exit === "stop_loss") === (draft.side === "buy");
  const isRight = mustBeBelow ? price.isLessThan(market) : price.isGreaterThan(market);
  if (isRight) return;
  const name = exit === "stop_loss" ? "stop loss" : "take profit";
  throw new Failure(
    "INVALID_PRICE",
    `The ${name} ${formatPrice(price, instrument)} of a ${draft.side} must be ${mustBeBelow ? "below" : "above"} the market, which is at ${formatPrice(market, instrument)}. Nothing was sent.`,
    { hint: `Give a price on that side, or a distance such as 20p.` },
  );
}

function checkPrecision(name: string, price: Price, instrument: Instrument): void {
  if (hasLegalPrecision(price, instrument)) return;
  const [below, above] = nearestPrices(price, instrument);
  throw new Failure(
    "INVALID_PRICE",
    `The ${name} ${price} has more decimals than ${instrument.name} prices have (${instrument.pricePrecision}). Nothing was sent.`,
    { hint: `The nearest prices are ${below} and ${above}.` },
  );
}

function checkTrailingRange(instrument: Instrument, offset: Decimal): void {
  const { minimumTrailingDistance: minimum, maximumTrailingDistance: maximum } = instrument;
  const isTooNear = minimum !== null && offset.isLessThan(minimum);
  const isTooFar = maximum !== null && offset.isGreaterThan(maximum);
  if (!isTooNear && !isTooFar) return;
  throw new Failure(
    "INVALID_PRICE",
    `A trailing distance of ${offset} is outside what ${instrument.name} allows (${minimum ?? "any"} to ${maximum ?? "any"}). Nothing was sent.`,
    { hint: "Give a distance inside that range." },
  );
}
