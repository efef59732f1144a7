import type { Account } from "../../src/core/account.ts";
import { decimal, toPrice, toUnits } from "../../src/core/money.ts";
import type { Order } from "../../src/core/order.ts";
import type { Quote } from "../../src/core/quote.ts";
import { type Instant, instantFromMs } from "../../src/core/time.ts";
import type { Trade } from "../../src/core/trade.ts";

/** A Wednesday noon: the market is open. */
export const NOON: Instant = instantFromMs(Date.UTC(2026, 10, 18, 12));

export function aQuote(bid: string, ask: string, changes: Partial<Quote> = {}): Quote {
  return {
    instrument: "EUR_USD",
    bid: toPrice(decimal(bid)),
    ask: toPrice(decimal(ask)),
    tradeable: true,
    time: NOON,
    receivedAt: NOON,
    ...changes,
  };
}

/** A long trade of 1000 EUR_USD, with the parts named in `changes` replaced. */
export function aTrade(changes: Partial<Trade> = {}): Trade {
  return {
    id: "7",
    instrument: "EUR_USD",
    direction: "long",
    units: toUnits(decimal("1000")),
    openPrice: toPrice(decimal("1.08000")),
    openedAt: NOON,
    unrealizedPl: decimal("0"),
    realizedPl: decimal("0"),
    financing: decimal("0"),
    marginUsed: decimal("21.60"),
    stopLoss: null,
    isStopGuaranteed: false,
    takeProfit: null,
    trailingStop: null,
    clientOrderId: null,
    signalId: null,
    ...changes,
  };
}

/** A flat account with 10000 USD. */
export function anAccount(changes: Partial<Account> = {}): Account {
  return {
    id: "001",
    alias: null,
    currency: "USD",
    balance: decimal("10000"),
    unrealizedPl: decimal("0"),
    realizedPl: decimal("0"),
    equity: decimal("10000"),
    marginUsed: decimal("0"),
    marginAvailable: decimal("10000"),
    marginCloseoutPercent: decimal("0"),
    marginRate: null,
    guaranteedStops: "disabled",
    positionValue: decimal("0"),
    openPositions: 0,
    openTrades: 0,
    pendingOrders: 0,
    lastTransactionId: "100",
    asOf: NOON,
    ...changes,
  };
}

/** Pending order 5: a buy of 1000 EUR_USD at 1.07000 or better until cancelled, with parts replaced. */
export function anOrder(changes: Partial<Order> = {}): Order {
  return {
    orderId: "5",
    clientOrderId: "mine-5",
    type: "limit",
    instrument: "EUR_USD",
    side: "buy",
    units: toUnits(decimal("1000")),
    price: toPrice(decimal("1.07000")),
    distance: null,
    tradeId: null,
    timeInForce: "GTC",
    expiresAt: null,
    stopLoss: null,
    stopLossDistance: null,
    takeProfit: null,
    trailingStop: null,
    isStopGuaranteed: false,
    priceBound: null,
    reduceOnly: false,
    state: "pending",
    createdAt: NOON,
    endedBy: null,
    replacedBy: null,
    replaces: null,
    origin: { signalId: null, agent: null, comment: null },
    ...changes,
  };
}
