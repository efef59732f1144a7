import { instantToMs } from "../../core/time.ts";
import { type AccountFigures, accountFigures } from "../engine/figures.ts";
import type { VenueTransaction } from "../engine/transactions.ts";
import { sidePrice, triggerSide } from "../engine/trigger.ts";
import type { TrailingStopOrder, VenueOrder, VenueTrade } from "../engine/types.ts";
import { type AccountCall, type Answer, forAccount, type Handler, ok, outOfRange } from "./call.ts";
import { requiredIdOf } from "./query.ts";
import type { Route } from "./router.ts";
import { amount, type Json, optional } from "./wire.ts";
import { figuresJson, lifetimeJson } from "./wire-account.ts";
import { orderJson } from "./wire-orders.ts";
import { plainPositionJson, positionStateJson, positionValues } from "./wire-positions.ts";
import { tradeSummaryJson, tradeValues } from "./wire-trades.ts";
import { transactionJson } from "./wire-transactions.ts";

export const CHANGES_ROUTES: readonly Route<Handler>[] = [
  { method: "GET", path: "/v3/accounts/{account}/changes", handler: forAccount(showChanges) },
];

/** What became of the account since a transaction, and what it is worth now. */
function showChanges(call: AccountCall): Answer {
  const { ledger, now, query } = call;
  const since = requiredIdOf(query, "sinceTransactionID");
  if (since > ledger.account.lastTransactionId) throw outOfRange();
  const figures = accountFigures(ledger.venue, ledger.account, now);
  const touched = touchedBy(ledger.log.slice(since));
  return ok(call, {
    changes: changesJson(call, touched, figures),
    state: stateJson(call, figures),
  });
}

/** Ids of what some transactions did something to, each once, in order of time. */
type Touched = {
  readonly transactions: readonly VenueTransaction[];
  readonly created: Set<number>;
  readonly cancelled: Set<number>;
  readonly filled: Set<number>;
  readonly opened: Set<number>;
  readonly reduced: Set<number>;
  readonly closed: Set<number>;
  readonly instruments: Set<string>;
};

function touchedBy(transactions: readonly VenueTransaction[]): Touched {
  const touched: Touched = {
    transactions,
    created: new Set(),
    cancelled: new Set(),
    filled: new Set(),
    opened: new Set(),
    reduced: new Set(),
    closed: new Set(),
    instruments: new Set(),
  };
  for (const transaction of transactions) touch(touched, transaction);
  return touched;
}

function touch(touched: Touched, transaction: VenueTransaction): void {
  switch (transaction.type) {
    case "ORDER_CANCEL":
      touched.cancelled.add(transaction.orderId);
      return;
    case "ORDER_FILL":
      touched.filled.add(transaction.orderId);
      touched.instruments.add(transaction.instrument);
      if (transaction.tradeOpened) touched.opened.add(transaction.tradeOpened.tradeId);
      if (transaction.tradeReduced) touched.reduced.add(transaction.tradeReduced.tradeId);
      for (const { tradeId } of transaction.tradesClosed) touched.closed.add(tradeId);
      return;
    case "DAILY_FINANCING":
      for (const { instrument } of transaction.positionFinancings) {
        touched.instruments.add(instrument);
      }
      return;
    // A market order never waits: it is told of by what became of it.
    case "MARKET_ORDER":
      return;
    default:
      if (transaction.type.endsWith("_ORDER")) touched.created.add(transaction.id);
  }
}

function changesJson(call: AccountCall, touched: Touched, figures: AccountFigures): Json {
  const { wire, ledger } = call;
  const values = tradeValues(figures);
  const positions = positionValues(figures);
  const orders = (ids: ReadonlySet<number>) =>
    found(ids, ledger.orderById).map((order: VenueOrder) => orderJson(wire, order));
  const trades = (ids: ReadonlySet<number>) =>
    found(ids, ledger.tradeById).map((trade: VenueTrade) => tradeSummaryJson(wire, trade, values));
  return {
    ordersCreated: orders(touched.created),
    ordersCancelled: orders(touched.cancelled),
    ordersFilled: orders(touched.filled),
    ordersTriggered: [],
    tradesOpened: trades(touched.opened),
    tradesReduced: trades(touched.reduced),
    tradesClosed: trades(touched.closed),
    positions: ledger.account.totals
      .filter(({ instrument }) => touched.instruments.has(instrument))
      .map((totals) => plainPositionJson(wire, totals, positions)),
    transactions: touched.transactions.map((entry) => transactionJson(wire, entry)),
  };
}

function found<T>(ids: ReadonlySet<number>, find: (id: number) => T | undefined): readonly T[] {
  return [...ids].flatMap((id) => find(id) ?? []);
}

/** What moves with the prices, as it is now. */
function stateJson(call: AccountCall, figures: AccountFigures): Json {
  const { account } = call.ledger;
  return {
    ...lifetimeJson(account),
    ...figuresJson(figures),
    orders: account.orders
      .filter((order) => order.type === "trailing_stop")
      .map((order) => trailingJson(call, order)),
    trades: figures.trades.map(({ trade, unrealizedPl, marginUsed }) => ({
      id: String(trade.id),
      unrealizedPL: amount(unrealizedPl),
      marginUsed: amount(marginUsed),
    })),
    positions: [...positionValues(figures)].map(([instrument, trades]) =>
      positionStateJson(instrument, trades),
    ),
  };
}

/** Where a trailing stop stands, and how far the price that triggers it is away. */
function trailingJson({ ledger, wire, now }: AccountCall, order: TrailingStopOrder): Json {
  const trade = ledger.tradeById(order.tradeId);
  const quote = trade && ledger.venue.feed.quoteAt(trade.instrument, instantToMs(now));
  const side = triggerSide(order.triggerCondition, trade?.currentUnits.isNegative() ?? false);
  const price = quote && sidePrice(quote, side);
  return {
    id: String(order.id),
    trailingStopValue: wire.tradePrice(order.tradeId, order.trailingStopValue),
    ...optional(price ?? null, (current) => ({
      triggerDistance: wire.tradePrice(order.tradeId, current.minus(order.trailingStopValue).abs()),
      isTriggerDistanceExact: true,
    })),
  };
}
