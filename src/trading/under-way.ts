import { actsAtOnce, type Circumstances } from "../compliance/check.ts";
import { marginTaken } from "../compliance/margin.ts";
import { review, type Verdict } from "../compliance/review.ts";
import { type Decimal, sumOf, toUnits, ZERO } from "../core/money.ts";
import type { OrderRequest } from "../core/order-request.ts";
import type { Trade } from "../core/trade.ts";
import type { AccountState } from "../ports/broker.ts";
import type { OrderReport } from "./order-report.ts";

/**
 * The orders that this process is sending. Each of them is reviewed on the account as it will be when those before it
 * are done: a hundred at once don't all count on the same free margin, nor all close the same trade.
 */
export interface UnderWay {
  /** Reviews a request after all that are under way; from then on a cleared one is among them. */
  review<T extends OrderRequest>(
    circumstances: Circumstances & { readonly request: T },
    verdictId: string,
  ): Verdict<T>;
  /** Tells what became of a request; without a report nothing left. */
  done(clientOrderId: string, report: OrderReport | null): void;
}

type Order = {
  readonly instrument: string;
  readonly side: "buy" | "sell";
  readonly units: Decimal;
  /** What it takes of the free margin, in account currency. */
  readonly margin: Decimal;
  /** The last transaction of its fills: a state that knows this one knows all of the order. */
  readonly filledBy: bigint | null;
};

const MARGIN_PLACES = 4;
const NUMBER = /^\d+$/;

export function openUnderWay(): UnderWay {
  const orders = new Map<string, Order>();
  return {
    review(circumstances, verdictId) {
      const { request, state } = circumstances;
      orders.delete(request.clientOrderId);
      forgetKnown(orders, state);
      const projected = { ...circumstances, state: withOrders(state, [...orders.values()]) };
      const verdict = review(projected, verdictId);
      if (verdict.cleared && actsAtOnce(projected)) {
        const { instrument, side, units } = request;
        const margin = marginTaken(projected);
        const order = { instrument, side, units, margin, filledBy: null };
        orders.set(request.clientOrderId, order);
      }
      return verdict;
    },
    done(clientOrderId, report) {
      const order = orders.get(clientOrderId);
      // Of what may be live all stays counted.
      if (!order || report?.status === "unknown") return;
      const filledBy = report && lastFill(report);
      if (filledBy === null) orders.delete(clientOrderId);
      else orders.set(clientOrderId, { ...order, filledBy });
    },
  };
}

function lastFill({ fills }: OrderReport): bigint | null {
  const id = fills.at(-1)?.transactionId ?? "";
  return NUMBER.test(id) ? BigInt(id) : null;
}

/** What the account's own figures hold already. */
function forgetKnown(orders: Map<string, Order>, { account }: AccountState): void {
  const known = NUMBER.test(account.lastTransactionId) ? BigInt(account.lastTransactionId) : null;
  for (const [id, { filledBy }] of orders) {
    if (filledBy !== null && known !== null && filledBy <= known) orders.delete(id);
  }
}

/** The account when `orders` are done: their margin is taken, and what they close is closed. */
function withOrders(state: AccountState, orders: readonly Order[]): AccountState {
  if (orders.length === 0) return state;
  const { account } = state;
  const margin = sumOf(orders.map((order) => order.margin));
  return {
    ...state,
    account: { ...account, marginAvailable: account.marginAvailable.minus(margin) },
    trades: orders.reduce(withoutClosed, state.trades),
  };
}

/** The oldest trades on the other side go first. */
function withoutClosed(trades: readonly Trade[], order: Order): readonly Trade[] {
  const closes = order.side === "buy" ? "short" : "long";
  let rest: Decimal = order.units;
  return trades.flatMap((trade) => {
    const isOther = trade.instrument !== order.instrument || trade.direction !== closes;
    if (isOther || !rest.isPositive()) return [trade];
    if (!trade.units.isGreaterThan(rest)) {
      rest = rest.minus(trade.units);
      return [];
    }
    const units = trade.units.minus(rest);
    const marginUsed = trade.marginUsed.times(units).dividedBy(trade.units, MARGIN_PLACES, "down");
    rest = ZERO;
    return [{ ...trade, units: toUnits(units), marginUsed }];
  });
}
