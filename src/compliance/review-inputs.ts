import type { StockStanding } from "../core/stock-account.ts";
import { hasExits, type Trade } from "../core/trade.ts";
import type { AccountState } from "../ports/broker.ts";
import type { Circumstances } from "./check.ts";

/** More trades of an instrument than that are told by their number: the broker's log has them, up to the transaction named. */
const MOST_TRADES = 50;
/** Of a stock account's executions the newest. */
const MOST_EXECUTIONS = 100;

/** The numbers that a review rests on, for the audit log: whoever has them can come to the same verdict. */
export function inputsOf(circumstances: Circumstances): Readonly<Record<string, unknown>> {
  const { state, instrument, quote, conversion, venue } = circumstances;
  const { bid, ask, tradeable, time } = quote;
  const trades = state.trades.filter((trade) => trade.instrument === instrument.name);
  return {
    now: circumstances.now,
    quote: { bid, ask, tradeable, time },
    toAccountCurrency: conversion.value,
    instrument: { type: instrument.type, marginRate: instrument.marginRate },
    account: accountInputs(state),
    trades: trades.slice(0, MOST_TRADES).map(tradeInput),
    tradesOfInstrument: trades.length,
    pendingOrders: state.pendingOrders.length,
    venue: { hedging: venue.hedging, fifoSafeguard: venue.fifoSafeguard },
    halt: circumstances.halt,
    ordersInLastMinute: circumstances.ordersInLastMinute,
    equityAtDayStart: circumstances.equityAtDayStart,
    limits: circumstances.limits,
    stockStanding: circumstances.stockStanding ? standingInput(circumstances.stockStanding) : null,
  };
}

function standingInput(standing: StockStanding): Readonly<Record<string, unknown>> {
  const { executions, maintenanceRates, ...numbers } = standing;
  return {
    ...numbers,
    maintenanceRates: Object.fromEntries(maintenanceRates),
    executions: executions.slice(-MOST_EXECUTIONS),
    executionsCounted: executions.length,
  };
}

export function accountInputs({ account }: AccountState): Readonly<Record<string, unknown>> {
  const { equity, marginUsed, marginAvailable, marginRate, positionValue } = account;
  const { currency, lastTransactionId } = account;
  return {
    currency,
    equity,
    marginUsed,
    marginAvailable,
    marginRate,
    positionValue,
    lastTransactionId,
  };
}

function tradeInput(trade: Trade): Readonly<Record<string, unknown>> {
  const { id, direction, units, openedAt, marginUsed } = trade;
  return { id, direction, units, openedAt, marginUsed, hasExits: hasExits(trade) };
}
