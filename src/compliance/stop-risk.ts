import { isEntry } from "../core/entry-order.ts";
import type { Decimal } from "../core/money.ts";
import type { Order } from "../core/order.ts";
import type {
  AttachedStop,
  ChangeOrder,
  ExitChange,
  ExitsChange,
  OrderRequest,
} from "../core/order-request.ts";
import type { Quote } from "../core/quote.ts";
import type { Trade } from "../core/trade.ts";
import type { AccountCircumstances } from "./check.ts";

/** The stops of one trade: where each stands, null where there is none. */
type Stops = {
  readonly fixed: Decimal | null;
  readonly trailing: Decimal | null;
  readonly isGuaranteed: boolean;
  /** Whether the fixed one ends by time while the trade may still be open. */
  readonly ends: boolean;
};

/**
 * How the request would let an open trade lose more than its stops allow now, in words; null when it doesn't. Of two
 * stops the nearer one counts.
 */
export function weakenedStop(circumstances: AccountCircumstances): string | null {
  const found = stopsAround(circumstances);
  if (!found) return null;
  const { trade, before, after } = found;
  const [from, to] = [nearest(before, trade), nearest(after, trade)];
  if (from && !to) return `trade ${trade.id} would be left without a stop`;
  if (from && to && isFarther(to, from, trade)) {
    return `the stop of trade ${trade.id} would move from ${from} away to ${to}`;
  }
  if (before.isGuaranteed && !after.isGuaranteed) {
    return `the stop of trade ${trade.id} would no longer be guaranteed`;
  }
  return after.ends ? `the stop of trade ${trade.id} would end by time` : null;
}

/** Where a trade's nearer stop stands, and where it would then; null without one. */
export type MovedStop = {
  readonly trade: Trade;
  readonly from: Decimal | null;
  readonly to: Decimal | null;
};

/** The open trade whose exits the request is about, with its stop before and after; null for any other request. */
export function movedStop(circumstances: AccountCircumstances): MovedStop | null {
  const found = stopsAround(circumstances);
  if (!found) return null;
  const { trade, before, after } = found;
  return { trade, from: nearest(before, trade), to: nearest(after, trade) };
}

function stopsAround(circumstances: AccountCircumstances) {
  const { request, state, quote } = circumstances;
  const order = orderOf(circumstances);
  const tradeId = request.kind === "exits" ? request.tradeId : order?.tradeId;
  const trade = state.trades.find(({ id }) => id === tradeId);
  if (!trade) return null;
  const before = stopsNow(trade, quote);
  return { trade, before, after: stopsAfter(before, { ...circumstances, trade, order }) };
}

type Change = {
  readonly request: OrderRequest;
  readonly trade: Trade;
  readonly order: Order | undefined;
  readonly quote: Quote | null;
};

function stopsAfter(before: Stops, change: Change): Stops {
  const { request, order } = change;
  if (request.kind === "exits") return afterExits(before, change, request);
  if (request.kind === "change") return afterChange(before, change, request);
  if (order?.type === "trailing_stop") return { ...before, trailing: null };
  const isStop = order?.type === "stop_loss" || order?.type === "guaranteed_stop_loss";
  return isStop ? { ...before, fixed: null } : before;
}

function afterExits(before: Stops, { trade, quote }: Change, request: ExitsChange): Stops {
  const { stopLoss, trailingStop } = request;
  return {
    ...before,
    fixed: changed(stopLoss, before.fixed, (stop) => stopPrice(stop, trade)),
    isGuaranteed:
      changed(stopLoss, before.isGuaranteed, (stop) => stop.isGuaranteed === true) ?? false,
    trailing: changed(trailingStop, before.trailing, (distance) =>
      standing(distance, trade, quote),
    ),
  };
}

function afterChange(
  before: Stops,
  { trade, order, quote }: Change,
  { terms }: ChangeOrder,
): Stops {
  if (isEntry(terms) || terms.type === "take_profit") return before;
  const ends =
    terms.expiresAt !== null && !(order?.expiresAt && order.expiresAt <= terms.expiresAt);
  const { distance } = terms;
  if (terms.type === "trailing_stop") {
    return { ...before, ends, trailing: distance && standing(distance, trade, quote) };
  }
  const fixed = terms.price ?? (distance && losing(trade, trade.openPrice, distance));
  return { ...before, ends, fixed };
}

function changed<T, Now>(change: ExitChange<T>, now: Now, read: (set: T) => Now): Now | null {
  if (change === "keep") return now;
  return change === "remove" ? null : read(change.set);
}

/** A trailing stop that nobody knows the place of is at its distance from the market. */
function stopsNow(trade: Trade, quote: Quote | null): Stops {
  const { stopLoss: fixed, trailingStop, isStopGuaranteed } = trade;
  const trailing =
    trailingStop && (trailingStop.price ?? standing(trailingStop.distance, trade, quote));
  return { fixed, trailing, isGuaranteed: isStopGuaranteed, ends: false };
}

function stopPrice(stop: AttachedStop, trade: Trade): Decimal {
  return stop.kind === "price" ? stop.price : losing(trade, trade.openPrice, stop.distance);
}

/** Where a trailing stop begins; at the open price's distance where no price is known. */
function standing(distance: Decimal, trade: Trade, quote: Quote | null): Decimal {
  const market = trade.direction === "long" ? quote?.bid : quote?.ask;
  return losing(trade, market ?? trade.openPrice, distance);
}

function losing({ direction }: Trade, from: Decimal, distance: Decimal): Decimal {
  return direction === "long" ? from.minus(distance) : from.plus(distance);
}

function nearest({ fixed, trailing }: Stops, trade: Trade): Decimal | null {
  if (!fixed || !trailing) return fixed ?? trailing;
  return isFarther(fixed, trailing, trade) ? trailing : fixed;
}

/** Whether a stop at `left` loses more than one at `right`. */
function isFarther(left: Decimal, right: Decimal, { direction }: Trade): boolean {
  return direction === "long" ? left.isLessThan(right) : left.isGreaterThan(right);
}

function orderOf({ request, state }: AccountCircumstances): Order | undefined {
  if (request.kind !== "change" && request.kind !== "cancel") return undefined;
  return state.pendingOrders.find(({ orderId }) => orderId === request.orderId);
}
