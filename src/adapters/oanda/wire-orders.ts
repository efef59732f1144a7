import * as v from "valibot";
import { type Decimal, toUnits } from "../../core/money.ts";
import type { Order, OrderState, OrderType, TimeInForce } from "../../core/order.ts";
import { toOrigin } from "./origin.ts";
import {
  clientExtensions,
  sideOf,
  wireDecimal,
  wireId,
  wirePrice,
  wireSize,
  wireTime,
} from "./wire-values.ts";

const attachedPrice = v.nullish(
  v.object({ price: v.nullish(wirePrice), distance: v.nullish(wireDecimal) }),
);

export const wireOrder = v.object({
  id: wireId,
  type: v.string(),
  state: v.string(),
  createTime: wireTime,
  instrument: v.nullish(v.string()),
  units: v.nullish(wireSize),
  price: v.nullish(wirePrice),
  distance: v.nullish(wireDecimal),
  tradeID: v.nullish(wireId),
  tradeClose: v.nullish(v.object({ tradeID: wireId })),
  timeInForce: v.nullish(v.string()),
  gtdTime: v.nullish(wireTime),
  priceBound: v.nullish(wirePrice),
  positionFill: v.nullish(v.string()),
  stopLossOnFill: attachedPrice,
  guaranteedStopLossOnFill: attachedPrice,
  takeProfitOnFill: attachedPrice,
  trailingStopLossOnFill: v.nullish(v.object({ distance: wireDecimal })),
  trailingStopValue: v.nullish(wirePrice),
  clientExtensions: v.nullish(clientExtensions),
  fillingTransactionID: v.nullish(wireId),
  cancellingTransactionID: v.nullish(wireId),
  replacesOrderID: v.nullish(wireId),
  replacedByOrderID: v.nullish(wireId),
});
export type WireOrder = v.InferOutput<typeof wireOrder>;

export const orderList = v.object({ orders: v.array(wireOrder) });
export const oneOrder = v.object({ order: wireOrder });

/** What an exit order takes from its trade: it names neither instrument nor size itself. */
export type TradeSize = { readonly instrument: string; readonly units: Decimal };

export const tradeSize = v.object({
  id: wireId,
  instrument: v.string(),
  initialUnits: wireSize,
  currentUnits: v.nullish(wireDecimal),
});

const TYPES: Readonly<Record<string, OrderType>> = {
  MARKET: "market",
  FIXED_PRICE: "market",
  LIMIT: "limit",
  STOP: "stop",
  MARKET_IF_TOUCHED: "mit",
  STOP_LOSS: "stop_loss",
  GUARANTEED_STOP_LOSS: "guaranteed_stop_loss",
  TAKE_PROFIT: "take_profit",
  TRAILING_STOP_LOSS: "trailing_stop",
};

const STATES: Readonly<Record<string, OrderState>> = {
  PENDING: "pending",
  FILLED: "filled",
  TRIGGERED: "triggered",
  CANCELLED: "cancelled",
};

const DURATIONS: Readonly<Record<string, TimeInForce>> = {
  GTC: "GTC",
  GTD: "GTD",
  GFD: "DAY",
  FOK: "FOK",
  IOC: "IOC",
};

/**
 * An order in our words; null for a kind or state that has no word here, and for an exit whose trade
 * isn't known.
 */
export function toOrder(wire: WireOrder, trade: TradeSize | undefined): Order | null {
  const [type, state] = [TYPES[wire.type], STATES[wire.state]];
  const instrument = wire.instrument ?? trade?.instrument;
  const signed = wire.units ?? trade?.units.negated();
  if (!type || !state || !instrument || !signed || signed.isZero()) return null;
  return {
    orderId: wire.id,
    clientOrderId: wire.clientExtensions?.id ?? null,
    type,
    instrument,
    side: sideOf(signed),
    units: toUnits(signed.abs()),
    ...levelsOf(wire, type),
    tradeId: wire.tradeID ?? wire.tradeClose?.tradeID ?? null,
    timeInForce: DURATIONS[wire.timeInForce ?? ""] ?? (type === "market" ? "FOK" : "GTC"),
    expiresAt: wire.gtdTime ?? null,
    state,
    createdAt: wire.createTime,
    endedBy: wire.fillingTransactionID ?? wire.cancellingTransactionID ?? null,
    priceBound: wire.priceBound ?? null,
    reduceOnly: wire.positionFill === "REDUCE_ONLY",
    replacedBy: wire.replacedByOrderID ?? null,
    replaces: wire.replacesOrderID ?? null,
    origin: toOrigin(wire.clientExtensions),
  };
}

function levelsOf(wire: WireOrder, type: OrderType) {
  const price = type === "trailing_stop" ? wire.trailingStopValue : wire.price;
  return {
    price: price ?? null,
    distance: wire.distance ?? null,
    ...attachedStop(wire),
    takeProfit: wire.takeProfitOnFill?.price ?? null,
    trailingStop: wire.trailingStopLossOnFill?.distance ?? null,
  };
}

function attachedStop({ stopLossOnFill, guaranteedStopLossOnFill }: WireOrder) {
  const stop = guaranteedStopLossOnFill ?? stopLossOnFill;
  return {
    stopLoss: stop?.price ?? null,
    stopLossDistance: stop?.price ? null : (stop?.distance ?? null),
    isStopGuaranteed: Boolean(guaranteedStopLossOnFill),
  };
}
