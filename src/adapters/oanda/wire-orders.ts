import * as v from "valibot";
import { type Decimal, toUnits } from "../../core/money.ts";
import type { Order, OrderState, OrderType } from "../../core/order.ts";
import { toOrigin } from "./origin.ts";
import { openingOf, termEntries, waitingOf } from "./wire-terms.ts";
import {
  clientExtensions,
  sideOf,
  wireDecimal,
  wireId,
  wirePrice,
  wireSize,
  wireTime,
} from "./wire-values.ts";

export const wireOrder = v.object({
  id: wireId,
  type: v.string(),
  state: v.string(),
  createTime: wireTime,
  instrument: v.nullish(v.string()),
  units: v.nullish(wireSize),
  price: v.nullish(wirePrice),
  ...termEntries,
  tradeID: v.nullish(wireId),
  tradeClose: v.nullish(v.object({ tradeID: wireId })),
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

/**
 * An order in our words; null for a kind or state that has no word here, and for an exit whose trade
 * isn't known.
 */
export function toOrder(wire: WireOrder, trade: TradeSize | undefined): Order | null {
  const [type, state] = [typeOf(wire), STATES[wire.state]];
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
    price: (type === "trailing_stop" ? wire.trailingStopValue : wire.price) ?? null,
    distance: wire.distance ?? null,
    ...openingOf(wire),
    // An exit can't do anything else, and doesn't say so.
    reduceOnly: isExit(wire) || wire.positionFill === "REDUCE_ONLY",
    tradeId: wire.tradeID ?? wire.tradeClose?.tradeID ?? null,
    ...waitingOf(wire, type === "market" ? "FOK" : "GTC"),
    state,
    createdAt: wire.createTime,
    endedBy: wire.fillingTransactionID ?? wire.cancellingTransactionID ?? null,
    replacedBy: wire.replacedByOrderID ?? null,
    replaces: wire.replacesOrderID ?? null,
    origin: toOrigin(wire.clientExtensions),
  };
}

function isExit({ tradeID }: WireOrder): boolean {
  return typeof tradeID === "string";
}

/** What an order is called here; undefined for a kind that has no word. */
export function typeOf({ type, guaranteed }: Pick<WireOrder, "type" | "guaranteed">) {
  return type === "STOP_LOSS" && guaranteed ? "guaranteed_stop_loss" : TYPES[type];
}
