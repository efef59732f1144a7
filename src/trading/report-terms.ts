import { entryTermsOf } from "../core/entry-order.ts";
import { formatPrice, toPips } from "../core/instrument.ts";
import type { Decimal } from "../core/money.ts";
import type { Order, OrderType, TimeInForce } from "../core/order.ts";
import type {
  AttachedExits,
  AttachedStop,
  ChangeOrder,
  ExitChange,
  ExitsChange,
} from "../core/order-request.ts";
import type { Instant } from "../core/time.ts";
import type { OrderContext } from "./order-context.ts";

/** What an order's report says of what was asked for. */
export type ReportedTerms = ReportedExits & {
  readonly type: OrderType;
  /** The price it waits for; null for an order at the market, until it is filled. */
  readonly price: string | null;
  readonly timeInForce: TimeInForce;
  readonly expiresAt: Instant | null;
};

export type ReportedExit = { readonly price: string; readonly distancePips: string };

export type ReportedExits = {
  readonly stopLoss: ReportedExit | null;
  readonly takeProfit: ReportedExit | null;
  readonly trailingStop: ReportedExit | null;
};

export const NO_EXITS: ReportedExits = { stopLoss: null, takeProfit: null, trailingStop: null };

/** The terms of any kind of request, in the words of an order. */
export function reportedTerms(context: OrderContext): ReportedTerms {
  const { request, expectedPrice } = context;
  switch (request.kind) {
    case "market":
    case "entry":
      return { ...ownTerms(context), ...exitsAt(context, expectedPrice) };
    case "close":
      return { type: "market", price: null, ...AT_ONCE, ...NO_EXITS };
    case "change":
      return changedTerms(context, request);
    case "cancel":
      return cancelledTerms(context);
    case "exits":
      return exitsTerms(context, request);
  }
}

const AT_ONCE = { timeInForce: "FOK", expiresAt: null } as const;
const UNTIL_CANCELLED = { timeInForce: "GTC", expiresAt: null } as const;

function ownTerms(context: OrderContext): Omit<ReportedTerms, keyof ReportedExits> {
  const { request } = context;
  if (request.kind === "market") {
    return { type: "market", price: null, timeInForce: request.timeInForce, expiresAt: null };
  }
  const terms = entryTermsOf(request);
  if (!terms) return { type: "market", price: null, ...AT_ONCE };
  const { type, price, timeInForce, expiresAt } = terms;
  return { type, price: priceText(price, context), timeInForce, expiresAt };
}

function changedTerms(context: OrderContext, { terms }: ChangeOrder): ReportedTerms {
  if (entryTermsOf(context.request)) {
    return { ...ownTerms(context), ...exitsAt(context, context.expectedPrice) };
  }
  const { type, price, timeInForce, expiresAt } = terms;
  return { type, price: priceText(price, context), timeInForce, expiresAt, ...NO_EXITS };
}

function cancelledTerms(context: OrderContext): ReportedTerms {
  const order = subjectOf(context);
  if (!order) return { type: "market", price: null, ...UNTIL_CANCELLED, ...NO_EXITS };
  const { type, price, timeInForce, expiresAt } = order;
  return { type, price: priceText(price, context), timeInForce, expiresAt, ...NO_EXITS };
}

/** The pending order that the request is about, as it was when the request was decided on. */
export function subjectOf({ request, view }: OrderContext): Order | undefined {
  if (request.kind !== "change" && request.kind !== "cancel") return undefined;
  return view.state.pendingOrders.find(({ orderId }) => orderId === request.orderId);
}

/** Exits of an open trade: what is left of them afterwards, each with its distance from the open price. */
function exitsTerms(context: OrderContext, request: ExitsChange): ReportedTerms {
  const trade = context.view.state.trades.find(({ id }) => id === request.tradeId);
  const terms = { type: typeOf(request), price: null, ...UNTIL_CANCELLED };
  if (!trade) return { ...terms, ...NO_EXITS };
  const isLong = trade.direction === "long";
  const away = (from: Decimal, distance: Decimal) =>
    isLong ? from.minus(distance) : from.plus(distance);
  const market = isLong ? context.view.quote?.bid : context.view.quote?.ask;
  const { stopLoss, takeProfit, trailingStop } = request;
  const stop = after<AttachedStop, Decimal>(stopLoss, trade.stopLoss, (set) =>
    set.kind === "price" ? set.price : away(trade.openPrice, set.distance),
  );
  const trailing = after<Decimal, Trailing>(trailingStop, trade.trailingStop, (distance) => ({
    distance,
    price: away(market ?? trade.openPrice, distance),
  }));
  const target = after(takeProfit, trade.takeProfit, (set) => set);
  const exit = (price: Decimal | null) => exitText(context, price, trade.openPrice);
  return {
    ...terms,
    stopLoss: exit(stop),
    takeProfit: exit(target),
    trailingStop: trailing && trailingText(context, trailing),
  };
}

type Trailing = { readonly distance: Decimal; readonly price: Decimal | null };

function trailingText(context: OrderContext, { price, distance }: Trailing): ReportedExit | null {
  return price && exitText(context, price, price.plus(distance));
}

function after<T, Now>(change: ExitChange<T>, now: Now | null, read: (set: T) => Now): Now | null {
  if (change === "keep") return now;
  return change === "remove" ? null : read(change.set);
}

/** The first exit that is set, or else the first that is removed. */
function typeOf({ stopLoss, takeProfit, trailingStop }: ExitsChange): OrderType {
  const stopType =
    typeof stopLoss === "object" && stopLoss.set.isGuaranteed
      ? "guaranteed_stop_loss"
      : "stop_loss";
  const changes = [
    { type: stopType, change: stopLoss },
    { type: "take_profit", change: takeProfit },
    { type: "trailing_stop", change: trailingStop },
  ] as const;
  const isSet = changes.find(({ change }) => typeof change === "object");
  const found = isSet ?? changes.find(({ change }) => change === "remove");
  return found?.type ?? "stop_loss";
}

/** Attached exits where they stand if the order is filled at `entry`. */
export function exitsAt(context: OrderContext, entry: Decimal | null): ReportedExits {
  const { request } = context;
  const terms = request.kind === "market" ? request : entryTermsOf(request);
  return terms && entry ? attachedAt(context, terms, entry) : NO_EXITS;
}

function attachedAt(context: OrderContext, terms: AttachedExits, entry: Decimal): ReportedExits {
  const losing = (distance: Decimal) =>
    context.request.side === "buy" ? entry.minus(distance) : entry.plus(distance);
  const exit = (price: Decimal | null) => exitText(context, price, entry);
  const { stopLoss, takeProfit, trailingStop } = terms;
  const stop = stopLoss && (stopLoss.kind === "price" ? stopLoss.price : losing(stopLoss.distance));
  return {
    stopLoss: exit(stop),
    takeProfit: exit(takeProfit),
    trailingStop: exit(trailingStop && losing(trailingStop)),
  };
}

function exitText(
  { view }: OrderContext,
  price: Decimal | null,
  entry: Decimal,
): ReportedExit | null {
  if (!price) return null;
  const { instrument } = view;
  return {
    price: formatPrice(price.rounded(instrument.pricePrecision, "half_even"), instrument),
    distancePips: toPips(price.minus(entry).abs(), instrument).toString(),
  };
}

function priceText(price: Decimal | null, { view }: OrderContext): string | null {
  return price && formatPrice(price, view.instrument);
}
