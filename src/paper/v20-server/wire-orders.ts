import type { Decimal } from "../../core/money.ts";
import { isExit } from "../engine/orders.ts";
import type {
  EntryOrderTerms,
  ExitOrder,
  FillableTerms,
  MarketOrderTerms,
  OrderEnd,
  StopLossDetails,
  TakeProfitDetails,
  TrailingStopDetails,
  VenueOrder,
} from "../engine/types.ts";
import { extensionsJson, ids, type Json, optional, timeInForceJson, type Wire } from "./wire.ts";

export const ENTRY_TYPES = {
  limit: "LIMIT",
  stop: "STOP",
  market_if_touched: "MARKET_IF_TOUCHED",
} as const;

export const EXIT_TYPES = {
  stop_loss: "STOP_LOSS",
  guaranteed_stop_loss: "GUARANTEED_STOP_LOSS",
  take_profit: "TAKE_PROFIT",
  trailing_stop: "TRAILING_STOP_LOSS",
} as const;

export function orderJson(wire: Wire, order: VenueOrder): Json {
  const common = {
    id: String(order.id),
    createTime: wire.time(order.createTime),
    state: order.end === null ? "PENDING" : order.end.state.toUpperCase(),
    ...optional(order.end, (end) => endJson(wire, end)),
  };
  if (isExit(order)) return { type: EXIT_TYPES[order.type], ...common, ...exitJson(wire, order) };
  // Live answers have it, the documents don't.
  const partialFill = "DEFAULT_FILL";
  if (order.type === "market") {
    const closeout = marginCloseoutJson(order);
    return { type: "MARKET", ...common, ...marketJson(wire, order), ...closeout, partialFill };
  }
  return {
    type: ENTRY_TYPES[order.type],
    ...common,
    ...entryJson(wire, order),
    initialMarketPrice: optional(order.initialMarketPrice, (price) =>
      wire.price(order.instrument, price),
    ),
    triggerMode: order.type === "stop" ? TRIGGER_MODE : undefined,
    partialFill,
    replacesOrderID: optional(order.replacesOrderId, String),
  };
}

/** How stops are triggered; live answers have it, the documents don't. */
const TRIGGER_MODE = "TOP_OF_BOOK";

/** Why the venue closed a position by itself. */
export function marginCloseoutJson({ reason }: { readonly reason: string }): Json {
  return reason === "MARGIN_CLOSEOUT"
    ? { marginCloseout: { reason: "MARGIN_CHECK_VIOLATION" } }
    : {};
}

function endJson(wire: Wire, end: OrderEnd): Json {
  if (end.state === "cancelled") {
    return {
      cancellingTransactionID: String(end.transactionId),
      cancelledTime: wire.time(end.time),
      replacedByOrderID: optional(end.replacedByOrderId, String),
    };
  }
  return {
    fillingTransactionID: String(end.transactionId),
    filledTime: wire.time(end.time),
    tradeOpenedID: optional(end.tradeOpenedId, String),
    tradeReducedID: optional(end.tradeReducedId, String),
    tradeClosedIDs: ids(end.tradeClosedIds),
  };
}

/** What a market order asked for, as its order and its transaction tell it. */
export function marketJson(wire: Wire, terms: MarketOrderTerms): Json {
  return { ...fillableJson(wire, terms), ...closeJson(terms) };
}

/** What a waiting order asked for, as its order and its transaction tell it. */
export function entryJson(wire: Wire, terms: EntryOrderTerms): Json {
  return {
    ...fillableJson(wire, terms),
    price: wire.price(terms.instrument, terms.price),
    gtdTime: optional(terms.gtdTime, wire.time),
    triggerCondition: terms.triggerCondition,
  };
}

function fillableJson(wire: Wire, terms: FillableTerms): Json {
  const price = (value: Decimal) => wire.price(terms.instrument, value);
  return {
    instrument: terms.instrument,
    units: terms.units.toString(),
    timeInForce: timeInForceJson(terms.timeInForce),
    priceBound: optional(terms.priceBound, price),
    positionFill: terms.positionFill,
    takeProfitOnFill: optional(terms.takeProfitOnFill, (exit) => detailsJson(wire, price, exit)),
    stopLossOnFill: optional(terms.stopLossOnFill, (exit) => detailsJson(wire, price, exit)),
    guaranteedStopLossOnFill: optional(terms.guaranteedStopLossOnFill, (exit) =>
      detailsJson(wire, price, exit),
    ),
    trailingStopLossOnFill: optional(terms.trailingStopOnFill, (exit) =>
      detailsJson(wire, price, exit),
    ),
    clientExtensions: extensionsJson(terms.clientExtensions),
    tradeClientExtensions: extensionsJson(terms.tradeClientExtensions),
  };
}

function closeJson({ tradeClose, positionCloseout, delayedTradeClose }: MarketOrderTerms): Json {
  if (delayedTradeClose !== null) {
    const { tradeId, clientTradeId, sourceTransactionId } = delayedTradeClose;
    return {
      delayedTradeClose: {
        tradeID: String(tradeId),
        clientTradeID: clientTradeId ?? undefined,
        sourceTransactionID: String(sourceTransactionId),
      },
    };
  }
  if (tradeClose !== null) {
    return {
      tradeClose: {
        tradeID: String(tradeClose.tradeId),
        clientTradeID: tradeClose.clientTradeId ?? undefined,
        units: tradeClose.units.toString(),
      },
    };
  }
  if (positionCloseout === null) return {};
  const { direction, instrument, units } = positionCloseout;
  return { [`${direction}PositionCloseout`]: { instrument, units: units.toString() } };
}

function detailsJson(
  wire: Wire,
  price: (value: Decimal) => string,
  details: TakeProfitDetails | StopLossDetails | TrailingStopDetails,
): Json {
  return {
    price: "price" in details ? optional(details.price, price) : undefined,
    distance: "distance" in details ? optional(details.distance, price) : undefined,
    timeInForce: timeInForceJson(details.timeInForce),
    gtdTime: optional(details.gtdTime, wire.time),
    triggerCondition: details.triggerCondition,
    clientExtensions: extensionsJson(details.clientExtensions),
  };
}

function exitJson(wire: Wire, order: ExitOrder): Json {
  const price = (value: Decimal) => wire.tradePrice(order.tradeId, value);
  return {
    tradeID: String(order.tradeId),
    clientTradeID: order.clientTradeId ?? undefined,
    price: "price" in order ? price(order.price) : undefined,
    distance: "distance" in order ? optional(order.distance, price) : undefined,
    trailingStopValue: order.type === "trailing_stop" ? price(order.trailingStopValue) : undefined,
    guaranteed: order.type === "stop_loss" ? false : undefined,
    guaranteedExecutionPremium:
      order.type === "guaranteed_stop_loss" ? price(order.guaranteedExecutionPremium) : undefined,
    triggerMode:
      order.type === "stop_loss" || order.type === "trailing_stop" ? TRIGGER_MODE : undefined,
    timeInForce: timeInForceJson(order.timeInForce),
    gtdTime: optional(order.gtdTime, wire.time),
    triggerCondition: order.triggerCondition,
    clientExtensions: extensionsJson(order.clientExtensions),
    replacesOrderID: optional(order.replacesOrderId, String),
  };
}
