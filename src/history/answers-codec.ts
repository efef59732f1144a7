import type { Account } from "../core/account.ts";
import { type Price, toPrice, toUnits } from "../core/money.ts";
import type { Order, OrderOrigin } from "../core/order.ts";
import type { Quote } from "../core/quote.ts";
import type { Trade, TrailingStop } from "../core/trade.ts";
import type { AccountState } from "../ports/broker.ts";
import {
  asFields,
  asList,
  countOf,
  decimalOf,
  type Fields,
  flagOf,
  instantOf,
  optionalDecimal,
  optionalText,
  parseFields,
  textOf,
  wordOf,
} from "./json-fields.ts";

/** An account's state as JSON text; amounts are decimal text, so none loses a digit. */
export function serializeState(state: AccountState): string {
  return JSON.stringify(state);
}

/** What `serializeState` wrote. @throws RangeError naming what doesn't fit. */
export function parseState(text: string): AccountState {
  const fields = parseFields(text);
  return {
    account: accountOf(asFields(fields.account, "account")),
    trades: asList(fields.trades, "trades").map((item) => tradeOf(asFields(item, "trade"))),
    pendingOrders: asList(fields.pendingOrders, "pendingOrders").map((item) =>
      orderOf(asFields(item, "order")),
    ),
  };
}

export function serializeQuotes(quotes: readonly Quote[]): string {
  return JSON.stringify({ quotes });
}

/** What `serializeQuotes` wrote. @throws RangeError naming what doesn't fit. */
export function parseQuotes(text: string): readonly Quote[] {
  const list = asList(parseFields(text).quotes, "quotes");
  return list.map((item) => quoteOf(asFields(item, "quote")));
}

function accountOf(fields: Fields): Account {
  return {
    id: textOf(fields, "id"),
    alias: optionalText(fields, "alias"),
    currency: textOf(fields, "currency"),
    balance: decimalOf(fields, "balance"),
    unrealizedPl: decimalOf(fields, "unrealizedPl"),
    realizedPl: decimalOf(fields, "realizedPl"),
    equity: decimalOf(fields, "equity"),
    marginUsed: decimalOf(fields, "marginUsed"),
    marginAvailable: decimalOf(fields, "marginAvailable"),
    marginCloseoutPercent: decimalOf(fields, "marginCloseoutPercent"),
    marginRate: optionalDecimal(fields, "marginRate"),
    guaranteedStops: wordOf(fields, "guaranteedStops", ["disabled", "allowed", "required"]),
    positionValue: decimalOf(fields, "positionValue"),
    openPositions: countOf(fields, "openPositions"),
    openTrades: countOf(fields, "openTrades"),
    pendingOrders: countOf(fields, "pendingOrders"),
    lastTransactionId: textOf(fields, "lastTransactionId"),
    asOf: instantOf(fields, "asOf"),
  };
}

function tradeOf(fields: Fields): Trade {
  return {
    id: textOf(fields, "id"),
    instrument: textOf(fields, "instrument"),
    direction: wordOf(fields, "direction", ["long", "short"]),
    units: toUnits(decimalOf(fields, "units")),
    openPrice: priceOf(fields, "openPrice"),
    openedAt: instantOf(fields, "openedAt"),
    unrealizedPl: decimalOf(fields, "unrealizedPl"),
    realizedPl: decimalOf(fields, "realizedPl"),
    financing: decimalOf(fields, "financing"),
    marginUsed: decimalOf(fields, "marginUsed"),
    stopLoss: optionalPrice(fields, "stopLoss"),
    isStopGuaranteed: flagOf(fields, "isStopGuaranteed"),
    takeProfit: optionalPrice(fields, "takeProfit"),
    trailingStop: trailingStopOf(fields.trailingStop),
    clientOrderId: optionalText(fields, "clientOrderId"),
    signalId: optionalText(fields, "signalId"),
  };
}

function trailingStopOf(value: unknown): TrailingStop | null {
  if (value === null) return null;
  const fields = asFields(value, "trailingStop");
  return { distance: decimalOf(fields, "distance"), price: optionalPrice(fields, "price") };
}

const ORDER_TYPES = [
  "market",
  "limit",
  "stop",
  "mit",
  "stop_loss",
  "take_profit",
  "trailing_stop",
  "guaranteed_stop_loss",
] as const;

function orderOf(fields: Fields): Order {
  return {
    orderId: textOf(fields, "orderId"),
    clientOrderId: optionalText(fields, "clientOrderId"),
    type: wordOf(fields, "type", ORDER_TYPES),
    instrument: textOf(fields, "instrument"),
    side: wordOf(fields, "side", ["buy", "sell"]),
    units: toUnits(decimalOf(fields, "units")),
    price: optionalPrice(fields, "price"),
    distance: optionalDecimal(fields, "distance"),
    tradeId: optionalText(fields, "tradeId"),
    timeInForce: wordOf(fields, "timeInForce", ["GTC", "GTD", "DAY", "FOK", "IOC"]),
    expiresAt: fields.expiresAt === null ? null : instantOf(fields, "expiresAt"),
    stopLoss: optionalPrice(fields, "stopLoss"),
    stopLossDistance: optionalDecimal(fields, "stopLossDistance"),
    takeProfit: optionalPrice(fields, "takeProfit"),
    trailingStop: optionalDecimal(fields, "trailingStop"),
    isStopGuaranteed: flagOf(fields, "isStopGuaranteed"),
    priceBound: optionalPrice(fields, "priceBound"),
    reduceOnly: flagOf(fields, "reduceOnly"),
    state: wordOf(fields, "state", ["pending", "filled", "triggered", "cancelled"]),
    createdAt: instantOf(fields, "createdAt"),
    endedBy: optionalText(fields, "endedBy"),
    replacedBy: optionalText(fields, "replacedBy"),
    replaces: optionalText(fields, "replaces"),
    origin: originOf(asFields(fields.origin, "origin")),
  };
}

function originOf(fields: Fields): OrderOrigin {
  return {
    signalId: optionalText(fields, "signalId"),
    agent: optionalText(fields, "agent"),
    comment: optionalText(fields, "comment"),
  };
}

function quoteOf(fields: Fields): Quote {
  return {
    instrument: textOf(fields, "instrument"),
    bid: priceOf(fields, "bid"),
    ask: priceOf(fields, "ask"),
    tradeable: flagOf(fields, "tradeable"),
    time: instantOf(fields, "time"),
    receivedAt: instantOf(fields, "receivedAt"),
  };
}

function priceOf(fields: Fields, name: string): Price {
  return toPrice(decimalOf(fields, name));
}

function optionalPrice(fields: Fields, name: string): Price | null {
  return fields[name] === null ? null : priceOf(fields, name);
}
