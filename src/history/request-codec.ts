import { type Price, toPrice, toUnits } from "../core/money.ts";
import type { AttachedStop, CloseOrder, MarketOrder, OrderRequest } from "../core/order-request.ts";
import {
  asFields,
  decimalOf,
  type Fields,
  flagOf,
  optionalDecimal,
  optionalText,
  parseFields,
  textOf,
  wordOf,
} from "./json-fields.ts";

/** The request as JSON text; amounts are decimal text, so none loses a digit. */
export function serializeRequest(request: OrderRequest): string {
  return JSON.stringify(request);
}

/** The request that `serializeRequest` wrote. @throws RangeError naming what doesn't fit. */
export function parseRequest(text: string): OrderRequest {
  const fields = parseFields(text);
  const kind = wordOf(fields, "kind", ["market", "close"]);
  return kind === "market" ? marketOrder(fields) : closeOrder(fields);
}

function marketOrder(fields: Fields): MarketOrder {
  return {
    kind: "market",
    ...common(fields),
    stopLoss: fields.stopLoss === null ? null : attachedStop(asFields(fields.stopLoss, "stopLoss")),
    takeProfit: optionalPrice(fields, "takeProfit"),
    trailingStop: optionalDecimal(fields, "trailingStop"),
    priceBound: optionalPrice(fields, "priceBound"),
    reduceOnly: flagOf(fields, "reduceOnly"),
    timeInForce: wordOf(fields, "timeInForce", ["FOK", "IOC"]),
  };
}

function closeOrder(fields: Fields): CloseOrder {
  return {
    kind: "close",
    ...common(fields),
    tradeId: optionalText(fields, "tradeId"),
    isWhole: flagOf(fields, "isWhole"),
  };
}

function common(
  fields: Fields,
): Pick<OrderRequest, "clientOrderId" | "account" | "instrument" | "side" | "units" | "origin"> {
  const origin = asFields(fields.origin, "origin");
  return {
    clientOrderId: textOf(fields, "clientOrderId"),
    account: textOf(fields, "account"),
    instrument: textOf(fields, "instrument"),
    side: wordOf(fields, "side", ["buy", "sell"]),
    units: toUnits(decimalOf(fields, "units")),
    origin: {
      signalId: optionalText(origin, "signalId"),
      agent: optionalText(origin, "agent"),
      comment: optionalText(origin, "comment"),
    },
  };
}

function attachedStop(fields: Fields): AttachedStop {
  return wordOf(fields, "kind", ["price", "distance"]) === "price"
    ? { kind: "price", price: toPrice(decimalOf(fields, "price")) }
    : { kind: "distance", distance: decimalOf(fields, "distance") };
}

function optionalPrice(fields: Fields, name: string): Price | null {
  const value = optionalDecimal(fields, name);
  return value && toPrice(value);
}
