import * as v from "valibot";
import type { Account } from "../../core/account.ts";
import { Failure } from "../../core/failures.ts";
import { toUnits, ZERO } from "../../core/money.ts";
import type { Order } from "../../core/order.ts";
import type { Instant } from "../../core/time.ts";
import type { Trade } from "../../core/trade.ts";
import type { AccountReference, AccountState } from "../../ports/broker.ts";
import { toOrigin } from "./origin.ts";
import { toOrder, wireOrder } from "./wire-orders.ts";
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

export const tradeSummary = v.object({
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
export type TradeSummary = v.InferOutput<typeof tradeSummary>;

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
  hedgingEnabled: v.nullish(v.boolean()),
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
  return accounts.map(({ id }) => ({
    ...{ id, alias: null, currency: null },
    ...(isOutsideUs(id) ? { isOutsideUs: true } : {}),
  }));
}

/** `101-004-…`: the second part is the division; 001 is the US one, others were seen elsewhere and are inferred. */
function isOutsideUs(id: string): boolean {
  const division = /^\d+-(\d+)-/.exec(id)?.[1];
  return division !== undefined && division !== "001";
}

/** Reads the account currency from the answer of GET …/summary. */
export function toHomeCurrency(body: unknown): string {
  return readWire(accountSummary, body, "account summary").account.currency;
}

const accountHead = v.object({ lastTransactionID: wireId });

/** Reads the id of the newest transaction from the answer of GET …/summary. */
export function toLastTransactionId(body: unknown): string {
  return readWire(accountHead, body, "account summary").lastTransactionID;
}

/** Reads the answer of GET /v3/accounts/{id}, whose exit orders are joined to their trades. */
export function toAccountState(body: unknown, asOf: Instant): AccountState {
  const wire = readWire(accountDetails, body, "account").account;
  requireWhole(wire);
  const sizes = new Map(wire.trades.map((trade) => [trade.id, sizeOf(trade)]));
  const orders = wire.orders
    .map((order) => toOrder(order, sizes.get(order.tradeID ?? "")))
    .filter((order) => order !== null);
  return {
    account: toAccount(wire, asOf),
    ...joined(wire.trades.map(toTrade), orders),
  };
}

/**
 * An answer that lists fewer trades than it counts comes of a query that failed half way: nobody is flat because of it.
 * Of orders only that none is listed counts, for whether exits are among those counted is nowhere said.
 */
function requireWhole({ trades, openTradeCount, orders, pendingOrderCount }: WireAccount): void {
  const areTradesMissing = trades.length < openTradeCount;
  if (!areTradesMissing && (orders.length > 0 || pendingOrderCount === 0)) return;
  const [what, counted, listed] = areTradesMissing
    ? ["open trades", openTradeCount, trades.length]
    : ["pending orders", pendingOrderCount, orders.length];
  throw new Failure(
    "BROKER_UNAVAILABLE",
    `OANDA counts ${counted} ${what} and lists ${listed}: its answer isn't whole, and the account isn't taken for flat. Nothing was sent.`,
    { hint: "Try again in a moment.", retryable: true, details: { what, counted, listed } },
  );
}

/** Trades with the exits that their pending orders are, oldest first, and the orders, newest first. */
export function joined(
  trades: readonly Trade[],
  orders: readonly Order[],
): Pick<AccountState, "trades" | "pendingOrders"> {
  const exits = Map.groupBy(orders, (order) => order.tradeId);
  return {
    trades: trades
      .map((trade) => ({ ...trade, ...exitsOf(exits.get(trade.id) ?? []) }))
      .toSorted((left, right) => compareIds(left.id, right.id)),
    pendingOrders: orders.toSorted((left, right) => compareIds(right.orderId, left.orderId)),
  };
}

type Exits = Pick<Trade, "stopLoss" | "isStopGuaranteed" | "takeProfit" | "trailingStop">;

function exitsOf(orders: readonly Order[]): Exits {
  const exitOf = (type: Order["type"]) => orders.find((each) => each.type === type);
  const guaranteed = exitOf("guaranteed_stop_loss");
  const trailing = exitOf("trailing_stop");
  return {
    stopLoss: (guaranteed ?? exitOf("stop_loss"))?.price ?? null,
    isStopGuaranteed: guaranteed !== undefined,
    takeProfit: exitOf("take_profit")?.price ?? null,
    trailingStop: trailing?.distance
      ? { distance: trailing.distance, price: trailing.price }
      : null,
  };
}

export function sizeOf({ instrument, currentUnits }: TradeSummary) {
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
    ...(wire.hedgingEnabled ? { isHedging: true } : {}),
    positionValue: wire.positionValue,
    openPositions: wire.openPositionCount,
    openTrades: wire.openTradeCount,
    pendingOrders: wire.pendingOrderCount,
    lastTransactionId: wire.lastTransactionID,
    asOf,
  };
}

const NO_EXITS: Exits = {
  stopLoss: null,
  isStopGuaranteed: false,
  takeProfit: null,
  trailingStop: null,
};

/** A trade as its summary tells it: its exits are orders of their own. */
export function toTrade(wire: TradeSummary): Trade {
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
    ...NO_EXITS,
    clientOrderId: wire.clientExtensions?.id ?? null,
    signalId: toOrigin(wire.clientExtensions).signalId,
  };
}
