import { randomUUID } from "node:crypto";
import { type Decimal, type Price, toPrice, toUnits, type Units } from "../../src/core/money.ts";
import type { Order, Side, TimeInForce } from "../../src/core/order.ts";
import type {
  AttachedStop,
  CancelOrder,
  ChangeOrder,
  CloseOrder,
  EntryOrder,
  EntryTerms,
  EntryType,
  ExitsChange,
  ExitTerms,
  MarketOrder,
} from "../../src/core/order-request.ts";
import type { Instant } from "../../src/core/time.ts";
import { closingSide, type Trade } from "../../src/core/trade.ts";
import { closeOrder, marketOrder, NO_ORIGIN } from "../support/clear-order.ts";
import { required, units } from "./answers.ts";
import { type Market, market, points } from "./market.ts";
import type { BrokerUnderTest } from "./subject.ts";

/** Far from the market: nothing reaches it by itself while a test runs. */
const FAR = 300;

export function marketRequest(
  { broker, instrument }: BrokerUnderTest,
  changes: Partial<MarketOrder> = {},
): MarketOrder {
  return marketOrder({ account: broker.accountId, instrument, ...changes });
}

export function closeRequest(
  { broker, instrument }: BrokerUnderTest,
  changes: Partial<CloseOrder> = {},
): CloseOrder {
  return closeOrder({ account: broker.accountId, instrument, ...changes });
}

const PLAIN_TERMS = {
  timeInForce: "GTC",
  expiresAt: null,
  priceBound: null,
  reduceOnly: false,
  stopLoss: null,
  takeProfit: null,
  trailingStop: null,
} as const;

/** A plain entry of 1000, far from the market, with the parts named in `changes` replaced. */
export async function entryRequest(
  subject: BrokerUnderTest,
  changes: Partial<EntryOrder> = {},
): Promise<EntryOrder> {
  const { type = "limit", side = "buy" } = changes;
  return {
    ...PLAIN_TERMS,
    ...headOf(subject),
    kind: "entry",
    type,
    side,
    units: units("1000"),
    price: waitingPrice(await market(subject), type, side),
    ...changes,
  };
}

/** A price at which such an order waits. An if-touched order waits on the side of a limit. */
export function waitingPrice(now: Market, type: EntryType, side: Side): Price {
  const isBelow = (side === "buy") !== (type === "stop");
  return isBelow ? points(now.bid, -FAR, now) : points(now.ask, FAR, now);
}

/** The parts of an order that a test changes. */
type NewTerms = {
  readonly units?: Units;
  readonly price?: Price;
  readonly distance?: Decimal;
  readonly timeInForce?: TimeInForce;
  readonly expiresAt?: Instant | null;
  readonly stopLoss?: AttachedStop;
};

/** Replaces `order` with what `terms` says, and leaves the rest as it was. */
export function changeRequest(
  subject: BrokerUnderTest,
  order: Order,
  { units: size = order.units, ...terms }: NewTerms,
): ChangeOrder {
  const { orderId, instrument, side } = order;
  const head = { ...headOf(subject), kind: "change", orderId, instrument, side } as const;
  return { ...head, units: size, terms: { ...termsOf(order), ...terms } };
}

function termsOf(order: Order): EntryTerms | ExitTerms {
  const { type, timeInForce, expiresAt, price, distance, tradeId } = order;
  if (type === "limit" || type === "stop" || type === "mit") {
    const { takeProfit, trailingStop, priceBound, reduceOnly } = order;
    const attached = { stopLoss: attachedStopOf(order), takeProfit, trailingStop };
    const waiting = { timeInForce, expiresAt, priceBound, reduceOnly };
    return { type, price: toPrice(required(price)), ...waiting, ...attached };
  }
  if (type === "market") throw new RangeError("a market order doesn't wait");
  return { type, tradeId: required(tradeId), price, distance, timeInForce, expiresAt };
}

function attachedStopOf({ stopLoss, stopLossDistance }: Order) {
  if (stopLossDistance) return { kind: "distance", distance: stopLossDistance } as const;
  return stopLoss && ({ kind: "price", price: stopLoss } as const);
}

export function cancelRequest(
  subject: BrokerUnderTest,
  order: Pick<Order, "orderId" | "side" | "units">,
): CancelOrder {
  const { orderId, side, units: size } = order;
  return { ...headOf(subject), kind: "cancel", orderId, side, units: size };
}

/** Changes the exits of `trade`; what `changes` doesn't name stays. */
export function exitsRequest(
  subject: BrokerUnderTest,
  trade: Pick<Trade, "id" | "direction" | "units">,
  changes: Partial<Pick<ExitsChange, "stopLoss" | "takeProfit" | "trailingStop">>,
): ExitsChange {
  return {
    ...headOf(subject),
    kind: "exits",
    tradeId: trade.id,
    side: closingSide(trade.direction),
    units: toUnits(trade.units),
    stopLoss: "keep",
    takeProfit: "keep",
    trailingStop: "keep",
    ...changes,
  };
}

function headOf({ broker, instrument }: BrokerUnderTest) {
  const clientOrderId = `test-${randomUUID()}`;
  return { clientOrderId, account: broker.accountId, instrument, origin: NO_ORIGIN };
}
