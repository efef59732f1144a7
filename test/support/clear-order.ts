import { randomUUID } from "node:crypto";
import { decimal, toPrice, toUnits } from "../../src/core/money.ts";
import type { OrderOrigin } from "../../src/core/order.ts";
import type {
  CancelOrder,
  ChangeOrder,
  Cleared,
  CloseOrder,
  EntryOrder,
  EntryTerms,
  ExitsChange,
  ExitTerms,
  MarketOrder,
  OrderRequest,
} from "../../src/core/order-request.ts";

export const NO_ORIGIN: OrderOrigin = { signalId: null, agent: null, comment: null };

/** What review returns for a request that passes, without the review: for tests of adapters only. */
export function clearOrder<T extends OrderRequest>(request: T): Cleared<T> {
  return request as Cleared<T>;
}

/** A plain market buy of 1000 EUR_USD, all or nothing, with the parts named in `changes` replaced. */
export function marketOrder(changes: Partial<MarketOrder> = {}): MarketOrder {
  return {
    kind: "market",
    clientOrderId: newTestId(),
    account: "unused",
    instrument: "EUR_USD",
    side: "buy",
    units: toUnits(decimal("1000")),
    stopLoss: null,
    takeProfit: null,
    trailingStop: null,
    priceBound: null,
    reduceOnly: false,
    timeInForce: "FOK",
    origin: NO_ORIGIN,
    ...changes,
  };
}

/** A close of 1000 EUR_USD of a long position, with the parts named in `changes` replaced. */
export function closeOrder(changes: Partial<CloseOrder> = {}): CloseOrder {
  return {
    kind: "close",
    clientOrderId: newTestId(),
    account: "unused",
    instrument: "EUR_USD",
    side: "sell",
    tradeId: null,
    units: toUnits(decimal("1000")),
    isWhole: false,
    origin: NO_ORIGIN,
    ...changes,
  };
}

const PLAIN_TERMS: EntryTerms = {
  type: "limit",
  price: toPrice(decimal("1.07000")),
  stopLoss: null,
  takeProfit: null,
  trailingStop: null,
  priceBound: null,
  reduceOnly: false,
  timeInForce: "GTC",
  expiresAt: null,
};

/** The terms of a limit at 1.07000 until cancelled, with the parts named in `changes` replaced. */
export function entryTerms(changes: Partial<EntryTerms> = {}): EntryTerms {
  return { ...PLAIN_TERMS, ...changes };
}

/** A plain buy of 1000 EUR_USD at 1.07000 or better, with the parts named in `changes` replaced. */
export function entryOrder(changes: Partial<EntryOrder> = {}): EntryOrder {
  return { kind: "entry", ...common("buy"), ...PLAIN_TERMS, ...changes };
}

/** The terms of trade 7's stop loss at 1.07000, with the parts named in `changes` replaced. */
export function exitTerms(changes: Partial<ExitTerms> = {}): ExitTerms {
  return {
    type: "stop_loss",
    tradeId: "7",
    price: toPrice(decimal("1.07000")),
    distance: null,
    timeInForce: "GTC",
    expiresAt: null,
    ...changes,
  };
}

/** Puts `terms` in the place of order 5: a buy of 1000 EUR_USD, or an exit of a long trade. */
export function changeOrder(terms: EntryTerms | ExitTerms): ChangeOrder {
  const side = "tradeId" in terms ? "sell" : "buy";
  return { kind: "change", ...common(side), orderId: "5", terms };
}

/** Takes order 5 back, a buy of 1000 EUR_USD, with the parts named in `changes` replaced. */
export function cancelOrder(changes: Partial<CancelOrder> = {}): CancelOrder {
  return { kind: "cancel", ...common("buy"), orderId: "5", ...changes };
}

/** A change of the exits of trade 7, a long one of 1000 EUR_USD, that changes but what is named. */
export function exitsChange(changes: Partial<ExitsChange> = {}): ExitsChange {
  return {
    kind: "exits",
    ...common("sell"),
    tradeId: "7",
    stopLoss: "keep",
    takeProfit: "keep",
    trailingStop: "keep",
    ...changes,
  };
}

function common(side: "buy" | "sell") {
  return {
    clientOrderId: newTestId(),
    account: "unused",
    instrument: "EUR_USD",
    side,
    units: toUnits(decimal("1000")),
    origin: NO_ORIGIN,
  };
}

function newTestId(): string {
  return `test-${randomUUID()}`;
}
