import { actsAtOnce, openingUnits, reducedTrades } from "../compliance/check.ts";
import { freeMarginNow, homeValue, marginNeeded, marginRateOf } from "../compliance/margin.ts";
import { type MovedStop, movedStop } from "../compliance/stop-risk.ts";
import { type HomeConversion, toHome } from "../core/conversion.ts";
import { commissionOn, type ExpectedCosts, expectedCosts } from "../core/costs.ts";
import { entryTermsOf } from "../core/entry-order.ts";
import {
  type Decimal,
  decimal,
  maximumOf,
  minimumOf,
  type Price,
  sumOf,
  ZERO,
} from "../core/money.ts";
import type { Side } from "../core/order.ts";
import type { OrderRequest } from "../core/order-request.ts";
import { midOf, spreadOf } from "../core/quote.ts";
import type { Trade } from "../core/trade.ts";
import type { MarketView } from "./market-view.ts";
import type { OrderContext } from "./order-context.ts";

/** What a request costs and takes, before it is sent; in account currency, four decimals. */
export type OrderCosts = ExpectedCosts & {
  /** Of the fill; null where the broker doesn't tell its terms. */
  readonly commission: Decimal | null;
  /** What the part that closes something would earn or lose at the prices of now; null where nothing is closed. */
  readonly realizedPl: Decimal | null;
  readonly marginTaken: Decimal;
  /** Bound now by what would be closed. */
  readonly marginFreed: Decimal;
  readonly marginAvailableAfter: Decimal;
  /** The same of what a change takes the place of; null for what changes nothing. */
  readonly before: Pick<OrderCosts, "lossAtStop" | "marginTaken"> | null;
};

/** Costs before anything is decided, with the currency that they are in. */
export type CostsPreview = { readonly costs: OrderCosts | null; readonly currency: string };

/** `OrderCosts` as a report has them: decimals are text. */
export type ReportedCosts = ReturnType<typeof reportedCosts>;

type Facts = MarketView & { readonly request: OrderRequest; readonly expected: Price };

const PLACES = 4;
const MARGIN_PLACES = 12;
const HALF = decimal("0.5");

/**
 * Worked out on the view of the market that a request was decided on; null for what was decided without a price. A
 * spread is lost by opening and closing; of what only closes, half of it.
 */
export function orderCosts({
  request,
  view,
  expectedPrice,
}: Pick<OrderContext, "request" | "view" | "expectedPrice">): OrderCosts | null {
  const { quote } = view;
  if (!isPriced(view) || !quote || request.kind === "cancel") return null;
  const facts = { ...view, request, expected: expectedPrice ?? midOf(quote) };
  const moved = movedStop({ request, state: view.state, halt: null, quote });
  return moved ? exitCosts(moved, facts) : fillCosts(facts);
}

export function costsPreview(
  errand: Pick<OrderContext, "request" | "view" | "expectedPrice">,
): CostsPreview {
  return { costs: orderCosts(errand), currency: errand.view.state.account.currency };
}

/** Costs as text, for reports. */
export function reportedCosts({ before, ...costs }: OrderCosts) {
  const text = (amount: Decimal | null) => amount?.toString() ?? null;
  return {
    spread: `${costs.spread}`,
    commission: text(costs.commission),
    financingPerDay: text(costs.financingPerDay),
    lossAtStop: text(costs.lossAtStop),
    realizedPl: text(costs.realizedPl),
    marginTaken: `${costs.marginTaken}`,
    marginFreed: `${costs.marginFreed}`,
    marginAvailableAfter: `${costs.marginAvailableAfter}`,
    before: before && {
      lossAtStop: text(before.lossAtStop),
      marginTaken: `${before.marginTaken}`,
    },
  };
}

function isPriced(view: OrderContext["view"]): view is MarketView {
  return view.quote !== undefined && view.conversion !== null;
}

function rounded(amount: Decimal): Decimal {
  return amount.rounded(PLACES, "half_even");
}

/** Exits cost nothing by themselves: they move the worst case. Below zero a stop keeps a gain. */
function exitCosts({ trade, from, to }: MovedStop, facts: Facts): OrderCosts {
  const lossAt = (stop: Decimal | null) => {
    if (!stop) return null;
    return rounded(gainOf({ trade, units: trade.units }, stop, facts.conversion).negated());
  };
  return {
    ...{ spread: ZERO, commission: ZERO, realizedPl: null },
    financingPerDay: ZERO,
    lossAtStop: lossAt(to),
    ...{ marginTaken: ZERO, marginFreed: ZERO },
    marginAvailableAfter: rounded(maximumOf(ZERO, freeMarginNow(facts.state))),
    before: { lossAtStop: lossAt(from), marginTaken: ZERO },
  };
}

/** Of an order, a close, and an order that takes another's place. */
function fillCosts(facts: Facts): OrderCosts {
  const { request, state, instrument, quote, conversion, expected } = facts;
  const opening = openingUnits(facts);
  const closed = closedParts(facts);
  const closing = sumOf(closed.map(({ units }) => units));
  const { financingPerDay, lossAtStop, spread } = expectedCosts({
    side: request.side,
    opening,
    entry: expected,
    stop: nearerStop(facts),
    quote,
    instrument,
    value: homeValue(opening, facts),
    conversion,
  });
  const halfSpread = maximumOf(ZERO, spreadOf(quote)).times(HALF).times(closing);
  const { commission: terms } = instrument;
  const commission = terms ? commissionOn(opening.plus(closing), terms) : null;
  const needed = marginNeeded(facts);
  const freed = sumOf(closed.map(marginOf));
  const free = freeMarginNow(state).plus(freed).minus(needed);
  const realized = closed.map((part) => gainOf(part, expected, conversion));
  return {
    ...{ financingPerDay, lossAtStop, commission },
    spread: rounded(spread.plus(toHome(halfSpread.negated(), conversion).negated())),
    realizedPl: closed.length > 0 ? rounded(sumOf(realized)) : null,
    marginTaken: rounded(maximumOf(ZERO, needed.minus(freed))),
    marginFreed: rounded(freed),
    marginAvailableAfter: rounded(maximumOf(ZERO, free.minus(commission ?? ZERO))),
    before: costsBefore(facts),
  };
}

/** An order whose place another takes, as it would have filled. */
function costsBefore(facts: Facts): OrderCosts["before"] {
  const { request, state } = facts;
  const order =
    request.kind === "change"
      ? state.pendingOrders.find(({ orderId }) => orderId === request.orderId)
      : undefined;
  if (!order?.price) return null;
  const { units, side, price } = order;
  const stops = [
    order.stopLoss,
    order.stopLossDistance && losing(side, price, order.stopLossDistance),
    order.trailingStop && losing(side, price, order.trailingStop),
  ];
  const stop = nearest(side, stops);
  const loss = stop && price.minus(stop).abs().times(units).negated();
  const value =
    facts.instrument.baseCurrency === state.account.currency
      ? units
      : units.times(price).times(facts.conversion.value);
  return {
    lossAtStop: loss && rounded(toHome(loss, facts.conversion).negated()),
    marginTaken: order.reduceOnly ? ZERO : rounded(value.times(marginRateOf(facts))),
  };
}

/** A trade, and how much of it is closed. */
type Part = { readonly trade: Trade; readonly units: Decimal };

/** What the request closes first, oldest first; an order that waits may find something else. */
function closedParts(facts: Facts): readonly Part[] {
  const { request } = facts;
  if (request.kind !== "close" && !actsAtOnce(facts)) return [];
  const tradeId = request.kind === "close" ? request.tradeId : null;
  let left: Decimal = request.units;
  return reducedTrades(facts).flatMap((trade) => {
    if ((tradeId !== null && trade.id !== tradeId) || !left.isPositive()) return [];
    const units = minimumOf<Decimal>(left, trade.units);
    left = left.minus(units);
    return [{ trade, units }];
  });
}

function marginOf({ trade, units }: Part): Decimal {
  return trade.marginUsed.times(units).dividedBy(trade.units, MARGIN_PLACES);
}

/** What a part of a trade earns if it is closed at `price`, in account currency; below zero where it loses. */
function gainOf({ trade, units }: Part, price: Decimal, conversion: HomeConversion): Decimal {
  const { direction, openPrice } = trade;
  const earned = direction === "long" ? price.minus(openPrice) : openPrice.minus(price);
  return toHome(earned.times(units), conversion);
}

function nearerStop({ request, expected }: Facts): Decimal | null {
  const terms = request.kind === "market" ? request : entryTermsOf(request);
  if (!terms) return null;
  const { side } = request;
  const { stopLoss, trailingStop } = terms;
  const fixed =
    stopLoss?.kind === "distance"
      ? losing(side, expected, stopLoss.distance)
      : (stopLoss?.price ?? null);
  return nearest(side, [fixed, trailingStop && losing(side, expected, trailingStop)]);
}

function losing(side: Side, from: Decimal, distance: Decimal): Decimal {
  return side === "buy" ? from.minus(distance) : from.plus(distance);
}

/** Of several stops the one that is reached first. */
function nearest(side: Side, stops: readonly (Decimal | null)[]): Decimal | null {
  const nearer = side === "buy" ? maximumOf<Decimal> : minimumOf<Decimal>;
  return stops.reduce((best, stop) => (best && stop ? nearer(best, stop) : (best ?? stop)), null);
}
