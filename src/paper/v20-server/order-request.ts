import type { TimeInForce } from "../../core/order.ts";
import type {
  EntryOrderRequest,
  ExitOrderRequest,
  MarketOrderCommand,
} from "../engine/commands.ts";
import type { EntryOrderType, ExitOrderType, PositionFill } from "../engine/types.ts";
import { invalidValue, missingData } from "./errors.ts";
import { parseOnFill, TIMES_IN_FORCE, TRIGGER_CONDITIONS } from "./exit-details.ts";
import {
  decimalOf,
  extensionsOf,
  type Fields,
  fieldsOf,
  givenOf,
  instantOf,
  isTrue,
  textOf,
  wordOf,
} from "./fields.ts";
import type { Json } from "./wire.ts";

const POSITION_FILLS: Readonly<Record<PositionFill, PositionFill>> = {
  DEFAULT: "DEFAULT",
  OPEN_ONLY: "OPEN_ONLY",
  REDUCE_FIRST: "REDUCE_FIRST",
  REDUCE_ONLY: "REDUCE_ONLY",
};

const ENTRY_TYPES: ReadonlyMap<string, EntryOrderType> = new Map([
  ["LIMIT", "limit"],
  ["STOP", "stop"],
  ["MARKET_IF_TOUCHED", "market_if_touched"],
]);

const EXIT_TYPES: ReadonlyMap<string, ExitOrderType> = new Map([
  ["TAKE_PROFIT", "take_profit"],
  ["STOP_LOSS", "stop_loss"],
  ["GUARANTEED_STOP_LOSS", "guaranteed_stop_loss"],
  ["TRAILING_STOP_LOSS", "trailing_stop"],
]);

/** A market order's request; the moment and the request's id are added by the caller. */
export type MarketOrderRequest = Omit<MarketOrderCommand, "at" | "requestId" | "maximumFillUnits">;

/** An exit's request; it names its trade by number or by the client's id. */
export type ExitRequest = Omit<ExitOrderRequest, "tradeId"> & {
  /** A number or `@client id`; null where none was given. */
  readonly tradeSpecifier: string | null;
};

export type OrderRequest =
  | { readonly kind: "market"; readonly order: MarketOrderRequest }
  | { readonly kind: "entry"; readonly order: EntryOrderRequest }
  | { readonly kind: "exit"; readonly order: ExitRequest };

/**
 * Reads `{order: {type, …}}`, whatever its type. Fields it doesn't know are ignored.
 * @throws Refusal 400 for what can't be read: no transaction is made.
 */
export function parseOrderRequest(body: Json): OrderRequest {
  const order = orderFieldsOf(body);
  const type = textOf(order, "type") ?? missing();
  const entryType = ENTRY_TYPES.get(type);
  const exitType = EXIT_TYPES.get(type);
  if (type === "MARKET") return { kind: "market", order: marketOf(order) };
  if (entryType) return { kind: "entry", order: entryOf(order, entryType) };
  if (exitType) return { kind: "exit", order: exitOf(order, exitType) };
  throw invalidValue("order.type");
}

function orderFieldsOf(body: Json): Fields {
  const isRecord = typeof body.order === "object" && !Array.isArray(body.order);
  if (!isRecord) throw missingData();
  return fieldsOf({ record: body, path: "" }, "order") ?? missing();
}

function missing(): never {
  throw missingData();
}

function marketOf(order: Fields): MarketOrderRequest {
  return { ...fillableOf(order), timeInForce: timeInForceOf(order, "FOK") };
}

function entryOf(order: Fields, type: EntryOrderType): EntryOrderRequest {
  return {
    type,
    ...fillableOf(order),
    price: decimalOf(order, "price") ?? missing(),
    ...waitingOf(order),
  };
}

/** What orders that can open a trade have in common. */
function fillableOf(order: Fields) {
  return {
    instrument: textOf(order, "instrument") ?? missing(),
    units: decimalOf(order, "units") ?? missing(),
    priceBound: decimalOf(order, "priceBound"),
    positionFill: wordOf(order, "positionFill", POSITION_FILLS) ?? "DEFAULT",
    ...parseOnFill(order),
    ...givenOf(order, "clientExtensions", extensionsOf),
  };
}

function waitingOf(order: Fields) {
  return {
    timeInForce: timeInForceOf(order, "GTC"),
    gtdTime: instantOf(order, "gtdTime"),
    triggerCondition: wordOf(order, "triggerCondition", TRIGGER_CONDITIONS) ?? "DEFAULT",
  };
}

function timeInForceOf(order: Fields, fallback: TimeInForce): TimeInForce {
  return wordOf(order, "timeInForce", TIMES_IN_FORCE) ?? fallback;
}

function exitOf(order: Fields, type: ExitOrderType): ExitRequest {
  // The older way to ask for a guaranteed stop.
  const isGuaranteed = type === "stop_loss" && isTrue(order, "guaranteed");
  return {
    type: isGuaranteed ? "guaranteed_stop_loss" : type,
    tradeSpecifier: tradeSpecifierOf(order),
    price: decimalOf(order, "price"),
    distance: decimalOf(order, "distance"),
    ...waitingOf(order),
    ...givenOf(order, "clientExtensions", extensionsOf),
  };
}

function tradeSpecifierOf(order: Fields): string | null {
  const id = order.record.tradeID;
  if (typeof id === "number") return String(id);
  const clientId = textOf(order, "clientTradeID");
  return textOf(order, "tradeID") ?? (clientId === null ? null : `@${clientId}`);
}
