import { type Decimal, parseDecimal } from "../../core/money.ts";
import type { TimeInForce } from "../../core/order.ts";
import { type Instant, parseInstant } from "../../core/time.ts";
import type { MarketOrderCommand } from "../engine/commands.ts";
import type {
  ClientExtensions,
  PositionFill,
  StopLossDetails,
  TakeProfitDetails,
  TrailingStopDetails,
} from "../engine/types.ts";
import { invalidValue, missingData, notOffered } from "./errors.ts";
import { isRecord } from "./exchange.ts";
import type { Json } from "./wire.ts";

const OTHER_TYPES = [
  "LIMIT",
  "STOP",
  "MARKET_IF_TOUCHED",
  "TAKE_PROFIT",
  "STOP_LOSS",
  "GUARANTEED_STOP_LOSS",
  "TRAILING_STOP_LOSS",
];
const POSITION_FILLS: readonly PositionFill[] = [
  "DEFAULT",
  "OPEN_ONLY",
  "REDUCE_FIRST",
  "REDUCE_ONLY",
];
const TIMES_IN_FORCE: Readonly<Record<string, TimeInForce>> = {
  GTC: "GTC",
  GTD: "GTD",
  GFD: "DAY",
  FOK: "FOK",
  IOC: "IOC",
};

/** What a market order's request asks for; the moment and the request's id are added by the caller. */
export type MarketOrderRequest = Omit<MarketOrderCommand, "at" | "requestId" | "maximumFillUnits">;

/**
 * Reads `{order: {type: "MARKET", …}}`. Fields it doesn't know are ignored, but nothing that protects a trade is.
 * @throws Refusal 400 for what can't be read or isn't offered: no transaction is made.
 */
export function parseOrderRequest(body: Json): MarketOrderRequest {
  const { order } = body;
  if (!isRecord(order)) throw missingData();
  requireMarket(order.type);
  const instrument = textOf(order, "instrument", "order") ?? missing();
  return {
    instrument,
    units: decimalOf(order, "units", "order") ?? missing(),
    timeInForce: timeInForceOf(order, "order", "FOK"),
    priceBound: decimalOf(order, "priceBound", "order"),
    positionFill: positionFillOf(order.positionFill),
    takeProfitOnFill: detailsOf(order, "takeProfitOnFill", takeProfitOf),
    stopLossOnFill: detailsOf(order, "stopLossOnFill", stopLossOf),
    trailingStopOnFill: detailsOf(order, "trailingStopLossOnFill", trailingStopOf),
    clientExtensions: extensionsOf(order, "clientExtensions", "order"),
    tradeClientExtensions: extensionsOf(order, "tradeClientExtensions", "order"),
  };
}

function requireMarket(type: unknown): void {
  if (type === undefined || type === null) throw missingData();
  if (OTHER_TYPES.some((other) => other === type)) throw notOffered(`An order of type ${type}`);
  if (type !== "MARKET") throw invalidValue("order.type");
}

function missing(): never {
  throw missingData();
}

function positionFillOf(value: unknown): PositionFill {
  if (value === undefined || value === null) return "DEFAULT";
  const found = POSITION_FILLS.find((known) => known === value);
  if (!found) throw invalidValue("order.positionFill");
  return found;
}

function detailsOf<T>(
  order: Json,
  name: string,
  read: (details: Json, path: string) => T,
): T | null {
  const details = order[name];
  if (name === "stopLossOnFill" && isGiven(order.guaranteedStopLossOnFill)) {
    throw notOffered("A guaranteed stop loss");
  }
  if (!isGiven(details)) return null;
  const path = `order.${name}`;
  if (!isRecord(details)) throw invalidValue(path);
  if (isGiven(details.triggerCondition) && details.triggerCondition !== "DEFAULT") {
    throw notOffered("A trigger condition other than DEFAULT");
  }
  return read(details, path);
}

function takeProfitOf(details: Json, path: string): TakeProfitDetails {
  if (isGiven(details.distance)) throw notOffered("A take profit by distance");
  return { price: decimalOf(details, "price", path), ...timingOf(details, path) };
}

function stopLossOf(details: Json, path: string): StopLossDetails {
  if (/^true$/i.test(String(details.guaranteed))) throw notOffered("A guaranteed stop loss");
  return {
    price: decimalOf(details, "price", path),
    distance: decimalOf(details, "distance", path),
    ...timingOf(details, path),
  };
}

function trailingStopOf(details: Json, path: string): TrailingStopDetails {
  return { distance: decimalOf(details, "distance", path), ...timingOf(details, path) };
}

function timingOf(details: Json, path: string) {
  return {
    timeInForce: timeInForceOf(details, path, "GTC"),
    gtdTime: instantOf(details, "gtdTime", path),
    clientExtensions: extensionsOf(details, "clientExtensions", path),
  };
}

function timeInForceOf(record: Json, path: string, fallback: TimeInForce): TimeInForce {
  const word = textOf(record, "timeInForce", path);
  if (word === null) return fallback;
  return TIMES_IN_FORCE[word] ?? refuse(`${path}.timeInForce`);
}

function instantOf(record: Json, name: string, path: string): Instant | null {
  const text = textOf(record, name, path);
  return text === null ? null : (parseInstant(text) ?? refuse(pathOf(path, name)));
}

/** A client's labels under `name`; null where they weren't given. @throws Refusal 400 when they can't be read. */
export function extensionsOf(record: Json, name: string, path: string): ClientExtensions | null {
  const value = record[name];
  if (!isGiven(value)) return null;
  const here = pathOf(path, name);
  if (!isRecord(value)) throw invalidValue(here);
  const [id, tag, comment] = ["id", "tag", "comment"].map((part) => textOf(value, part, here));
  return { id: id ?? null, tag: tag ?? null, comment: comment ?? null };
}

/** A number as text, or as a JSON number: some clients send units so. */
export function decimalOf(record: Json, name: string, path: string): Decimal | null {
  const value = record[name];
  if (!isGiven(value)) return null;
  const isReadable = typeof value === "string" || typeof value === "number";
  const parsed = isReadable ? parseDecimal(String(value).trim()) : undefined;
  return parsed ?? refuse(pathOf(path, name));
}

function textOf(record: Json, name: string, path: string): string | null {
  const value = record[name];
  if (!isGiven(value)) return null;
  return typeof value === "string" ? value : refuse(pathOf(path, name));
}

function pathOf(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

/** A field that is absent or null asks for nothing. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function refuse(name: string): never {
  throw invalidValue(name);
}
