import { type Decimal, wholeNumber } from "../../../src/core/money.ts";
import { instantToMs } from "../../../src/core/time.ts";
import type {
  ExitOrderTransaction,
  FillTransaction,
  VenueTransaction,
} from "../../../src/paper/engine/transactions.ts";
import type { Entry } from "./book.ts";
import type { Scale } from "./engine-side.ts";

const NOTHING = {
  order: null,
  trade: null,
  price: null,
  units: null,
  reason: null,
  closed: "",
  balance: null,
} as const;

/** Reads the engine's log, entry by entry, as the reference writes its own. */
export function createReader(scaleOf: Scale): (transaction: VenueTransaction) => Entry {
  const instruments = new Map<number, string>();
  return (transaction) => {
    const { id, type, batchId: batch, time } = transaction;
    const parts = partsOf(
      transaction,
      (tradeId) => scaleOf(instruments.get(tradeId) ?? ""),
      scaleOf,
    );
    if (transaction.type === "ORDER_FILL" && transaction.tradeOpened) {
      instruments.set(transaction.tradeOpened.tradeId, transaction.instrument);
    }
    return { ...NOTHING, ...parts, id, type, batch, atMs: instantToMs(time) };
  };
}

function partsOf(
  transaction: VenueTransaction,
  scaleOfTrade: (id: number) => number,
  scaleOf: Scale,
): Partial<Entry> {
  switch (transaction.type) {
    case "MARKET_ORDER":
      return { units: whole(transaction.units), reason: transaction.reason };
    case "LIMIT_ORDER":
    case "STOP_ORDER":
    case "MARKET_IF_TOUCHED_ORDER": {
      const { price, units, reason, instrument } = transaction;
      return { price: points(price, scaleOf(instrument)), units: whole(units), reason };
    }
    case "TAKE_PROFIT_ORDER":
    case "STOP_LOSS_ORDER":
    case "GUARANTEED_STOP_LOSS_ORDER":
    case "TRAILING_STOP_LOSS_ORDER":
      return exitParts(transaction, scaleOfTrade(transaction.tradeId));
    case "ORDER_FILL":
      return fillParts(transaction, scaleOf(transaction.instrument));
    case "ORDER_CANCEL":
      return { order: transaction.orderId, reason: transaction.reason };
    case "ORDER_CANCEL_REJECT":
      return { order: transaction.orderId, reason: transaction.rejectReason };
    case "DAILY_FINANCING":
      return { balance: `${transaction.accountBalance}` };
    default:
      return "rejectReason" in transaction ? { reason: transaction.rejectReason } : {};
  }
}

function exitParts(transaction: ExitOrderTransaction, scale: number): Partial<Entry> {
  const { tradeId, reason } = transaction;
  const price = transaction.type === "TRAILING_STOP_LOSS_ORDER" ? null : transaction.price;
  return { trade: tradeId, price: price && points(price, scale), reason };
}

function fillParts(fill: FillTransaction, scale: number): Partial<Entry> {
  const { orderId, units, price, reason, tradesClosed, tradeReduced, tradeOpened } = fill;
  const reduced = [...tradesClosed, ...(tradeReduced ? [tradeReduced] : [])];
  return {
    order: orderId,
    trade: tradeOpened?.tradeId ?? null,
    price: points(price, scale),
    units: whole(units),
    reason,
    closed: reduced.map((part) => `${part.tradeId}:${part.units}`).join(" "),
    balance: `${fill.accountBalance}`,
  };
}

function points(price: Decimal, scale: number): number {
  return whole(price.times(wholeNumber(10 ** scale)));
}

function whole(value: Decimal): number {
  const number = Number(value.toString());
  if (!Number.isSafeInteger(number)) throw new RangeError(`not a whole number: ${value}`);
  return number;
}
