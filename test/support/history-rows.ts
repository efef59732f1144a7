import type { HistoryRow } from "../../src/core/history-row.ts";
import { decimal, toPrice, toUnits, ZERO } from "../../src/core/money.ts";
import { parseInstant } from "../../src/core/time.ts";
import type { Transaction } from "../../src/core/transaction.ts";

export function instant(text: string) {
  const parsed = parseInstant(text);
  if (!parsed) throw new RangeError(`not a time: ${text}`);
  return parsed;
}

/** A fill of OANDA's, with what a test is about put in its place. */
export function aRow(given: Partial<HistoryRow> = {}): HistoryRow {
  return {
    id: "7",
    connection: "oanda",
    account: "101-001-1000001-001",
    time: instant("2026-03-02T10:00:00.123456789Z"),
    type: "fill",
    brokerType: "ORDER_FILL",
    instrument: "EUR_USD",
    side: "buy",
    units: "1000",
    price: "1.0810",
    realizedPl: "0",
    commission: "0",
    financing: "0",
    amount: "0",
    balance: "100000",
    currency: "USD",
    orderId: "6",
    tradeId: "7",
    clientOrderId: "tmt-1",
    signalId: "sig-1",
    agent: "alpha",
    ...given,
  };
}

export function aTransaction(given: Partial<Transaction> = {}): Transaction {
  return {
    id: "7",
    time: instant("2026-03-02T10:00:00.123456789Z"),
    type: "fill",
    brokerType: "ORDER_FILL",
    instrument: "EUR_USD",
    side: "buy",
    units: toUnits(decimal("1000")),
    price: toPrice(decimal("1.0810")),
    realizedPl: ZERO,
    commission: ZERO,
    financing: ZERO,
    amount: ZERO,
    balance: decimal("100000.00"),
    orderId: "6",
    tradeId: "7",
    clientOrderId: null,
    signalId: null,
    agent: null,
    trades: [],
    ...given,
  };
}
