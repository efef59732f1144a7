import * as v from "valibot";
import type { Account } from "../../core/account.ts";
import { toUnits, ZERO } from "../../core/money.ts";
import type { Instant } from "../../core/time.ts";
import type { Trade, TrailingStop } from "../../core/trade.ts";
import type { AccountReference, AccountState } from "../../ports/broker.ts";
import { toOrigin } from "./origin.ts";
import { toOrder, type WireOrder, wireOrder } from "./wire-orders.ts";
import {
  clientExtensions,
  compareIds,
  readWire,
  wireAccountId,
  wireCount,
  wireDecimal,
  wireId,
  wirePrice,
  wireSize,
  wireTime,
} from "./wire-values.ts";

/** Zero where the broker leaves it out. */
const amount = v.nullish(wireDecimal, "0");

const tradeSummary = v.object({
  id: wireId,
  instrument: v.string(),
  price: wirePrice,
  openTime: wireTime,
  currentUnits: wireSize,
  realizedPL: amount,
  unrealizedPL: amount,
  financing: amount,
  marginUsed: v.nullish(wireDecimal),
  initialMarginRequired: v.nullish(wireDecimal),
  clientExtensions: v.nullish(clientExtensions),
});
type TradeSummary = v.InferOutput<typeof tradeSummary>;

const account = v.object({
  id: wireAccountId,
  alias: v.nullish(v.string()),
  currency: v.string(),
  balance: wireDecimal,
  unrealizedPL: wireDecimal,
  pl: amount,
  NAV: wireDecimal,
  marginUsed: wireDecimal,
  marginAvailable: wireDecimal,
  marginCloseoutPercent: amount,
  marginRate: v.nullish(wireDecimal),
  guaranteedStopLossOrderMode: v.nullish(v.string()),
  positionValue: amount,
  openPositionCount: wireCount,
  openTradeCount: wireCount,
  pendingOrderCount: wireCount,
  lastTransactionID: wireId,
  trades: v.nullish(v.array(tradeSummary), []),
  orders: v.nullish(v.array(wireOrder), []),
});
type WireAccount = v.InferOutput<typeof account>;

const accountDetails = v.object({ account });
const accountList = v.object({ accounts: v.array(v.object({ id: wireAccountId })) });
const accountSummary = v.object({ account: v.object({ currency: v.string() }) });

/** Reads the answer of GET /v3/accounts: it names the accounts only. */
export function toAccountReferences(body: unknown): readonly AccountReference[] {
  const { accounts } = readWire(accountList, body, "account list");
  return accounts.map(({ id }) => ({ id, alias: null, currency: null }));
}

/** Reads the account currency from the answer of GET …/summary. */
export function toHomeCurrency(body: unknown): string {
  return readWire(accountSummary, body, "account summary").account.currency;
}

/** Reads the answer of GET /v3/accounts/{id}, whose exit orders are joined to their trades. */
export function toAccountState(body: unknown, asOf: Instant): AccountState {
  const wire = readWire(accountDetails, body, "account").account;
  const exits = Map.groupBy(wire.orders, (order) => order.tradeID ?? "");
  const sizes = new Map(wire.trades.map((trade) => [trade.id, sizeOf(trade)]));
  return {
    account: toAccount(wire, asOf),
    trades: wire.trades
      .map((trade) => toTrade(trade, exits.get(trade.id) ?? []))
      .toSorted((left, right) => compareIds(left.id, right.id)),
    pendingOrders: wire.orders
      .map((order) => toOrder(order, sizes.get(order.tradeID ?? "")))
      .filter((order) => order !== null)
      .toSorted((left, right) => compareIds(right.orderId, left.orderId)),
  };
}

function sizeOf({ instrument, currentUnits }: TradeSummary) {
  return { instrument, units: currentUnits };
}

const GUARANTEES: Readonly<Record<string, Account["guaranteedStops"]>> = {
  ALLOWED: "allowed",
  REQUIRED: "required",
};

function toAccount(wire: WireAccount, asOf: Instant): Account {
  return {
    id: wire.id,
    alias: wire.alias ?? null,
    currency: wire.currency,
    balance: wire.balance,
    unrealizedPl: wire.unrealizedPL,
    realizedPl: wire.pl,
    equity: wire.NAV,
    marginUsed: wire.marginUsed,
    marginAvailable: wire.marginAvailable,
    marginCloseoutPercent: wire.marginCloseoutPercent,
    marginRate: wire.marginRate ?? null,
    guaranteedStops: GUARANTEES[wire.guaranteedStopLossOrderMode ?? ""] ?? "disabled",
    positionValue: wire.positionValue,
    openPositions: wire.openPositionCount,
    openTrades: wire.openTradeCount,
    pendingOrders: wire.pendingOrderCount,
    lastTransactionId: wire.lastTransactionID,
    asOf,
  };
}

function toTrade(wire: TradeSummary, exits: readonly WireOrder[]): Trade {
  const exitOf = (...types: readonly string[]) => exits.find((each) => types.includes(each.type));
  return {
    id: wire.id,
    instrument: wire.instrument,
    direction: wire.currentUnits.isNegative() ? "short" : "long",
    units: toUnits(wire.currentUnits.abs()),
    openPrice: wire.price,
    openedAt: wire.openTime,
    unrealizedPl: wire.unrealizedPL,
    realizedPl: wire.realizedPL,
    financing: wire.financing,
    marginUsed: wire.marginUsed ?? wire.initialMarginRequired ?? ZERO,
    stopLoss: exitOf("STOP_LOSS", "GUARANTEED_STOP_LOSS")?.price ?? null,
    isStopGuaranteed: exitOf("GUARANTEED_STOP_LOSS") !== undefined,
    takeProfit: exitOf("TAKE_PROFIT")?.price ?? null,
    trailingStop: toTrailingStop(exitOf("TRAILING_STOP_LOSS")),
    clientOrderId: wire.clientExtensions?.id ?? null,
    signalId: toOrigin(wire.clientExtensions).signalId,
  };
}

function toTrailingStop(order: WireOrder | undefined): TrailingStop | null {
  if (!order?.distance) return null;
  return { distance: order.distance, price: order.trailingStopValue ?? null };
}
