import { randomUUID } from "node:crypto";
import { decimal, toUnits } from "../../src/core/money.ts";
import type { OrderOrigin } from "../../src/core/order.ts";
import type {
  Cleared,
  CloseOrder,
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

function newTestId(): string {
  return `test-${randomUUID()}`;
}
